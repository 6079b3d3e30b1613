/* Network addresses and their text: RFC 4291 section 2.2 in, RFC 5952 out, with inet_ntop(3)'s mixed
 * notation. Invariant: what is printed parses back to the same bytes. */
#include <tapline/core.h>

static char *put_byte(char *to, unsigned value)
{
    if (value >= 100)
        *to++ = (char)('0' + value / 100);
    if (value >= 10)
        *to++ = (char)('0' + value / 10 % 10);
    *to++ = (char)('0' + value % 10);
    return to;
}

static char *put_v4(char *to, const uint8_t *address)
{
    for (int i = 0; i < 4; i++) {
        if (i)
            *to++ = '.';
        to = put_byte(to, address[i]);
    }
    return to;
}

static char *put_group(char *to, unsigned value)
{
    static const char digits[] = "0123456789abcdef";
    int shift = value >> 12 ? 12 : value >> 8 ? 8 : value >> 4 ? 4 : 0;

    for (; shift >= 0; shift -= 4)
        *to++ = digits[value >> shift & 15];
    return to;
}

/* The longest run of two or more zero groups, the first of equals (RFC 5952 section 4.2). */
static void find_zeros(const uint8_t *address, int *ret_first, int *ret_count)
{
    int first = -1, count = 1;

    for (int i = 0; i < 8; i++) {
        int run = 0;
        while (i + run < 8 && tl_be16(address + 2 * (i + run)) == 0)
            run++;
        if (run > count) {
            first = i;
            count = run;
        }
        i += run;
    }
    *ret_first = first;
    *ret_count = first < 0 ? 0 : count;
}

static char *put_v6(char *to, const uint8_t *address)
{
    int first, count;

    find_zeros(address, &first, &count);
    for (int i = 0; i < 8; i++) {
        if (i == first) {
            *to++ = ':';
            i += count - 1;
            if (i == 7)
                *to++ = ':';
            continue;
        }
        if (i)
            *to++ = ':';
        if (i == 6 && first == 0 && (count == 6 || (count == 5 && tl_be16(address + 10) == 0xffff)))
            return put_v4(to, address + 12);
        to = put_group(to, tl_be16(address + 2 * i));
    }
    return to;
}

size_t tl_address_print(struct tl_bytes address, char *ret_text)
{
    char *end = ret_text;

    if (address.size == 4)
        end = put_v4(ret_text, address.data);
    else if (address.size == 16)
        end = put_v6(ret_text, address.data);
    *end = '\0';
    return (size_t)(end - ret_text);
}

/* Dotted decimal, four numbers of one to three digits without leading zeros. */
static bool parse_v4(struct tl_bytes text, uint8_t *to)
{
    size_t at = 0;

    for (int i = 0; i < 4; i++) {
        unsigned value = 0;
        size_t start = at;
        if (i && (at == text.size || text.data[at++] != '.'))
            return false;
        start = at;
        while (at < text.size && at - start < 3 && text.data[at] >= '0' && text.data[at] <= '9')
            value = value * 10 + (text.data[at++] - '0');
        if (at == start || value > 255 || (at - start > 1 && text.data[start] == '0'))
            return false;
        to[i] = (uint8_t)value;
    }
    return at == text.size;
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static bool parse_v6(struct tl_bytes text, uint8_t *to)
{
    size_t at = 0, filled = 0, gap = 17; /* where "::" stands; 17: nowhere */

    if (text.size >= 2 && text.data[0] == ':' && text.data[1] == ':') {
        gap = 0;
        at = 2;
    }
    while (at < text.size) {
        size_t start = at;
        unsigned value = 0;
        while (at < text.size && at - start < 4 && hex_digit(text.data[at]) >= 0)
            value = value << 4 | (unsigned)hex_digit(text.data[at++]);
        if (at == start)
            return false;
        if (at < text.size && text.data[at] == '.') {
            if (filled > 12 || !parse_v4(tl_bytes(text.data + start, text.size - start), to + filled))
                return false;
            filled += 4;
            break;
        }
        if (filled > 14)
            return false;
        to[filled++] = (uint8_t)(value >> 8);
        to[filled++] = (uint8_t)value;
        if (at == text.size)
            break;
        if (text.data[at++] != ':' || at == text.size)
            return false;
        if (text.data[at] == ':') {
            if (gap != 17)
                return false;
            gap = filled;
            at++;
        }
    }
    if (gap == 17)
        return filled == 16;
    if (filled > 14)
        return false;
    memmove(to + 16 - (filled - gap), to + gap, filled - gap);
    memset(to + gap, 0, 16 - filled);
    return true;
}

enum tl_status tl_address_parse(struct tl_bytes text, uint8_t ret_address[16], size_t *ret_size)
{
    uint8_t address[16];
    bool v6 = text.size && memchr(text.data, ':', text.size);

    if (v6 ? !parse_v6(text, address) : !parse_v4(text, address))
        return TL_BAD_TEXT;
    *ret_size = v6 ? 16 : 4;
    memcpy(ret_address, address, *ret_size);
    return TL_OK;
}
