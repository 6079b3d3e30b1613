/* filter/names: DNS names compared as DNS compares them: without case, label by label. All names here
 * are in uncompressed wire form. */
#ifndef FILTER_NAMES_H
#define FILTER_NAMES_H

#include "filter/table.h"

#include <tapline/dns.h>

/* ASCII letters in lower case, which leaves the lengths of labels as they are (they are at most 63). */
void filter_name_lower(struct tl_bytes name, uint8_t ret_lower[TL_DNS_NAME_SIZE_MAX]);

/* `lower` is in lower case already. */
bool filter_name_equal(struct tl_bytes name, struct tl_bytes lower);

/* Is the name `lower`, or in the domain of it? The root has all names under it. */
bool filter_name_under(struct tl_bytes name, struct tl_bytes lower);

/* A set of names; all zero: empty. */
struct filter_names {
    struct filter_table table; /* in lower case */
    uint64_t depths[2];        /* which numbers of labels there are among them: bits */
};

/* False without memory. */
bool filter_names_add(struct filter_names *names, struct tl_bytes name);

/* The name itself; or one that it is under. */
bool filter_names_have(const struct filter_names *names, struct tl_bytes name);
bool filter_names_have_above(const struct filter_names *names, struct tl_bytes name);

void filter_names_done(struct filter_names *names);

#endif
