/* What tests/cli/status.test cannot make with a shell: runs of the capture, hot ledgers, segments that change
 * between two looks. */
#include "archive/test_archive.h"
#include "proof/failing_alloc.h"

#include "cli/survey.h"

#include <tapline/frame.h>

#define STAMP 1795467600u /* 2026-11-23T21:00:00Z */
#define MS    (STAMP * 1000ull)

static struct tl_ledger_entry run_entry(struct tl_builder *packed, uint64_t frames, uint64_t arrival_ms)
{
    struct tl_ledger_run run = {1, frames, arrival_ms};
    uint64_t last_ms = 0;

    tl_ledger_put_run(packed, &run, &last_ms);
    return (struct tl_ledger_entry){.kind = TL_LEDGER_RUNS, .packed = tl_builder_bytes(packed)};
}

/* Seals the origins from `first` to `last` as one, each of three frames that come within a second from
 * `at_ms` on, and with a loss of ten bytes. */
static void seal(uint64_t first, uint64_t last, uint64_t at_ms, uint64_t run_ms)
{
    struct tl_sealer_options options = {0};
    struct tl_sealer *sealer;

    assert_int_equal(tl_sealer_new(archive, first, STAMP, &options, &sealer), TL_OK);
    for (uint64_t number = first; number <= last; number++, at_ms += 10000) {
        uint8_t memory[64];
        struct tl_builder packed = tl_builder(memory, sizeof(memory));
        struct tl_ledger_entry run = run_entry(&packed, 3, at_ms + 1000);
        struct tl_ledger_entry loss = {
            .kind = TL_LEDGER_LOSS, .at_ms = at_ms, .text = tl_bytes_of_text("cut \x1b off"), .bytes = 10};
        assert_int_equal(tl_sealer_begin(sealer, number, at_ms, run_ms, tl_bytes_of_text("test")), TL_OK);
        for (int i = 0; i < 3; i++)
            assert_int_equal(tl_sealer_put(sealer, tl_bytes_of_text("frame"), at_ms + 500), TL_OK);
        assert_int_equal(tl_sealer_enter(sealer, &run), TL_OK);
        assert_int_equal(tl_sealer_enter(sealer, &loss), TL_OK);
    }
    assert_int_equal(tl_sealer_commit(sealer, NULL, NULL), TL_OK);
    tl_sealer_free(sealer);
}

/* A hot segment with a ledger of `frames` that arrived at `at_ms`; its rows are of no interest here. */
static void make_hot(uint64_t number, uint64_t frames, uint64_t at_ms, uint64_t run_ms)
{
    struct tl_archive_segment hot = {number, number, STAMP, false};
    struct tl_ledger_entry entries[2] = {
        {.kind = TL_LEDGER_SEGMENT, .segment = number, .at_ms = at_ms, .run_ms = run_ms}};
    struct tl_control start = tl_control(TL_CONTROL_START, tl_bytes_of_text(TL_LEDGER_CONTENT_TYPE));
    uint8_t buffer[1024], memory[64];
    struct tl_builder packed = tl_builder(memory, sizeof(memory));
    char name[TL_ARCHIVE_NAME_SIZE];
    size_t size = 0, more = 0;

    entries[1] = run_entry(&packed, frames, at_ms + 700);
    assert_int_equal(tl_control_encode(&start, buffer, sizeof(buffer), &size), TL_OK);
    for (int i = 0; i < 2; i++, size += more)
        assert_int_equal(tl_ledger_encode(&entries[i], buffer + size, sizeof(buffer) - size, &more), TL_OK);
    tl_archive_name(&hot, TL_ARCHIVE_ROWS, name);
    test_folder_put(&folder, name, "rows");
    tl_archive_name(&hot, TL_ARCHIVE_RUNS, name);
    FILE *file = fopen(test_folder_path(&folder, name), "w");
    assert_non_null(file);
    assert_int_equal(fwrite(buffer, 1, size - (number == 9 ? 3 : 0), file), size - (number == 9 ? 3 : 0));
    fclose(file);
}

static void times_without_a_capture_are_found(void **state)
{
    (void)state;
    struct survey survey = {0};

    seal(1, 1, MS, MS);
    seal(2, 3, MS + 10000, MS);
    seal(4, 4, MS + 50000, MS + 49000); /* another run: 3 ended at 21 s */
    make_hot(5, 7, MS + 60000, MS + 49000);
    make_hot(6, 8, MS + 61000, MS + 60900); /* a restart within a second of the end of 5, at 60.7 s */
    make_hot(7, 9, MS + 80000, MS + 79000); /* 6 ended at 61.7 s */
    assert_true(survey_take(&survey, archive));
    assert_int_equal(survey.stop_count, 2);
    assert_int_equal(survey.stops[0].from_ms, MS + 21000);
    assert_int_equal(survey.stops[0].to_ms, MS + 49000);
    assert_int_equal(survey.stops[0].before, 4);
    assert_int_equal(survey.stops[1].from_ms, MS + 61700);
    assert_int_equal(survey.stops[1].to_ms, MS + 79000);
    assert_int_equal(survey.arrived_ms, MS + 1000); /* not when the first connection came, at 0 s */
    assert_int_equal(survey.last_arrival_ms, MS + 80700);
    assert_int_equal(survey.earliest_ms, MS + 500);
    assert_int_equal(survey.latest_ms, MS + 50500);
    assert_int_equal(survey.missing_count, 0);
    survey_done(&survey);
}

/* A segment may hold no more than the end of a connection. */
static void what_brought_no_frames_did_not_arrive(void **state)
{
    (void)state;
    struct survey survey = {0};

    make_hot(1, 0, MS, MS);
    assert_true(survey_take(&survey, archive));
    assert_int_equal(survey.arrived_ms, 0);
    assert_int_equal(survey.last_arrival_ms, 0);
    make_hot(2, 100, MS + 60000, MS);
    make_hot(3, 0, MS + 70000, MS);
    assert_true(survey_take(&survey, archive));
    assert_int_equal(survey.arrived_ms, MS + 60700);
    assert_int_equal(survey.last_arrival_ms, MS + 60700);
    survey_done(&survey);
}

/* Fills a file with zeros, and leaves it as old as it was. */
static void spoil(const char *name)
{
    static const uint8_t zeros[65536];
    int fd = open(test_folder_path(&folder, name), O_WRONLY);
    struct stat found;

    assert_true(fd >= 0 && fstat(fd, &found) == 0);
    assert_int_equal(pwrite(fd, zeros, (size_t)found.st_size, 0), found.st_size);
    assert_int_equal(futimens(fd, (struct timespec[]){found.st_atim, found.st_mtim}), 0);
    close(fd);
}

static void ledgers_that_did_not_change_are_not_read_again(void **state)
{
    (void)state;
    struct survey survey = {0};

    seal(1, 1, MS, MS);
    seal(2, 2, MS + 50000, MS + 49000);
    for (int i = 0; i < 2; i++) {
        assert_true(survey_take(&survey, archive));
        assert_int_equal(survey.damage_count, 0);
        assert_int_equal(survey.stop_count, 1);
        assert_int_equal(survey.stops[0].from_ms, MS + 1000);
        assert_int_equal(survey.last_arrival_ms, MS + 51000);
        spoil("2026-11-23/20261123T210000Z-00000001.fstrm.zst");
        spoil("2026-11-23/20261123T210000Z-00000002.fstrm.zst");
    }
    survey_done(&survey);
}

static void all_is_summed_up(void **state)
{
    (void)state;
    struct survey survey = {0};

    seal(1, 3, MS, MS);
    make_hot(4, 100, MS + 60000, MS);
    make_hot(9, 1000, MS + 70000, MS); /* its last entry is cut off */
    assert_true(survey_take(&survey, archive));
    assert_int_equal(survey.sealed.segments, 1);
    assert_int_equal(survey.sealed.frames, 9);
    assert_int_equal(survey.sealed.bytes, 81);
    assert_int_equal(survey.hot.segments, 2);
    assert_int_equal(survey.hot.frames, 100);
    assert_int_equal(survey.waiting, 2);
    assert_int_equal(survey.damage_count, 0);
    assert_int_equal(survey.lost_count, 1);
    assert_string_equal(survey.lost[0].cause, "cut ? off");
    assert_int_equal(survey.lost[0].bytes, 30);
    assert_int_equal(survey.missing_count, 1);
    assert_int_equal(survey.missing[0].first, 5);
    assert_int_equal(survey.missing[0].last, 8);
    survey_done(&survey);
}

/* One that merely ends too soon is what a capture leaves that was killed; other bytes nobody leaves. */
static void a_hot_ledger_that_is_damaged_is_told(void **state)
{
    (void)state;
    struct survey survey = {0};
    const char *runs = "hot/20261123T210000Z-00000001.runs";

    make_hot(1, 100, MS, MS);
    FILE *file = fopen(test_folder_path(&folder, runs), "a");
    assert_non_null(file);
    assert_int_equal(fwrite("\0\0\0\3\xff\xff\xff", 1, 7, file), 7);
    fclose(file);
    assert_true(survey_take(&survey, archive));
    assert_int_equal(survey.hot.frames, 100);
    assert_int_equal(survey.damage_count, 1);
    assert_string_equal(survey.damages[0].what, "its ledger is damaged");
    test_folder_put(&folder, runs, "rows");
    assert_true(survey_take(&survey, archive));
    assert_int_equal(survey.damage_count, 0);
    assert_int_equal(unlink(test_folder_path(&folder, runs)), 0);
    assert_true(survey_take(&survey, archive));
    assert_int_equal(survey.damage_count, 0);
    survey_done(&survey);
}

/* What this user may not read is told, and is no damage. */
static void what_may_not_be_read_is_no_damage(void **state)
{
    (void)state;
    struct survey survey = {0};
    bool is_root = geteuid() == 0; /* then nothing is unreadable, unless one is somebody else */
    const char *const names[] = {"counters", "cursors/consumer", "hot/20261123T210000Z-00000002.runs",
                                 "2026-11-23/20261123T210000Z-00000001.fstrm.zst"};

    seal(1, 1, MS, MS);
    make_hot(2, 100, MS + 60000, MS);
    test_folder_put(&folder, "counters", "damaged");
    test_folder_put(&folder, "cursors/consumer", "damaged");
    assert_true(survey_take(&survey, archive));
    assert_int_equal(survey.unread_count, 0);
    assert_int_equal(survey.damage_count, 2);
    survey_done(&survey);
    survey = (struct survey){0};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(chmod(test_folder_path(&folder, names[i]), 0), 0);
    assert_int_equal(fchmod(tl_archive_folder(archive), 0755), 0);
    for (int i = 0; i < 3; i++) {
        static const char *const folders[] = {"cursors", "hot", "2026-11-23"};
        assert_int_equal(chmod(test_folder_path(&folder, folders[i]), 0755), 0);
    }
    assert_true(!is_root || seteuid(54321) == 0);
    bool is_taken = survey_take(&survey, archive);
    assert_true(!is_root || seteuid(0) == 0);
    assert_true(is_taken);
    assert_int_equal(survey.damage_count, 0);
    assert_true(survey.is_hidden);
    assert_int_equal(survey.unread_count, 4);
    assert_string_equal(survey.unread[0].place, "counters");
    assert_string_equal(survey.unread[1].place, names[3]);
    assert_string_equal(survey.unread[2].place, "hot/20261123T210000Z-00000002.fstrm");
    assert_string_equal(survey.unread[3].place, "cursors");
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(chmod(test_folder_path(&folder, names[i]), 0600), 0);
    assert_true(survey_take(&survey, archive)); /* the segment that could not be read is read now */
    assert_int_equal(survey.sealed.frames, 3);
    assert_int_equal(survey.unread_count, 0);
    survey_done(&survey);
}

static void what_is_hot_waits_unless_it_is_written(void **state)
{
    (void)state;
    struct survey survey = {0};
    uint64_t pid;

    make_hot(1, 1, MS, MS);
    make_hot(2, 1, MS, MS);
    assert_int_equal(tl_archive_lock(archive, TL_ARCHIVE_LOCK_WRITE, &pid), TL_OK);
    assert_true(survey_take(&survey, archive));
    assert_int_equal(survey.writer, getpid());
    assert_int_equal(survey.waiting, 1);
    tl_archive_unlock(archive, TL_ARCHIVE_LOCK_WRITE);
    assert_true(survey_take(&survey, archive));
    assert_int_equal(survey.writer, 0);
    assert_int_equal(survey.waiting, 2);
    survey_done(&survey);
}

static void a_second_look_sees_what_changed(void **state)
{
    (void)state;
    struct survey survey = {0};

    seal(1, 1, MS, MS);
    seal(2, 2, MS + 10000, MS);
    make_hot(3, 5, MS + 20000, MS);
    assert_true(survey_take(&survey, archive));
    assert_int_equal(survey.sealed.frames, 6);
    seal(1, 2, MS, MS); /* as merging does */
    assert_int_equal(unlink(test_folder_path(&folder, "2026-11-23/20261123T210000Z-00000001.fstrm.zst")), 0);
    make_hot(3, 50, MS + 20000, MS);
    make_hot(4, 3, MS + 30000, MS);
    for (int i = 0; i < 3; i++) {
        assert_true(survey_take(&survey, archive));
        assert_int_equal(survey.sealed.segments, 1);
        assert_int_equal(survey.sealed.frames, 6);
        assert_int_equal(survey.leftovers, 1);
        assert_int_equal(survey.hot.frames, 53);
        assert_int_equal(survey.lost_count, 1);
        assert_int_equal(survey.lost[0].bytes, 20);
    }
    assert_int_equal(
        unlink(test_folder_path(&folder, "2026-11-23/20261123T210000Z-00000001-00000002.fstrm.zst")), 0);
    assert_true(survey_take(&survey, archive));
    assert_int_equal(survey.sealed.frames, 3);
    survey_done(&survey);
}

/* Noted, but its file did not go yet. */
static void what_is_there_was_not_removed(void **state)
{
    (void)state;
    struct survey survey = {0};

    seal(2, 3, MS, MS);
    test_folder_put(&folder, "cursors/a",
                    "tapline cursor 1\nnext 1/0\nhold no\nupdated 2026-11-23T21:59:00.123Z\n");
    test_folder_put(&folder, "removed",
                    "first=1 last=1 frames=5 bytes=7 at=2026-11-23T21:59:00.123Z cause=keep\n"
                    "first=2 last=3 frames=6 bytes=8 at=2026-11-23T21:59:00.123Z cause=keep\n");
    assert_true(survey_take(&survey, archive));
    assert_int_equal(survey.removed_count, 1);
    assert_int_equal(survey.removed[0].segments, 1);
    assert_int_equal(survey.removed[0].frames, 5);
    assert_int_equal(survey.cursors[0].missed_segments, 1);
    assert_int_equal(survey.cursors[0].behind_frames, 6);
    assert_int_equal(survey.missing_count, 0);
    survey_done(&survey);
}

static void without_memory_it_fails(void **state)
{
    (void)state;
    unsigned long n = 0;
    bool has_failed = true;

    seal(1, 2, MS, MS);
    make_hot(3, 5, MS + 20000, MS);
    make_hot(4, 5, MS + 40000, MS + 30000);
    test_folder_put(&folder, "cursors/a",
                    "tapline cursor 1\nnext 1/1\nhold no\nupdated 2026-11-23T21:59:00.123Z\n");
    test_folder_put(&folder, "removed",
                    "first=5 last=5 frames=1 bytes=1 at=2026-11-23T21:59:00.123Z cause=keep\n");
    while (has_failed) {
        struct survey survey = {0};
        failing_alloc_start(++n);
        bool is_taken = survey_take(&survey, archive);
        has_failed = failing_alloc_stop();
        assert_true(is_taken || has_failed);
        /* One that was not said at least left nothing out without a word. */
        if (is_taken && !survey.damage_count)
            assert_true(survey.sealed.frames == 6 && survey.hot.frames == 10 && survey.cursor_count == 1);
        survey_done(&survey);
    }
    assert_true(n > 10);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(times_without_a_capture_are_found),      TEST(all_is_summed_up),
        TEST(what_is_hot_waits_unless_it_is_written), TEST(a_second_look_sees_what_changed),
        TEST(what_is_there_was_not_removed),          TEST(without_memory_it_fails),
        TEST(a_hot_ledger_that_is_damaged_is_told),   TEST(what_may_not_be_read_is_no_damage),
        TEST(what_brought_no_frames_did_not_arrive),  TEST(ledgers_that_did_not_change_are_not_read_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
