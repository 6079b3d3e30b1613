/* What the original gets wrong in writing; everything else is in api_writer.c. */
#include "proof/test.h"

#include "memory_transport.h"

#define W(...)  (const uint8_t *)__VA_ARGS__, sizeof(__VA_ARGS__) - 1
#define ACCEPTB "\0\0\0\0\0\0\0\16\0\0\0\1\0\0\0\1\0\0\0\2bb"
#define FINISH  "\0\0\0\0\0\0\0\4\0\0\0\5"
#define UNKNOWN "\0\0\0\0\0\0\0\11\0\0\0\200\1\2\3\4\5"

static struct fstrm_writer *writer_on(struct memory_transport *memory, bool two_ways, const uint8_t *wire,
                                      size_t size)
{
    struct fstrm_writer_options *options = fstrm_writer_options_init();
    struct fstrm_rdwr *rdwr = memory_rdwr(memory, two_ways, true);

    memory->input = wire;
    memory->size = size;
    fstrm_writer_options_add_content_type(options, "aa", 2);
    fstrm_writer_options_add_content_type(options, "bb", 2);
    struct fstrm_writer *writer = fstrm_writer_init(options, &rdwr);
    fstrm_writer_options_destroy(&options);
    assert_non_null(writer);
    return writer;
}

static void the_second_of_two_content_types_may_be_the_one(void **state)
{
    static const char start[] = "\0\0\0\0\0\0\0\16\0\0\0\2\0\0\0\1\0\0\0\2bb";
    struct memory_transport memory = {.input = NULL};

    (void)state;
    struct fstrm_writer *writer = writer_on(&memory, true, W(ACCEPTB FINISH));
    assert_int_equal(fstrm_writer_open(writer), fstrm_res_success);
    assert_int_equal(memory.written_size, 32 + sizeof(start) - 1);
    assert_memory_equal(memory.written + 32, start, sizeof(start) - 1);
    assert_int_equal(fstrm_writer_destroy(&writer), fstrm_res_success);
}

static void each_attempt_has_a_connection_of_its_own(void **state)
{
    struct memory_transport memory = {.input = NULL};

    (void)state;
    struct fstrm_writer *writer = writer_on(&memory, true, W(FINISH));
    for (int attempt = 1; attempt <= 3; attempt++) {
        memory.input = (const uint8_t *)FINISH;
        memory.size = 12;
        assert_int_equal(fstrm_writer_open(writer), fstrm_res_failure);
        assert_int_equal(memory.opened, attempt);
        assert_int_equal(memory.closed, attempt);
    }
    fstrm_writer_destroy(&writer);
    assert_int_equal(memory.destroyed, 1);
}

static void control_frames_of_unknown_type_are_passed_over(void **state)
{
    struct memory_transport memory = {.input = NULL};

    (void)state;
    struct fstrm_writer *writer = writer_on(&memory, true, W(UNKNOWN ACCEPTB UNKNOWN UNKNOWN FINISH));
    assert_int_equal(fstrm_writer_open(writer), fstrm_res_success);
    assert_int_equal(fstrm_writer_close(writer), fstrm_res_success);
    fstrm_writer_destroy(&writer);
}

/* A frame of no bytes would be read as the beginning of a control frame. */
static void an_empty_frame_is_refused_and_nothing_is_written(void **state)
{
    struct memory_transport memory = {.input = NULL};
    struct iovec frames[2] = {{(void *)(uintptr_t) "x", 1}, {(void *)(uintptr_t) "", 0}};

    (void)state;
    struct fstrm_writer *writer = writer_on(&memory, false, W(""));
    assert_int_equal(fstrm_writer_open(writer), fstrm_res_success);
    size_t before = memory.written_size;
    assert_int_equal(fstrm_writer_write(writer, "", 0), fstrm_res_invalid);
    assert_int_equal(fstrm_writer_writev(writer, frames, 2), fstrm_res_invalid);
    assert_int_equal(memory.written_size, before);
    assert_int_equal(fstrm_writer_write(writer, "x", 1), fstrm_res_success);
    assert_int_equal(fstrm_writer_destroy(&writer), fstrm_res_success);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_second_of_two_content_types_may_be_the_one),
        cmocka_unit_test(each_attempt_has_a_connection_of_its_own),
        cmocka_unit_test(control_frames_of_unknown_type_are_passed_over),
        cmocka_unit_test(an_empty_frame_is_refused_and_nothing_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
