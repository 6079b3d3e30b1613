#include "pack/hot_files.h"
#include "pack/verified.h"

#define ROWS "hot/20261123T210000Z-00000001.fstrm"
#define RUNS "hot/20261123T210000Z-00000001.runs"

static struct hot_files hot;

/* Ten frames of which the ledger knows, and the end. */
static void make_whole(void)
{
    hot_begin(&hot, 1);
    hot_put_run(&hot, 1, 10);
    hot_put_mark(&hot);
    hot_put_frames(&hot, 10);
    hot_end(&hot);
}

static uint64_t verified_hot(struct verified *verified)
{
    struct tl_bytes rows = tl_builder_bytes(&hot.rows), runs = tl_builder_bytes(&hot.runs);

    verified_write(verified, ROWS, rows.data, rows.size);
    verified_write(verified, RUNS, runs.data, runs.size);
    return verified_archive(verified);
}

static void a_whole_one_is_sound(void **state)
{
    (void)state;
    struct verified verified;

    verified_open(&verified);
    make_whole();
    assert_int_equal(verified_hot(&verified), 0);
    assert_string_equal(verified.lines, "");
    assert_int_equal(verified.verify.sums.hot, 1);
    assert_int_equal(verified.verify.sums.frames, 10);
    assert_int_equal(verified_file(&verified, ROWS), 0);
    assert_int_equal(verified.verify.sums.frames, 10);
    verified_close(&verified);
}

/* While it is written any end of the rows is right, and so is any end of the ledger behind the marks of the
 * rows. */
static void a_growing_one_is_sound_wherever_it_ends(void **state)
{
    (void)state;
    struct verified verified;
    uint64_t pid;

    verified_open(&verified);
    assert_int_equal(tl_archive_lock(verified.archive, TL_ARCHIVE_LOCK_WRITE, &pid), TL_OK);
    make_whole();
    size_t size = tl_builder_size(&hot.rows);
    for (size_t cut = 0; cut <= size; cut++) {
        hot.rows.at = hot.rows.start + cut;
        if (verified_hot(&verified))
            fail_msg("cut at %zu: %s", cut, verified.lines);
        assert_string_equal(verified.lines, "");
    }
    hot.runs.at -= 12;       /* without STOP */
    hot_put_run(&hot, 1, 5); /* not sure yet */
    size = tl_builder_size(&hot.runs);
    for (size_t more = 0; more < 6; more++) {
        hot.runs.at = hot.runs.start + size - more;
        assert_int_equal(verified_hot(&verified), 0);
    }
    verified_close(&verified);
}

static void a_torn_end_is_noted_and_what_it_cost_is_damage(void **state)
{
    (void)state;
    struct verified verified;

    verified_open(&verified);
    hot_begin(&hot, 1);
    hot_put_run(&hot, 1, 3);
    hot_put_mark(&hot);
    hot_put_frames(&hot, 3);
    tl_builder_put(&hot.rows, tl_bytes("\0\0\0\x09yes", 7));
    assert_int_equal(verified_hot(&verified), 0);
    assert_string_equal(verified.lines,
                        ROWS ": note: offset 72: ends inside a frame (7 bytes, which were no whole frame; "
                             "packing leaves them out, and counts them)\n");
    hot.rows.at -= 10;
    assert_int_equal(verified_hot(&verified), 1);
    assert_non_null(strstr(verified.lines,
                           ROWS ": 1 frames that its ledger knows of are not there: frames 1/2 and after"));
    verified_close(&verified);
}

static void damage_in_the_middle_is_found(void **state)
{
    (void)state;
    struct verified verified;

    verified_open(&verified);
    make_whole();
    hot.rows.start[42 + 3 * 10] = 0x40; /* the length of the fourth frame */
    assert_true(verified_hot(&verified) > 0);
    assert_non_null(strstr(verified.lines, ROWS ": offset 72: "));
    assert_non_null(strstr(verified.lines, "behind frame number 3"));
    hot_begin(&hot, 1);
    hot_put_run(&hot, 1, 3);
    hot_put_frames(&hot, 3);
    tl_builder_put(&hot.runs, tl_bytes("\0\0\0\1\x08", 5)); /* an entry that ends inside a field */
    hot_put_mark(&hot);
    assert_int_equal(verified_hot(&verified), 1);
    assert_string_equal(verified.lines, ROWS
                        ": ledger, entry 4, origin 1: it cannot be read on: the input ends in the middle of "
                        "a value\n");
    verified_close(&verified);
}

static void a_ledger_that_does_not_fit_is_found(void **state)
{
    (void)state;
    struct verified verified;

    verified_open(&verified);
    make_whole();
    hot_begin(&hot, 2);
    hot_put_run(&hot, 2, 4);
    hot_put_mark(&hot);
    hot_put_frames(&hot, 6);
    assert_int_equal(verified_hot(&verified), 3);
    assert_string_equal(verified.lines, ROWS
                        ": ledger, entry 3, origin 2: a run of connection 2, which is not declared\n" ROWS
                        ": its ledger is one of origin 2\n" ROWS
                        ": its ledger covers 4 of its 6 frames: who brought the others is not known\n");
    assert_int_equal(unlinkat(tl_archive_folder(verified.archive), RUNS, 0), 0);
    verified_archive(&verified);
    assert_string_equal(
        verified.lines,
        ROWS ": its ledger cannot be read: No such file or directory: who brought the frames is not "
             "known\n");
    verified_close(&verified);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_one_is_sound),
        cmocka_unit_test(a_growing_one_is_sound_wherever_it_ends),
        cmocka_unit_test(a_torn_end_is_noted_and_what_it_cost_is_damage),
        cmocka_unit_test(damage_in_the_middle_is_found),
        cmocka_unit_test(a_ledger_that_does_not_fit_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
