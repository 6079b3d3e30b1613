#include "generate/label.h"

#include "generate/random.h"
#include "proof/test.h"

#include <string.h>

static void assert_host_label(const uint8_t *start, const uint8_t *end)
{
    assert_in_range(end - start, 1, 63);
    assert_true(start[0] != '-' && end[-1] != '-');
    for (; start < end; start++)
        assert_non_null(memchr("abcdefghijklmnopqrstuvwxyz0123456789-", *start, 37));
}

static void all_text_makes_host_names(void **state)
{
    (void)state;
    uint8_t text[256];

    for (uint64_t bits = 0; bits < 20000; bits++) {
        uint64_t mixed = random_mix(bits);
        assert_host_label(text, label_word(text, mixed, 1 + bits % 4));
        assert_host_label(text, label_code(text, mixed, LABEL_BASE36, 1 + bits % 60));
        assert_host_label(text, label_code(text, mixed, LABEL_BASE32, 1 + bits % 60));
        assert_host_label(text, label_code(text, mixed, LABEL_HEX, 1 + bits % 60));
        assert_host_label(text, label_uuid(text, mixed));
    }
    assert_in_range(label_word(text, 12345, 8) - text, 16, 40);
}

static void sixteen_hex_digits_are_the_bits(void **state)
{
    (void)state;
    uint8_t text[64];

    assert_int_equal(label_code(text, 0x0123456789abcdefu, LABEL_HEX, 16) - text, 16);
    assert_memory_equal(text, "fedcba9876543210", 16);
    assert_int_equal(label_uuid(text, 0x0123456789abcdefu) - text, 36);
    assert_memory_equal(text, "fedcba98-7654-3210-", 19);
    assert_true(text[23] == '-');
}

/* Who mixes the bits once more for the next label does not get the rest of this one. */
static void codes_do_not_overlap(void **state)
{
    (void)state;
    uint8_t first[64], second[64];

    label_code(first, 99, LABEL_BASE32, 60);
    label_code(second, random_mix(99), LABEL_BASE32, 60);
    assert_memory_not_equal(first + 8, second, 8);
    label_code(first, 99, LABEL_HEX, 60);
    label_code(second, random_mix(99), LABEL_HEX, 60);
    assert_memory_not_equal(first + 16, second, 16);
}

static void numbers_have_no_zeros_in_front(void **state)
{
    (void)state;
    uint8_t text[16];

    assert_int_equal(label_number(text, 0) - text, 1);
    assert_memory_equal(text, "0", 1);
    assert_int_equal(label_number(text, UINT32_MAX) - text, 10);
    assert_memory_equal(text, "4294967295", 10);
    assert_int_equal(label_text(text, "www") - text, 3);
    assert_memory_equal(text, "www", 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_text_makes_host_names),
        cmocka_unit_test(sixteen_hex_digits_are_the_bits),
        cmocka_unit_test(codes_do_not_overlap),
        cmocka_unit_test(numbers_have_no_zeros_in_front),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
