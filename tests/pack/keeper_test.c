#include "pack/keeper.h"
#include "pack/pack.h"
#include "pack/sample.h"
#include "process/clock.h"
#include "proof/test.h"

/* Seals segments of a hundred frames each. */
static void seal(const struct sample *sample, uint64_t first, uint64_t last)
{
    struct pack_options options = {0};
    struct pack_result result;

    for (uint64_t number = first; number <= last; number++) {
        struct tl_archive_segment hot = sample_segment(number, false);
        sample_put_hot(sample, number, 100);
        assert_int_equal(pack_segment(sample->archive, &hot, &options, &result), PACK_OK);
    }
}

static size_t segments(const struct sample *sample)
{
    struct tl_archive_list list;

    assert_int_equal(tl_archive_list(sample->archive, &list), TL_OK);
    size_t count = list.count;
    tl_archive_list_done(&list);
    return count;
}

static void who_keeps_all_is_never_asked(void **state)
{
    (void)state;
    struct sample sample = sample_make();
    struct retention_options nothing = {0};
    struct keeper keeper = {.options = &nothing, .archive = sample.archive};

    seal(&sample, 1, 2);
    assert_int_equal(keeper_due(&keeper), KEEPER_NEVER);
    assert_false(keeper_wants_to_run(&keeper));
    keeper_run(&keeper);
    keeper_run_after_sealing(&keeper);
    keeper_run_meanwhile(&keeper);
    assert_int_equal(segments(&sample), 2);
    sample_remove(&sample);
}

static void all_is_looked_at_now_and_then(void **state)
{
    (void)state;
    struct sample sample = sample_make();
    struct retention_options options = {.size = 1};
    struct keeper keeper = {.options = &options, .archive = sample.archive};
    uint64_t begin = process_clock_ms();

    seal(&sample, 1, 3);
    assert_int_equal(keeper_due(&keeper), 0);
    assert_true(keeper_wants_to_run(&keeper));
    keeper_run(&keeper);
    assert_int_equal(segments(&sample), 1);
    assert_true(keeper_due(&keeper) > begin && keeper.all_ms > keeper_due(&keeper));
    assert_false(keeper_wants_to_run(&keeper));
    seal(&sample, 4, 4);
    keeper.look_ms = 0; /* as if it were time to look at the disk, which has enough */
    assert_false(keeper_wants_to_run(&keeper));
    keeper.look_ms = 0;
    keeper_run_meanwhile(&keeper);
    assert_int_equal(segments(&sample), 2);
    keeper.all_ms = 0;
    assert_true(keeper_wants_to_run(&keeper));
    sample_remove(&sample);
}

static void many_that_are_sealed_wait_for_each_other(void **state)
{
    (void)state;
    struct sample sample = sample_make();
    struct retention_options options = {.size = 1};
    struct keeper keeper = {.options = &options, .archive = sample.archive};

    seal(&sample, 1, 2);
    keeper_run_after_sealing(&keeper);
    assert_int_equal(segments(&sample), 1);
    seal(&sample, 3, 3);
    keeper.done_ms = process_clock_ms() + 60000; /* as if that had been just now, however slow this is */
    keeper_run_after_sealing(&keeper);
    assert_int_equal(segments(&sample), 2);
    assert_true(keeper.all_ms >= keeper_due(&keeper));
    assert_true(keeper.all_ms <= keeper.done_ms + 1000);
    keeper.done_ms = 0;
    keeper_run_after_sealing(&keeper);
    assert_int_equal(segments(&sample), 1);
    sample_remove(&sample);
}

static void what_goes_is_counted(void **state)
{
    (void)state;
    struct sample sample = sample_make();
    struct retention_options options = {.size = 1};
    struct tl_counters *counters;
    struct tl_counters_view view;

    assert_int_equal(tl_counters_new(sample.archive, &counters), TL_OK);
    struct keeper keeper = {.options = &options, .archive = sample.archive, .counters = counters};
    seal(&sample, 1, 3);
    keeper_run(&keeper);
    assert_int_equal(tl_counters_read(sample.archive, &view), TL_OK);
    assert_int_equal(view.values[TL_COUNTER_SEGMENTS_REMOVED], 2);
    assert_int_equal(view.values[TL_COUNTER_FRAMES_REMOVED], 200);
    assert_true(view.values[TL_COUNTER_BYTES_REMOVED] > 0);
    assert_int_equal(view.values[TL_COUNTER_PACK_TROUBLES], 0);
    tl_counters_free(counters);
    sample_remove(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_keeps_all_is_never_asked),
        cmocka_unit_test(all_is_looked_at_now_and_then),
        cmocka_unit_test(many_that_are_sealed_wait_for_each_other),
        cmocka_unit_test(what_goes_is_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
