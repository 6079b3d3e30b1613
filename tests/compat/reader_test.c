/* What the original gets wrong in reading; everything else is in api_reader.c. */
#include "proof/test.h"

#include "memory_transport.h"

#define W(...)    (const uint8_t *)__VA_ARGS__, sizeof(__VA_ARGS__) - 1
#define START     "\0\0\0\0\0\0\0\4\0\0\0\2"
#define STOP      "\0\0\0\0\0\0\0\4\0\0\0\3"
#define UNKNOWN   "\0\0\0\0\0\0\0\11\0\0\0\200\1\2\3\4\5"
#define MAX_FRAME 600

static struct fstrm_reader *reader_on(struct memory_transport *memory, bool two_ways, const uint8_t *wire,
                                      size_t size)
{
    struct fstrm_reader_options *options = fstrm_reader_options_init();
    struct fstrm_rdwr *rdwr = memory_rdwr(memory, true, two_ways);

    memory->input = wire;
    memory->size = size;
    assert_int_equal(fstrm_reader_options_set_max_frame_size(options, MAX_FRAME), fstrm_res_success);
    struct fstrm_reader *reader = fstrm_reader_init(options, &rdwr);
    fstrm_reader_options_destroy(&options);
    assert_non_null(reader);
    return reader;
}

static void a_frame_that_is_too_long_is_a_failure(void **state)
{
    static uint8_t wire[12 + 4 + MAX_FRAME + 4 + MAX_FRAME + 1 + 12] = START "\0\0\2\130";
    struct memory_transport memory = {.input = NULL};
    const uint8_t *data = NULL;
    size_t size = 0;

    (void)state;
    memcpy(wire + 16 + MAX_FRAME, "\0\0\2\131", 4);
    memcpy(wire + sizeof(wire) - 12, STOP, 12);
    struct fstrm_reader *reader = reader_on(&memory, false, wire, sizeof(wire));
    assert_int_equal(fstrm_reader_read(reader, &data, &size), fstrm_res_success);
    assert_int_equal(size, MAX_FRAME);
    data = NULL;
    assert_int_equal(fstrm_reader_read(reader, &data, &size), fstrm_res_failure);
    assert_null(data);
    assert_int_equal(size, MAX_FRAME);
    assert_int_equal(memory.closed, 1);
    assert_int_equal(fstrm_reader_read(reader, &data, &size), fstrm_res_failure);
    assert_int_equal(fstrm_reader_destroy(&reader), fstrm_res_failure);
    assert_int_equal(memory.destroyed, 1);
}

static void control_frames_of_unknown_type_are_passed_over(void **state)
{
    struct memory_transport memory = {.input = NULL};
    const uint8_t *data;
    size_t size, found = 0;

    (void)state;
    struct fstrm_reader *reader = reader_on(
        &memory, false, W(UNKNOWN START UNKNOWN "\0\0\0\1a" UNKNOWN UNKNOWN "\0\0\0\1b" UNKNOWN STOP));
    while (fstrm_reader_read(reader, &data, &size) == fstrm_res_success)
        assert_int_equal(data[0], 'a' + (int)found++);
    assert_int_equal(found, 2);
    assert_int_equal(fstrm_reader_destroy(&reader), fstrm_res_success);
}

static void a_connection_that_fails_is_closed(void **state)
{
    struct memory_transport memory = {.input = NULL};

    (void)state;
    struct fstrm_reader *reader = reader_on(&memory, true, W(START));
    assert_int_equal(fstrm_reader_open(reader), fstrm_res_failure);
    assert_int_equal(memory.opened, 1);
    assert_int_equal(memory.closed, 1);
    fstrm_reader_destroy(&reader);
    assert_int_equal(memory.closed, 1);
    assert_int_equal(memory.destroyed, 1);
}

/* A length is believed only as far as the limit goes. */
static void no_length_takes_memory_that_is_not_there(void **state)
{
    struct memory_transport memory = {.input = NULL};
    const uint8_t *data;
    size_t size;

    (void)state;
    struct fstrm_reader *reader = reader_on(&memory, false, W(START "\377\377\377\377abc"));
    assert_int_equal(fstrm_reader_read(reader, &data, &size), fstrm_res_failure);
    fstrm_reader_destroy(&reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_that_is_too_long_is_a_failure),
        cmocka_unit_test(control_frames_of_unknown_type_are_passed_over),
        cmocka_unit_test(a_connection_that_fails_is_closed),
        cmocka_unit_test(no_length_takes_memory_that_is_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
