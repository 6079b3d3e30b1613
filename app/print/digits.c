/* The tables behind print/digits. Invariant: an entry is exactly as long as the functions that copy it say;
 * none ends with a NUL that somebody needs. */
#include "print/digits.h"

#define TEN(tens)                                                                                            \
    tens "0", tens "1", tens "2", tens "3", tens "4", tens "5", tens "6", tens "7", tens "8", tens "9"

const char print_two_digits[100][2] = {
    TEN("0"), TEN("1"), TEN("2"), TEN("3"), TEN("4"), TEN("5"), TEN("6"), TEN("7"), TEN("8"), TEN("9"),
};

#undef TEN
#define TEN(tens)                                                                                            \
    tens "0.", tens "1.", tens "2.", tens "3.", tens "4.", tens "5.", tens "6.", tens "7.", tens "8.",       \
        tens "9."

const char print_octets[256][4] = {
    TEN(""),   TEN("1"),  TEN("2"),  TEN("3"),  TEN("4"),  TEN("5"),  TEN("6"),  TEN("7"),
    TEN("8"),  TEN("9"),  TEN("10"), TEN("11"), TEN("12"), TEN("13"), TEN("14"), TEN("15"),
    TEN("16"), TEN("17"), TEN("18"), TEN("19"), TEN("20"), TEN("21"), TEN("22"), TEN("23"),
    TEN("24"), "250.",    "251.",    "252.",    "253.",    "254.",    "255.",
};

#define SIXTEEN(high, a, b, c, d, e, f)                                                                      \
    high "0", high "1", high "2", high "3", high "4", high "5", high "6", high "7", high "8", high "9",      \
        high a, high b, high c, high d, high e, high f
#define LOWER(high) SIXTEEN(high, "a", "b", "c", "d", "e", "f")
#define UPPER(high) SIXTEEN(high, "A", "B", "C", "D", "E", "F")

const char print_hex_lower[256][2] = {
    LOWER("0"), LOWER("1"), LOWER("2"), LOWER("3"), LOWER("4"), LOWER("5"), LOWER("6"), LOWER("7"),
    LOWER("8"), LOWER("9"), LOWER("a"), LOWER("b"), LOWER("c"), LOWER("d"), LOWER("e"), LOWER("f"),
};

const char print_hex_upper[256][2] = {
    UPPER("0"), UPPER("1"), UPPER("2"), UPPER("3"), UPPER("4"), UPPER("5"), UPPER("6"), UPPER("7"),
    UPPER("8"), UPPER("9"), UPPER("A"), UPPER("B"), UPPER("C"), UPPER("D"), UPPER("E"), UPPER("F"),
};

char *print_put_long(char *to, uint64_t value)
{
    char digits[PRINT_DECIMAL_MAX];
    char *at = digits + sizeof(digits);

    do {
        *--at = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    return put_text(to, at, (size_t)(digits + sizeof(digits) - at));
}
