/* filter/ranges: sets of addresses and prefixes, both families in one order. IPv4 is taken for its
 * v4-mapped form, so that the two are one (RFC 4291 section 2.5.5.2). */
#ifndef FILTER_RANGES_H
#define FILTER_RANGES_H

#include <tapline/core.h>

struct filter_address {
    uint64_t high, low;
};

struct filter_range {
    struct filter_address first, last;
};

/* All zero: empty. 32 bytes a range. */
struct filter_ranges {
    struct filter_range *ranges; /* owned; once settled in order, and neither overlapping nor touching */
    size_t count, room;
};

/* "10.0.0.0/8", "2001:db8::/32", "192.0.2.1", as the one range that it stands for; bits behind the prefix's
 * length are ignored. False if it is none. */
bool filter_range_parse(struct tl_bytes text, struct filter_range *ret_range);

/* The order of adding does not matter. A range of IPv6 has no IPv4 in it, though the v4-mapped addresses lie
 * within ::/0. False without memory. */
bool filter_ranges_add(struct filter_ranges *ranges, struct filter_range range);

/* To be called between the last addition and the first question. */
void filter_ranges_settle(struct filter_ranges *ranges);

/* 4 or 16 bytes; any other size is in no range. */
bool filter_ranges_have(const struct filter_ranges *ranges, struct tl_bytes address);

void filter_ranges_done(struct filter_ranges *ranges);

#endif
