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
