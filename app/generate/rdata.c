/* Records. Invariant: what a name's set holds depends on the name's key alone; only the order of addresses
 * turns. */
#include "generate/rdata.h"

#include "generate/question.h"
#include "generate/random.h"
#include "generate/wire.h"

#define CLASS_IN  1
#define HEAD_SIZE 12 /* of a record with a compressed owner, before its rdata */

/* Room for a record of `size` bytes of rdata, its head filled; NULL if the builder is full. */
static uint8_t *take(struct tl_builder *to, size_t owner, uint16_t type, uint32_t ttl, size_t size)
{
    uint8_t *at = tl_builder_take(to, HEAD_SIZE + size);

    if (!at)
        return NULL;
    at = wire_put16(wire_put16(wire_put_pointer(at, owner), type), CLASS_IN);
    return wire_put16(wire_put32(at, ttl), (unsigned)size);
}

void rdata_put(struct tl_builder *to, const struct rdata_owner *owner, uint16_t type, struct tl_bytes rdata)
{
    uint8_t *at = take(to, owner->offset, type, owner->ttl, rdata.size);

    if (at)
        wire_put(at, rdata.data, rdata.size);
}

uint32_t rdata_ttl(uint64_t key)
{
    static const uint32_t ttls[16] = {20,  30,  60,  60,   60,   120,  300,   300,
                                      300, 300, 600, 1800, 3600, 3600, 14400, 86400};

    return ttls[random_mix(key ^ 0x771) & 15];
}

/* Addresses -------------------------------------------------------------------------------------------------
 */

/* How many addresses a name has: mostly one, sometimes up to eight. */
static unsigned address_count(uint64_t bits)
{
    static const uint8_t counts[16] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 4, 6};

    return counts[bits & 15];
}

static void put_ipv4(uint8_t *at, uint64_t bits)
{
    static const uint8_t firsts[16] = {13, 18, 23, 34, 35, 52, 54, 65, 81, 91, 95, 104, 142, 151, 185, 217};

    wire_put32(at, (uint32_t)(bits >> 32));
    at[0] = firsts[bits & 15];
}

static void put_ipv6(uint8_t *at, uint64_t bits)
{
    static const uint16_t firsts[8] = {0x2600, 0x2603, 0x2606, 0x2620, 0x2a00, 0x2a02, 0x2a04, 0x2a05};

    wire_put64(wire_put64(at, bits), (bits >> 8 & 1) ? random_mix(bits) : bits >> 50);
    wire_put16(at, firsts[bits & 7]);
}

static unsigned put_addresses(struct tl_builder *to, const struct rdata_owner *owner, uint16_t type)
{
    uint64_t bits = random_mix(owner->key ^ type);
    unsigned count = address_count(bits >> 56);
    size_t size = type == TYPE_A ? 4 : 16;

    for (unsigned i = 0; i < count; i++) {
        uint64_t address = random_mix(bits + (i + owner->turn) % count);
        uint8_t *at = take(to, owner->offset, type, owner->ttl, size);
        if (at && type == TYPE_A)
            put_ipv4(at, address);
        else if (at)
            put_ipv6(at, address);
    }
    return count;
}

/* Records with names ----------------------------------------------------------------------------------------
 */

/* A label before the zone: what servers call their hosts. */
static uint8_t *put_host(uint8_t *at, const char label[4], size_t zone)
{
    *at++ = 3;
    return wire_put_pointer(wire_put(at, label, 3), zone);
}

static unsigned put_servers(struct tl_builder *to, const struct rdata_owner *owner, uint16_t type)
{
    static const char labels[2][4][4] = {{"ns1", "ns2", "ns3", "ns4"}, {"mx1", "mx2", "mx3", "mx4"}};
    bool is_mail = type == TYPE_MX;
    unsigned count = 2 + (unsigned)(owner->key & 1) - (is_mail && (owner->key & 2));

    for (unsigned i = 0; i < count; i++) {
        uint8_t *at = take(to, owner->offset, type, owner->ttl, is_mail ? 8 : 6);
        if (at && is_mail)
            at = wire_put16(at, 10 + 10 * i);
        if (at)
            put_host(at, labels[is_mail][i], owner->zone);
    }
    return count;
}

/* The target is not compressed, RFC 2782. */
static unsigned put_services(struct tl_builder *to, const struct rdata_owner *owner)
{
    uint8_t *at = take(to, owner->offset, TYPE_SRV, owner->ttl, 6 + 4 + owner->zone_name.size);

    if (at) {
        at = wire_put16(wire_put16(wire_put16(at, 0), 100), owner->key & 1 ? 389 : 5061);
        at = wire_put(at, "\3dc1", 4);
        wire_put(at, owner->zone_name.data, owner->zone_name.size);
    }
    return 1;
}

static unsigned put_host_of_address(struct tl_builder *to, const struct rdata_owner *owner)
{
    uint8_t name[NAME_SIZE_MAX + 1], zone;
    uint8_t *end = name_of_service(name, owner->key & 7, NAME_DOMAIN_HOSTERS + (owner->key & 31),
                                   random_mix(owner->key), 0, &zone);

    rdata_put(to, owner, TYPE_PTR, tl_bytes(name, (size_t)(end - name)));
    return 1;
}

static void put_soa(struct tl_builder *to, size_t owner, const struct rdata_owner *of, uint32_t ttl)
{
    uint8_t *at = take(to, owner, TYPE_SOA, ttl, 6 + 13 + 20);

    if (!at)
        return;
    at = put_host(at, "ns1", of->zone);
    at = wire_put_pointer(wire_put(at, "\12hostmaster", 11), of->zone);
    at = wire_put32(at, 2026010100 + (uint32_t)(of->key & 0xff)); /* serial */
    at = wire_put32(wire_put32(wire_put32(at, 7200), 3600), 1209600);
    wire_put32(at, 300);
}

void rdata_put_soa(struct tl_builder *to, const struct rdata_owner *owner)
{
    put_soa(to, owner->zone, owner, owner->ttl < 300 ? owner->ttl : 300);
}

size_t rdata_put_cname(struct tl_builder *to, const struct rdata_owner *owner, struct tl_bytes target)
{
    size_t offset = tl_builder_size(to) + HEAD_SIZE;

    rdata_put(to, owner, TYPE_CNAME, target);
    return offset;
}

/* Other records ------------------------------------------------------------------------------------- */

static unsigned put_texts(struct tl_builder *to, const struct rdata_owner *owner)
{
    static const char *const texts[4] = {
        "v=spf1 include:_spf.mail.example -all",
        "v=DMARC1; p=quarantine; rua=mailto:dmarc@mail.example; pct=100",
        "site-verification=Wq3k0cV9zXb7Lh2sTn5yRf8uJd1mGa4pEo6iKtZvQxA",
        "v=DKIM1; k=rsa; "
        "p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDC5kq7yqN0F3lqJxkz4sXhUeWmB2dVtG9cYpRaZoTn1iLwMfPKu8Hv6gSj"
        "EyQbNtDxUlXCzVIwAOo0RkThWqPmZsJdEfLgBnYvKc7i4u1tHpGr2a9QXs3eM8lV5jN6wTzDbFyIkCxUoJqEmRhGv",
    };
    unsigned count = 1 + ((owner->key >> 3 & 3) == 0);

    for (unsigned i = 0; i < count; i++) {
        const char *text = texts[(owner->key + i) & 3];
        size_t size = strlen(text);
        uint8_t *at = take(to, owner->offset, TYPE_TXT, owner->ttl, 1 + size);
        if (at) {
            *at = (uint8_t)size;
            wire_put(at + 1, text, size);
        }
    }
    return count;
}

/* Priority 1, the owner itself, and parameters by ascending number, RFC 9460. */
static unsigned put_https(struct tl_builder *to, const struct rdata_owner *owner)
{
    uint64_t bits = random_mix(owner->key ^ TYPE_HTTPS);
    bool has_ipv4 = bits & 1, has_ipv6 = bits & 2;
    uint8_t *at = take(to, owner->offset, TYPE_HTTPS, owner->ttl, 13u + has_ipv4 * 8u + has_ipv6 * 20u);

    if (!at)
        return 1;
    at = wire_put(at,
                  "\0\1\0"
                  "\0\1\0\6"
                  "\2h3\2h2",
                  13);
    if (has_ipv4) {
        at = wire_put(at, "\0\4\0\4", 4);
        put_ipv4(at, bits);
        at += 4;
    }
    if (has_ipv6)
        put_ipv6(wire_put(at, "\0\6\0\20", 4), bits);
    return 1;
}

static uint8_t *put_noise(uint8_t *at, uint64_t bits, unsigned words)
{
    for (unsigned i = 0; i < words; i++)
        at = wire_put64(at, random_mix(bits + i));
    return at;
}

static unsigned put_digest(struct tl_builder *to, const struct rdata_owner *owner)
{
    uint8_t *at = take(to, owner->offset, TYPE_DS, owner->ttl, 4 + 32);

    if (at)
        put_noise(wire_put(wire_put16(at, owner->key & 0xffff), "\15\2", 2), owner->key, 4);
    return 1;
}

/* One that signs zones and one that signs keys, ECDSA P-256. */
static unsigned put_keys(struct tl_builder *to, const struct rdata_owner *owner)
{
    for (unsigned i = 0; i < 2; i++) {
        uint8_t *at = take(to, owner->offset, TYPE_DNSKEY, owner->ttl, 4 + 64);
        if (at)
            put_noise(wire_put(wire_put16(at, 256 + i), "\3\15", 2), owner->key + i, 8);
    }
    return 2;
}

/* Labels of an uncompressed name. */
static unsigned labels_of(const uint8_t *name)
{
    unsigned count = 0;

    for (; *name; name += *name + 1u)
        count++;
    return count;
}

void rdata_put_signature(struct tl_builder *to, const struct rdata_owner *owner, uint16_t type, uint64_t now)
{
    uint32_t inception = (uint32_t)(now - now % 604800 - 3600);
    uint8_t *at = take(to, owner->offset, TYPE_RRSIG, owner->ttl, 18 + owner->zone_name.size + 64);

    if (!at)
        return;
    at = wire_put16(at, type);
    *at++ = 13; /* ECDSA P-256 with SHA-256 */
    *at++ = (uint8_t)labels_of(to->start + owner->offset);
    at = wire_put32(at, rdata_ttl(owner->key));
    at = wire_put32(wire_put32(at, inception + 1814400), inception);
    at = wire_put16(at, owner->key >> 16 & 0xffff);
    at = wire_put(at, owner->zone_name.data, owner->zone_name.size);
    put_noise(at, owner->key + type + inception, 8);
}

unsigned rdata_put_set(struct tl_builder *to, const struct rdata_owner *owner, uint16_t type)
{
    switch (type) {
    case TYPE_A:
    case TYPE_AAAA: return put_addresses(to, owner, type);
    case TYPE_NS:
    case TYPE_MX: return put_servers(to, owner, type);
    case TYPE_SOA: put_soa(to, owner->offset, owner, owner->ttl); return 1;
    case TYPE_PTR: return put_host_of_address(to, owner);
    case TYPE_TXT: return put_texts(to, owner);
    case TYPE_SRV: return put_services(to, owner);
    case TYPE_DS: return put_digest(to, owner);
    case TYPE_DNSKEY: return put_keys(to, owner);
    case TYPE_HTTPS: return put_https(to, owner);
    default: return 0;
    }
}
