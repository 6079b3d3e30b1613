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
        struct guarded out = guarded_new("", 0);
        guarded_free(&out);
        char zero[64] = {0};
        out = guarded_new(zero, size);
        struct tl_builder to = tl_builder(out.data, out.size);
        put_all(&to);
        assert_int_equal(to.status, TL_FULL);
        size_t used = tl_builder_size(&to);
        tl_builder_put_u8(&to, 'x');
        assert_int_equal(tl_builder_size(&to), used);
        guarded_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(puts_values_in_order),
                                       cmocka_unit_test(never_writes_past_the_end_and_stays_full)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
