/* Hot segments: named and numbered, never at the cost of a file that is there, with their ledger beside them,
 * due when they should be, and gone without a trace when they hold nothing. */
#include "ledger_text.h"
#include "proof/work_folder.h"

#include "capture/output.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define START_SIZE 42u
#define STOP_SIZE  12u

static bool removes = true; /* whether removing a file works */

int __real_unlinkat(int folder, const char *name, int flags);
int __wrap_unlinkat(int folder, const char *name, int flags);

int __wrap_unlinkat(int folder, const char *name, int flags)
{
    if (removes)
        return __real_unlinkat(folder, name, flags);
    errno = EIO;
    return -1;
}

struct fixture {
    struct queue queue;
    struct output output;
    struct tl_archive *archive;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    char text[TL_ARCHIVE_TEXT_SIZE];
    uint64_t pid;
    bool is_old;
    int fd;

    assert_int_equal(work_folder_enter(NULL), 0);
    umask(0);
    assert_int_equal(queue_open_file(NULL, &fd, &is_old, &pid), 0);
    assert_int_equal(queue_init(&fixture->queue, fd, QUEUE_SIZE_MIN, 1000), 0);
    assert_int_equal(tl_archive_make("a", -1, &fixture->archive, text), TL_OK);
    const struct output_options options = {
        .archive = fixture->archive, .rotate_size = 100, .rotate_period = 3600, .is_synced = true};
    assert_int_equal(output_init(&fixture->output, &options, fixture->queue.head), 0);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    output_done(&fixture->output);
    tl_archive_close(fixture->archive);
    queue_done(&fixture->queue);
    free(fixture);
    return work_folder_leave(NULL);
}

static const struct queue_file *file_of(const struct fixture *fixture)
{
    return &fixture->queue.head->files[fixture->queue.head->file];
}

static const char *path_of_runs(const char *rows)
{
    static char path[PATH_MAX];

    snprintf(path, sizeof(path), "%s", rows);
    strcpy(strrchr(path, '.'), ".runs");
    return path;
}

static const char *runs_of(const struct fixture *fixture)
{
    return path_of_runs(file_of(fixture)->part);
}

static long size_of(const char *path)
{
    struct stat found;

    return stat(path, &found) == 0 ? (long)found.st_size : -1;
}

static void open_segment(struct fixture *fixture, uint64_t start_out)
{
    char path[PATH_MAX];

    assert_int_equal(output_open(&fixture->output, start_out, path), 0);
    assert_string_equal(path, file_of(fixture)->part);
}

static void put(struct output *output, const char *bytes)
{
    struct iovec stretch = {(void *)(uintptr_t)bytes, strlen(bytes)};

    assert_int_equal(output_write(output, &stretch, 1), strlen(bytes));
}

static void test_open_and_close(void **state)
{
    struct fixture *fixture = *state;
    struct output *output = &fixture->output;
    struct stat found;

    fixture->output.ledger->noted = 5;
    open_segment(fixture, 100);
    const struct queue_file *file = file_of(fixture);
    assert_int_equal(file->state, QUEUE_FILE_OPEN);
    assert_int_equal(file->segment, 1);
    assert_int_equal(file->start_out, 100);
    assert_int_equal(file->start_piece, 5);
    assert_string_equal(file->path, tl_archive_path(fixture->archive));
    assert_int_equal(size_of(file->part), START_SIZE);
    assert_string_equal(ledger_text(runs_of(fixture)), "START; segment 1; mark 5");
    assert_int_equal(stat(file->part, &found), 0);
    assert_int_equal(found.st_mode & 0777, 0640);
    assert_int_equal(stat(runs_of(fixture), &found), 0);
    assert_int_equal(found.st_mode & 0777, 0640);
    assert_true(output_is_segment(output));
    assert_false(output_has_content(output));
    put(output, "12345");
    assert_true(output_has_content(output));
    assert_int_equal(output_sync(output), 0);
    assert_int_equal(output_close(output, 105, 7, true), 0);
    assert_false(output_is_segment(output));
    file = file_of(fixture);
    assert_int_equal(file->state, QUEUE_FILE_NONE);
    assert_int_equal(file->final_out, 105);
    assert_int_equal(file->final_piece, 7);
    assert_string_equal(output_name(file), file->part);
    assert_int_equal(size_of(file->part), START_SIZE + 5 + STOP_SIZE);
    assert_string_equal(ledger_text(runs_of(fixture)), "START; segment 1; mark 5; STOP");
    open_segment(fixture, 105);
    assert_int_equal(file_of(fixture)->segment, 2);
}

/* The next number is above all that the archive has. */
static void test_numbers(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(
        system("mkdir a/2026-11-22; > a/2026-11-22/20261122T080000Z-00000003-00000041.fstrm.zst"), 0);
    open_segment(fixture, 0);
    assert_int_equal(file_of(fixture)->segment, 42);
}

/* Somebody's file stands at the name: it stays, and the next number is taken. */
static void test_taken_name(void **state)
{
    struct fixture *fixture = *state;
    uint64_t number;
    char taken[PATH_MAX];

    open_segment(fixture, 0);
    snprintf(taken, sizeof(taken), "%s", file_of(fixture)->part);
    number = file_of(fixture)->segment;
    output_discard(&fixture->output);
    for (uint64_t second = 0; second < 5; second++) { /* the test may take that long */
        struct tl_archive_segment segment = {number, number, (uint64_t)time(NULL) + second - 1, false};
        char name[TL_ARCHIVE_NAME_SIZE], command[256];
        tl_archive_name(&segment, TL_ARCHIVE_ROWS, name);
        snprintf(command, sizeof(command), "echo precious > a/%s", name);
        assert_int_equal(system(command), 0);
    }
    fixture->output.next_segment = number;
    open_segment(fixture, 0);
    assert_int_equal(file_of(fixture)->segment, number + 1);
    assert_int_equal(system("test $(cat a/hot/*-00000001.fstrm | sort | uniq -c | wc -l) = 1"), 0);
}

static void test_due(void **state)
{
    struct fixture *fixture = *state;
    struct output *output = &fixture->output;
    time_t now = time(NULL);

    open_segment(fixture, 0);
    assert_false(output_is_due(output, 1000, now + 100000)); /* whatever comes first has its place */
    assert_int_equal(output_room(output), 100 - START_SIZE - STOP_SIZE);
    queue_open_peer(&fixture->queue, 1, "", "", 0);
    assert_true(output_is_between(output, &fixture->queue));
    assert_int_equal(output_enter(output, &fixture->queue, 1), 0);
    assert_false(output_is_between(output, &fixture->queue)); /* what is entered is to be written first */
    assert_int_equal(output_through(output, &fixture->queue), 1);
    queue_release(&fixture->queue, 0, 1);
    assert_true(output_is_between(output, &fixture->queue));
    assert_int_equal(output_through(output, &fixture->queue), 1 + LEDGER_PIECES_MAX);
    assert_true(output_has_content(output)); /* its time runs from here on */
    assert_false(output_is_due(output, 1000, now + 3599));
    assert_true(output_is_due(output, 0, now + 3700));
    put(output, "1234567890");
    assert_false(output_is_due(output, 36, now));
    assert_true(output_is_due(output, 37, now));
    assert_int_equal(output_close(output, 10, 1, true), 0);
    open_segment(fixture, 10);
    assert_false(output_is_due(output, 0, now + 100000));
}

static void test_discard(void **state)
{
    struct fixture *fixture = *state;

    open_segment(fixture, 77);
    output_discard(&fixture->output);
    assert_int_equal(system("test -z \"$(ls a/hot)\""), 0);
    assert_int_equal(file_of(fixture)->state, QUEUE_FILE_NONE);
    assert_int_equal(file_of(fixture)->final_out, 77);
}

/* What cannot be removed is the next segment, however long that takes. */
static void test_not_removed(void **state)
{
    struct fixture *fixture = *state;
    char first[PATH_MAX], path[PATH_MAX];

    open_segment(fixture, 77);
    strcpy(first, file_of(fixture)->part);
    removes = false;
    output_discard(&fixture->output);
    assert_int_equal(file_of(fixture)->state, QUEUE_FILE_OPEN); /* which the next start goes on with */
    assert_int_equal(mkdir(path_of_runs(first), 0700), -1);
    assert_int_equal(unlink(path_of_runs(first)), 0);
    assert_int_equal(mkdir(path_of_runs(first), 0700), 0); /* the ledger cannot be opened either */
    for (int i = 0; i < 3; i++) {
        assert_int_equal(output_open(&fixture->output, 77, path), -1);
        assert_string_equal(path, first);
    }
    removes = true;
    assert_int_equal(rmdir(path_of_runs(first)), 0);
    usleep(1100000); /* into another second, of which the name would be */
    open_segment(fixture, 77);
    assert_string_equal(file_of(fixture)->part, first);
    assert_int_equal(output_close(&fixture->output, 77, 0, true), 0);
    open_segment(fixture, 77);
    assert_int_equal(file_of(fixture)->segment, 2);
}

/* The folder for hot segments is gone: nothing is left open, and it is tried again later. */
static void test_no_folder(void **state)
{
    struct fixture *fixture = *state;
    char path[PATH_MAX];

    assert_int_equal(rename("a/hot", "a/elsewhere"), 0);
    assert_int_equal(output_open(&fixture->output, 0, path), -1);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(fixture->output.fd, -1);
    assert_int_equal(rename("a/elsewhere", "a/hot"), 0);
    open_segment(fixture, 0);
}

/* Connections that come and go, and losses that are told, make it grow without any rows. */
static void test_due_by_its_ledger(void **state)
{
    struct fixture *fixture = *state;
    struct output *output = &fixture->output;

    open_segment(fixture, 0);
    output->ledger->size = LEDGER_SIZE_DUE - 1;
    assert_false(output_is_due(output, 0, 0));
    output->ledger->size = LEDGER_SIZE_DUE;
    assert_true(output_is_due(output, 0, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_open_and_close, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_numbers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_taken_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_due, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_due_by_its_ledger, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_discard, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_not_removed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_folder, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
