/* Prefixes as ranges, sorted and joined, found by halving: a million take twenty steps, whatever the lengths
 * of the prefixes. Invariant: after filter_ranges_settle each address is in at most one range. */
#include "filter/ranges.h"

#include <stdlib.h>

#define MAPPED UINT64_C(0x0000ffff00000000) /* ::ffff:0:0, its lower half */

static const struct filter_range mapped = {{0, MAPPED}, {0, MAPPED | UINT32_MAX}};

static bool is_before(struct filter_address a, struct filter_address b)
{
    return a.high < b.high || (a.high == b.high && a.low < b.low);
}

static struct filter_address next(struct filter_address address)
{
    address.low++;
    address.high += !address.low;
    return address;
}

static struct filter_address previous(struct filter_address address)
{
    address.high -= !address.low;
    address.low--;
    return address;
}

static bool address_of(struct tl_bytes bytes, struct filter_address *ret_address)
{
    if (bytes.size == 4) {
        *ret_address = (struct filter_address){0, MAPPED | tl_be32(bytes.data)};
    } else if (bytes.size == 16) {
        const uint8_t *at = bytes.data;
        *ret_address = (struct filter_address){(uint64_t)tl_be32(at) << 32 | tl_be32(at + 4),
                                               (uint64_t)tl_be32(at + 8) << 32 | tl_be32(at + 12)};
    }
    return bytes.size == 4 || bytes.size == 16;
}

/* Parsing ----------------------------------------------------------------------------------------------- */

/* Up to three digits. */
static bool length_of(struct tl_bytes text, unsigned most, unsigned *ret_length)
{
    unsigned length = 0;

    if (!text.size || text.size > 3)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        length = length * 10 + text.data[i] - '0';
    }
    if (length > most)
        return false;
    *ret_length = length;
    return true;
}

/* The lower bits of 64 behind a prefix of `length`. */
static uint64_t behind(unsigned length)
{
    return length >= 64 ? 0 : UINT64_MAX >> length;
}

static struct filter_range range_of(struct filter_address address, unsigned length)
{
    uint64_t high = behind(length), low = length > 64 ? behind(length - 64) : UINT64_MAX;

    return (struct filter_range){{address.high & ~high, address.low & ~low},
                                 {address.high | high, address.low | low}};
}

bool filter_range_parse(struct tl_bytes text, struct filter_range *ret_range)
{
    const uint8_t *slash = text.size ? memchr(text.data, '/', text.size) : NULL;
    size_t size = slash ? (size_t)(slash - text.data) : text.size, address_size;
    uint8_t bytes[16];
    struct filter_address address;
    unsigned length;

    if (tl_address_parse(tl_bytes(text.data, size), bytes, &address_size) != TL_OK ||
        !address_of(tl_bytes(bytes, address_size), &address))
        return false;
    unsigned most = (unsigned)address_size * 8;
    length = most;
    if (slash && !length_of(tl_bytes(slash + 1, text.size - size - 1), most, &length))
        return false;
    *ret_range = range_of(address, length + 128 - most);
    return true;
}

/* Sets -------------------------------------------------------------------------------------------------- */

static bool add(struct filter_ranges *ranges, struct filter_range range)
{
    size_t room = ranges->room ? 2 * ranges->room : 4;
    struct filter_range *grown;

    if (ranges->count == ranges->room) {
        if (!(grown = realloc(ranges->ranges, room * sizeof(*grown))))
            return false;
        ranges->ranges = grown;
        ranges->room = room;
    }
    ranges->ranges[ranges->count++] = range;
    return true;
}

static bool is_equal(struct filter_address a, struct filter_address b)
{
    return a.high == b.high && a.low == b.low;
}

bool filter_ranges_add(struct filter_ranges *ranges, struct filter_range range)
{
    bool begins = is_before(range.first, mapped.first), ends = is_before(mapped.last, range.last);
    bool holds_mapped = (begins || is_equal(range.first, mapped.first)) &&
                        (ends || is_equal(range.last, mapped.last)) && (begins || ends);

    if (!holds_mapped)
        return add(ranges, range);
    return (!begins || add(ranges, (struct filter_range){range.first, previous(mapped.first)})) &&
           (!ends || add(ranges, (struct filter_range){next(mapped.last), range.last}));
}

static int compare(const void *a, const void *b)
{
    const struct filter_range *first = a, *second = b;

    return is_before(second->first, first->first) - is_before(first->first, second->first);
}

void filter_ranges_settle(struct filter_ranges *ranges)
{
    struct filter_range *to = ranges->ranges;

    if (!ranges->count)
        return;
    qsort(ranges->ranges, ranges->count, sizeof(*ranges->ranges), compare);
    for (size_t i = 1; i < ranges->count; i++) {
        struct filter_range range = ranges->ranges[i];
        bool joins = !is_before(to->last, range.first) || !is_before(next(to->last), range.first);
        if (!joins)
            *++to = range;
        else if (is_before(to->last, range.last))
            to->last = range.last;
    }
    ranges->count = (size_t)(to - ranges->ranges) + 1;
}

bool filter_ranges_have(const struct filter_ranges *ranges, struct tl_bytes bytes)
{
    const struct filter_range *at = ranges->ranges;
    struct filter_address address;

    if (!ranges->count || !address_of(bytes, &address))
        return false;
    for (size_t left = ranges->count; left > 1;) { /* the last one that begins no later than the address */
        size_t half = left / 2;
        at += is_before(address, at[half].first) ? 0 : half;
        left -= half;
    }
    return !is_before(address, at->first) && !is_before(at->last, address);
}

void filter_ranges_done(struct filter_ranges *ranges)
{
    free(ranges->ranges);
    memset(ranges, 0, sizeof(*ranges));
}
