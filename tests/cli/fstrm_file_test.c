/* Frames of a file: whatever its size, whole, and to the end. */
#include "proof/test.h"

#include "cli/fstrm_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const uint8_t start[] = {0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 2};
static const uint8_t stop[] = {0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 3};

#define LARGE 3000000u /* larger than the first buffers */

/* START, a data frame of LARGE bytes, one of 1, STOP; the first `size` bytes of that. */
static void write_file(char *path, size_t size)
{
    size_t whole = sizeof(start) + 4 + LARGE + 5 + sizeof(stop);
    uint8_t *bytes = calloc(1, whole), *to = bytes;
    int fd = mkstemp(path);

    memcpy(to, start, sizeof(start));
    to += sizeof(start);
    memcpy(to, (const uint8_t[]){LARGE >> 24, LARGE >> 16 & 255, LARGE >> 8 & 255, LARGE & 255}, 4);
    memset(to + 4, 'z', LARGE);
    to += 4 + LARGE;
    memcpy(to, "\0\0\0\1a", 5);
    memcpy(to + 5, stop, sizeof(stop));
    assert_true(fd >= 0 && size <= whole);
    assert_int_equal(write(fd, bytes, size), size);
    close(fd);
    free(bytes);
}

static void test_frames(void **state)
{
    char path[] = "/tmp/fstrm-file-XXXXXX";
    struct fstrm_file file;
    struct tl_frame frame;

    (void)state;
    write_file(path, sizeof(start) + 4 + LARGE + 5 + sizeof(stop));
    assert_int_equal(fstrm_file_open(&file, path, FSTRM_FILE_FRAME_MAX), 0);
    assert_int_equal(fstrm_file_next(&file, &frame), TL_OK);
    assert_int_equal(frame.kind, TL_FRAME_CONTROL);
    assert_int_equal(fstrm_file_next(&file, &frame), TL_OK);
    assert_int_equal(frame.payload.size, LARGE);
    assert_int_equal(frame.payload.data[0], 'z');
    assert_int_equal(frame.payload.data[LARGE - 1], 'z');
    assert_int_equal(file.at, sizeof(start));
    assert_int_equal(fstrm_file_next(&file, &frame), TL_OK);
    assert_int_equal(frame.payload.size, 1);
    assert_int_equal(frame.payload.data[0], 'a');
    assert_int_equal(fstrm_file_next(&file, &frame), TL_OK);
    assert_int_equal(frame.kind, TL_FRAME_CONTROL);
    assert_int_equal(fstrm_file_next(&file, &frame), TL_END);
    fstrm_file_close(&file);
    unlink(path);
}

static void test_cut(void **state)
{
    char path[] = "/tmp/fstrm-file-XXXXXX";
    struct fstrm_file file;
    struct tl_frame frame;

    (void)state;
    write_file(path, sizeof(start) + 4 + LARGE - 1);
    assert_int_equal(fstrm_file_open(&file, path, FSTRM_FILE_FRAME_MAX), 0);
    assert_int_equal(fstrm_file_next(&file, &frame), TL_OK);
    assert_int_equal(fstrm_file_next(&file, &frame), TL_TRUNCATED);
    assert_int_equal(file.at, sizeof(start));
    fstrm_file_close(&file);
    unlink(path);
}

/* A frame above the limit is passed over and reported, or is the end as soon as its length is there. */
static void test_long(void **state)
{
    char path[] = "/tmp/fstrm-file-XXXXXX";
    struct fstrm_file file;
    struct tl_frame frame;

    (void)state;
    write_file(path, sizeof(start) + 4 + LARGE + 5);
    assert_int_equal(fstrm_file_open(&file, path, LARGE - 1), 0);
    assert_int_equal(fstrm_file_next(&file, &frame), TL_OK);
    assert_int_equal(fstrm_file_next(&file, &frame), TL_OK);
    assert_int_equal(frame.kind, TL_FRAME_OVERSIZED);
    assert_int_equal(fstrm_file_next(&file, &frame), TL_OK);
    assert_int_equal(frame.payload.size, 1);
    fstrm_file_close(&file);

    assert_int_equal(truncate(path, sizeof(start) + 4), 0);
    assert_int_equal(fstrm_file_open(&file, path, LARGE - 1), 0);
    file.ends_at_long = true;
    assert_int_equal(fstrm_file_next(&file, &frame), TL_OK);
    assert_int_equal(fstrm_file_next(&file, &frame), TL_FRAME_TOO_LONG);
    assert_int_equal(file.at, sizeof(start));
    fstrm_file_close(&file);
    unlink(path);
}

/* What was read already is known: a data frame that is there whole, and nothing else. */
static void test_has_data(void **state)
{
    char path[] = "/tmp/fstrm-file-XXXXXX";
    struct fstrm_file file;
    struct tl_frame frame;
    int ends[2], fd = mkstemp(path);

    (void)state;
    close(fd);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(fstrm_file_open(&file, path, FSTRM_FILE_FRAME_MAX), 0);
    assert_int_equal(dup2(ends[0], file.fd), file.fd);
    assert_false(fstrm_file_has_data(&file));
    assert_int_equal(write(ends[1], start, sizeof(start)), sizeof(start));
    assert_int_equal(write(ends[1], "\0\0\0\1a\0\0\0\2b", 10), 10);
    assert_int_equal(fstrm_file_next(&file, &frame), TL_OK);
    assert_true(fstrm_file_has_data(&file));
    assert_int_equal(fstrm_file_next(&file, &frame), TL_OK);
    assert_false(fstrm_file_has_data(&file));
    assert_int_equal(write(ends[1], "b\0\0\0\0", 5), 5);
    assert_int_equal(fstrm_file_next(&file, &frame), TL_OK);
    assert_int_equal(frame.payload.size, 2);
    assert_false(fstrm_file_has_data(&file));
    fstrm_file_close(&file);
    close(ends[0]);
    close(ends[1]);
    unlink(path);
}

static void test_missing(void **state)
{
    struct fstrm_file file;

    (void)state;
    assert_int_equal(fstrm_file_open(&file, "/no/such/file", FSTRM_FILE_FRAME_MAX), -1);
    fstrm_file_close(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frames),   cmocka_unit_test(test_cut),     cmocka_unit_test(test_long),
        cmocka_unit_test(test_has_data), cmocka_unit_test(test_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
