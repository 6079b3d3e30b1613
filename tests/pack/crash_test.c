/* Sealing is killed before each call that changes anything, and each of those calls fails in turn. Each time
 * every frame is in the archive exactly once, for whoever reads it then, and after what comes next. */
#include "pack/changing_calls.h"
#include "pack/clean.h"
#include "pack/pack.h"
#include "pack/sample.h"
#include "pack/segment.h"
#include "proof/test.h"

#include <sys/wait.h>

static const struct pack_options options = {.level = 1, .block_size = 65536};
static const struct tl_archive_segment hot_one = {1, 1, SAMPLE_STAMP, false};

#define DAMAGED_ROWS "damaged/20270115T080000Z-00000001.fstrm"

/* Segment 1 with 2000 frames, damaged in the middle if so wished; and the frames that can be read from it. */
static struct bytes put_segment(struct sample *sample, bool is_damaged)
{
    struct bytes rows = sample_rows(2000), ledger = sample_simple_ledger(1, 2000);

    if (is_damaged)
        memset(rows.data + rows.size / 2, 0xff, 200);
    sample_write_hot(sample, 1, TL_ARCHIVE_ROWS, rows);
    sample_write_hot(sample, 1, TL_ARCHIVE_RUNS, ledger);
    bytes_free(&rows);
    bytes_free(&ledger);
    return sample_frames_of_hot(sample, 1);
}

/* The frames of the one segment that the archive lists. */
static struct bytes listed_frames(const struct sample *sample)
{
    struct tl_archive_list list;
    struct bytes frames;

    assert_int_equal(tl_archive_list(sample->archive, &list), TL_OK);
    assert_int_equal(list.count, 1);
    frames =
        list.segments[0].is_sealed ? sample_frames_of_sealed(sample, 1) : sample_frames_of_hot(sample, 1);
    tl_archive_list_done(&list);
    return frames;
}

static void assert_listed(const struct sample *sample, const struct bytes *expected)
{
    struct bytes frames = listed_frames(sample);

    assert_int_equal(frames.size, expected->size);
    assert_memory_equal(frames.data, expected->data, expected->size);
    bytes_free(&frames);
}

static bool is_hot(const struct sample *sample)
{
    struct tl_archive_list list;

    assert_int_equal(tl_archive_list(sample->archive, &list), TL_OK);
    bool result = list.count == 1 && !list.segments[0].is_sealed;
    tl_archive_list_done(&list);
    return result;
}

/* What the next process does: tidies up, and seals if that is still to be done. */
static void go_on(const struct sample *sample, const struct bytes *expected, bool is_damaged)
{
    struct pack_result result;

    clean_archive(sample->archive);
    assert_listed(sample, expected);
    if (is_hot(sample))
        assert_int_equal(pack_segment(sample->archive, &hot_one, &options, &result), PACK_OK);
    assert_false(is_hot(sample));
    assert_listed(sample, expected);
    assert_int_equal(sample_has(sample, DAMAGED_ROWS), is_damaged);
    /* version, the sealed segment, and what was damaged */
    assert_int_equal(sample_files(sample), is_damaged ? 4 : 2);
}

/* False when there are fewer calls. */
static bool die_at(unsigned long call, bool is_damaged)
{
    struct sample sample = sample_make();
    struct bytes expected = put_segment(&sample, is_damaged);
    struct pack_result result;
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        changing_calls_left = call;
        _exit(pack_segment(sample.archive, &hot_one, &options, &result));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) != CHANGING_CALLS_DIED)
        assert_int_equal(WEXITSTATUS(status), PACK_OK);
    assert_listed(&sample, &expected);
    go_on(&sample, &expected, is_damaged);
    bytes_free(&expected);
    sample_remove(&sample);
    return WEXITSTATUS(status) == CHANGING_CALLS_DIED;
}

static void killed_anywhere_each_frame_is_there_once(void **state)
{
    (void)state;
    unsigned long call = 1;

    while (die_at(call, false))
        call++;
    assert_true(call > 10);
    for (call = 1; die_at(call, true); call++)
        ;
    assert_true(call > 12);
}

/* False when there are fewer calls. */
static bool fail_at(unsigned long call, int error, bool stay, bool is_damaged)
{
    struct sample sample = sample_make();
    struct bytes expected = put_segment(&sample, is_damaged);
    struct pack_result result;

    changing_calls_error = error;
    changing_calls_stay = stay;
    changing_calls_left = call;
    enum pack_status status = pack_segment(sample.archive, &hot_one, &options, &result);
    bool has_failed = stay ? changing_calls_left == 1 : changing_calls_left == 0;
    changing_calls_left = changing_calls_error = 0;
    if (status != PACK_OK) {
        assert_int_equal(status, error == ENOSPC ? PACK_FULL : PACK_FAILED);
        assert_non_null(strstr(result.text, strerror(error)));
        if (!stay) { /* otherwise what was done could not be taken back either */
            assert_true(is_hot(&sample));
            assert_int_equal(sample_files(&sample), 3); /* nothing but version, rows and ledger */
        }
    }
    assert_listed(&sample, &expected);
    go_on(&sample, &expected, is_damaged);
    bytes_free(&expected);
    sample_remove(&sample);
    return has_failed;
}

static void whatever_fails_each_frame_is_there_once(void **state)
{
    (void)state;
    unsigned long call = 1;

    while (fail_at(call, ENOSPC, false, false))
        call++;
    assert_true(call > 10);
    for (call = 1; fail_at(call, EIO, false, true); call++)
        ;
    assert_true(call > 12);
}

static void when_nothing_works_any_more_each_frame_is_there_once(void **state)
{
    (void)state;

    for (unsigned long call = 1; call < 16; call++)
        fail_at(call, EROFS, true, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(killed_anywhere_each_frame_is_there_once),
        cmocka_unit_test(whatever_fails_each_frame_is_there_once),
        cmocka_unit_test(when_nothing_works_any_more_each_frame_is_there_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
