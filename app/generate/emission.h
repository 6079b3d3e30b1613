/* generate/emission: one message of a transaction as a dnstap frame. */
#ifndef GENERATE_EMISSION_H
#define GENERATE_EMISSION_H

#include "generate/transaction.h"

#include <tapline/core.h>

#define EMISSION_SIZE_MAX 8192 /* of a frame */

/* A resolver that hands out dnstap. */
struct resolver {
    struct tl_bytes identity, version;
    uint8_t ipv4[4], ipv6[16];
};

/* The `number`th, at 192.0.2.1 + number and 2001:db8:53::1 + number. */
void resolver_init(struct resolver *resolver, unsigned number, const char *identity, const char *version);

/* Writes the message of the transaction's stage, at `now` (nanoseconds since 1970), to `frame` of
 * EMISSION_SIZE_MAX bytes. Returns its size. */
size_t emission_put(const struct answers *answers, const struct resolver *resolver,
                    const struct transaction *transaction, uint64_t now, uint8_t *frame);

#endif
