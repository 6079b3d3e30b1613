/* The header, and the walk over questions and records. Invariant: a record leaves only when its name, its
 * fixed part and its rdata all lie inside the message, and its name is sound; so tl_dns_name and
 * tl_dns_name_print do not fail on it. */
#include "name.h"

enum tl_status tl_dns_open(struct tl_bytes wire, struct tl_dns *ret_message)
{
    if (wire.size < TL_DNS_HEADER_SIZE)
        return TL_TRUNCATED;
    ret_message->wire = wire;
    ret_message->id = tl_be16(wire.data);
    ret_message->flags = tl_be16(wire.data + 2);
    for (int i = 0; i < TL_DNS_SECTIONS; i++)
        ret_message->count[i] = tl_be16(wire.data + 4 + 2 * i);
    return TL_OK;
}

/* Both return the place behind what they read and fill `*to` only then. */
ALWAYS_INLINE struct place read_question(struct tl_bytes wire, size_t offset, struct tl_dns_record *to)
{
    struct place behind = name_behind(wire, offset);

    if (!LIKELY(behind.status == TL_OK))
        return behind;
    if (!LIKELY(wire.size - behind.offset >= 4))
        return (struct place){TL_TRUNCATED, behind.offset};
    to->section = TL_DNS_QUESTION;
    to->type = tl_be16(wire.data + behind.offset);
    to->rclass = tl_be16(wire.data + behind.offset + 2);
    to->ttl = 0;
    to->name = offset;
    to->rdata = tl_bytes(wire.data + behind.offset + 4, 0);
    behind.offset += 4;
    return behind;
}

ALWAYS_INLINE struct place read_record(struct tl_bytes wire, size_t offset, enum tl_dns_section section,
                                       struct tl_dns_record *to)
{
    struct place behind = name_behind(wire, offset);
    const uint8_t *fixed = wire.data + behind.offset;
    size_t size;

    if (!LIKELY(behind.status == TL_OK))
        return behind;
    if (!LIKELY(wire.size - behind.offset >= 10))
        return (struct place){TL_TRUNCATED, behind.offset};
    size = tl_be16(fixed + 8);
    if (!LIKELY(wire.size - behind.offset - 10 >= size))
        return (struct place){TL_TRUNCATED, behind.offset + 8};
    to->section = section;
    to->type = tl_be16(fixed);
    to->rclass = tl_be16(fixed + 2);
    to->ttl = tl_be32(fixed + 4);
    to->name = offset;
    to->rdata = tl_bytes(fixed + 10, size);
    behind.offset += 10 + size;
    return behind;
}

enum tl_status tl_dns_question(const struct tl_dns *message, struct tl_dns_record *ret_question)
{
    if (message->count[TL_DNS_QUESTION] == 0)
        return TL_END;
    return read_question(message->wire, TL_DNS_HEADER_SIZE, ret_question).status;
}

struct tl_dns_cursor tl_dns_records(const struct tl_dns *message)
{
    struct tl_dns_cursor cursor = {
        .message = message,
        .section = TL_DNS_QUESTION,
        .left = message->count[TL_DNS_QUESTION],
        .offset = TL_DNS_HEADER_SIZE,
        .status = TL_OK,
    };
    return cursor;
}

enum tl_status tl_dns_next_record(struct tl_dns_cursor *at, struct tl_dns_record *ret_record)
{
    struct place behind;

    if (at->status != TL_OK)
        return at->status;
    while (at->left == 0) {
        if (at->section == TL_DNS_ADDITIONAL)
            return at->status = TL_END;
        at->section++;
        at->left = at->message->count[at->section];
    }
    if (at->section == TL_DNS_QUESTION)
        behind = read_question(at->message->wire, at->offset, ret_record);
    else
        behind = read_record(at->message->wire, at->offset, at->section, ret_record);
    at->offset = behind.offset;
    at->status = behind.status;
    at->left--;
    return behind.status;
}
