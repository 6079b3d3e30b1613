/* dns: a view of one DNS message in wire form (RFC 1035 section 4): header, question, EDNS, records, names,
 * and the text of names, types, classes, rcodes and opcodes.
 *
 * Nothing is parsed before it is asked for, nothing is allocated, nothing is copied but names. A view borrows
 * the caller's bytes. Whatever the bytes are: no read outside them, no loop without a bound. Threads: pure
 * functions. */
#ifndef TAPLINE_DNS_H
#define TAPLINE_DNS_H

#include <tapline/core.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TL_DNS_HEADER_SIZE    12
#define TL_DNS_NAME_SIZE_MAX  255  /* in wire form, RFC 1035 section 2.3.4 */
#define TL_DNS_NAME_TEXT_SIZE 1024 /* longest text of a name with a final NUL, every byte escaped as \DDD */

/* Message --------------------------------------------------------------------------------------------- */

/* Flags of the header's second word, RFC 1035 section 4.1.1, RFC 4035 section 3. */
#define TL_DNS_QR 0x8000u
#define TL_DNS_AA 0x0400u
#define TL_DNS_TC 0x0200u
#define TL_DNS_RD 0x0100u
#define TL_DNS_RA 0x0080u
#define TL_DNS_Z  0x0040u
#define TL_DNS_AD 0x0020u
#define TL_DNS_CD 0x0010u

enum tl_dns_section { TL_DNS_QUESTION, TL_DNS_ANSWER, TL_DNS_AUTHORITY, TL_DNS_ADDITIONAL, TL_DNS_SECTIONS };

struct tl_dns {
    struct tl_bytes wire;
    uint16_t id;
    uint16_t flags;                  /* the whole word: flags, opcode, rcode */
    uint16_t count[TL_DNS_SECTIONS]; /* as the header claims */
};

/* Reads the header. TL_TRUNCATED if `wire` is shorter than 12 bytes. */
TL_API enum tl_status tl_dns_open(struct tl_bytes wire, struct tl_dns *ret_message);

static inline unsigned tl_dns_opcode(const struct tl_dns *message)
{
    return message->flags >> 11 & 15;
}

/* The four bits of the header; EDNS has eight more. */
static inline unsigned tl_dns_rcode(const struct tl_dns *message)
{
    return message->flags & 15;
}

/* Records --------------------------------------------------------------------------------------------- */

/* A question (rdata empty, ttl 0) or a resource record. */
struct tl_dns_record {
    enum tl_dns_section section;
    uint16_t type, rclass;
    uint32_t ttl;
    size_t name;           /* offset of the owner's name in the message: see tl_dns_name */
    struct tl_bytes rdata; /* inside the message; names in it may be compressed */
};

/* Walks a message from the first question to the last additional record. */
struct tl_dns_cursor {
    const struct tl_dns *message;
    enum tl_dns_section section;
    uint16_t left;         /* records left in the section */
    size_t offset;         /* of the next record, or of the fault */
    enum tl_status status; /* TL_OK, or why the walk has ended */
};

TL_API struct tl_dns_cursor tl_dns_records(const struct tl_dns *message);

/* The next question or record; its owner's name is sound, so tl_dns_name and tl_dns_name_print will not fail
 * on it. TL_END behind the last one that the header claims; TL_TRUNCATED, TL_BAD_LABEL, TL_BAD_POINTER,
 * TL_NAME_TOO_LONG: at->offset is then where the fault is, and further calls return the same. */
TL_API enum tl_status tl_dns_next_record(struct tl_dns_cursor *at, struct tl_dns_record *ret_record);

/* The first question alone. TL_END if the message claims none; otherwise the statuses of tl_dns_next_record.
 */
TL_API enum tl_status tl_dns_question(const struct tl_dns *message, struct tl_dns_record *ret_question);

/* EDNS, RFC 6891 section 6.1: the first OPT record of the additional section. */
struct tl_dns_edns {
    uint16_t udp_size;
    uint8_t extended_rcode; /* upper eight bits of the rcode */
    uint8_t version;
    uint16_t flags; /* 0x8000 is DO */
    struct tl_bytes options;
};

/* TL_END if there is none; the statuses of tl_dns_next_record if the message is broken before it. */
TL_API enum tl_status tl_dns_edns(const struct tl_dns *message, struct tl_dns_edns *ret_edns);

/* The same from an OPT record that the caller came across while walking. */
TL_API struct tl_dns_edns tl_dns_edns_of(const struct tl_dns_record *opt);

/* Takes one option off the front of `*options`. TL_END; TL_TRUNCATED if the option is cut off. */
TL_API enum tl_status tl_dns_next_option(struct tl_bytes *options, uint16_t *ret_code,
                                         struct tl_bytes *ret_value);

/* Names ----------------------------------------------------------------------------------------------- */

/* Copies the name at `offset` of `wire` in uncompressed wire form; at most 255 bytes. A pointer must point
 * before the run of labels that it ends, so no name loops, and more than 256 of them in one name are refused.
 * `ret_end` (may be NULL): offset behind the name where it stands. TL_TRUNCATED, TL_BAD_LABEL,
 * TL_BAD_POINTER, TL_NAME_TOO_LONG; `ret_name` then holds nothing of use. */
TL_API enum tl_status tl_dns_name(struct tl_bytes wire, size_t offset, uint8_t ret_name[TL_DNS_NAME_SIZE_MAX],
                                  size_t *ret_size, size_t *ret_end);

/* Writes the text of the name at `offset` of `wire` straight from the (compressed) message, without the final
 * dot; the root is ".". Bytes outside 0x21 to 0x7e are \DDD, and `" ( ) . ; \ @ $` have a backslash before
 * them (RFC 1035 section 5.1 and BIND's habit). `ret_text` must have TL_DNS_NAME_TEXT_SIZE bytes, which are
 * enough for any name with a final NUL; those behind the NUL, and all of them on failure, hold nothing of
 * use. Returns the length by `ret_length`. Statuses as tl_dns_name. */
TL_API enum tl_status tl_dns_name_print(struct tl_bytes wire, size_t offset, char *ret_text,
                                        size_t *ret_length, size_t *ret_end);

/* The reverse, from text with or without a final dot, into wire form. TL_BAD_TEXT, TL_NAME_TOO_LONG. */
TL_API enum tl_status tl_dns_name_parse(struct tl_bytes text, uint8_t ret_name[TL_DNS_NAME_SIZE_MAX],
                                        size_t *ret_size);

/* Rdata ----------------------------------------------------------------------------------------------- */

/* Appends the presentation form of a record's rdata, as BIND writes it (RFC 1035 section 5 and the RFC of
 * each type; names with a final dot; hex and base64 without spaces), or the RFC 3597 form `\# LENGTH HEX` if
 * its type has none in its class, or nothing if it is one of an UPDATE that has no rdata. All of it is from
 * 0x20 to 0x7e, and no more than 96 bytes for each byte of rdata and 2,112 besides. `record` is one of
 * `message`.
 *
 * TL_BAD_RDATA if the rdata does not have the form of its type: the builder is then as it was. TL_FULL if the
 * builder is too small: nothing is appended then, and its status is TL_FULL. */
TL_API enum tl_status tl_dns_rdata_print(const struct tl_dns *message, const struct tl_dns_record *record,
                                         struct tl_builder *builder);

/* The same as BIND 9.18 and 9.20 print it in whole messages: the hex and base64 of keys, digests, signatures
 * and unknown rdata is in words of 56 characters; the types that they do not know have no name and no form;
 * an IPSECKEY with an unknown kind of gateway is bad. The rdata of an UPDATE is as any other. Of the times
 * that the 32 bits of a signature's may mean it is the one nearest to `now`, in seconds since 1970. */
TL_API enum tl_status tl_dns_bind_rdata_print(const struct tl_dns *message,
                                              const struct tl_dns_record *record, uint64_t now,
                                              struct tl_builder *builder);

/* The `index`-th name in a record's rdata, counted from 0, in uncompressed wire form: of those that stand
 * where the record's type says that there is a name (NS, CNAME, SOA, MX, SRV, RRSIG, SVCB, ...). TL_END if
 * the type has not so many; TL_BAD_RDATA if the rdata does not have the form of its type up to the end of
 * that name. `record` is one of `message`. */
TL_API enum tl_status tl_dns_rdata_name(const struct tl_dns *message, const struct tl_dns_record *record,
                                        unsigned index, uint8_t ret_name[TL_DNS_NAME_SIZE_MAX],
                                        size_t *ret_size);

/* The address that is all of a record's rdata: that of A or AAAA, 4 or 16 bytes. TL_END if the type is
 * another; TL_BAD_RDATA if it is of another size. */
TL_API enum tl_status tl_dns_rdata_address(const struct tl_dns_record *record, struct tl_bytes *ret_address);

/* Keys of SVCB and HTTPS whose values are addresses, one behind the other, RFC 9460 section 7.3. */
#define TL_DNS_IPV4HINT 4
#define TL_DNS_IPV6HINT 6

/* The parameters of SVCB and HTTPS, RFC 9460 section 2.2: key, length and value are written as those of an
 * EDNS option, so tl_dns_next_option takes them apart. TL_END if the type has none; TL_BAD_RDATA if what
 * stands before them does not have its form. `record` is one of `message`. */
TL_API enum tl_status tl_dns_rdata_parameters(const struct tl_dns *message,
                                              const struct tl_dns_record *record,
                                              struct tl_bytes *ret_parameters);

/* Words for numbers ------------------------------------------------------------------------------------- */

/* Longest text these functions write, with the NUL. */
#define TL_DNS_WORD_SIZE 24

/* Write the mnemonic, or the RFC 3597 form (TYPE65400, CLASS42), or the number for an rcode without a name,
 * and return the length. */
TL_API size_t tl_dns_type_print(uint16_t type, char ret_text[TL_DNS_WORD_SIZE]);
TL_API size_t tl_dns_bind_type_print(uint16_t type,
                                     char ret_text[TL_DNS_WORD_SIZE]); /* of BIND 9.18 and 9.20 */
TL_API size_t tl_dns_class_print(uint16_t rclass, char ret_text[TL_DNS_WORD_SIZE]);
TL_API size_t tl_dns_rcode_print(unsigned rcode, char ret_text[TL_DNS_WORD_SIZE]);
TL_API size_t tl_dns_opcode_print(unsigned opcode, char ret_text[TL_DNS_WORD_SIZE]);

/* The reverse, case-insensitive, RFC 3597 forms included. TL_BAD_TEXT. */
TL_API enum tl_status tl_dns_type_parse(struct tl_bytes text, uint16_t *ret_type);
TL_API enum tl_status tl_dns_class_parse(struct tl_bytes text, uint16_t *ret_class);

/* The reverse, case-insensitive; of words alone, no numbers. TL_BAD_TEXT. */
TL_API enum tl_status tl_dns_rcode_parse(struct tl_bytes text, unsigned *ret_rcode);
TL_API enum tl_status tl_dns_opcode_parse(struct tl_bytes text, unsigned *ret_opcode);

/* What an EDNS option ("COOKIE") and an extended error, RFC 8914 ("DNSSEC Bogus"), are called, or NULL.
 * Static memory. */
TL_API const char *tl_dns_option_name(uint16_t code);
TL_API const char *tl_dns_ede_name(uint16_t code);

/* The reverse, case-insensitive; for the spaces of an error hyphens or underscores will do. TL_BAD_TEXT. */
TL_API enum tl_status tl_dns_option_parse(struct tl_bytes text, uint16_t *ret_code);
TL_API enum tl_status tl_dns_ede_parse(struct tl_bytes text, uint16_t *ret_code);

#ifdef __cplusplus
}
#endif

#endif
