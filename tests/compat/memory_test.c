/* The n-th allocation fails: every function says so, nothing is left behind, what was to be taken is still
 * the caller's, and the next attempt works. */
#include "proof/failing_alloc.h"
#include "proof/test.h"

#include "memory_transport.h"

#include <stdio.h>
#include <unistd.h>

#define DNSTAP "protobuf:dnstap.Dnstap"

static char path[64];

static bool control(void)
{
    struct fstrm_control *made = fstrm_control_init();
    bool good = made && fstrm_control_set_type(made, FSTRM_CONTROL_READY) == fstrm_res_success &&
                fstrm_control_add_field_content_type(made, (const uint8_t *)"a", 1) == fstrm_res_success &&
                fstrm_control_add_field_content_type(made, (const uint8_t *)"", 0) == fstrm_res_success &&
                fstrm_control_decode(made, "\0\0\0\2\0\0\0\1\0\0\0\2aa", 14, 0) == fstrm_res_success;

    if (made)
        fstrm_control_destroy(&made);
    return good;
}

/* A file that is written and read. */
static bool write_file(void)
{
    struct fstrm_file_options *options = fstrm_file_options_init();
    struct fstrm_writer_options *writer_options = fstrm_writer_options_init();
    struct fstrm_writer *writer = NULL;
    bool good = options && writer_options;

    if (options)
        fstrm_file_options_set_file_path(options, path);
    good = good && fstrm_writer_options_add_content_type(writer_options, DNSTAP, 22) == fstrm_res_success;
    if (good)
        writer = fstrm_file_writer_init(options, writer_options);
    good = writer && fstrm_writer_write(writer, DNSTAP, 22) == fstrm_res_success;
    if (writer)
        good = fstrm_writer_destroy(&writer) == fstrm_res_success && good;
    fstrm_file_options_destroy(&options);
    fstrm_writer_options_destroy(&writer_options);
    return good;
}

static bool read_file(void)
{
    struct fstrm_file_options *options = fstrm_file_options_init();
    struct fstrm_reader_options *reader_options = fstrm_reader_options_init();
    struct fstrm_reader *reader = NULL;
    const uint8_t *data;
    size_t size;
    bool good = options && reader_options;

    if (options)
        fstrm_file_options_set_file_path(options, path);
    good = good && fstrm_reader_options_add_content_type(reader_options, DNSTAP, 22) == fstrm_res_success;
    if (good)
        reader = fstrm_file_reader_init(options, reader_options);
    good = reader && fstrm_reader_read(reader, &data, &size) == fstrm_res_success;
    if (reader)
        good = fstrm_reader_destroy(&reader) == fstrm_res_success && good;
    fstrm_file_options_destroy(&options);
    fstrm_reader_options_destroy(&reader_options);
    return good;
}

/* Both ends of a connection in memory. */
static bool shake_hands(void)
{
    static const uint8_t wire[] =
        "\0\0\0\0\0\0\0\16\0\0\0\4\0\0\0\1\0\0\0\2aa\0\0\0\0\0\0\0\16\0\0\0\2\0\0\0\1\0\0\0\2aa";
    struct memory_transport memory = {.input = wire, .size = sizeof(wire) - 1};
    struct fstrm_rdwr *rdwr = memory_rdwr(&memory, true, true);
    struct fstrm_reader_options *options = fstrm_reader_options_init();
    struct fstrm_reader *reader = NULL;
    bool good =
        rdwr && options && fstrm_reader_options_add_content_type(options, "aa", 2) == fstrm_res_success;

    if (good)
        reader = fstrm_reader_init(options, &rdwr);
    assert_true(!reader || !rdwr);
    good = reader && fstrm_reader_open(reader) == fstrm_res_success;
    if (reader)
        fstrm_reader_destroy(&reader);
    if (rdwr)
        fstrm_rdwr_destroy(&rdwr);
    fstrm_reader_options_destroy(&options);
    return good;
}

static bool sockets(void)
{
    struct fstrm_tcp_writer_options *tcp = fstrm_tcp_writer_options_init();
    struct fstrm_unix_writer_options *local = fstrm_unix_writer_options_init();
    struct fstrm_writer *writers[2] = {NULL, NULL};

    if (tcp) {
        fstrm_tcp_writer_options_set_socket_address(tcp, "::1");
        fstrm_tcp_writer_options_set_socket_port(tcp, "1");
        writers[0] = fstrm_tcp_writer_init(tcp, NULL);
    }
    if (local) {
        fstrm_unix_writer_options_set_socket_path(local, "/nowhere");
        writers[1] = fstrm_unix_writer_init(local, NULL);
    }
    bool good = writers[0] && writers[1];
    for (int i = 0; i < 2; i++)
        fstrm_writer_destroy(&writers[i]);
    fstrm_tcp_writer_options_destroy(&tcp);
    fstrm_unix_writer_options_destroy(&local);
    return good;
}

static bool thread_on(struct fstrm_writer *writer)
{
    struct fstrm_iothr_options *options = fstrm_iothr_options_init();
    struct fstrm_writer *before = writer;
    struct fstrm_iothr *iothr = writer && options ? fstrm_iothr_init(options, &writer) : NULL;
    bool good = iothr != NULL;

    assert_true(writer == (iothr ? NULL : before));
    if (iothr) {
        char *frame = __real_malloc(3);
        memcpy(frame, "abc", 3);
        good = fstrm_iothr_submit(iothr, fstrm_iothr_get_input_queue(iothr), frame, 3, fstrm_free_wrapper,
                                  NULL) == fstrm_res_success;
        if (!good)
            free(frame);
        fstrm_iothr_destroy(&iothr);
    }
    fstrm_writer_destroy(&writer);
    fstrm_iothr_options_destroy(&options);
    return good;
}

static bool thread_on_a_file(void)
{
    struct fstrm_file_options *options = fstrm_file_options_init();
    struct fstrm_writer *writer = NULL;

    if (options) {
        fstrm_file_options_set_file_path(options, path);
        writer = fstrm_file_writer_init(options, NULL);
    }
    fstrm_file_options_destroy(&options);
    return thread_on(writer);
}

static bool thread_on_a_socket(void)
{
    struct fstrm_unix_writer_options *options = fstrm_unix_writer_options_init();
    struct fstrm_writer_options *writer_options = fstrm_writer_options_init();
    struct fstrm_writer *writer = NULL;

    if (options && writer_options &&
        fstrm_writer_options_add_content_type(writer_options, DNSTAP, 22) == fstrm_res_success) {
        fstrm_unix_writer_options_set_socket_path(options, "/nowhere");
        writer = fstrm_unix_writer_init(options, writer_options);
    }
    fstrm_unix_writer_options_destroy(&options);
    fstrm_writer_options_destroy(&writer_options);
    return thread_on(writer);
}

static void every_allocation_may_fail(void **state)
{
    static bool (*const subjects[])(void) = {control, write_file,       read_file,         shake_hands,
                                             sockets, thread_on_a_file, thread_on_a_socket};

    (void)state;
    for (size_t i = 0; i < sizeof(subjects) / sizeof(*subjects); i++) {
        for (unsigned long n = 1;; n++) {
            assert_true(write_file()); /* for who reads it */
            failing_alloc_start(n);
            bool good = subjects[i]();
            if (!failing_alloc_stop()) {
                assert_true(good);
                assert_true(n > 2);
                break;
            }
            /* A thread may have done without, or done it later: then it is good all the same. */
            assert_true(!good || i >= 5);
            assert_true(subjects[i]());
        }
    }
}

static size_t frames_in_file(void)
{
    struct fstrm_file_options *options = fstrm_file_options_init();
    const uint8_t *data;
    size_t size, count = 0;

    fstrm_file_options_set_file_path(options, path);
    struct fstrm_reader *reader = fstrm_file_reader_init(options, NULL);
    fstrm_file_options_destroy(&options);
    while (fstrm_reader_read(reader, &data, &size) == fstrm_res_success)
        count++;
    assert_int_equal(fstrm_reader_destroy(&reader), fstrm_res_success);
    return count;
}

/* A frame that the buffer of a file is too small for needs memory of its own for a moment. */
static void a_large_frame_costs_nothing_that_was_stored(void **state)
{
    static char large[100000];
    struct fstrm_file_options *options = fstrm_file_options_init();

    (void)state;
    fstrm_file_options_set_file_path(options, path);
    struct fstrm_writer *writer = fstrm_file_writer_init(options, NULL);
    fstrm_file_options_destroy(&options);
    assert_int_equal(fstrm_writer_write(writer, "small", 5), fstrm_res_success);
    failing_alloc_start(1);
    assert_int_equal(fstrm_writer_write(writer, large, sizeof(large)), fstrm_res_failure);
    assert_true(failing_alloc_stop());
    assert_int_equal(fstrm_writer_open(writer), fstrm_res_success);
    assert_int_equal(fstrm_writer_write(writer, large, sizeof(large)), fstrm_res_success);
    assert_int_equal(fstrm_writer_destroy(&writer), fstrm_res_success);
    assert_int_equal(frames_in_file(), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(a_large_frame_costs_nothing_that_was_stored),
    };

    setenv("TAPLINE_LIBFSTRM", "close=10ms", 1);
    snprintf(path, sizeof(path), "/tmp/tapline-memory-%d", (int)getpid());
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    return failed;
}
