#include "pack/packed.h"
#include "pack/segment.h"
#include "proof/failing_alloc.h"

static void every_frame_keeps_its_place(void **state)
{
    (void)state;
    struct sample sample = sample_make();
    struct pack_options options = {.level = 1, .block_size = 65536};
    struct pack_result result;
    int fd;

    sample_put_hot(&sample, 1, 5000);
    struct bytes expected = sample_frames_of_hot(&sample, 1);
    assert_int_equal(pack_segment(sample.archive, &hot_one, &options, &result), PACK_OK);
    assert_is_sealed(&sample, false, true);
    assert_frames(&sample, &expected);
    struct tl_sealed *sealed = sample_open_sealed(&sample, &sealed_one, &fd);
    const struct tl_sealed_info *info = tl_sealed_info(sealed);
    assert_true(info->block_count > 5);
    assert_int_equal(info->frames, 5000);
    assert_int_equal(result.frames, 5000);
    assert_int_equal(result.bytes_out, info->file_size);
    assert_true(result.bytes_in > expected.size);
    assert_int_equal(result.damaged + result.cut_off + result.frames_lost + result.frames_of_none, 0);
    assert_null(result.ledger_fault);
    assert_string_equal(result.text, "");
    tl_sealed_free(sealed);
    close(fd);
    bytes_free(&expected);
    sample_remove(&sample);
}

/* Frame 3 has no time and frame 7 is no dnstap: theirs is their arrival. */
static void times_are_those_of_the_messages_or_of_the_arrival(void **state)
{
    (void)state;
    static const struct tl_ledger_run runs[] = {{1, 3, SAMPLE_MS + 50}, {1, 1, SAMPLE_MS + 1000},
                                                {2, 3, SAMPLE_MS + 60}, {1, 1, SAMPLE_MS - 70},
                                                {1, 2, SAMPLE_MS + 80}, {0}};
    struct sample sample = sample_make();
    struct bytes rows = sample_rows(10), ledger = sample_ledger(1);
    struct pack_result result;
    int fd;

    bytes_put_runs(&ledger, runs);
    sample_write_hot(&sample, 1, TL_ARCHIVE_ROWS, rows);
    sample_write_hot(&sample, 1, TL_ARCHIVE_RUNS, ledger);
    pack_one(&sample, &result);
    struct tl_sealed *sealed = sample_open_sealed(&sample, &sealed_one, &fd);
    assert_true(tl_sealed_info(sealed)->earliest_ms == SAMPLE_MS - 70);
    assert_true(tl_sealed_info(sealed)->latest_ms == SAMPLE_MS + 1000);
    tl_sealed_free(sealed);
    close(fd);
    bytes_free(&rows);
    bytes_free(&ledger);
    sample_remove(&sample);
}

/* Without a ledger, the time of what has none is the segment's own. */
static void a_lone_frame_without_time_has_that_of_the_segment(void **state)
{
    (void)state;
    struct sample sample = sample_make();
    struct bytes rows = {0};
    struct pack_result result;
    int fd;

    bytes_put_control(&rows, TL_CONTROL_START, TL_DNSTAP_CONTENT_TYPE);
    bytes_put_sample(&rows, 7);
    sample_write_hot(&sample, 1, TL_ARCHIVE_ROWS, rows);
    pack_one(&sample, &result);
    struct tl_sealed *sealed = sample_open_sealed(&sample, &sealed_one, &fd);
    assert_true(tl_sealed_info(sealed)->earliest_ms == SAMPLE_MS);
    tl_sealed_free(sealed);
    close(fd);
    assert_string_equal(result.ledger_fault, "is missing");
    assert_int_equal(result.frames_of_none, 1);
    bytes_free(&rows);
    sample_remove(&sample);
}

/* Damage --------------------------------------------------------------------------------------------------
 */

/* Packs 20 frames' rows, with whatever was done to them, and compares with what a reader would have got. */
static void pack_rows(struct bytes rows, struct pack_result *ret_result, struct ledger_text *ret_text)
{
    struct sample sample = sample_make();
    struct bytes ledger = full_ledger();

    sample_write_hot(&sample, 1, TL_ARCHIVE_ROWS, rows);
    sample_write_hot(&sample, 1, TL_ARCHIVE_RUNS, ledger);
    struct bytes expected = sample_frames_of_hot(&sample, 1);
    pack_one(&sample, ret_result);
    assert_frames(&sample, &expected);
    assert_is_sealed(&sample, ret_result->damaged > 0, true);
    assert_int_equal(ret_result->is_set_aside, ret_result->damaged > 0);
    assert_int_equal(ret_result->bytes_in, rows.size);
    sample_ledger_text(&sample, 1, ret_text);
    bytes_free(&expected);
    bytes_free(&ledger);
    sample_remove(&sample);
}

static void a_torn_last_frame_is_cut_off_and_entered(void **state)
{
    (void)state;
    struct bytes rows = sample_rows(20);
    struct pack_result result;
    struct ledger_text text;
    size_t whole = rows.size - 12, last = 4 + 114; /* without STOP */

    struct bytes before = sample_rows(19);
    last = whole - (before.size - 12);
    for (size_t lost = 1; lost < last; lost++) {
        rows.size = whole - lost;
        pack_rows(rows, &result, &text);
        assert_int_equal(result.frames, 19);
        assert_int_equal(result.cut_off, last - lost);
        assert_int_equal(result.damaged, 0);
        assert_int_equal(result.frames_lost, 1);
        assert_non_null(strstr(text.text, "loss cut off: "));
        assert_non_null(strstr(text.text, " bytes, 1 frames\nend: 19 frames, "));
    }
    bytes_free(&before);
    bytes_free(&rows);
}

static void zeros_at_the_end_are_cut_off_and_entered(void **state)
{
    (void)state;
    struct bytes rows = sample_rows(20), zeros = {0};
    struct pack_result result;
    struct ledger_text text;

    rows.size -= 12;
    bytes_put(&zeros, rows.data, rows.size);
    memset(bytes_room(&zeros, 100000), 0, 100000);
    zeros.size += 100000;
    pack_rows(zeros, &result, &text);
    assert_int_equal(result.frames, 20);
    assert_int_equal(result.cut_off, 100000);
    assert_int_equal(result.damaged, 0);
    assert_non_null(strstr(text.text, "loss cut off: at most 100000 bytes, 0 frames\n"));
    bytes_free(&zeros);
    bytes_free(&rows);
}

/* Whichever byte is wrong: what a reader gets is sealed, and what it does not get is counted and kept. */
static void wrong_bytes_in_the_middle_are_entered_and_the_file_is_kept(void **state)
{
    (void)state;
    struct bytes rows = sample_rows(20);
    struct pack_result result;
    struct ledger_text text;
    unsigned damaged = 0;

    for (size_t at = 0; at < rows.size; at += 3) {
        rows.data[at] ^= 0x85;
        pack_rows(rows, &result, &text);
        rows.data[at] ^= 0x85;
        damaged += result.damaged > 0;
        assert_int_equal(strstr(text.text, "loss damaged: ") != NULL, result.damaged > 0);
        if (result.damaged && result.frames) /* behind it nothing is sure */
            assert_true(strstr(text.text, "run 0: ") || result.cut_off || result.frames_of_none == 0);
    }
    assert_true(damaged > 20);
    bytes_free(&rows);
}

/* Behind damage frames and runs no longer count the same: no connection is better than a wrong one. */
static void behind_damage_no_connection_is_known(void **state)
{
    (void)state;
    struct bytes rows = {0};
    struct pack_result result;
    struct ledger_text text;

    bytes_put_control(&rows, TL_CONTROL_START, TL_DNSTAP_CONTENT_TYPE);
    for (unsigned i = 0; i < 6; i++)
        bytes_put_sample(&rows, i);
    bytes_put(&rows, "\xff\xff\xff\xff nothing", 12);
    for (unsigned i = 8; i < 20; i++)
        bytes_put_sample(&rows, i);
    pack_rows(rows, &result, &text);
    assert_string_equal(text.text, BEGINNING "run 1: 5 at 1\n"
                                             "run 2: 1 at 2\n"
                                             "run 0: 2 at 2\n"
                                             "run 0: 10 at 3\n" ENDING "loss damaged: 12 bytes, 2 frames\n"
                                             "end: 18 frames, 12 skipped\n");
    assert_int_equal(result.damaged, 12);
    assert_int_equal(result.frames_lost, 2);
    assert_int_equal(result.frames_of_none, 12);
    bytes_free(&rows);
}

static void files_that_hold_no_frame_at_all(void **state)
{
    (void)state;
    struct bytes rows = {0};
    struct pack_result result;
    struct ledger_text text;

    pack_rows(rows, &result, &text); /* empty */
    assert_int_equal(result.frames + result.damaged + result.cut_off, 0);

    memset(bytes_room(&rows, 3000000), 0, 3000000);
    rows.size = 3000000;
    pack_rows(rows, &result, &text); /* zeros, more of them than are searched for a first frame */
    assert_int_equal(result.damaged, 3000000);
    assert_non_null(strstr(text.text, "end: 0 frames, 3000000 skipped\n"));

    memset(rows.data, 'x', rows.size);
    pack_rows(rows, &result, &text);
    assert_int_equal(result.damaged, 3000000);

    rows.size = 0;
    bytes_put_control(&rows, TL_CONTROL_START, "protobuf:other");
    bytes_put_sample(&rows, 1);
    bytes_put_control(&rows, TL_CONTROL_STOP, "");
    pack_rows(rows, &result, &text);
    assert_int_equal(result.frames, 0);
    assert_true(result.damaged > 50);
    bytes_free(&rows);
}

/* Not sealed ----------------------------------------------------------------------------------------------
 */

struct meddling {
    struct sample *sample;
    atomic_bool stop;
    unsigned told;
};

static void write_to_it(void *context, uint64_t bytes)
{
    struct meddling *meddling = context;
    int fd = openat(tl_archive_folder(meddling->sample->archive), "hot/20270115T080000Z-00000001.fstrm",
                    O_WRONLY | O_APPEND | O_CLOEXEC);

    (void)bytes;
    if (fd < 0 || write(fd, "x", 1) != 1)
        abort();
    close(fd);
    meddling->told++;
}

static void stop_it(void *context, uint64_t bytes)
{
    struct meddling *meddling = context;

    (void)bytes;
    atomic_store(&meddling->stop, true);
    meddling->told++;
}

/* It fails while it is in the middle of things, and leaves the archive as it was. */
static void meddle(void (*how)(void *, uint64_t), enum pack_status expected, struct pack_result *ret_result)
{
    struct sample sample = sample_make();
    struct meddling meddling = {.sample = &sample};
    struct pack_options options = {.stop = &meddling.stop, .progress = how, .context = &meddling};

    sample_put_hot(&sample, 1, 20000);
    unsigned files = sample_files(&sample);
    assert_int_equal(pack_segment(sample.archive, &hot_one, &options, ret_result), expected);
    assert_true(meddling.told > 0);
    assert_int_equal(sample_files(&sample), files);
    assert_false(sample_has(&sample, "2027-01-15"));
    assert_true(sample_has_part(&sample, &hot_one, TL_ARCHIVE_ROWS));
    assert_true(sample_has_part(&sample, &hot_one, TL_ARCHIVE_RUNS));
    sample_remove(&sample);
}

static void a_file_that_grows_is_left_alone(void **state)
{
    (void)state;
    struct pack_result result;

    meddle(write_to_it, PACK_FAILED, &result);
    assert_non_null(strstr(result.text, "is still being written"));
}

static void it_can_be_stopped_without_a_trace(void **state)
{
    (void)state;
    struct pack_result result;

    meddle(stop_it, PACK_STOPPED, &result);
}

static void what_is_not_there_is_gone(void **state)
{
    (void)state;
    struct sample sample = sample_make();
    struct pack_result result;
    unsigned files = sample_files(&sample);

    assert_int_equal(pack_segment(sample.archive, &hot_one, &plain, &result), PACK_GONE);
    assert_int_equal(sample_files(&sample), files);
    assert_false(sample_has(&sample, "2027-01-15"));
    sample_remove(&sample);
}

static void wrong_options_are_refused(void **state)
{
    (void)state;
    struct sample sample = sample_make();
    struct pack_options options = {.level = 1000};
    struct pack_result result;

    sample_put_hot(&sample, 1, 20);
    assert_int_equal(pack_segment(sample.archive, &hot_one, &options, &result), PACK_FAILED);
    assert_string_equal(result.text, "cannot be sealed: an argument is out of range");
    assert_true(sample_has_part(&sample, &hot_one, TL_ARCHIVE_ROWS));
    sample_remove(&sample);
}

static void without_memory_nothing_is_lost(void **state)
{
    (void)state;
    struct sample sample = sample_make();
    struct bytes rows = sample_rows(20), ledger = full_ledger();
    struct pack_result result;
    enum pack_status status;
    unsigned long n = 1;

    rows.data[rows.size / 2] ^= 0x40;
    sample_write_hot(&sample, 1, TL_ARCHIVE_ROWS, rows);
    sample_write_hot(&sample, 1, TL_ARCHIVE_RUNS, ledger);
    struct bytes expected = sample_frames_of_hot(&sample, 1);
    unsigned files = sample_files(&sample);
    for (;; n++) {
        failing_alloc_start(n);
        status = pack_segment(sample.archive, &hot_one, &plain, &result);
        if (!failing_alloc_stop())
            break;
        if (status == PACK_OK)
            fail_msg("sealed, although the allocation %lu failed", n);
        assert_true(*result.text != '\0');
        assert_int_equal(sample_files(&sample), files);
        assert_false(sample_has(&sample, "2027-01-15"));
    }
    assert_int_equal(status, PACK_OK);
    assert_true(n > 5);
    assert_frames(&sample, &expected);
    bytes_free(&expected);
    bytes_free(&rows);
    bytes_free(&ledger);
    sample_remove(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_frame_keeps_its_place),
        cmocka_unit_test(times_are_those_of_the_messages_or_of_the_arrival),
        cmocka_unit_test(a_lone_frame_without_time_has_that_of_the_segment),
        cmocka_unit_test(a_torn_last_frame_is_cut_off_and_entered),
        cmocka_unit_test(zeros_at_the_end_are_cut_off_and_entered),
        cmocka_unit_test(wrong_bytes_in_the_middle_are_entered_and_the_file_is_kept),
        cmocka_unit_test(behind_damage_no_connection_is_known),
        cmocka_unit_test(files_that_hold_no_frame_at_all),
        cmocka_unit_test(a_file_that_grows_is_left_alone),
        cmocka_unit_test(it_can_be_stopped_without_a_trace),
        cmocka_unit_test(what_is_not_there_is_gone),
        cmocka_unit_test(wrong_options_are_refused),
        cmocka_unit_test(without_memory_nothing_is_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
