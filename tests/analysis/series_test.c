#include "analysis/series.h"

#include "analysis/draws.h"
#include "proof/test.h"

#include <string.h>

static struct series series, other, whole;

static void add(struct series *to, uint64_t second)
{
    series_add(to, second)->values[SERIES_BYTES] += second % 7;
}

static void assert_same(struct series *a, struct series *b)
{
    series_sort(a);
    series_sort(b);
    assert_int_equal(a->width, b->width);
    assert_int_equal(a->used, b->used);
    assert_memory_equal(a->steps, b->steps, a->used * sizeof(a->steps[0]));
}

static void a_step_is_a_minute(void **state)
{
    (void)state;
    series_init(&series);
    assert_null(series_peak(&series));
    add(&series, 119);
    add(&series, 60);
    add(&series, 120);
    add(&series, 59);
    add(&series, 60);
    series_sort(&series);
    assert_int_equal(series.used, 3);
    assert_int_equal(series.steps[0].start, 0);
    assert_int_equal(series.steps[0].messages, 1);
    assert_int_equal(series.steps[1].start, 60);
    assert_int_equal(series.steps[1].messages, 3);
    assert_int_equal(series.steps[1].values[SERIES_BYTES], 119 % 7 + 2 * (60 % 7));
    assert_int_equal(series_peak(&series)->start, 60);
    add(&series, 0);
    add(&series, 1);
    assert_int_equal(series_peak(&series)->start, 0);
}

/* Minutes for ever: the steps become wider, nothing is lost, and memory is what it was. */
static void steps_become_wider(void **state)
{
    (void)state;
    uint64_t sum = 0;

    series_init(&series);
    for (uint64_t minute = 0; minute < 100000; minute++)
        add(&series, 1700000000 + minute * 60);
    assert_int_equal(series.width, 3600);
    series_sort(&series);
    for (uint32_t i = 0; i < series.used; i++) {
        sum += series.steps[i].messages;
        assert_int_equal(series.steps[i].start % 3600, 0);
        assert_true(i == 0 || series.steps[i].start == series.steps[i - 1].start + 3600);
    }
    assert_int_equal(sum, 100000);
}

/* A time of 1970 and one of 9999 cost two steps. */
static void wrong_times_do_no_harm(void **state)
{
    (void)state;
    series_init(&series);
    add(&series, 0);
    add(&series, 253402300799u);
    for (uint64_t minute = 0; minute < 4000; minute++)
        add(&series, 1700000000 + minute * 60);
    assert_int_equal(series.width, 60);
    assert_int_equal(series.used, 4002);
}

static void the_order_does_not_matter(void **state)
{
    (void)state;
    static const uint64_t spans[] = {3600, 86400, 30 * 86400, 400 * 86400, 250000000000u};
    uint64_t random = 1;

    for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
        uint64_t first = random, again = random;
        series_init(&series);
        series_init(&other);
        for (int j = 0; j < 20000; j++)
            add(&series, draw(&first) % spans[i]);
        for (int half = 1; half >= 0; half--) {
            again = random;
            for (int j = 0; j < 20000; j++) {
                uint64_t second = draw(&again) % spans[i];
                if ((second > spans[i] / 2) == half)
                    add(&other, second);
            }
        }
        random = first;
        assert_same(&series, &other);
    }
}

static void merged_is_as_the_whole(void **state)
{
    (void)state;
    static const uint64_t spans[] = {600, 86400, 100 * 86400, 250000000000u};
    uint64_t random = 2;

    for (unsigned i = 0; i < 16; i++) {
        series_init(&series);
        series_init(&other);
        series_init(&whole);
        for (unsigned j = 0; j < 12000; j++) {
            uint64_t second = 1700000000 + draw(&random) % spans[j % 2 ? i / 4 : i % 4];
            add(j % 2 ? &series : &other, second);
            add(&whole, second);
        }
        series_merge(&series, &other);
        assert_same(&series, &whole);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_is_a_minute),     cmocka_unit_test(steps_become_wider),
        cmocka_unit_test(wrong_times_do_no_harm), cmocka_unit_test(the_order_does_not_matter),
        cmocka_unit_test(merged_is_as_the_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
