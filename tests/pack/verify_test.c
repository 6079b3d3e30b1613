/* What verify says about an archive as a whole. */
#include "pack/hot_files.h"
#include "pack/verified.h"

#include <sys/stat.h>

static void an_archive_can_be_empty(void **state)
{
    (void)state;
    struct verified verified;

    verified_open(&verified);
    assert_int_equal(verified_archive(&verified), 0);
    assert_string_equal(verified.lines, "");
    verified_close(&verified);
}

static void a_gap_is_damage_unless_it_was_removed(void **state)
{
    (void)state;
    struct verified verified;
    struct tl_archive_removed removed = {.first = 4, .last = 5, .at_ms = 1, .cause = "keep"};

    verified_open(&verified);
    made_segments(verified.archive, 1, 3, 3);
    made_segments(verified.archive, 1, 7, 8);
    assert_int_equal(verified_archive(&verified), 2);
    assert_string_equal(verified.lines,
                        ": the origins 1 to 2 are missing, and \"removed\" does not say why\n"
                        ": the origins 4 to 6 are missing, and \"removed\" does not say why\n");
    assert_int_equal(tl_archive_note_removed(verified.archive, &removed), TL_OK);
    assert_int_equal(verified_archive(&verified), 2);
    assert_string_equal(verified.lines, ": the origins 1 to 2 are missing, and \"removed\" does not say why\n"
                                        ": origin 6 is missing, and \"removed\" does not say why\n");
    removed.first = 1;
    removed.last = 2;
    assert_int_equal(tl_archive_note_removed(verified.archive, &removed), TL_OK);
    removed.first = removed.last = 6;
    assert_int_equal(tl_archive_note_removed(verified.archive, &removed), TL_OK);
    assert_int_equal(verified_archive(&verified), 0);
    assert_string_equal(verified.lines, "");
    verified_close(&verified);
}

static void what_is_superseded_is_noted(void **state)
{
    (void)state;
    struct verified verified;
    static struct hot_files hot;

    verified_open(&verified);
    made_segments(verified.archive, 1, 1, 1);
    hot_begin(&hot, 1);
    verified_write(&verified, "hot/20261123T210000Z-00000001.fstrm", hot.rows.start,
                   tl_builder_size(&hot.rows));
    verified_write(&verified, "hot/20261123T210000Z-00000001.runs", hot.runs.start,
                   tl_builder_size(&hot.runs));
    assert_int_equal(verified_archive(&verified), 0);
    assert_string_equal(verified.lines,
                        "hot/20261123T210000Z-00000001.fstrm: note: is superseded by another segment, and "
                        "was not removed yet; the next packing removes it\n");
    verified_close(&verified);
}

static void move(const struct verified *verified, const char *from, const char *to)
{
    int folder = tl_archive_folder(verified->archive);

    assert_int_equal(renameat(folder, from, folder, to), 0);
}

static void files_that_nobody_reads_are_found(void **state)
{
    (void)state;
    struct verified verified;
    uint64_t pid;

    verified_open(&verified);
    made_segments_of(verified.archive, 1, 1, 2, 2);
    assert_int_equal(mkdirat(tl_archive_folder(verified.archive), "2026-11-25", 0750), 0);
    move(&verified, "2026-11-23/20261123T213000Z-00000002.fstrm.zst",
         "2026-11-25/20261123T213000Z-00000002.fstrm.zst");
    verified_write(&verified, "2026-11-25/notes", "mine", 4);
    assert_int_equal(verified_archive(&verified), 1);
    assert_string_equal(verified.lines,
                        "2026-11-25/20261123T213000Z-00000002.fstrm.zst: is not where it belongs, which is "
                        "2026-11-23/20261123T213000Z-00000002.fstrm.zst, and is not read\n");
    move(&verified, "2026-11-25/20261123T213000Z-00000002.fstrm.zst",
         "2026-11-23/20261123T213000Z-00000002.fstrm.zst");
    assert_int_equal(verified_archive(&verified), 0);
    move(&verified, "2026-11-23/20261123T210000Z-00000001.fstrm.zst",
         "2026-11-23/20261123T210000Z-00000001-00000002.fstrm.zst");
    move(&verified, "2026-11-23/20261123T213000Z-00000002.fstrm.zst",
         "2026-11-23/20261123T213000Z-00000002-00000003.fstrm.zst");
    verified_archive(&verified);
    assert_non_null(strstr(verified.lines,
                           "2026-11-23/20261123T213000Z-00000002-00000003.fstrm.zst: has some origins that "
                           "another segment has too, and is not read: one of the two is a copy\n"));
    verified_write(&verified, "2026-11-23/notes.tmp", "", 0); /* somebody's own */
    verified_write(&verified, "2026-11-23/.20261123T213000Z-00000004.fstrm.zst.tmp", "", 0);
    verified_archive(&verified);
    assert_non_null(strstr(verified.lines, "4.fstrm.zst.tmp: note: was left by a packing that was killed"));
    assert_null(strstr(verified.lines, "notes.tmp"));
    assert_int_equal(tl_archive_lock(verified.archive, TL_ARCHIVE_LOCK_PACK, &pid),
                     TL_OK); /* it is being packed */
    verified_archive(&verified);
    assert_null(strstr(verified.lines, ".tmp"));
    verified_write(&verified, "damaged/20261123T213000Z-00000004.fstrm", "", 0);
    verified_archive(&verified);
    assert_non_null(strstr(verified.lines,
                           "damaged/20261123T213000Z-00000004.fstrm: note: was damaged when it was packed"));
    verified_close(&verified);
}

static void put_cursor(const struct verified *verified, const char *name, uint64_t segment, uint64_t number)
{
    struct tl_cursor_owner *owner;
    struct tl_archive_cursor cursor;
    uint64_t pid;

    enum tl_status status = tl_archive_cursor_open(verified->archive, name, &owner, &cursor, &pid);
    assert_true(status == TL_OK || status == TL_END);
    cursor.next = (struct tl_frame_name){segment, number};
    assert_int_equal(tl_archive_cursor_store(owner, &cursor), TL_OK);
    tl_archive_cursor_close(owner);
}

static void cursors_that_point_nowhere_are_found(void **state)
{
    (void)state;
    struct verified verified;
    struct tl_archive_removed removed = {.first = 1, .last = 1, .at_ms = 1, .cause = "keep"};

    verified_open(&verified);
    made_segments(verified.archive, 1, 2, 3);
    assert_int_equal(tl_archive_note_removed(verified.archive, &removed), TL_OK);
    verified_archive(&verified);
    uint64_t frames = verified.verify.sums.frames;
    put_cursor(&verified, "begun", 0, 0);
    put_cursor(&verified, "fine", 2, 1);
    put_cursor(&verified, "next", 4, 0);
    assert_int_equal(verified_archive(&verified), 0);
    assert_string_equal(verified.lines, "");
    put_cursor(&verified, "begun", 1, 0);
    put_cursor(&verified, "fine", 3, frames);
    put_cursor(&verified, "next", 4, 1);
    assert_int_equal(verified_archive(&verified), 2);
    assert_non_null(strstr(verified.lines,
                           "cursors/begun: note: points at 1/0, which was removed: its reader will miss "
                           "what was there\n"));
    assert_non_null(strstr(verified.lines, "cursors/fine: points at 3/"));
    assert_non_null(strstr(verified.lines, "cursors/next: points at 4/1, which is nowhere in the archive\n"));
    verified_write(&verified, "cursors/next", "damaged", 7);
    assert_int_equal(verified_archive(&verified), 2);
    assert_non_null(strstr(verified.lines, "cursors: 1 of the files are damaged"));
    verified_close(&verified);
}

static void what_is_no_archive_cannot_be_checked(void **state)
{
    (void)state;
    struct verified verified;

    verified_open(&verified);
    verified_begin(&verified);
    assert_int_equal(unlinkat(tl_archive_folder(verified.archive), "version", 0), 0);
    assert_false(verify_archive(&verified.verify, verified.path));
    assert_int_equal(verified.verify.sums.damages, 1);
    assert_int_equal(verified_file(&verified, "nothing"), 1);
    assert_string_equal(verified.lines, "nothing: cannot be opened: No such file or directory\n");
    verified_write(&verified, "text", "hello", 5);
    assert_int_equal(verified_file(&verified, "text"), 1);
    assert_string_equal(verified.lines,
                        "text: cannot be read at all: there is nothing of a sealed segment in it\n");
    verified_close(&verified);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_archive_can_be_empty),
        cmocka_unit_test(a_gap_is_damage_unless_it_was_removed),
        cmocka_unit_test(what_is_superseded_is_noted),
        cmocka_unit_test(files_that_nobody_reads_are_found),
        cmocka_unit_test(cursors_that_point_nowhere_are_found),
        cmocka_unit_test(what_is_no_archive_cannot_be_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
