#include "proof/test.h"

#include "pack/merge.h"

#define DAY 86400

static struct merge_segment candidate(uint64_t first, uint64_t last, uint64_t stamp, uint64_t size)
{
    return (struct merge_segment){
        {first, last, stamp, true}, .size = size, .ledger_size = 1, .is_taken = true};
}

static void a_group_ends_at_the_size(void **state)
{
    (void)state;
    struct merge_segment segments[] = {candidate(1, 1, 0, 10), candidate(2, 5, 1, 20),
                                       candidate(6, 6, 2, 30)};

    assert_int_equal(merge_group(segments, 3, 60), 3);
    assert_int_equal(merge_group(segments, 3, 59), 2);
    assert_int_equal(merge_group(segments, 3, 30), 2);
    assert_int_equal(merge_group(segments, 3, 29), 1);
    assert_int_equal(merge_group(segments, 3, 0), 1);
    assert_int_equal(merge_group(segments, 2, UINT64_MAX), 2);
    segments[1].size = UINT64_MAX; /* sums do not wrap around */
    assert_int_equal(merge_group(segments, 3, UINT64_MAX), 1);
}

static void a_group_ends_where_its_ledger_would_be_too_long(void **state)
{
    (void)state;
    struct merge_segment segments[] = {candidate(1, 1, 0, 1), candidate(2, 2, 1, 1), candidate(3, 3, 2, 1)};

    segments[1].ledger_size = MERGE_LEDGER_MAX - 2;
    assert_int_equal(merge_group(segments, 3, 100), 3);
    segments[0].ledger_size = 2;
    assert_int_equal(merge_group(segments, 3, 100), 2);
    segments[0].ledger_size = MERGE_LEDGER_MAX + 1; /* it is there already */
    assert_int_equal(merge_group(segments, 3, 100), 1);
}

static void a_group_has_no_gap(void **state)
{
    (void)state;
    struct merge_segment segments[] = {candidate(1, 1, 0, 1), candidate(2, 5, 1, 1), candidate(7, 7, 2, 1)};

    assert_int_equal(merge_group(segments, 3, 100), 2);
    assert_int_equal(merge_group(segments + 2, 1, 100), 1);
}

static void a_group_is_of_one_day(void **state)
{
    (void)state;
    struct merge_segment segments[] = {candidate(1, 1, DAY - 2, 1), candidate(2, 2, DAY - 1, 1),
                                       candidate(3, 3, DAY, 1), candidate(4, 4, 2 * DAY - 1, 1)};

    assert_int_equal(merge_group(segments, 4, 100), 2);
    assert_int_equal(merge_group(segments + 2, 2, 100), 2);
}

static void what_is_left_alone_ends_a_group(void **state)
{
    (void)state;
    struct merge_segment segments[] = {candidate(1, 1, 0, 1), candidate(2, 2, 1, 1), candidate(3, 3, 2, 1)};

    segments[1].is_taken = false;
    assert_int_equal(merge_group(segments, 3, 100), 1);
    assert_int_equal(merge_group(segments + 1, 2, 100), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_group_ends_at_the_size),
        cmocka_unit_test(a_group_ends_where_its_ledger_would_be_too_long),
        cmocka_unit_test(a_group_has_no_gap),
        cmocka_unit_test(a_group_is_of_one_day),
        cmocka_unit_test(what_is_left_alone_ends_a_group),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
