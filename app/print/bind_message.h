/* print/bind_message: what a DNS message holds by BIND's rules - its sections with the records regrouped by
 * owner and RRset, OPT, TSIG and SIG(0) taken out - and the text of each record's rdata, made on the way
 * since it is what shows that rdata is sound. One object is used again for the next message: memory grows to
 * what the largest one needs, which is bounded by its size. */
#ifndef PRINT_BIND_MESSAGE_H
#define PRINT_BIND_MESSAGE_H

#include "print/bind.h"

#define BIND_NONE UINT32_MAX

/* A record, or a question. */
struct bind_rr {
    struct tl_dns_record record;
    uint32_t next;      /* in its set, or BIND_NONE */
    uint32_t text_size; /* of its rdata, or BIND_NONE: it is not kept, see bind_rdata_text */
    const char *text;
};

/* Records of one owner, type, class and covered type. */
struct bind_set {
    uint16_t type, rclass, covers;
    uint32_t ttl; /* the least of them */
    uint32_t owner;
    uint32_t first, last; /* records */
    uint32_t next;        /* of its owner, or BIND_NONE */
};

struct bind_owner {
    size_t name;          /* offset in the message, as it came first */
    size_t start;         /* of its first label, behind pointers */
    uint32_t first, last; /* sets, or BIND_NONE */
    uint32_t count;       /* of them */
    uint64_t hash;        /* once the owners are indexed */
};

/* Numbers of things, found by their hash. */
struct bind_index {
    uint32_t *slots; /* BIND_NONE: free */
    size_t mask;     /* slots in use, less one; 0: nothing is indexed */
    size_t capacity;
};

struct bind_message {
    struct tl_dns dns;
    unsigned rcode; /* that of EDNS included */
    bool has_edns;
    struct tl_dns_edns edns;
    uint32_t tsig, sig0;                   /* records, or BIND_NONE */
    uint32_t section[TL_DNS_SECTIONS + 1]; /* the owners of section s are section[s] to section[s + 1] */
    uint32_t first_owner, first_set;       /* of the section that is being read */

    /* Why BIND takes it for no message, and where; NULL: it is one. What was read before is there. */
    const char *fault;
    size_t fault_at;
    bool has_question;
    uint16_t rclass; /* of the question, or else of the first record; 0: there is none */

    struct bind_rr *rrs;
    struct bind_set *sets;
    struct bind_owner *owners;
    uint32_t rr_count, set_count, owner_count;
    uint32_t rr_capacity, set_capacity, owner_capacity;
    struct bind_index owner_index, set_index;
    uint64_t seed;
    uint64_t now; /* when it was read, in seconds since 1970: signatures' times are printed as near to it */

    char *text, *text_at, *text_end; /* what is kept of the rdata's texts */
    char *scratch;                   /* for one that is not */
};

/* False without memory. */
bool bind_message_init(struct bind_message *message);
void bind_message_done(struct bind_message *message);

enum bind_parsed { BIND_GOOD, BIND_MALFORMED, BIND_NO_MEMORY };

/* Reads `wire`, which is borrowed as long as the message is looked at. */
enum bind_parsed bind_message_parse(struct bind_message *message, struct tl_bytes wire,
                                    enum print_bind_release release);

/* The text of a record's rdata; valid until the next call for this message. */
struct tl_bytes bind_rdata_text(struct bind_message *message, const struct bind_rr *rr);

static inline bool bind_is_update(const struct tl_dns *dns)
{
    return tl_dns_opcode(dns) == 5;
}

/* print/bind_deletion: what an UPDATE deletes -------------------------------------------------------- */

/* Whether the record is to be deleted as it is, RFC 2136 section 2.5.4. */
bool bind_is_deletion(const struct tl_dns *dns, const struct tl_dns_record *record);

/* The text of a record's rdata. Of a deletion it must be sound in the zone's class. As
 * tl_dns_bind_rdata_print. */
enum tl_status bind_rdata_print(const struct bind_message *message, const struct tl_dns_record *record,
                                struct tl_builder *builder);

/* print/bind_group: owners and sets ------------------------------------------------------------------ */

/* Another section begins, of which there are no owners yet. */
void bind_group_begin(struct bind_message *message);

/* The next record's number, its place not filled; BIND_NONE without memory. Likewise below. */
uint32_t bind_new_rr(struct bind_message *message);

/* The owner called as the name at `offset`, which is sound, is in this section; a new one if there is none,
 * or if `is_new`. */
uint32_t bind_owner_of(struct bind_message *message, size_t offset, bool is_new);

/* The set of that owner; a new and empty one (first == BIND_NONE) if there is none, or if `is_new`. */
uint32_t bind_set_of(struct bind_message *message, uint32_t owner, const struct tl_dns_record *record,
                     uint16_t covers, bool is_new);

/* Appends record `rr` to the set. */
void bind_set_add(struct bind_message *message, uint32_t set, uint32_t rr);

/* Lowers the set's TTL if it is higher. */
static inline void bind_set_lower(struct bind_message *message, uint32_t set, uint32_t ttl)
{
    if (ttl < message->sets[set].ttl)
        message->sets[set].ttl = ttl;
}

/* Where the label that stands at `at` of a sound name, or that its pointers lead to, is. */
static inline size_t bind_behind_pointers(const uint8_t *wire, size_t at)
{
    while (wire[at] >= 0xc0)
        at = tl_be16(wire + at) & 0x3fff;
    return at;
}

/* Whether the sound names at two offsets are the same but for the case of letters. */
bool bind_names_equal(struct tl_bytes wire, size_t a, size_t b);

/* print/bind_rules: what BIND demands of one record --------------------------------------------------- */

/* The type that a signature covers. */
uint16_t bind_covered(const struct tl_dns_record *record);

/* NULL, or why the EDNS options are not sound; `ret_at` is then how many bytes are. */
const char *bind_options_fault(struct tl_bytes options, enum print_bind_release release, size_t *ret_at);

/* Whether text is UTF-8, surrogates included. */
bool bind_is_utf8(struct tl_bytes text);

/* Whether SVCB's rdata, of sound form, has no dohpath or a good one (bind_dohpath.c). */
bool bind_is_svcb(struct tl_bytes rdata);

/* Whether NSEC3's owner begins with a hash in base32. */
bool bind_is_nsec3_owner(struct tl_bytes wire, size_t name);

/* Whether the hash in NSEC3's rdata, of sound form, has the length of its algorithm, or fits into a label. */
bool bind_is_nsec3(struct tl_bytes rdata);

/* Whether an owner can have only one record of the type. */
bool bind_is_singleton(uint16_t type);

/* Whether a record of a singleton type, and of sound rdata, says the same as another. */
bool bind_same_rdata(struct tl_bytes wire, const struct tl_dns_record *a, const struct tl_dns_record *b);

/* Whether the number of labels in an RRSIG is one that its signer's name allows. */
bool bind_is_signer_above(struct tl_bytes wire, const struct tl_dns_record *record);

#endif
