#include "generate/sink.h"

#include "proof/test.h"

#include <tapline/archive.h>
#include <tapline/frame.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const identities[] = {"ns1", "ns2", "silent"};
static char path[64];

static struct sink_archive_options options = {
    .path = path, .segment_size = 65536, .identities = identities, .identity_count = 3};

static int make_folder(void **state)
{
    (void)state;
    strcpy(path, "/tmp/sink_archive_test.XXXXXX");
    return mkdtemp(path) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[128];

    snprintf(command, sizeof(command), "rm -r %s", path);
    return system(command);
}

#define FRAMES   2000
#define START_MS UINT64_C(1795469062000)

/* Frame i: of the identity that `identity_of` says, at a time that goes on every tenth frame. */
static unsigned identity_of(unsigned i)
{
    return i % 7 < 4 ? 0 : 1;
}

static size_t put_frame_text(unsigned i, char text[128])
{
    return (size_t)snprintf(text, 128,
                            "frame %u ............................................................", i);
}

static void put_all(void)
{
    struct sink *sink = sink_open_archive(&options);
    char text[128];

    assert_non_null(sink);
    for (unsigned i = 0; i < FRAMES; i++) {
        struct traffic_message message = {.frame = tl_bytes(text, put_frame_text(i, text)),
                                          .identity = identity_of(i)};
        assert_true(sink->put(sink, &message, START_MS + i / 10));
    }
    assert_true(sink->flush(sink));
    assert_true(sink->finish(sink));
    sink->free(sink);
}

/* What the ledger of one segment says of each of its frames is what was put. */
struct check {
    unsigned frame; /* that the next run begins with */
    unsigned connections, closed;
    uint64_t closed_frames;
};

static void check_runs(struct check *check, struct tl_bytes packed)
{
    struct tl_ledger_run run;
    uint64_t last_ms = 0;

    while (tl_ledger_next_run(&packed, &last_ms, &run) == TL_OK) {
        for (uint64_t i = 0; i < run.frames; i++, check->frame++) {
            assert_int_equal(run.connection, identity_of(check->frame) + 1);
            assert_true(run.arrival_ms == START_MS + check->frame / 10);
        }
    }
}

static void check_ledger(struct check *check, struct tl_bytes stream, uint64_t number)
{
    struct tl_frame_decoder decoder;
    struct tl_frame frame;
    struct tl_ledger_entry entry;

    tl_frame_decoder_init(&decoder, 0);
    while (tl_frame_next(&decoder, &stream, &frame) == TL_OK) {
        if (frame.kind != TL_FRAME_DATA)
            continue;
        assert_int_equal(tl_ledger_decode(frame.payload, &entry), TL_OK);
        if (entry.kind == TL_LEDGER_SEGMENT) {
            assert_true(entry.segment == number);
            assert_true(tl_bytes_equal(entry.text, tl_bytes_of_text("tapline generate")));
            assert_true(entry.run_ms == START_MS);
        }
        if (entry.kind == TL_LEDGER_CONNECTION) {
            check->connections++;
            assert_true(tl_bytes_equal(entry.text, tl_bytes_of_text(identities[entry.connection - 1])));
            assert_true(tl_bytes_equal(entry.listener, tl_bytes_of_text("generated")));
        }
        if (entry.kind == TL_LEDGER_RUNS)
            check_runs(check, entry.packed);
        if (entry.kind == TL_LEDGER_CLOSED) {
            check->closed++;
            check->closed_frames += entry.frames;
        }
    }
}

static unsigned check_frames(unsigned frame, struct tl_bytes frames)
{
    for (; frames.size; frame++) {
        char text[128];
        size_t size = put_frame_text(frame, text);
        assert_int_equal(tl_be32(frames.data), size);
        assert_memory_equal(frames.data + 4, text, size);
        frames = tl_bytes(frames.data + 4 + size, frames.size - 4 - size);
    }
    return frame;
}

static void check_segment(const struct tl_archive *archive, const struct tl_archive_segment *segment,
                          unsigned *frame, struct check *check)
{
    char name[TL_ARCHIVE_NAME_SIZE];
    struct tl_sealed *sealed;
    struct tl_bytes bytes;
    unsigned first = *frame;

    tl_archive_name(segment, TL_ARCHIVE_ROWS, name);
    int fd = openat(tl_archive_folder(archive), name, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(tl_sealed_open(fd, segment, &sealed), TL_OK);
    const struct tl_sealed_info *info = tl_sealed_info(sealed);
    assert_false(info->is_rebuilt);
    assert_true(info->bytes <= options.segment_size);
    for (size_t block = 0; block < info->block_count; block++) {
        assert_int_equal(tl_sealed_read(sealed, block, &bytes), TL_OK);
        *frame = check_frames(*frame, bytes);
    }
    assert_true(info->frames == *frame - first);
    assert_true(info->earliest_ms == START_MS + first / 10 &&
                info->latest_ms == START_MS + (*frame - 1) / 10);
    assert_int_equal(tl_sealed_ledger(sealed, &bytes), TL_OK);
    check_ledger(check, bytes, segment->first);
    assert_int_equal(check->frame, *frame);
    tl_sealed_free(sealed);
    close(fd);
}

static void segments_hold_what_was_put(void **state)
{
    (void)state;
    char text[TL_ARCHIVE_TEXT_SIZE];
    struct tl_archive *archive;
    struct tl_archive_list list;
    struct check check = {0};
    unsigned frame = 0;

    put_all();
    assert_int_equal(tl_archive_open(path, &archive, text), TL_OK);
    assert_int_equal(tl_archive_list(archive, &list), TL_OK);
    assert_in_range(list.count, 3, 4);
    assert_int_equal(list.leftover_count, 0);
    for (size_t i = 0; i < list.count; i++) {
        assert_true(list.segments[i].is_sealed && list.segments[i].first == i + 1);
        check_segment(archive, &list.segments[i], &frame, &check);
    }
    assert_int_equal(frame, FRAMES);
    assert_int_equal(check.connections, 2 * list.count);
    assert_int_equal(check.closed, 2);
    assert_int_equal(check.closed_frames, FRAMES);
    size_t count = list.count;
    tl_archive_list_done(&list);

    put_all(); /* behind what is there */
    assert_int_equal(tl_archive_list(archive, &list), TL_OK);
    assert_int_equal(list.count, 2 * count);
    tl_archive_list_done(&list);
    tl_archive_close(archive);
}

static void nobody_else_may_be_writing(void **state)
{
    (void)state;
    char text[TL_ARCHIVE_TEXT_SIZE];
    struct tl_archive *archive;
    uint64_t pid;

    assert_int_equal(tl_archive_make(path, -1, &archive, text), TL_OK);
    assert_int_equal(tl_archive_lock(archive, TL_ARCHIVE_LOCK_WRITE, &pid), TL_OK);
    assert_null(sink_open_archive(&options));
    tl_archive_unlock(archive, TL_ARCHIVE_LOCK_WRITE);
    assert_int_equal(tl_archive_lock(archive, TL_ARCHIVE_LOCK_PACK, &pid), TL_OK);
    assert_null(sink_open_archive(&options));
    tl_archive_unlock(archive, TL_ARCHIVE_LOCK_PACK);
    struct sink *sink = sink_open_archive(&options);
    assert_non_null(sink);
    assert_int_equal(tl_archive_lock(archive, TL_ARCHIVE_LOCK_PACK, &pid), TL_FULL);
    sink->free(sink);
    tl_archive_close(archive);
}

/* What was begun and not finished leaves nothing. */
static void what_a_killed_capture_had_received_comes_first(void **state)
{
    (void)state;
    struct tl_archive *archive;
    char text[TL_ARCHIVE_TEXT_SIZE];

    assert_int_equal(tl_archive_make(path, -1, &archive, text), TL_OK);
    assert_int_equal(symlinkat("version", tl_archive_folder(archive), "queue"), 0);
    assert_null(sink_open_archive(&options));
    assert_int_equal(unlinkat(tl_archive_folder(archive), "queue", 0), 0);
    assert_int_equal(symlinkat("gone", tl_archive_folder(archive), "queue"), 0);
    struct sink *sink = sink_open_archive(&options); /* nothing can come of that any more */
    assert_non_null(sink);
    sink->free(sink);
    tl_archive_close(archive);
}

static void half_a_segment_is_none(void **state)
{
    (void)state;
    char text[TL_ARCHIVE_TEXT_SIZE];
    struct tl_archive *archive;
    struct tl_archive_list list;
    struct sink *sink = sink_open_archive(&options);
    struct traffic_message message = {.frame = tl_bytes_of_text("frame")};

    assert_non_null(sink);
    assert_true(sink->put(sink, &message, START_MS));
    sink->free(sink);
    assert_int_equal(tl_archive_open(path, &archive, text), TL_OK);
    assert_int_equal(tl_archive_list(archive, &list), TL_OK);
    assert_int_equal(list.count, 0);
    tl_archive_list_done(&list);
    tl_archive_close(archive);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(segments_hold_what_was_put, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(nobody_else_may_be_writing, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(what_a_killed_capture_had_received_comes_first, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(half_a_segment_is_none, make_folder, remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
