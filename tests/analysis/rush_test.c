#include "analysis/rush.h"

#include "analysis/draws.h"
#include "proof/test.h"

#include <string.h>

static struct rush rush, other, whole;

static void the_busiest_second_is_found(void **state)
{
    (void)state;
    memset(&rush, 0, sizeof(rush));
    assert_int_equal(rush_peak(&rush).count, 0);
    rush_add(&rush, 5, 1);
    rush_add(&rush, 9, 2);
    rush_add(&rush, 5, 1);
    assert_int_equal(rush_peak(&rush).second, 5);
    assert_int_equal(rush_peak(&rush).count, 2);
    assert_true(rush_is_exact(&rush));
}

/* Days of seconds, nearly in order, as servers tell them. */
static void long_streams_are_exact(void **state)
{
    (void)state;
    uint64_t random = 1;

    memset(&rush, 0, sizeof(rush));
    for (uint64_t second = 1000; second < 300000; second++)
        rush_add(&rush, second - draw(&random) % 500, 1);
    rush_add(&rush, 299000, 50);
    assert_true(rush_is_exact(&rush));
    uint64_t count = rush_peak(&rush).count;
    assert_true(count >= 50);
    assert_int_equal(rush_peak(&rush).second, 299000);
}

/* Exactly as good as it says: against all seconds counted one by one. */
static void it_says_when_it_is_a_bound(void **state)
{
    (void)state;
    static uint16_t exact[60000];
    uint64_t random = 2;
    uint16_t most = 0;

    memset(&rush, 0, sizeof(rush));
    memset(exact, 0, sizeof(exact));
    for (int i = 0; i < 400000; i++) {
        uint64_t second = draw(&random) % 60000;
        rush_add(&rush, second, 1);
        if (++exact[second] > most)
            most = exact[second];
    }
    assert_false(rush_is_exact(&rush));
    assert_true(rush_peak(&rush).count <= most);
    assert_true(rush_peak(&rush).count <= exact[rush_peak(&rush).second]);
}

/* Batches that are handed on in order, as threads do. */
static void handed_on_is_as_the_whole(void **state)
{
    (void)state;
    uint64_t random = 3;

    memset(&rush, 0, sizeof(rush));
    memset(&other, 0, sizeof(other));
    memset(&whole, 0, sizeof(whole));
    for (uint64_t i = 0; i < 400000; i++) {
        uint64_t second = 5000 + i / 10 - draw(&random) % 30;
        rush_add(&other, second, 1);
        rush_add(&whole, second, 1);
        if (i % 1000 == 999) {
            rush_merge(&rush, &other);
            rush_clear(&other);
            assert_int_equal(rush_peak(&other).count, 0);
        }
    }
    assert_true(rush_is_exact(&rush) && rush_is_exact(&whole));
    assert_int_equal(rush_peak(&rush).count, rush_peak(&whole).count);
    assert_int_equal(rush_peak(&rush).second, rush_peak(&whole).second);
}

/* Two long ones that may have had the same seconds cannot know. One after the other can. */
static void merged_long_ones_say_it(void **state)
{
    (void)state;
    memset(&rush, 0, sizeof(rush));
    memset(&other, 0, sizeof(other));
    for (uint64_t second = 0; second < 20000; second++) {
        rush_add(&rush, second, 1);
        rush_add(&other, second, 1);
    }
    rush_merge(&rush, &other);
    assert_false(rush_is_exact(&rush));

    memset(&rush, 0, sizeof(rush));
    memset(&other, 0, sizeof(other));
    for (uint64_t second = 0; second < 20000; second++)
        rush_add(&rush, second, 1);
    for (uint64_t second = 19990; second < 21000; second++)
        rush_add(&other, second, 2);
    rush_merge(&rush, &other);
    assert_true(rush_is_exact(&rush));
    assert_int_equal(rush_peak(&rush).count, 3);
    assert_int_equal(rush_peak(&rush).second, 19990);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_busiest_second_is_found), cmocka_unit_test(long_streams_are_exact),
        cmocka_unit_test(it_says_when_it_is_a_bound),  cmocka_unit_test(handed_on_is_as_the_whole),
        cmocka_unit_test(merged_long_ones_say_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
