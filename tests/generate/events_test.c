#include "generate/events.h"

#include "generate/random.h"
#include "proof/failing_alloc.h"
#include "proof/test.h"

static void events_come_in_the_order_of_time(void **state)
{
    (void)state;
    struct events events = {0};
    struct random random;
    uint64_t last = 0, sum = 0;

    random_init(&random, 5);
    for (uint32_t i = 0; i < 5000; i++) {
        assert_true(events_add(&events, (struct event){random_below(&random, 1000), i}));
        sum += i;
    }
    while (events.count) {
        struct event first = events_first(&events);
        assert_true(first.at >= last);
        last = first.at;
        sum -= first.what;
        events_drop(&events);
    }
    assert_int_equal(sum, 0);
    events_done(&events);
}

static void the_first_may_happen_again_later(void **state)
{
    (void)state;
    struct events events = {0};
    struct random random;
    uint64_t last = 0;

    random_init(&random, 6);
    for (uint32_t i = 0; i < 100; i++)
        assert_true(events_add(&events, (struct event){random_below(&random, 1000), i}));
    for (int i = 0; i < 10000; i++) {
        struct event first = events_first(&events);
        assert_true(first.at >= last);
        last = first.at;
        events_move(&events, first.at + random_below(&random, 1000));
    }
    assert_int_equal(events.count, 100);
    events_done(&events);
}

static void without_memory_nothing_is_added(void **state)
{
    (void)state;
    struct events events = {0};

    failing_alloc_start(1);
    assert_false(events_add(&events, (struct event){1, 1}));
    assert_true(failing_alloc_stop());
    assert_int_equal(events.count, 0);
    assert_true(events_add(&events, (struct event){1, 1}));
    assert_int_equal(events_first(&events).what, 1);
    events_done(&events);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_come_in_the_order_of_time),
        cmocka_unit_test(the_first_may_happen_again_later),
        cmocka_unit_test(without_memory_nothing_is_added),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
