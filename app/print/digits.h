/* print/digits: numbers as text, stored without a check: the caller has asked for room. Each function returns
 * the place behind what it stored. */
#ifndef PRINT_DIGITS_H
#define PRINT_DIGITS_H

#include <stdint.h>
#include <string.h>

#define PRINT_DECIMAL_MAX 20 /* digits of 2^64 - 1 */

extern const char print_two_digits[100][2]; /* "00" to "99" */
extern const char print_hex_lower[256][2];  /* "00" to "ff" */
extern const char print_hex_upper[256][2];  /* "00" to "FF" */
extern const char print_octets[256][4];     /* "0." to "255.": with the dot that follows in an address */

static inline char *put_text(char *to, const char *text, size_t size)
{
    memcpy(to, text, size);
    return to + size;
}

#define PUT(to, literal) put_text(to, literal, sizeof(literal) - 1)

static inline char *put_two(char *to, unsigned value)
{
    return put_text(to, print_two_digits[value], 2);
}

static inline char *put_three(char *to, unsigned value)
{
    *to++ = (char)('0' + value / 100);
    return put_two(to, value % 100);
}

static inline char *put_four(char *to, unsigned value)
{
    return put_two(put_two(to, value / 100), value % 100);
}

static inline char *put_nine(char *to, uint32_t value)
{
    *to++ = (char)('0' + value / 100000000);
    return put_four(put_four(to, value / 10000 % 10000), value % 10000);
}

/* Stores up to PRINT_DECIMAL_MAX digits. */
char *print_put_long(char *to, uint64_t value);

static inline char *put_decimal(char *to, uint64_t value)
{
    if (value >= 100000)
        return print_put_long(to, value);

    unsigned small = (unsigned)value;
    if (small >= 10000) {
        *to++ = (char)('0' + small / 10000);
        return put_four(to, small % 10000);
    }
    if (small >= 1000)
        return put_four(to, small);
    if (small >= 100)
        return put_three(to, small);
    if (small >= 10)
        return put_two(to, small);
    *to++ = (char)('0' + small);
    return to;
}

/* Nanoseconds as seconds, with nine digits behind the point. */
static inline char *put_seconds(char *to, uint64_t nanoseconds)
{
    to = put_decimal(to, nanoseconds / 1000000000);
    *to++ = '.';
    return put_nine(to, (uint32_t)(nanoseconds % 1000000000));
}

static inline char *put_integer(char *to, int64_t value)
{
    if (value >= 0)
        return put_decimal(to, (uint64_t)value);
    *to++ = '-';
    return put_decimal(to, -(uint64_t)value);
}

static inline char *put_octet(char *to, uint8_t value)
{
    memcpy(to, print_octets[value], 4);
    return to + 2 + (value > 9) + (value > 99);
}

/* Dotted decimal of four bytes; may store one byte more than it returns. */
static inline char *put_ipv4(char *to, const uint8_t *address)
{
    to = put_octet(to, address[0]);
    to = put_octet(to, address[1]);
    to = put_octet(to, address[2]);
    return put_octet(to, address[3]) - 1;
}

/* Two digits a byte, from one of the two tables. */
static inline char *put_hex(char *to, const uint8_t *data, size_t size, const char digits[256][2])
{
    for (size_t i = 0; i < size; i++)
        to = put_text(to, digits[data[i]], 2);
    return to;
}

/* The four lower-case digits of 16 bits. */
static inline char *put_hex16(char *to, unsigned value)
{
    to = put_text(to, print_hex_lower[value >> 8 & 0xff], 2);
    return put_text(to, print_hex_lower[value & 0xff], 2);
}

#endif
