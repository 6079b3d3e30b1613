/* A disk that becomes full: the size of files is limited, so that every write behind the limit fails. */
#include "proof/test.h"

#include "writer.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define DISK 100000

static char folder[] = "/tmp/tapline-output-XXXXXX";
static char path[64];

static void limit_files_to(rlim_t size)
{
    struct rlimit limit = {size, RLIM_INFINITY};

    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static struct fstrm_writer *open_writer(void)
{
    struct fstrm_file_options *options = fstrm_file_options_init();

    fstrm_file_options_set_file_path(options, path);
    struct fstrm_writer *writer = fstrm_file_writer_init(options, NULL);
    fstrm_file_options_destroy(&options);
    assert_int_equal(fstrm_writer_open(writer), fstrm_res_success);
    return writer;
}

static off_t size_of_file(void)
{
    struct stat found;

    assert_int_equal(stat(path, &found), 0);
    return found.st_size;
}

/* Frames with the numbers 0, 1, 2, ... and nothing else. */
static int numbered_frames(void)
{
    struct fstrm_file_options *options = fstrm_file_options_init();
    const uint8_t *data;
    size_t size;
    int count = 0, number;

    fstrm_file_options_set_file_path(options, path);
    struct fstrm_reader *reader = fstrm_file_reader_init(options, NULL);
    fstrm_file_options_destroy(&options);
    while (fstrm_reader_read(reader, &data, &size) == fstrm_res_success) {
        memcpy(&number, data, sizeof(number));
        assert_int_equal(number, count++);
    }
    assert_int_equal(fstrm_reader_close(reader), fstrm_res_success); /* it ended with STOP */
    fstrm_reader_destroy(&reader);
    return count;
}

static fstrm_res put(struct fstrm_writer *writer, int number)
{
    char frame[700] = "";
    struct iovec piece = {frame, sizeof(frame)};
    int done = 0;

    memcpy(frame, &number, sizeof(number));
    fstrm_res result = writer_put(writer, &piece, 1, &done);
    assert_int_equal(done, result == fstrm_res_success);
    return result;
}

static void a_full_disk_costs_nothing_that_was_stored(void **state)
{
    struct fstrm_writer *writer = open_writer();
    int number = 0;

    (void)state;
    limit_files_to(DISK);
    while (put(writer, number) == fstrm_res_success)
        number++;
    assert_true(number > 100);
    assert_int_equal(size_of_file(), 12 + number * 704); /* no half frame */
    assert_int_equal(fstrm_writer_open(writer), fstrm_res_success);
    assert_int_equal(put(writer, number), fstrm_res_failure);
    assert_int_equal(size_of_file(), 12 + number * 704);
    limit_files_to(RLIM_INFINITY);
    assert_int_equal(fstrm_writer_open(writer), fstrm_res_success);
    assert_int_equal(size_of_file(), 12 + number * 704);
    assert_int_equal(put(writer, number), fstrm_res_success);
    assert_int_equal(put(writer, number + 1), fstrm_res_success);
    assert_int_equal(fstrm_writer_destroy(&writer), fstrm_res_success);
    assert_int_equal(numbered_frames(), number + 2);
}

static void a_writer_that_was_closed_begins_anew(void **state)
{
    struct fstrm_writer *writer = open_writer();

    (void)state;
    assert_int_equal(put(writer, 0), fstrm_res_success);
    assert_int_equal(put(writer, 1), fstrm_res_success);
    assert_int_equal(fstrm_writer_close(writer), fstrm_res_success);
    assert_int_equal(numbered_frames(), 2);
    assert_int_equal(fstrm_writer_open(writer), fstrm_res_success);
    assert_int_equal(put(writer, 0), fstrm_res_success);
    fstrm_writer_destroy(&writer);
    assert_int_equal(numbered_frames(), 1);
}

/* What went out before the disk was full is said to be out, and so is not stored twice. */
static void what_is_out_is_not_given_again(void **state)
{
    enum { FRAMES = 400 };
    static char bytes[FRAMES][700];
    struct iovec frames[FRAMES];
    struct fstrm_writer *writer = open_writer();
    int done = 0, more = 0;

    (void)state;
    for (int i = 0; i < FRAMES; i++) {
        memcpy(bytes[i], &i, sizeof(i));
        frames[i] = (struct iovec){bytes[i], sizeof(bytes[i])};
    }
    limit_files_to(DISK);
    assert_int_equal(writer_put(writer, frames, FRAMES, &done), fstrm_res_failure);
    assert_in_range(done, 1, FRAMES - 1);
    assert_int_equal(size_of_file(), 12 + done * 704);
    assert_int_equal(writer_put(writer, frames + done, FRAMES - done, &more), fstrm_res_failure);
    assert_int_equal(more, 0); /* it is closed */
    limit_files_to(RLIM_INFINITY);
    assert_int_equal(fstrm_writer_open(writer), fstrm_res_success);
    assert_int_equal(writer_put(writer, frames + done, FRAMES - done, &more), fstrm_res_success);
    assert_int_equal(done + more, FRAMES);
    assert_int_equal(fstrm_writer_destroy(&writer), fstrm_res_success);
    assert_int_equal(numbered_frames(), FRAMES);
}

/* Whoever moved the file away wants another one, and keeps that. */
static void a_file_that_was_moved_is_left_alone(void **state)
{
    struct fstrm_writer *writer = open_writer();
    char moved[80];
    int number = 0;

    (void)state;
    snprintf(moved, sizeof(moved), "%s.moved", path);
    limit_files_to(DISK);
    while (put(writer, number) == fstrm_res_success)
        number++;
    limit_files_to(RLIM_INFINITY);
    assert_int_equal(rename(path, moved), 0);
    assert_int_equal(fstrm_writer_open(writer), fstrm_res_success);
    assert_int_equal(put(writer, 0), fstrm_res_success);
    assert_int_equal(fstrm_writer_destroy(&writer), fstrm_res_success);
    assert_int_equal(numbered_frames(), 1);
    assert_int_equal(rename(moved, path), 0);
    assert_int_equal(size_of_file(), 12 + number * 704);
}

static int set_up(void **state)
{
    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof(path), "%s/frames", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_disk_costs_nothing_that_was_stored),
        cmocka_unit_test(what_is_out_is_not_given_again),
        cmocka_unit_test(a_writer_that_was_closed_begins_anew),
        cmocka_unit_test(a_file_that_was_moved_is_left_alone),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
