#include "send/pace.h"

#include "proof/test.h"

#define SECOND UINT64_C(1000000000)
#define NOW    (5 * SECOND)

static void a_rate_is_even(void **state)
{
    (void)state;
    struct pace pace;

    pace_init(&pace, 3, 0);
    assert_false(pace_is_full_speed(&pace));
    for (unsigned i = 0; i < 3000; i++) {
        uint64_t due = NOW + i * SECOND / 3, is = pace_due(&pace, due, PACE_NONE);
        assert_in_range(is, due - 1000, due + 1000);
    }
}

static void recorded_times_are_kept_apart(void **state)
{
    (void)state;
    struct pace pace;

    pace_init(&pace, 0, 2);
    assert_int_equal(pace_due(&pace, NOW, 100 * SECOND), NOW);
    assert_int_equal(pace_due(&pace, NOW, 101 * SECOND), NOW + SECOND / 2);
    assert_int_equal(pace_due(&pace, NOW, 100 * SECOND), NOW + SECOND / 2); /* they crossed */
    assert_int_equal(pace_due(&pace, NOW, PACE_NONE), NOW + SECOND / 2);
    assert_int_equal(pace_due(&pace, NOW, 103 * SECOND), NOW + SECOND * 3 / 2);
}

static void a_step_far_back_begins_anew(void **state)
{
    (void)state;
    struct pace pace;

    pace_init(&pace, 0, 1);
    pace_due(&pace, NOW, 1000 * SECOND);
    assert_int_equal(pace_due(&pace, NOW, 100 * SECOND), NOW);
    assert_int_equal(pace_due(&pace, NOW, 101 * SECOND), NOW + SECOND);
}

static void a_gap_of_more_than_a_day_is_left_out(void **state)
{
    (void)state;
    struct pace pace;

    pace_init(&pace, 0, 1);
    pace_due(&pace, NOW, SECOND);
    assert_int_equal(pace_due(&pace, NOW, SECOND + PACE_STEP_MAX + 1), NOW);
    assert_int_equal(pace_due(&pace, NOW, 2 * SECOND + PACE_STEP_MAX + 1), NOW + SECOND);
}

static void the_first_frame_may_have_no_time(void **state)
{
    (void)state;
    struct pace pace;

    pace_init(&pace, 0, 1);
    assert_int_equal(pace_due(&pace, NOW, PACE_NONE), NOW);
    assert_int_equal(pace_due(&pace, NOW, 100 * SECOND), NOW);
    assert_int_equal(pace_due(&pace, NOW, 101 * SECOND), NOW + SECOND);
}

static void of_a_delay_one_second_is_made_up_for(void **state)
{
    (void)state;
    struct pace pace;
    unsigned at_once = 0;

    pace_init(&pace, 10, 0);
    pace_due(&pace, NOW, PACE_NONE);
    while (pace_due(&pace, NOW + 60 * SECOND, PACE_NONE) <= NOW + 60 * SECOND)
        at_once++;
    assert_in_range(at_once, 10, 12);
}

static void full_speed_is_told(void **state)
{
    (void)state;
    struct pace pace;

    pace_init(&pace, 0, 0);
    assert_true(pace_is_full_speed(&pace));
    pace_init(&pace, 0, 1);
    assert_false(pace_is_full_speed(&pace));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rate_is_even),
        cmocka_unit_test(recorded_times_are_kept_apart),
        cmocka_unit_test(a_step_far_back_begins_anew),
        cmocka_unit_test(a_gap_of_more_than_a_day_is_left_out),
        cmocka_unit_test(the_first_frame_may_have_no_time),
        cmocka_unit_test(of_a_delay_one_second_is_made_up_for),
        cmocka_unit_test(full_speed_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
