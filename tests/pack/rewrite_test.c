/* Rewriting is killed before each call that changes anything, and each of those calls fails in turn. Each
 * time the archive holds what it held before, and the next process finds nothing that hinders it. */
#include "pack/changing_calls.h"
#include "pack/clean.h"
#include "pack/dumped_archive.h"
#include "pack/rewrite.h"
#include "pack/verified.h"

#include <sys/wait.h>

#define INPUTS 3

static const struct rewrite_options copying = {.copies_blocks = true};
static const struct rewrite_options compressing = {.sealer = {.level = 1, .block_size = 65536}};

static void assert_dumped(const struct verified *verified, const char *expected)
{
    char *found = dumped_archive(verified->archive);

    assert_string_equal(found, expected);
    free(found);
}

static enum rewrite rewrite_first(struct verified *verified, size_t count,
                                  const struct rewrite_options *options, struct rewrite_result *ret_result)
{
    struct tl_archive_segment inputs[INPUTS];

    for (uint64_t i = 0; i < count; i++)
        inputs[i] = (struct tl_archive_segment){i + 1, i + 1, MADE_STAMP + i * 1800, true};
    return rewrite(verified->archive, inputs, count, options, ret_result);
}

/* How many files and folders there are; the files of the segments are all in one folder. */
static unsigned entries_of(const struct verified *verified)
{
    char command[128];
    unsigned count = 0;

    snprintf(command, sizeof(command), "find %s/2026-11-23 -type f | wc -l", verified->path);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    assert_int_equal(fscanf(pipe, "%u", &count), 1);
    pclose(pipe);
    return count;
}

/* What the next process does. */
static void go_on(struct verified *verified, const char *expected)
{
    struct tl_archive_list list;
    struct rewrite_result result;

    clean_archive(verified->archive);
    assert_dumped(verified, expected);
    assert_int_equal(tl_archive_list(verified->archive, &list), TL_OK);
    assert_int_equal(list.leftover_count, 0);
    assert_int_equal(entries_of(verified), list.count);
    assert_int_equal(rewrite(verified->archive, list.segments, list.count, &copying, &result), REWRITE_DONE);
    tl_archive_list_done(&list);
    assert_int_equal(entries_of(verified), 1);
    assert_dumped(verified, expected);
    if (verified_archive(verified))
        fail_msg("%s", verified->lines);
}

static char *begin(struct verified *verified)
{
    verified_open(verified);
    made_segments_of(verified->archive, 3, 1, INPUTS, 2);
    return dumped_archive(verified->archive);
}

/* False when there are fewer calls. */
static bool die_at(unsigned long call, size_t count, const struct rewrite_options *options)
{
    struct verified verified;
    char *expected = begin(&verified);
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        struct rewrite_result result;
        changing_calls_left = call;
        _exit(rewrite_first(&verified, count, options, &result));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) != CHANGING_CALLS_DIED)
        assert_int_equal(WEXITSTATUS(status), REWRITE_DONE);
    assert_dumped(&verified, expected);
    go_on(&verified, expected);
    free(expected);
    verified_close(&verified);
    return WEXITSTATUS(status) == CHANGING_CALLS_DIED;
}

static void killed_anywhere_all_is_there_once(void **state)
{
    (void)state;
    unsigned long call = 1;

    while (die_at(call, INPUTS, &copying))
        call++;
    assert_true(call > 12);
    for (call = 1; die_at(call, INPUTS, &compressing); call++)
        ;
    assert_true(call > 10);
    for (call = 1; die_at(call, 1, &compressing); call++)
        ;
    assert_true(call > 6);
}

/* False when there are fewer calls. */
static bool fail_at(unsigned long call, int error, size_t count, const struct rewrite_options *options)
{
    struct verified verified;
    struct rewrite_result result;
    char *expected = begin(&verified);

    changing_calls_error = error;
    changing_calls_left = call;
    enum rewrite outcome = rewrite_first(&verified, count, options, &result);
    bool has_failed = changing_calls_left == 0;
    changing_calls_left = changing_calls_error = 0;
    if (outcome != REWRITE_DONE) {
        assert_int_equal(outcome, error == ENOSPC ? REWRITE_FULL : REWRITE_FAILED);
        if (outcome == REWRITE_FAILED)
            assert_string_equal(result.text, strerror(error));
        assert_int_equal(entries_of(&verified), INPUTS);
    }
    assert_dumped(&verified, expected);
    go_on(&verified, expected);
    free(expected);
    verified_close(&verified);
    return has_failed;
}

static void whatever_fails_all_is_there_once(void **state)
{
    (void)state;
    unsigned long call = 1;

    while (fail_at(call, ENOSPC, INPUTS, &copying))
        call++;
    assert_true(call > 12);
    for (call = 1; fail_at(call, EIO, 1, &compressing); call++)
        ;
    assert_true(call > 6);
}

static void an_input_that_is_gone_or_damaged_is_told(void **state)
{
    (void)state;
    struct verified verified;
    struct rewrite_result result;

    free(begin(&verified));
    verified_write(&verified, "2026-11-23/20261123T220000Z-00000003.fstrm.zst", "text", 4);
    assert_int_equal(rewrite_first(&verified, INPUTS, &copying, &result), REWRITE_DAMAGED);
    assert_int_equal(result.damaged, 2);
    assert_string_equal(result.text, "it cannot be read: the text does not have the expected form");
    assert_int_equal(
        unlinkat(tl_archive_folder(verified.archive), "2026-11-23/20261123T213000Z-00000002.fstrm.zst", 0),
        0);
    assert_int_equal(rewrite_first(&verified, INPUTS, &copying, &result), REWRITE_GONE);
    assert_int_equal(result.damaged, 1);
    assert_int_equal(entries_of(&verified), 2);
    static const char name[] = "2026-11-23/20261123T210000Z-00000001.fstrm.zst";
    size_t size;
    uint8_t *bytes = verified_read(&verified, name, &size);
    bytes[size - 20] ^= 1; /* of the seek table: what the contents say is not sure then */
    verified_write(&verified, name, bytes, size);
    free(bytes);
    assert_int_equal(rewrite_first(&verified, 1, &compressing, &result), REWRITE_DAMAGED);
    assert_int_equal(entries_of(&verified), 2);
    verified_close(&verified);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(killed_anywhere_all_is_there_once),
        cmocka_unit_test(whatever_fails_all_is_there_once),
        cmocka_unit_test(an_input_that_is_gone_or_damaged_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
