#include "dns/wire.h"

/* Copies the name at `offset` of a guarded copy of `wire`. */
static enum tl_status copy(struct tl_bytes wire, size_t offset, uint8_t *ret_name, size_t *ret_size,
                           size_t *ret_end)
{
    struct guarded in = guarded_new(wire.data, wire.size);
    enum tl_status status = tl_dns_name(guarded_bytes(&in), offset, ret_name, ret_size, ret_end);
    guarded_free(&in);
    return status;
}

static void check(struct tl_bytes wire, size_t offset, struct tl_bytes expected, size_t expected_end)
{
    uint8_t name[TL_DNS_NAME_SIZE_MAX];
    size_t size = SIZE_MAX, end = SIZE_MAX;

    assert_int_equal(copy(wire, offset, name, &size, &end), TL_OK);
    assert_true(tl_bytes_equal(tl_bytes(name, size), expected));
    assert_int_equal(end, expected_end);
    assert_int_equal(tl_dns_name(wire, offset, name, &size, NULL), TL_OK);
}

static void check_refused(struct tl_bytes wire, size_t offset, enum tl_status expected)
{
    uint8_t name[TL_DNS_NAME_SIZE_MAX];
    size_t size = 77, end = 77;

    assert_int_equal(copy(wire, offset, name, &size, &end), expected);
    assert_int_equal(size, 77);
    assert_int_equal(end, 77);
}

static void names_stand_alone_or_point_back(void **state)
{
    (void)state;
    struct tl_bytes wire = WIRE("\3www\7example\4test\0"
                                "\4mail\xc0\4"
                                "\xc0\x12"
                                "\0"
                                "\xc0\x1b");

    check(wire, 0, WIRE("\3www\7example\4test\0"), 18);
    check(wire, 4, WIRE("\7example\4test\0"), 18);
    check(wire, 18, WIRE("\4mail\7example\4test\0"), 25);
    check(wire, 25, WIRE("\4mail\7example\4test\0"), 27);
    check(wire, 27, WIRE("\0"), 28);
    check(wire, 28, WIRE("\0"), 30);
}

static void pointers_must_point_before_the_run_they_end(void **state)
{
    (void)state;
    check_refused(WIRE("\xc0\0"), 0, TL_BAD_POINTER);
    check_refused(WIRE("\xc0\2\0"), 0, TL_BAD_POINTER);
    check_refused(WIRE("\1a\xc0\0"), 0, TL_BAD_POINTER);
    check_refused(WIRE("\1a\xc0\2"), 0, TL_BAD_POINTER);
    check_refused(WIRE("\1a\xc0\4\0"), 0, TL_BAD_POINTER);
    /* The label at 0 leads to the pointer at 2, which points to where the first run began. */
    check_refused(WIRE("\1a\xc0\2\1b\xc0\0"), 4, TL_BAD_POINTER);
    check_refused(WIRE("\1a\xc0\0\xc0\0"), 4, TL_BAD_POINTER);
    /* Forward within the message, though behind the run's start. */
    check_refused(WIRE("\0\1a\xc0\1"), 1, TL_BAD_POINTER);
    check(WIRE("\0\1a\xc0\0"), 1, WIRE("\1a\0"), 5);
}

static void every_cut_and_every_bad_label_is_named(void **state)
{
    (void)state;
    static const char wire[] = "\3www\7example\4test\0\4mail\xc0\4";

    for (size_t size = 0; size < 18; size++)
        check_refused(tl_bytes(wire, size), 0, TL_TRUNCATED);
    for (size_t size = 18; size < 25; size++)
        check_refused(tl_bytes(wire, size), 18, TL_TRUNCATED);
    check_refused(tl_bytes(wire, 25), 25, TL_TRUNCATED);
    check_refused(tl_bytes(wire, 25), SIZE_MAX, TL_TRUNCATED);
    check_refused(tl_bytes(NULL, 0), 0, TL_TRUNCATED);
    check_refused(WIRE("\x40"), 0, TL_BAD_LABEL);
    check_refused(WIRE("\1a\x80\0"), 0, TL_BAD_LABEL);
    check_refused(WIRE("\xbf\0\xc0\0"), 2, TL_BAD_LABEL);
}

/* 63 + 63 + 63 + `last` bytes of labels. */
static size_t put_long_name(uint8_t *to, uint8_t last)
{
    uint8_t *start = to;

    for (int i = 0; i < 4; i++) {
        uint8_t size = i == 3 ? last : 63;
        *to++ = size;
        memset(to, 'a' + i, size);
        to += size;
    }
    *to++ = 0;
    return (size_t)(to - start);
}

static void a_name_has_at_most_255_bytes(void **state)
{
    (void)state;
    uint8_t wire[600];

    assert_int_equal(put_long_name(wire, 61), 255);
    check(tl_bytes(wire, 255), 0, tl_bytes(wire, 255), 255);
    assert_int_equal(put_long_name(wire, 62), 256);
    check_refused(tl_bytes(wire, 256), 0, TL_NAME_TOO_LONG);
    assert_int_equal(put_long_name(wire, 60), 254);
    memcpy(wire + 254, "\1x\xc0\0", 4);
    check_refused(tl_bytes(wire, 258), 254, TL_NAME_TOO_LONG);
    memcpy(wire + 254, "\1x\xc0\100", 4);
    uint8_t expected[255] = "\1x";
    memcpy(expected + 2, wire + 64, 190);
    check(tl_bytes(wire, 258), 254, tl_bytes(expected, 192), 258);
}

/* A root, and then pointers each to the one before. */
static void pointers_to_pointers_are_bounded(void **state)
{
    (void)state;
    uint8_t wire[1 + 2 * 300] = {0};
    uint8_t name[TL_DNS_NAME_SIZE_MAX];
    size_t size, end;

    for (size_t i = 0; i < 300; i++) {
        size_t target = i ? 2 * i - 1 : 0;
        wire[1 + 2 * i] = (uint8_t)(0xc0 | target >> 8);
        wire[2 + 2 * i] = (uint8_t)target;
        enum tl_status status = copy(tl_bytes(wire, 3 + 2 * i), 1 + 2 * i, name, &size, &end);
        assert_int_equal(status, i < 256 ? TL_OK : TL_BAD_POINTER);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_stand_alone_or_point_back),
        cmocka_unit_test(pointers_must_point_before_the_run_they_end),
        cmocka_unit_test(every_cut_and_every_bad_label_is_named),
        cmocka_unit_test(a_name_has_at_most_255_bytes),
        cmocka_unit_test(pointers_to_pointers_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
