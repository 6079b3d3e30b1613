#include "pack/packer.h"
#include "pack/sample.h"
#include "proof/test.h"

#include <time.h>

#define PATIENCE_MS 30000 /* for what must happen; it takes milliseconds */

static void pause_ms(long ms)
{
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};

    nanosleep(&time, NULL);
}

static uint64_t counted(const struct sample *sample, enum tl_counter counter)
{
    struct tl_counters_view view;

    assert_int_equal(tl_counters_read(sample->archive, &view), TL_OK);
    return view.values[counter];
}

/* True when it is there, false if it does not come. */
static bool await_count(const struct sample *sample, enum tl_counter counter, uint64_t wanted)
{
    for (int ms = 0; ms < PATIENCE_MS; ms += 5) {
        if (counted(sample, counter) >= wanted)
            return true;
        pause_ms(5);
    }
    return false;
}

static bool is_hot(const struct sample *sample, uint64_t number)
{
    struct tl_archive_segment hot = sample_segment(number, false);

    return sample_has_part(sample, &hot, TL_ARCHIVE_ROWS);
}

static struct tl_counters *make_counters(struct sample *sample)
{
    struct tl_counters *counters;

    assert_int_equal(tl_counters_new(sample->archive, &counters), TL_OK);
    return counters;
}

static void finished_segments_are_sealed_and_no_others(void **state)
{
    (void)state;
    struct sample sample = sample_make();
    struct tl_counters *counters = make_counters(&sample);
    struct packer_options options = {.packs = true};
    struct packer *packer;

    for (uint64_t number = 1; number <= 4; number++)
        sample_put_hot(&sample, number, 100);
    assert_int_equal(packer_start(sample.path, &options, counters, &packer), 0);
    packer_tell(packer, 3);
    packer_tell(packer, 2); /* an older word changes nothing */
    assert_true(await_count(&sample, TL_COUNTER_SEGMENTS_PACKED, 2));
    assert_true(!is_hot(&sample, 1) && !is_hot(&sample, 2) && is_hot(&sample, 3) && is_hot(&sample, 4));
    packer_tell(packer, 4);
    assert_true(await_count(&sample, TL_COUNTER_SEGMENTS_PACKED, 3));
    packer_stop(packer);
    assert_true(is_hot(&sample, 4));
    assert_int_equal(counted(&sample, TL_COUNTER_PACK_TROUBLES), 0);
    assert_true(counted(&sample, TL_COUNTER_BYTES_PACKED) > 0);
    assert_true(counted(&sample, TL_COUNTER_BYTES_UNPACKED) > counted(&sample, TL_COUNTER_BYTES_PACKED));
    tl_counters_free(counters);
    sample_remove(&sample);
}

static void it_waits_for_who_has_the_lock(void **state)
{
    (void)state;
    struct sample sample = sample_make();
    struct tl_counters *counters = make_counters(&sample);
    struct packer_options options = {.packs = true};
    struct packer *packer;
    uint64_t pid;

    sample_put_hot(&sample, 1, 100);
    assert_int_equal(tl_archive_lock(sample.archive, TL_ARCHIVE_LOCK_PACK, &pid), TL_OK);
    assert_int_equal(packer_start(sample.path, &options, counters, &packer), 0);
    packer_tell(packer, 2);
    pause_ms(50);
    assert_true(is_hot(&sample, 1));
    tl_archive_unlock(sample.archive, TL_ARCHIVE_LOCK_PACK);
    assert_true(await_count(&sample, TL_COUNTER_SEGMENTS_PACKED, 1));
    packer_stop(packer);
    assert_int_equal(counted(&sample, TL_COUNTER_PACK_TROUBLES), 0);
    assert_int_equal(tl_archive_lock(sample.archive, TL_ARCHIVE_LOCK_PACK, &pid), TL_OK);
    tl_counters_free(counters);
    sample_remove(&sample);
}

/* Nothing comes after a stop, however much there is to do. */
static void a_backlog_does_not_put_off_the_end(void **state)
{
    (void)state;
    enum { BACKLOG = 600 };
    struct sample sample = sample_make();
    struct packer_options options = {.packs = true};
    struct packer *packer;

    for (uint64_t number = 1; number <= BACKLOG; number++)
        sample_put_hot(&sample, number, 20);
    assert_int_equal(packer_start(sample.path, &options, NULL, &packer), 0);
    packer_tell(packer, BACKLOG + 1);
    packer_stop(packer);
    assert_true(is_hot(&sample, BACKLOG));
    sample_remove(&sample);
}

/* One that fails is left for later, and those behind it are sealed. */
static void trouble_is_counted_and_tried_again(void **state)
{
    (void)state;
    struct sample sample = sample_make();
    struct tl_counters *counters = make_counters(&sample);
    struct packer_options options = {.packs = true};
    struct packer *packer;
    static const char day[] =
        "2027-01-16"; /* of the segments from 17 on: a file where its folder should be */

    sample_write(&sample, day, "x", 1);
    sample_put_hot(&sample, 17, 100);
    sample_put_hot(&sample, 41, 100);
    assert_int_equal(packer_start(sample.path, &options, counters, &packer), 0);
    packer_tell(packer, 42);
    assert_true(await_count(&sample, TL_COUNTER_SEGMENTS_PACKED, 1));
    assert_true(is_hot(&sample, 17) && !is_hot(&sample, 41));
    assert_true(await_count(&sample, TL_COUNTER_PACK_TROUBLES, 1));
    unlinkat(tl_archive_folder(sample.archive), day, 0);
    assert_true(await_count(&sample, TL_COUNTER_SEGMENTS_PACKED, 2));
    assert_false(is_hot(&sample, 17));
    packer_stop(packer);
    tl_counters_free(counters);
    sample_remove(&sample);
}

static void retention_follows_sealing(void **state)
{
    (void)state;
    struct sample sample = sample_make();
    struct tl_counters *counters = make_counters(&sample);
    struct packer_options options = {.packs = true, .keep = {.size = 1}};
    struct packer *packer;

    for (uint64_t number = 1; number <= 3; number++)
        sample_put_hot(&sample, number, 100);
    assert_int_equal(packer_start(sample.path, &options, counters, &packer), 0);
    packer_tell(packer, 4);
    assert_true(await_count(&sample, TL_COUNTER_SEGMENTS_PACKED, 3));
    assert_true(await_count(&sample, TL_COUNTER_SEGMENTS_REMOVED, 2));
    packer_stop(packer);
    assert_int_equal(counted(&sample, TL_COUNTER_SEGMENTS_PACKED), 3);
    assert_int_equal(counted(&sample, TL_COUNTER_FRAMES_REMOVED), 200);
    assert_true(counted(&sample, TL_COUNTER_BYTES_REMOVED) > 0);
    tl_counters_free(counters);
    sample_remove(&sample);
}

static void without_packing_hot_segments_stay_and_retention_runs(void **state)
{
    (void)state;
    struct sample sample = sample_make();
    struct tl_counters *counters = make_counters(&sample);
    struct packer_options options = {.packs = true};
    struct packer *packer;

    sample_put_hot(&sample, 1, 100);
    sample_put_hot(&sample, 2, 100);
    assert_int_equal(packer_start(sample.path, &options, counters, &packer), 0);
    packer_tell(packer, 2);
    assert_true(await_count(&sample, TL_COUNTER_SEGMENTS_PACKED, 1));
    packer_stop(packer);
    options = (struct packer_options){.keep = {.size = 1}};
    sample_put_hot(&sample, 3, 100);
    assert_int_equal(packer_start(sample.path, &options, counters, &packer), 0);
    packer_tell(packer, 3);
    assert_true(await_count(&sample, TL_COUNTER_SEGMENTS_REMOVED, 1));
    packer_stop(packer);
    assert_true(is_hot(&sample, 2) && is_hot(&sample, 3));
    tl_counters_free(counters);
    sample_remove(&sample);
}

/* Stopped at any time, a segment is either hot or sealed. */
static void it_stops_at_once_and_leaves_whole_segments(void **state)
{
    (void)state;
    struct packer_options options = {.packs = true, .level = 9};
    struct packer *packer;

    packer_stop(NULL);
    for (long us = 0; us < 20000; us += 2000) {
        struct sample sample = sample_make();
        struct timespec time = {0, us * 1000};
        for (uint64_t number = 1; number <= 3; number++)
            sample_put_hot(&sample, number, 20000);
        assert_int_equal(packer_start(sample.path, &options, NULL, &packer), 0);
        packer_tell(packer, 4);
        nanosleep(&time, NULL);
        packer_stop(packer);
        struct tl_archive_list list;
        assert_int_equal(tl_archive_list(sample.archive, &list), TL_OK);
        assert_int_equal(list.count, 3);
        assert_int_equal(list.leftover_count, 0);
        tl_archive_list_done(&list);
        sample_remove(&sample);
    }
}

static void no_archive_is_no_packer(void **state)
{
    (void)state;
    struct packer_options options = {.packs = true};
    struct packer *packer = NULL;

    assert_int_equal(packer_start("/dev/null", &options, NULL, &packer), -1);
    assert_null(packer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finished_segments_are_sealed_and_no_others),
        cmocka_unit_test(it_waits_for_who_has_the_lock),
        cmocka_unit_test(a_backlog_does_not_put_off_the_end),
        cmocka_unit_test(trouble_is_counted_and_tried_again),
        cmocka_unit_test(retention_follows_sealing),
        cmocka_unit_test(without_packing_hot_segments_stay_and_retention_runs),
        cmocka_unit_test(it_stops_at_once_and_leaves_whole_segments),
        cmocka_unit_test(no_archive_is_no_packer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
