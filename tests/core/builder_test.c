#include "proof/guarded.h"
#include "proof/test.h"

#include <tapline/core.h>

static void put_all(struct tl_builder *to)
{
    tl_builder_put_u8(to, 'a');
    tl_builder_put_be16(to, 0x6263);
    tl_builder_put_be32(to, 0x64656667);
    tl_builder_put_text(to, "h ");
    tl_builder_put_decimal(to, 7, 3);
    tl_builder_put_decimal(to, UINT64_MAX, 0);
    tl_builder_put_hex(to, tl_bytes("\x00\xfe", 2));
}

static void puts_values_in_order(void **state)
{
    (void)state;
    static const char expected[] = "abcdefgh 0071844674407370955161500fe";
    char memory[64] = {0};
    struct tl_builder to = tl_builder(memory, sizeof(memory));

    put_all(&to);
    assert_int_equal(to.status, TL_OK);
    assert_int_equal(tl_builder_size(&to), strlen(expected));
    assert_string_equal(memory, expected);
}

static void never_writes_past_the_end_and_stays_full(void **state)
{
    (void)state;
    for (size_t size = 0; size < 36; size++) {
        char zero[64] = {0};
        struct guarded out = guarded_new(zero, size);
        struct tl_builder to = tl_builder(out.data, out.size);
        put_all(&to);
        assert_int_equal(to.status, TL_FULL);
        size_t used = tl_builder_size(&to);
        tl_builder_put_u8(&to, 'x');
        assert_int_equal(tl_builder_size(&to), used);
        guarded_free(&out);
    }
}

/* What does not fit is not put at all: nor half a number, nor anything that would still fit behind it. */
static void puts_a_value_whole_or_not_at_all(void **state)
{
    (void)state;
    char memory[4] = "....";
    struct tl_builder to = tl_builder(memory, 3);

    tl_builder_put_be32(&to, 0x61626364);
    tl_builder_put_u8(&to, 'x');
    assert_int_equal(to.status, TL_FULL);
    assert_int_equal(tl_builder_bytes(&to).size, 0);
    to = tl_builder(memory, 3);
    tl_builder_put_hex(&to, tl_bytes("ab", 2));
    assert_int_equal(to.status, TL_FULL);
    to = tl_builder(memory, 3);
    tl_builder_put_decimal(&to, 1234, 0);
    assert_int_equal(to.status, TL_FULL);
    to = tl_builder(memory, 3);
    tl_builder_put_text(&to, "abcd");
    assert_int_equal(to.status, TL_FULL);
    assert_memory_equal(memory, "....", 4);
}

static void no_memory_is_full(void **state)
{
    (void)state;
    struct tl_builder to = tl_builder(NULL, 0);

    tl_builder_put(&to, tl_bytes(NULL, 0));
    tl_builder_put_hex(&to, tl_bytes(NULL, 0));
    tl_builder_put_text(&to, "");
    assert_int_equal(to.status, TL_OK);
    assert_int_equal(tl_builder_bytes(&to).size, 0);
    tl_builder_put_u8(&to, 1);
    assert_int_equal(to.status, TL_FULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(puts_values_in_order), cmocka_unit_test(never_writes_past_the_end_and_stays_full),
        cmocka_unit_test(puts_a_value_whole_or_not_at_all), cmocka_unit_test(no_memory_is_full)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
