/* Output files: started and stopped right, due when they should be, and never at the cost of a file that is
 * there. */
#include "proof/test.h"
#include "proof/work_folder.h"

#include "capture/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#define START_SIZE 42u
#define STOP_SIZE  12u

static struct queue_head head;

static struct output fresh(const struct output_options *options)
{
    struct output output;

    memset(&head, 0, sizeof(head));
    assert_int_equal(output_init(&output, options, &head), 0);
    return output;
}

static void put(struct output *output, const char *bytes)
{
    struct iovec stretch = {(void *)(uintptr_t)bytes, strlen(bytes)};

    assert_int_equal(output_write(output, &stretch, 1), strlen(bytes));
}

static long size_of(const char *path)
{
    struct stat found;

    return stat(path, &found) == 0 ? (long)found.st_size : -1;
}

static const struct queue_file *valid(void)
{
    return &head.files[head.file];
}

static void test_open_and_close(void **state)
{
    struct output_options options = {.pattern = "new/sub/out"};
    struct output output = fresh(&options);
    char path[PATH_MAX];

    (void)state;
    assert_int_equal(output_open(&output, 100, path), 0);
    assert_string_equal(path, "new/sub/out");
    assert_int_equal(valid()->state, QUEUE_FILE_OPEN);
    assert_int_equal(valid()->start_out, 100);
    assert_int_equal(valid()->start_offset, START_SIZE);
    assert_int_equal(size_of("new/sub/out.part"), START_SIZE);
    assert_false(output_has_frames(&output));
    put(&output, "12345");
    assert_true(output_has_frames(&output));
    assert_int_equal(output_close(&output, 105, 0, true), 0);
    assert_int_equal(size_of("new/sub/out"), START_SIZE + 5 + STOP_SIZE);
    assert_int_equal(size_of("new/sub/out.part"), -1);
    assert_int_equal(valid()->state, QUEUE_FILE_NONE);
    assert_int_equal(valid()->final_out, 105);
    assert_int_equal(output.fd, -1);
    assert_int_equal(output_close(&output, 105, 0, true), 0); /* nothing is open */
}

/* Files that are there stay as they are, also one that came while ours was written. */
static void test_taken_names(void **state)
{
    struct output_options options = {.pattern = "out"};
    struct output output = fresh(&options);
    char path[PATH_MAX];

    (void)state;
    assert_int_equal(system("echo 1 > out; echo 2 > out.000001.part"), 0);
    assert_int_equal(output_open(&output, 0, path), 0);
    assert_string_equal(path, "out.000002");
    assert_int_equal(system("echo 3 > out.000002"), 0);
    put(&output, "12345");
    assert_int_equal(output_close(&output, 5, 0, false), 0);
    assert_string_equal(strrchr(valid()->path, '/'), "/out.000002.000001");
    assert_memory_equal(valid()->path, work_folder.path,
                        strlen(work_folder.path)); /* for whoever starts elsewhere */
    assert_int_equal(size_of("out.000002.000001"), START_SIZE + 5 + STOP_SIZE);
    assert_int_equal(size_of("out"), 2);
    assert_int_equal(size_of("out.000001.part"), 2);
    assert_int_equal(size_of("out.000002"), 2);
}

static void test_moved_away(void **state)
{
    struct output_options options = {.pattern = "out"};
    struct output output = fresh(&options);
    char path[PATH_MAX];

    (void)state;
    assert_int_equal(output_open(&output, 0, path), 0);
    put(&output, "12345");
    assert_int_equal(rename("out.part", "elsewhere"), 0);
    assert_int_equal(output_close(&output, 5, 0, true), 0);
    assert_string_equal(valid()->path, "");
    assert_int_equal(size_of("elsewhere"), START_SIZE + 5 + STOP_SIZE);
    assert_int_equal(valid()->state, QUEUE_FILE_NONE);
}

static void test_discard(void **state)
{
    struct output_options options = {.pattern = "out"};
    struct output output = fresh(&options);
    char path[PATH_MAX];

    (void)state;
    assert_int_equal(output_open(&output, 77, path), 0);
    output_discard(&output);
    assert_int_equal(size_of("out.part"), -1);
    assert_int_equal(size_of("out"), -1);
    assert_int_equal(valid()->state, QUEUE_FILE_NONE);
    assert_int_equal(valid()->final_out, 77);
}

static void test_due(void **state)
{
    struct output_options options = {
        .pattern = "out", .rotate_size = 100, .rotate_period = 3600, .utc = true};
    struct output output = fresh(&options);
    char path[PATH_MAX];

    (void)state;
    assert_false(output_is_due(&output, 1000, 0)); /* none is open */
    assert_int_equal(output_open(&output, 0, path), 0);
    time_t end = output.period_end;
    assert_int_equal(end % 3600, 0);
    assert_int_equal(output_room(&output), 100 - START_SIZE - STOP_SIZE);
    assert_false(output_is_due(&output, 1000, end - 1)); /* whatever comes first has its place */
    assert_false(output_is_due(&output, 0, end));        /* an empty file waits for its first frame … */
    assert_true(output_is_due(&output, 1, end));         /* … and then the next one takes that */
    put(&output, "1234567890");
    assert_int_equal(output_room(&output), 36);
    assert_false(output_is_due(&output, 36, end - 1));
    assert_true(output_is_due(&output, 37, end - 1));
    assert_false(output_is_due(&output, 0, end - 1));
    assert_true(output_is_due(&output, 0, end));
    assert_int_equal(output_close(&output, 10, 0, false), 0);
    options.rotate_size = options.rotate_period = 0;
    output = fresh(&options);
    assert_int_equal(output_open(&output, 0, path), 0);
    assert_int_equal(output.period_end, 0);
    assert_true(output_room(&output) == UINT64_MAX);
    put(&output, "1234567890");
    assert_false(output_is_due(&output, SIZE_MAX, 1ll << 60));
    assert_int_equal(output_close(&output, 10, 0, false), 0);
}

static void test_no_file(void **state)
{
    struct output_options options = {.pattern = "folder"};
    struct output output = fresh(&options);
    char path[PATH_MAX];
    uint8_t found[100];

    (void)state;
    assert_int_equal(mkdir("folder", 0700), 0);
    assert_int_equal(output_open(&output, 0, path), -1);
    assert_int_equal(errno, EISDIR);
    options.pattern = "other/";
    output = fresh(&options);
    assert_int_equal(output_open(&output, 0, path), -1);
    assert_int_equal(errno, EISDIR);
    assert_int_equal(mkfifo("fifo", 0600), 0);
    options.pattern = "fifo";
    output = fresh(&options);
    assert_int_equal(output_open(&output, 0, path), -1); /* without waiting */
    assert_int_equal(errno, ENXIO);
    assert_int_equal(output.fd, -1);
    int reader = open("fifo", O_RDONLY | O_NONBLOCK);
    assert_int_equal(output_open(&output, 0, path), 0);
    assert_true(output.is_special);
    assert_int_equal(fcntl(output.fd, F_GETFL) & O_NONBLOCK, 0);
    put(&output, "12345");
    assert_int_equal(output_close(&output, 5, 0, true), 0);
    assert_int_equal(read(reader, found, sizeof(found)), START_SIZE + 5 + STOP_SIZE);
    close(reader);
    options.pattern = "/dev/full";
    output = fresh(&options);
    assert_int_equal(output_open(&output, 0, path), -1);
    assert_int_equal(errno, ENOSPC);
    assert_int_equal(output.fd, -1);
}

static void ignore(int signal_number)
{
    (void)signal_number;
}

/* Interrupts whatever waits, again and again; or no more. */
static void interrupt(bool does)
{
    struct sigaction action = {.sa_handler = ignore};
    struct itimerval every = {{0, does ? 1000 : 0}, {0, does ? 1000 : 0}};

    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &every, NULL);
}

/* A pipe that somebody made non-blocking is full, and STOP has no room: waiting for that can be interrupted,
 * and it can be tried again. Who does not read any more misses nothing. */
static void test_full_pipe(void **state)
{
    struct output_options options = {.pattern = "fifo"};
    struct output output = fresh(&options);
    struct iovec stretch = {(void *)(uintptr_t) "x", 1};
    char path[PATH_MAX];
    uint8_t found[100];

    (void)state;
    assert_int_equal(mkfifo("fifo", 0600), 0);
    int reader = open("fifo", O_RDONLY | O_NONBLOCK);
    assert_int_equal(output_open(&output, 0, path), 0);
    fcntl(output.fd, F_SETFL, O_NONBLOCK);
    while (write(output.fd, "x", 1) == 1)
        ;
    interrupt(true);
    assert_int_equal(output_write(&output, &stretch, 1), -1);
    assert_int_equal(errno, EINTR);
    assert_int_equal(output_close(&output, 5, 0, true), -1);
    assert_int_equal(errno, EINTR);
    interrupt(false);
    while (read(reader, found, sizeof(found)) > 0)
        ;
    assert_int_equal(output_close(&output, 5, 0, true), 0);
    assert_int_equal(read(reader, found, sizeof(found)), STOP_SIZE);
    assert_int_equal(output.fd, -1);

    output = fresh(&options);
    assert_int_equal(output_open(&output, 0, path), 0);
    close(reader);
    assert_int_equal(output_close(&output, 5, 0, true), 0);
    assert_int_equal(output.fd, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_open_and_close, work_folder_clear),
        cmocka_unit_test_teardown(test_taken_names, work_folder_clear),
        cmocka_unit_test_teardown(test_moved_away, work_folder_clear),
        cmocka_unit_test_teardown(test_discard, work_folder_clear),
        cmocka_unit_test_teardown(test_due, work_folder_clear),
        cmocka_unit_test_teardown(test_no_file, work_folder_clear),
        cmocka_unit_test_teardown(test_full_pipe, work_folder_clear),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, work_folder_enter, work_folder_leave);
}
