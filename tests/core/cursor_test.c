#include "proof/guarded.h"
#include "proof/test.h"

#include <tapline/core.h>

static void reads_values_in_order(void **state)
{
    (void)state;
    static const uint8_t wire[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    struct guarded in = guarded_new(wire, sizeof(wire));
    struct tl_cursor cursor = tl_cursor(tl_bytes(in.data, in.size));

    assert_int_equal(tl_cursor_u8(&cursor), 1);
    assert_int_equal(tl_cursor_be16(&cursor), 0x0203);
    assert_int_equal(tl_cursor_be32(&cursor), 0x04050607);
    struct tl_bytes rest = tl_cursor_take(&cursor, 2);
    assert_ptr_equal(rest.data, in.data + 7);
    assert_int_equal(tl_cursor_left(&cursor), 0);
    assert_int_equal(cursor.status, TL_OK);
    guarded_free(&in);
}

static void the_error_is_sticky_at_every_size(void **state)
{
    (void)state;
    static const uint8_t wire[] = {1, 2, 3, 4, 5, 6, 7};
    for (size_t size = 0; size < sizeof(wire); size++) {
        struct guarded in = guarded_new(wire, size);
        struct tl_cursor cursor = tl_cursor(tl_bytes(in.data, in.size));

        tl_cursor_u8(&cursor);
        tl_cursor_be16(&cursor);
        tl_cursor_be32(&cursor);
        assert_int_equal(cursor.status, TL_TRUNCATED);
        size_t offset = tl_cursor_offset(&cursor);
        assert_int_equal(tl_cursor_u8(&cursor), 0);
        assert_int_equal(tl_cursor_take(&cursor, 0).size, 0);
        assert_int_equal(tl_cursor_offset(&cursor), offset);
        tl_cursor_fail(&cursor, TL_BAD_TEXT);
        assert_int_equal(cursor.status, TL_TRUNCATED);
        guarded_free(&in);
    }
}

/* A slice without bytes may have no address. */
static void no_bytes_are_no_bytes(void **state)
{
    (void)state;
    struct tl_cursor cursor = tl_cursor(tl_bytes(NULL, 0));

    assert_int_equal(tl_cursor_take(&cursor, 0).size, 0);
    assert_int_equal(tl_cursor_left(&cursor), 0);
    assert_int_equal(tl_cursor_offset(&cursor), 0);
    assert_int_equal(cursor.status, TL_OK);
    assert_int_equal(tl_cursor_u8(&cursor), 0);
    assert_int_equal(cursor.status, TL_TRUNCATED);
    assert_true(tl_bytes_equal(tl_bytes(NULL, 0), tl_bytes("x", 0)));
    assert_false(tl_bytes_equal(tl_bytes(NULL, 0), tl_bytes("x", 1)));
    assert_false(tl_bytes_equal(tl_bytes("xy", 2), tl_bytes("xz", 2)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reads_values_in_order),
                                       cmocka_unit_test(the_error_is_sticky_at_every_size),
                                       cmocka_unit_test(no_bytes_are_no_bytes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
