#include "pack/clean.h"
#include "pack/pack.h"
#include "pack/sample.h"
#include "proof/test.h"

/* Seals a segment of ten frames. */
static void seal(struct sample *sample, uint64_t number)
{
    struct tl_archive_segment hot = sample_segment(number, false);
    struct pack_options options = {0};
    struct pack_result result;

    sample_put_hot(sample, number, 10);
    assert_int_equal(pack_segment(sample->archive, &hot, &options, &result), PACK_OK);
}

static void a_tidy_archive_stays_as_it_is(void **state)
{
    (void)state;
    struct sample sample = sample_make();

    seal(&sample, 1);
    sample_put_hot(&sample, 2, 10);
    unsigned files = sample_files(&sample);
    assert_int_equal(clean_archive(sample.archive), 0);
    assert_int_equal(sample_files(&sample), files);
    sample_remove(&sample);
}

static void hot_files_of_what_is_sealed_go(void **state)
{
    (void)state;
    struct sample sample = sample_make();
    struct tl_archive_segment first = sample_segment(1, false);

    seal(&sample, 1);
    seal(&sample, 2);
    unsigned files = sample_files(&sample);
    sample_put_hot(&sample, 1, 10);
    sample_put_hot(&sample, 2, 10);
    sample_write(&sample, "hot/20270115T090000Z-00000002.fstrm", "", 0);
    unlinkat(tl_archive_folder(sample.archive), "hot/20270115T090000Z-00000002.fstrm", 0);
    assert_int_equal(clean_archive(sample.archive), 2); /* one of them a ledger without rows */
    assert_int_equal(sample_files(&sample), files);
    assert_false(sample_has_part(&sample, &first, TL_ARCHIVE_RUNS));
    sample_remove(&sample);
}

static void a_ledger_whose_segment_is_not_sealed_stays(void **state)
{
    (void)state;
    struct sample sample = sample_make();

    seal(&sample, 1);
    sample_write(&sample, "hot/20270115T090000Z-00000002.runs", "x", 1);
    assert_int_equal(clean_archive(sample.archive), 0);
    assert_true(sample_has(&sample, "hot/20270115T090000Z-00000002.runs"));
    sample_remove(&sample);
}

static void temporaries_go_and_so_does_a_day_that_has_nothing_else(void **state)
{
    (void)state;
    struct sample sample = sample_make();
    static const char *const others[] = {
        "2027-01-15/20270115T080000Z-00000009.fstrm.zst.tmp", "2027-01-15/.hidden", "2027-01-15/.tmp",
        "2027-01-15/.20270115T080000Z-00000009.fstrm.tmp",    "2027-01-15/..tmp",   "2027-01-15/notes",
        "hot/.20270115T080000Z-00000009.fstrm.zst.tmp"};

    seal(&sample, 1);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        sample_write(&sample, others[i], "x", 1);
    sample_write(&sample, "2027-01-15/.20270115T080000Z-00000009.fstrm.zst.tmp", "x", 1);
    mkdirat(tl_archive_folder(sample.archive), "2027-01-16", 0750);
    sample_write(&sample, "2027-01-16/.20270116T080000Z-00000025-00000026.fstrm.zst.tmp", "x", 1);
    mkdirat(tl_archive_folder(sample.archive), "2027-01-17", 0750);
    assert_int_equal(clean_archive(sample.archive), 2);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_true(sample_has(&sample, others[i]));
    assert_false(sample_has(&sample, "2027-01-15/.20270115T080000Z-00000009.fstrm.zst.tmp"));
    assert_false(sample_has(&sample, "2027-01-16"));
    assert_true(sample_has(&sample, "2027-01-15/20270115T080000Z-00000001.fstrm.zst"));
    sample_remove(&sample);
}

/* As long as the sealed file cannot be trusted, the hot one is worth having. */
static void hot_files_of_a_damaged_sealed_segment_stay(void **state)
{
    (void)state;
    struct sample sample = sample_make();
    struct tl_archive_segment hot = sample_segment(1, false);

    seal(&sample, 1);
    sample_put_hot(&sample, 1, 10);
    sample_write(&sample, "2027-01-15/20270115T080000Z-00000001.fstrm.zst", "cut", 3);
    assert_int_equal(clean_archive(sample.archive), 0);
    assert_true(sample_has_part(&sample, &hot, TL_ARCHIVE_ROWS));
    assert_true(sample_has_part(&sample, &hot, TL_ARCHIVE_RUNS));
    sample_remove(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tidy_archive_stays_as_it_is),
        cmocka_unit_test(hot_files_of_what_is_sealed_go),
        cmocka_unit_test(a_ledger_whose_segment_is_not_sealed_stays),
        cmocka_unit_test(temporaries_go_and_so_does_a_day_that_has_nothing_else),
        cmocka_unit_test(hot_files_of_a_damaged_sealed_segment_stay),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
