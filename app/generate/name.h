/* generate/name: one domain name with all that is true of it: where its zone begins, and which records it
 * has. */
#ifndef GENERATE_NAME_H
#define GENERATE_NAME_H

#include <stdint.h>

#define NAME_SIZE_MAX 255

/* What is true of a name. */
#define NAME_HAS_AAAA  0x01u
#define NAME_HAS_HTTPS 0x02u
#define NAME_IS_ALIAS  0x04u /* CNAMEs lead to its addresses */
#define NAME_IS_ABSENT 0x08u /* NXDOMAIN */
#define NAME_IS_BROKEN 0x10u /* SERVFAIL */
#define NAME_IS_SIGNED 0x20u

struct name {
    const uint8_t *wire; /* lower case, uncompressed */
    uint8_t size;        /* with the root's byte */
    uint8_t zone;        /* offset of the zone's name in `wire` */
    uint8_t traits;
    uint64_t key; /* its addresses and the like are computed from this */
};

/* The registered domain `number` of the made-up Internet of `seed`, in wire form: at most NAME_DOMAIN_MAX
 * bytes. Returns its end. */
#define NAME_DOMAIN_MAX 64
uint8_t *name_domain(uint8_t *to, uint64_t seed, uint64_t number);

/* Domains that have a part to play; ordinary ones count from 0 on. */
#define NAME_DOMAIN_TRACKERS UINT64_C(0x100000000)
#define NAME_DOMAIN_CDNS     UINT64_C(0x200000000)
#define NAME_DOMAIN_HOSTERS  UINT64_C(0x300000000)
#define NAME_DOMAIN_PLANTS   UINT64_C(0x400000000)

/* A name under a domain as services have them; `bits` decide all. At most NAME_SIZE_MAX bytes; returns the
 * end, and the offset of the domain by `ret_zone`. `is_first`: the domain itself or its www. */
uint8_t *name_of_service(uint8_t *to, uint64_t seed, uint64_t domain, uint64_t bits, int is_first,
                         uint8_t *ret_zone);

/* A name that is asked for once only: trackers, hashes, generated domains. Different `serial`s, different
 * names. `buffer` has NAME_SIZE_MAX bytes and is borrowed. */
void name_once(uint8_t *buffer, uint64_t seed, uint64_t serial, uint32_t domains, struct name *ret_name);

/* A generated domain that nobody registered (NXDOMAIN from the top-level domain). */
void name_random_domain(uint8_t *buffer, uint64_t bits, unsigned letters, const char *top,
                        struct name *ret_name);

#endif
