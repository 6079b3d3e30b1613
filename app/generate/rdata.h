/* generate/rdata: the records of one RRset, made from the name's key. Builders begin where the message
 * begins, and names that records refer to stand there uncompressed. */
#ifndef GENERATE_RDATA_H
#define GENERATE_RDATA_H

#include <tapline/core.h>

/* Whose records they are. */
struct rdata_owner {
    size_t offset; /* of the owner's name in the message */
    size_t zone;   /* of its zone's name in the message */
    uint64_t key;
    uint32_t ttl;
    uint64_t turn;             /* where a set of several addresses begins */
    struct tl_bytes zone_name; /* uncompressed, for records whose names must not be compressed */
};

/* Append the records that the owner has for `type` and return how many. All of them: less than 600 bytes. */
unsigned rdata_put_set(struct tl_builder *to, const struct rdata_owner *owner, uint16_t type);

/* The signature over the set of `type`, RFC 4034 section 3; `now`: seconds since 1970, within its time. */
void rdata_put_signature(struct tl_builder *to, const struct rdata_owner *owner, uint16_t type, uint64_t now);

/* The zone's SOA record, as denials have it in their authority section, owned by the zone. */
void rdata_put_soa(struct tl_builder *to, const struct rdata_owner *owner);

/* A CNAME that leads to `target`, in wire form. Returns the target's offset in the message. */
size_t rdata_put_cname(struct tl_builder *to, const struct rdata_owner *owner, struct tl_bytes target);

/* A record of `type` with this rdata. */
void rdata_put(struct tl_builder *to, const struct rdata_owner *owner, uint16_t type, struct tl_bytes rdata);

/* The TTL that the zone gives to its records. */
uint32_t rdata_ttl(uint64_t key);

#endif
