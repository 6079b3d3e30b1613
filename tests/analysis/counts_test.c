#include "analysis/counts.h"

#include "analysis/draws.h"
#include "proof/test.h"

#include <string.h>

static struct counts counts, other;

static void each_number_has_its_count(void **state)
{
    (void)state;
    static const uint32_t numbers[] = {28, 1, 1, UINT32_MAX, 0, 28, 1};

    memset(&counts, 0, sizeof(counts));
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        counts_add(&counts, numbers[i]);
    assert_int_equal(counts.total, 7);
    assert_int_equal(counts_of(&counts, 1), 3);
    assert_int_equal(counts_of(&counts, 28), 2);
    assert_int_equal(counts_of(&counts, 0), 1);
    assert_int_equal(counts_of(&counts, UINT32_MAX), 1);
    assert_int_equal(counts_of(&counts, 2), 0);
}

static void they_sort_by_count(void **state)
{
    (void)state;
    struct counts_entry entries[COUNTS_MAX];

    assert_int_equal(counts_sort(&counts, entries), 4);
    assert_int_equal(entries[0].number, 1);
    assert_int_equal(entries[1].number, 28);
    assert_int_equal(entries[2].number, 0);
    assert_int_equal(entries[3].number, UINT32_MAX);
}

/* All 65536 types there are. */
static void what_finds_no_place_is_a_sum(void **state)
{
    (void)state;
    uint64_t sum = 0;

    memset(&counts, 0, sizeof(counts));
    for (uint32_t i = 0; i < 65536; i++)
        counts_add(&counts, i * 40503 % 65536);
    for (uint32_t i = 0; i < 65536; i++)
        sum += counts_of(&counts, i);
    assert_int_equal(sum, COUNTS_MAX);
    assert_int_equal(counts.total, 65536);
    assert_int_equal(counts.rest, 65536 - COUNTS_MAX);
}

static void merged_is_as_the_whole(void **state)
{
    (void)state;
    static struct counts whole;
    uint64_t random = 1;

    memset(&counts, 0, sizeof(counts));
    memset(&other, 0, sizeof(other));
    memset(&whole, 0, sizeof(whole));
    for (unsigned i = 0; i < 20000; i++) {
        uint32_t number = draw_rank(&random, COUNTS_MAX);
        counts_add(i % 3 ? &counts : &other, number);
        counts_add(&whole, number);
    }
    counts_merge(&counts, &other);
    assert_int_equal(counts.used, whole.used);
    assert_int_equal(counts.total, whole.total);
    assert_memory_equal(counts.entries, whole.entries, whole.used * sizeof(whole.entries[0]));
}

static void merged_sums_stay_sums(void **state)
{
    (void)state;
    memset(&counts, 0, sizeof(counts));
    memset(&other, 0, sizeof(other));
    for (uint32_t i = 0; i < COUNTS_MAX + 5; i++) {
        counts_add(&counts, i);
        counts_add(&other, 500000 + i);
    }
    counts_merge(&counts, &other);
    assert_int_equal(counts.total, 2 * (COUNTS_MAX + 5));
    assert_int_equal(counts.rest, COUNTS_MAX + 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_number_has_its_count),    cmocka_unit_test(they_sort_by_count),
        cmocka_unit_test(what_finds_no_place_is_a_sum), cmocka_unit_test(merged_is_as_the_whole),
        cmocka_unit_test(merged_sums_stay_sums),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
