#include "pack/pack.h"
#include "pack/sample.h"
#include "pack/segment.h"
#include "proof/test.h"

static const struct tl_archive_segment hot_one = {1, 1, SAMPLE_STAMP, false};
static const struct tl_archive_segment sealed_one = {1, 1, SAMPLE_STAMP, true};

#define KEPT_ROWS   "damaged/20270115T080000Z-00000001.fstrm"
#define KEPT_LEDGER "damaged/20270115T080000Z-00000001.runs"

static void what_is_kept_is_there_whatever_becomes_of_the_other(void **state)
{
    (void)state;
    struct sample sample = sample_make();

    assert_int_equal(segment_keep(sample.archive, &hot_one), -1);
    assert_int_equal(errno, ENOENT);
    sample_put_hot(&sample, 1, 3);
    assert_int_equal(segment_keep(sample.archive, &hot_one), 0);
    assert_int_equal(segment_keep(sample.archive, &hot_one), 0); /* as after an attempt that was cut short */
    assert_true(sample_has(&sample, KEPT_ROWS) && sample_has(&sample, KEPT_LEDGER));
    assert_int_equal(segment_remove(sample.archive, &hot_one), 0);
    assert_false(sample_has_part(&sample, &hot_one, TL_ARCHIVE_ROWS));
    assert_true(sample_has(&sample, KEPT_ROWS) && sample_has(&sample, KEPT_LEDGER));
    segment_forget(sample.archive, &hot_one); /* they are the only ones now */
    assert_true(sample_has(&sample, KEPT_ROWS) && sample_has(&sample, KEPT_LEDGER));
    sample_remove(&sample);
}

static void keeping_can_be_taken_back(void **state)
{
    (void)state;
    struct sample sample = sample_make();

    sample_put_hot(&sample, 1, 3);
    assert_int_equal(segment_keep(sample.archive, &hot_one), 0);
    segment_forget(sample.archive, &hot_one);
    assert_false(sample_has(&sample, KEPT_ROWS) || sample_has(&sample, KEPT_LEDGER));
    assert_true(sample_has_part(&sample, &hot_one, TL_ARCHIVE_ROWS));
    assert_true(sample_has_part(&sample, &hot_one, TL_ARCHIVE_RUNS));
    sample_remove(&sample);
}

/* Nothing that lies in damaged/ is overwritten or removed, and nothing is kept by half. */
static void another_file_of_that_name_is_no_place_to_keep_it(void **state)
{
    (void)state;
    struct sample sample = sample_make();

    sample_put_hot(&sample, 1, 3);
    sample_write(&sample, KEPT_LEDGER, "other", 5);
    assert_int_equal(segment_keep(sample.archive, &hot_one), -1);
    assert_int_equal(errno, EEXIST);
    assert_false(sample_has(&sample, KEPT_ROWS));
    assert_true(sample_has(&sample, KEPT_LEDGER));
    sample_remove(&sample);
}

static void a_day_goes_with_its_last_segment(void **state)
{
    (void)state;
    struct sample sample = sample_make();
    struct pack_options options = {0};
    struct pack_result result;
    uint64_t bytes = 0;

    assert_false(segment_is_whole(sample.archive, &sealed_one));
    assert_int_equal(segment_size(sample.archive, &sealed_one, &bytes), -1);
    sample_put_hot(&sample, 1, 3);
    assert_int_equal(pack_segment(sample.archive, &hot_one, &options, &result), PACK_OK);
    assert_true(segment_is_whole(sample.archive, &sealed_one));
    assert_int_equal(segment_size(sample.archive, &sealed_one, &bytes), 0);
    assert_int_equal(bytes, result.bytes_out);
    sample_write(&sample, "2027-01-15/note", "", 0);
    assert_int_equal(segment_remove(sample.archive, &sealed_one), 0);
    assert_true(sample_has(&sample, "2027-01-15"));
    unlinkat(tl_archive_folder(sample.archive), "2027-01-15/note", 0);
    assert_int_equal(segment_remove(sample.archive, &sealed_one), 0); /* it was gone already */
    assert_false(sample_has(&sample, "2027-01-15"));
    sample_remove(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_kept_is_there_whatever_becomes_of_the_other),
        cmocka_unit_test(keeping_can_be_taken_back),
        cmocka_unit_test(another_file_of_that_name_is_no_place_to_keep_it),
        cmocka_unit_test(a_day_goes_with_its_last_segment),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
