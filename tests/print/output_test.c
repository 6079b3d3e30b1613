#include "print/output.h"

#include "print/printed.h"
#include "proof/test.h"

#include <errno.h>
#include <fcntl.h>

static void what_is_put_is_written_once_and_in_order(void **state)
{
    (void)state;
    struct print_output output;
    int fd = printed_open();
    size_t size = 0, count = 0;

    assert_true(print_output_init(&output, fd));
    for (unsigned i = 0; i < 100000; i++) {
        char *to = print_room(&output, 64);
        assert_true(to + 64 <= output.end);
        output.at = to + sprintf(to, "%u,", i);
    }
    assert_int_equal(print_output_flush(&output), TL_OK);
    assert_int_equal(print_output_flush(&output), TL_OK);
    char *text = printed_take(fd, &size);
    for (const char *at = text; *at; count++) {
        char *end;
        assert_int_equal(strtoul(at, &end, 10), count);
        at = end + 1;
    }
    assert_int_equal(count, 100000);
    free(text);
    print_output_done(&output);
}

static void bytes_of_any_size_are_appended(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1,     PRINT_OUTPUT_SIZE - 2, PRINT_OUTPUT_SIZE, PRINT_OUTPUT_SIZE + 1,
                                   3, 900000};
    struct print_output output;
    int fd = printed_open();
    size_t size, at = 0, total = 0;
    uint8_t *bytes = malloc(900000);

    assert_non_null(bytes);
    assert_true(print_output_init(&output, fd));
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        memset(bytes, 'a' + (int)i, sizes[i]);
        print_bytes(&output, tl_bytes(sizes[i] ? bytes : NULL, sizes[i]));
        total += sizes[i];
    }
    assert_int_equal(print_output_flush(&output), TL_OK);
    char *text = printed_take(fd, &size);
    assert_int_equal(size, total);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        for (size_t j = 0; j < sizes[i]; j++, at++)
            assert_int_equal(text[at], 'a' + (int)i);
    }
    free(text);
    free(bytes);
    print_output_done(&output);
}

static void a_failure_stays_and_room_does_too(void **state)
{
    (void)state;
    struct print_output output;
    int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    assert_true(print_output_init(&output, fd));
    memcpy(print_room(&output, 5), "12345", 5);
    output.at += 5;
    assert_int_equal(print_output_flush(&output), TL_SYSTEM);
    assert_int_equal(errno, ENOSPC);
    for (int i = 0; i < 100; i++) {
        assert_non_null(print_room(&output, PRINT_ROOM_MAX));
        output.at += PRINT_ROOM_MAX;
    }
    errno = 0;
    assert_int_equal(print_output_flush(&output), TL_SYSTEM);
    assert_int_equal(errno, ENOSPC);
    close(fd);
    print_output_done(&output);
}

/* As many bytes as come, in one piece, wherever the buffer lies meanwhile. */
static void into_memory_everything_stays(void **state)
{
    (void)state;
    struct print_output output;
    uint8_t *bytes = malloc(700000);

    assert_non_null(bytes);
    memset(bytes, 'b', 700000);
    assert_true(print_output_init(&output, -1));
    for (unsigned i = 0; i < 40; i++) {
        memset(print_room(&output, PRINT_ROOM_MAX), 'a', PRINT_ROOM_MAX);
        output.at += PRINT_ROOM_MAX;
    }
    print_bytes(&output, tl_bytes(bytes, 700000));
    assert_int_equal(print_output_flush(&output), TL_OK);
    assert_int_equal(output.at - output.start, 40 * PRINT_ROOM_MAX + 700000);
    for (size_t i = 0; i < (size_t)(output.at - output.start); i++)
        assert_int_equal(output.start[i], i < 40 * PRINT_ROOM_MAX ? 'a' : 'b');
    print_output_done(&output);
    free(bytes);
}

/* The third time nothing may be written. */
static int count_pass(void *context)
{
    return ++*(unsigned *)context == 3 ? EPIPE : 0;
}

static void the_gate_is_passed_before_each_write(void **state)
{
    (void)state;
    struct print_output output;
    unsigned passed = 0;
    size_t skip = 2;
    struct print_gate gate = {count_pass, &passed, &skip};
    int fd = printed_open();

    assert_true(print_output_init_gated(&output, fd, 2 * PRINT_ROOM_MAX, &gate));
    print_bytes(&output, tl_bytes_of_text("a few bytes"));
    assert_int_equal(passed, 0);
    assert_int_equal(print_output_flush(&output), TL_OK);
    assert_int_equal(passed, 1);
    assert_int_equal(print_output_flush(&output), TL_OK); /* nothing to be written */
    assert_int_equal(passed, 1);
    for (unsigned i = 0; i < 3; i++) {
        memset(print_room(&output, PRINT_ROOM_MAX), 'a', PRINT_ROOM_MAX);
        output.at += PRINT_ROOM_MAX;
    }
    assert_int_equal(passed, 2);
    errno = 0;
    assert_int_equal(print_output_flush(&output), TL_SYSTEM);
    assert_int_equal(errno, EPIPE);
    size_t size;
    char *text = printed_take(fd, &size);
    assert_int_equal(skip, 0);
    assert_int_equal(size, strlen("few bytes") + 2 * PRINT_ROOM_MAX);
    assert_memory_equal(text, "few bytes", strlen("few bytes"));
    free(text);
    print_output_done(&output);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_put_is_written_once_and_in_order),
        cmocka_unit_test(bytes_of_any_size_are_appended),
        cmocka_unit_test(a_failure_stays_and_room_does_too),
        cmocka_unit_test(into_memory_everything_stays),
        cmocka_unit_test(the_gate_is_passed_before_each_write),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
