/* analysis/domain: the registered domain of a name - what somebody has registered below a public suffix, such
 * as example.co.uk of www.example.co.uk - by the public suffix list (publicsuffix.org), its private part
 * included, as libpsl has it.
 *
 * A name that is a public suffix itself, or is above one, has none; a top-level domain that is not on the
 * list counts as one. In arpa what stands for a registered domain is a network: 2.1.in-addr.arpa for the /16
 * of 1.2.0.0, eight digits of ip6.arpa for a /32; shorter names there are their own. */
#ifndef ANALYSIS_DOMAIN_H
#define ANALYSIS_DOMAIN_H

#include "record/siphash.h"

/* The list, with what was found out about the names before. Of one thread. */
struct domains;

/* For names that are hashed with `key`, which is secret. NULL without memory, or if libpsl has no list. */
struct domains *domains_new(struct siphash_key key);
void domains_free(struct domains *domains);

/* How many bytes of `name`'s end are its registered domain; 0: it has none. `name` is in uncompressed wire
 * form and lower case, and has this hash. */
size_t domains_find(struct domains *domains, uint64_t hash, struct tl_bytes name);

#endif
