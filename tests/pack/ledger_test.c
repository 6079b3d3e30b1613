/* Ledgers that go along when a segment is packed. */
#include "pack/entries.h"
#include "pack/packed.h"

/* Packs `frames` frames with that ledger cut to `size` bytes, and compares. */
static void pack_ledger(unsigned frames, size_t size, struct pack_result *ret_result,
                        struct ledger_text *ret_text)
{
    struct sample sample = sample_make();
    struct bytes rows = sample_rows(frames), ledger = full_ledger();

    sample_write_hot(&sample, 1, TL_ARCHIVE_ROWS, rows);
    ledger.size = size < ledger.size ? size : ledger.size;
    sample_write_hot(&sample, 1, TL_ARCHIVE_RUNS, ledger);
    struct bytes expected = sample_frames_of_hot(&sample, 1);
    pack_one(&sample, ret_result);
    assert_is_sealed(&sample, false, true);
    assert_frames(&sample, &expected);
    sample_ledger_text(&sample, 1, ret_text);
    bytes_free(&expected);
    bytes_free(&rows);
    bytes_free(&ledger);
    sample_remove(&sample);
}

static void the_ledger_goes_along(void **state)
{
    (void)state;
    struct pack_result result;
    struct ledger_text text;

    pack_ledger(20, SIZE_MAX, &result, &text);
    assert_string_equal(text.text, BEGINNING "run 1: 5 at 1\n"
                                             "run 2: 3 at 2\n"
                                             "run 1: 10 at 3\n"
                                             "run 2: 2 at 4\n" ENDING "end: 20 frames, 0 skipped\n");
    assert_null(result.ledger_fault);
    assert_int_equal(result.frames_of_none + result.frames_lost, 0);
}

static void runs_of_frames_that_are_not_there_are_cut_and_the_loss_is_entered(void **state)
{
    (void)state;
    struct pack_result result;
    struct ledger_text text;

    pack_ledger(12, SIZE_MAX, &result, &text);
    assert_string_equal(text.text, BEGINNING "run 1: 5 at 1\n"
                                             "run 2: 3 at 2\n"
                                             "run 1: 4 at 3\n" ENDING "loss cut off: 0 bytes, 8 frames\n"
                                             "end: 12 frames, 0 skipped\n");
    assert_int_equal(result.frames_lost, 8);
    pack_ledger(0, SIZE_MAX, &result, &text);
    assert_string_equal(text.text, BEGINNING ENDING "loss cut off: 0 bytes, 20 frames\n"
                                                    "end: 0 frames, 0 skipped\n");
    assert_int_equal(result.frames_lost, 20);
}

static void frames_without_runs_have_no_connection(void **state)
{
    (void)state;
    struct pack_result result;
    struct ledger_text text;

    pack_ledger(25, SIZE_MAX, &result, &text);
    assert_string_equal(text.text, BEGINNING "run 1: 5 at 1\n"
                                             "run 2: 3 at 2\n"
                                             "run 1: 10 at 3\n"
                                             "run 2: 2 at 4\n" ENDING "run 0: 5 at 4\n"
                                             "end: 25 frames, 0 skipped\n");
    assert_int_equal(result.frames_of_none, 5);
}

/* What is behind the cut is not known, and that is said; what is before it counts. */
static void a_ledger_may_end_at_any_byte(void **state)
{
    (void)state;
    struct bytes whole = full_ledger();
    struct pack_result result;
    struct ledger_text text;
    bool was_fault = false;

    for (size_t size = 0; size < whole.size; size++) {
        pack_ledger(20, size, &result, &text);
        uint64_t known = strstr(text.text, "run 2: 2 at 4\n")   ? 20
                         : strstr(text.text, "run 2: 3 at 2\n") ? 8
                                                                : 0;
        assert_int_equal(result.frames_of_none, 20 - known);
        assert_int_equal(strstr(text.text, "run 0: ") != NULL, known < 20);
        assert_int_equal(result.frames_lost, 0);
        was_fault = was_fault || result.ledger_fault;
    }
    assert_true(was_fault);
    bytes_free(&whole);
}

/* Whatever is in the ledger, the frames are sealed. */
static void no_byte_of_a_ledger_hides_a_frame(void **state)
{
    (void)state;
    struct sample sample = sample_make();
    struct bytes rows = sample_rows(20), whole = full_ledger();
    struct pack_result result;
    struct ledger_text text;

    sample_write_hot(&sample, 1, TL_ARCHIVE_ROWS, rows);
    struct bytes expected = sample_frames_of_hot(&sample, 1);
    for (size_t at = 0; at < whole.size; at++) {
        whole.data[at] ^= 0xff;
        sample_write_hot(&sample, 1, TL_ARCHIVE_ROWS, rows);
        sample_write_hot(&sample, 1, TL_ARCHIVE_RUNS, whole);
        whole.data[at] ^= 0xff;
        pack_one(&sample, &result);
        assert_frames(&sample, &expected);
        sample_ledger_text(&sample, 1, &text);
        assert_non_null(strstr(text.text, "end: 20 frames, 0 skipped\n"));
    }
    bytes_free(&expected);
    bytes_free(&rows);
    bytes_free(&whole);
    sample_remove(&sample);
}

/* Long ledgers are handed on in pieces. */
static void any_number_of_runs(void **state)
{
    (void)state;
    struct sample sample = sample_make();
    struct bytes rows = sample_rows(20000), ledger = sample_ledger(1);
    struct pack_result result;
    struct tl_ledger_run runs[101] = {{0}};
    int fd;

    for (unsigned i = 0; i < 200; i++) {
        for (unsigned r = 0; r < 100; r++)
            runs[r] = (struct tl_ledger_run){(uint64_t)1 << (r % 60), 1, SAMPLE_MS + i * 1000 * (r % 3)};
        bytes_put_runs(&ledger, runs);
    }
    sample_write_hot(&sample, 1, TL_ARCHIVE_ROWS, rows);
    sample_write_hot(&sample, 1, TL_ARCHIVE_RUNS, ledger);
    pack_one(&sample, &result);
    assert_int_equal(result.frames_of_none, 0);
    assert_int_equal(result.frames, 20000);
    struct tl_sealed *sealed = sample_open_sealed(&sample, &sealed_one, &fd);
    struct tl_bytes stream;
    struct entries entries;
    struct tl_ledger_entry entry;
    unsigned seen = 0;
    assert_int_equal(tl_sealed_ledger(sealed, &stream), TL_OK);
    entries_init(&entries, stream);
    while (entries_next(&entries, &entry) == TL_OK) {
        if (entry.kind != TL_LEDGER_RUNS)
            continue;
        struct tl_ledger_run run;
        uint64_t last_ms = 0;
        for (; tl_ledger_next_run(&entry.packed, &last_ms, &run) == TL_OK; seen++) {
            unsigned r = seen % 100;
            assert_true(run.frames == 1 && run.connection == (uint64_t)1 << (r % 60));
            assert_true(run.arrival_ms == SAMPLE_MS + seen / 100 * 1000 * (r % 3));
        }
    }
    assert_int_equal(seen, 20000);
    tl_sealed_free(sealed);
    close(fd);
    bytes_free(&rows);
    bytes_free(&ledger);
    sample_remove(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_ledger_goes_along),
        cmocka_unit_test(runs_of_frames_that_are_not_there_are_cut_and_the_loss_is_entered),
        cmocka_unit_test(frames_without_runs_have_no_connection),
        cmocka_unit_test(a_ledger_may_end_at_any_byte),
        cmocka_unit_test(no_byte_of_a_ledger_hides_a_frame),
        cmocka_unit_test(any_number_of_runs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
