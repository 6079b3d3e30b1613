/* What fields need from a record's DNS message. Invariant: each thing is looked up once a record at most,
 * also if it was not found. */
#include "record/look.h"

#define LOOKED_AT(thing) (1u << LOOK_##thing)
#define FOUND(thing)     (1u << LOOK_##thing << LOOK_THINGS)

enum { LOOK_MESSAGE, LOOK_QUESTION, LOOK_EDNS, LOOK_THINGS };

#define WIRE_MAX 65535 /* RFC 1035 section 4.2.2: the length has two bytes */

static bool find_message(struct look *look)
{
    struct tl_bytes wire = record_wire(look->record);
    return wire.size <= WIRE_MAX && tl_dns_open(wire, &look->message) == TL_OK;
}

/* The first question stands right behind the header; this is tl_dns_question and tl_dns_name in one walk. */
static bool find_question(struct look *look)
{
    const struct tl_dns *message = look_message(look);
    struct tl_dns_record *question = &look->question;
    size_t end;

    if (!message || !message->count[TL_DNS_QUESTION] ||
        tl_dns_name(message->wire, TL_DNS_HEADER_SIZE, look->qname, &look->qname_size, &end) != TL_OK ||
        message->wire.size - end < 4)
        return false;
    question->section = TL_DNS_QUESTION;
    question->type = tl_be16(message->wire.data + end);
    question->rclass = tl_be16(message->wire.data + end + 2);
    question->ttl = 0;
    question->name = TL_DNS_HEADER_SIZE;
    question->rdata = tl_bytes(message->wire.data + end + 4, 0);
    return true;
}

static bool find_edns(struct look *look)
{
    const struct tl_dns *message = look_message(look);
    return message && tl_dns_edns(message, &look->edns) == TL_OK;
}

const struct tl_dns *look_message(struct look *look)
{
    if (!(look->known & LOOKED_AT(MESSAGE)))
        look->known |= LOOKED_AT(MESSAGE) | (find_message(look) ? FOUND(MESSAGE) : 0);
    return look->known & FOUND(MESSAGE) ? &look->message : NULL;
}

const struct tl_dns_record *look_question(struct look *look)
{
    if (!(look->known & LOOKED_AT(QUESTION))) {
        bool found = find_question(look);
        look->known |= LOOKED_AT(QUESTION) | (found ? FOUND(QUESTION) : 0);
    }
    return look->known & FOUND(QUESTION) ? &look->question : NULL;
}

const struct tl_dns_edns *look_edns(struct look *look)
{
    if (!(look->known & LOOKED_AT(EDNS))) {
        bool found = find_edns(look);
        look->known |= LOOKED_AT(EDNS) | (found ? FOUND(EDNS) : 0);
    }
    return look->known & FOUND(EDNS) ? &look->edns : NULL;
}
