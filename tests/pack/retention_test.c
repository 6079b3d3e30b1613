#include "pack/pack.h"
#include "pack/retention.h"
#include "pack/sample.h"
#include "proof/test.h"

#include <sys/statvfs.h>

/* An archive whose segments 1 to `count` are sealed, all ended long ago but the last. */
static struct sample make(uint64_t count)
{
    struct sample sample = sample_make();
    struct pack_options options = {0};
    struct pack_result result;

    for (uint64_t number = 1; number <= count; number++) {
        struct tl_archive_segment hot = {number, number, 1000000000 + 86400 * number, false};
        struct bytes rows = sample_rows((unsigned)(10 * number));
        char name[TL_ARCHIVE_NAME_SIZE];
        tl_archive_name(&hot, TL_ARCHIVE_ROWS, name);
        sample_write(&sample, name, rows.data, rows.size);
        bytes_free(&rows);
        assert_int_equal(pack_segment(sample.archive, &hot, &options, &result), PACK_OK);
    }
    return sample;
}

/* The numbers of the segments that are there. */
static const char *listed(const struct sample *sample, char text[64])
{
    struct tl_archive_list list;

    text[0] = '\0';
    assert_int_equal(tl_archive_list(sample->archive, &list), TL_OK);
    for (size_t i = 0; i < list.count; i++)
        sprintf(text + strlen(text), "%llu ", (unsigned long long)list.segments[i].first);
    tl_archive_list_done(&list);
    return text;
}

static void hold(const struct sample *sample, const char *name, uint64_t segment)
{
    struct tl_archive_cursor cursor;
    struct tl_cursor_owner *owner;
    uint64_t pid;

    assert_int_equal(tl_archive_cursor_open(sample->archive, name, &owner, &cursor, &pid), TL_END);
    cursor.next = (struct tl_frame_name){segment, 0};
    cursor.hold = true;
    assert_int_equal(tl_archive_cursor_store(owner, &cursor), TL_OK);
    tl_archive_cursor_close(owner);
}

static void what_goes_is_counted_and_noted(void **state)
{
    (void)state;
    struct sample sample = make(4);
    struct retention_options options = {.age_ms = 1000};
    struct retention_result result;
    struct tl_archive_removed *removed;
    size_t count;
    char text[64];

    retention_run(sample.archive, &options, NULL, &result);
    assert_string_equal(listed(&sample, text), "4 ");
    assert_int_equal(result.segments, 3);
    assert_int_equal(result.frames, 60);
    assert_int_equal(result.troubles, 0);
    assert_int_equal(tl_archive_list_removed(sample.archive, &removed, &count), TL_OK);
    assert_int_equal(count, 3);
    assert_int_equal(removed[0].first, 1);
    assert_int_equal(removed[2].last, 3);
    assert_int_equal(removed[1].frames, 20);
    /* Without a ledger, the frames that have no time have that of the segment. */
    assert_true(removed[0].from_ms == 1000086400000 && removed[0].to_ms == SAMPLE_MS + 9);
    assert_string_equal(removed[0].cause, "keep");
    assert_int_equal(removed[0].bytes + removed[1].bytes + removed[2].bytes, result.bytes);
    assert_false(sample_has(&sample, "2001-09-10")); /* days that have nothing left */
    free(removed);
    retention_run(sample.archive, &options, NULL, &result);
    assert_int_equal(result.segments, 0);
    sample_remove(&sample);
}

static void size_takes_the_oldest(void **state)
{
    (void)state;
    struct sample sample = make(4);
    struct retention_options options = {.size = 1};
    struct retention_result result;
    char text[64];

    for (uint64_t size = 0; size < 1 << 20; size += 64) { /* to where only the first has to go */
        options.size = (1 << 20) - size;
        retention_run(sample.archive, &options, NULL, &result);
        if (result.segments)
            break;
    }
    assert_string_equal(listed(&sample, text), "2 3 4 ");
    options.size = 1;
    retention_run(sample.archive, &options, NULL, &result);
    assert_string_equal(listed(&sample, text), "4 ");
    sample_remove(&sample);
}

static void cursors_hold_segments(void **state)
{
    (void)state;
    struct sample sample = make(5);
    struct retention_options options = {.size = 1};
    struct retention_result result;
    char text[64];

    hold(&sample, "late", 4);
    hold(&sample, "later", 5);
    retention_run(sample.archive, &options, NULL, &result);
    if (!result.is_nearly_full)
        assert_string_equal(listed(&sample, text), "4 5 ");
    assert_false(result.is_hold_unknown);
    sample_remove(&sample);
}

static void a_cursor_that_cannot_be_read_holds_everything(void **state)
{
    (void)state;
    struct sample sample = make(3);
    struct retention_options options = {.size = 1};
    struct retention_result result;
    char text[64];

    sample_write(&sample, "cursors/broken", "x", 1);
    retention_run(sample.archive, &options, NULL, &result);
    assert_true(result.is_hold_unknown);
    if (!result.is_nearly_full)
        assert_string_equal(listed(&sample, text), "1 2 3 ");
    sample_remove(&sample);
}

static void a_damaged_segment_goes_as_well(void **state)
{
    (void)state;
    struct sample sample = make(2);
    struct retention_options options = {.size = 1};
    struct retention_result result;
    char text[64];

    sample_write(&sample, "2001-09-10/20010910T014640Z-00000001.fstrm.zst", "no", 2);
    retention_run(sample.archive, &options, NULL, &result);
    assert_string_equal(listed(&sample, text), "2 ");
    assert_int_equal(result.segments, 1);
    assert_int_equal(result.frames, 0);
    assert_int_equal(result.bytes, 2);
    sample_remove(&sample);
}

static void it_is_due_when_the_disk_has_too_little(void **state)
{
    (void)state;
    struct sample sample = make(1);
    struct statvfs disk;

    assert_int_equal(statvfs(sample.path, &disk), 0);
    struct retention_options options = {.free_bytes = (uint64_t)disk.f_blocks * disk.f_frsize * 2};
    assert_true(retention_is_due(sample.archive, &options));
    options = (struct retention_options){0};
    assert_false(retention_is_due(sample.archive, &options));
    sample_remove(&sample);
}

static void without_limits_nothing_goes(void **state)
{
    (void)state;
    struct sample sample = make(3);
    struct retention_options options = {0};
    struct retention_result result;
    char text[64];

    retention_run(sample.archive, &options, NULL, &result);
    assert_string_equal(listed(&sample, text), "1 2 3 ");
    assert_false(sample_has(&sample, "removed"));
    sample_remove(&sample);
}

static void it_can_be_stopped(void **state)
{
    (void)state;
    struct sample sample = make(3);
    struct retention_options options = {.size = 1};
    struct retention_result result;
    atomic_bool stop = true;
    char text[64];

    retention_run(sample.archive, &options, &stop, &result);
    assert_string_equal(listed(&sample, text), "1 2 3 ");
    assert_int_equal(result.troubles, 0);
    stop = false;
    retention_run(sample.archive, &options, &stop, &result);
    assert_string_equal(listed(&sample, text), "3 ");
    sample_remove(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_goes_is_counted_and_noted),
        cmocka_unit_test(size_takes_the_oldest),
        cmocka_unit_test(cursors_hold_segments),
        cmocka_unit_test(a_cursor_that_cannot_be_read_holds_everything),
        cmocka_unit_test(a_damaged_segment_goes_as_well),
        cmocka_unit_test(it_is_due_when_the_disk_has_too_little),
        cmocka_unit_test(it_can_be_stopped),
        cmocka_unit_test(without_limits_nothing_goes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
