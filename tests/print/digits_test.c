#include "print/digits.h"

#include "proof/test.h"

#include <stdbool.h>
#include <stdio.h>

static void decimals_are_printfs(void **state)
{
    (void)state;
    static const uint64_t larger[] = {99999, 100000, 999999, 1000000, 4294967295, 4294967296, UINT64_MAX};
    char found[40], expected[40];

    for (uint64_t i = 0; i < 120000; i++) {
        *put_decimal(found, i) = '\0';
        snprintf(expected, sizeof(expected), "%llu", (unsigned long long)i);
        assert_string_equal(found, expected);
    }
    for (size_t i = 0; i < sizeof(larger) / sizeof(larger[0]); i++) {
        *put_decimal(found, larger[i]) = '\0';
        snprintf(expected, sizeof(expected), "%llu", (unsigned long long)larger[i]);
        assert_string_equal(found, expected);
    }
}

static void integers_have_a_sign(void **state)
{
    (void)state;
    static const int64_t values[] = {0, -1, 7, INT32_MIN, INT32_MAX, INT64_MIN, INT64_MAX};
    char found[40], expected[40];

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        *put_integer(found, values[i]) = '\0';
        snprintf(expected, sizeof(expected), "%lld", (long long)values[i]);
        assert_string_equal(found, expected);
    }
}

static void fixed_widths_keep_their_zeros(void **state)
{
    (void)state;
    char found[40];

    *put_two(found, 7) = '\0';
    assert_string_equal(found, "07");
    *put_three(found, 45) = '\0';
    assert_string_equal(found, "045");
    *put_four(found, 1970) = '\0';
    assert_string_equal(found, "1970");
    *put_nine(found, 12003) = '\0';
    assert_string_equal(found, "000012003");
    *put_nine(found, 999999999) = '\0';
    assert_string_equal(found, "999999999");
}

static void every_octet_has_its_text(void **state)
{
    (void)state;
    char found[40], expected[40];

    for (unsigned i = 0; i < 256; i++) {
        const uint8_t address[4] = {(uint8_t)i, (uint8_t)(255 - i), 0, (uint8_t)i};
        *put_ipv4(found, address) = '\0';
        snprintf(expected, sizeof(expected), "%u.%u.0.%u", i, 255 - i, i);
        assert_string_equal(found, expected);
    }
}

static void every_byte_has_its_hexadecimal(void **state)
{
    (void)state;
    char found[8], expected[8];

    for (unsigned i = 0; i < 256; i++) {
        const uint8_t byte = (uint8_t)i;
        *put_hex(found, &byte, 1, print_hex_lower) = '\0';
        snprintf(expected, sizeof(expected), "%02x", i);
        assert_string_equal(found, expected);
        *put_hex(found, &byte, 1, print_hex_upper) = '\0';
        snprintf(expected, sizeof(expected), "%02X", i);
        assert_string_equal(found, expected);
    }
}

static void sixteen_bits_are_four_digits(void **state)
{
    (void)state;
    char found[8], expected[8];

    for (unsigned i = 0; i <= UINT16_MAX; i++) {
        *put_hex16(found, i) = '\0';
        snprintf(expected, sizeof(expected), "%04x", i);
        assert_string_equal(found, expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decimals_are_printfs),           cmocka_unit_test(integers_have_a_sign),
        cmocka_unit_test(fixed_widths_keep_their_zeros),  cmocka_unit_test(every_octet_has_its_text),
        cmocka_unit_test(every_byte_has_its_hexadecimal), cmocka_unit_test(sixteen_bits_are_four_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
