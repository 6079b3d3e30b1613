/* record/look: what the fields of a record need from its DNS message, looked up at most once a record. */
#ifndef RECORD_LOOK_H
#define RECORD_LOOK_H

#include "record/record.h"

/* What is known already; the parts behind `known` mean nothing without their bits. */
struct look {
    const struct record *record; /* borrowed */
    unsigned known;              /* bits of look.c */

    struct tl_dns message;
    struct tl_dns_record question;
    uint8_t qname[TL_DNS_NAME_SIZE_MAX]; /* uncompressed wire form, letters as they came */
    size_t qname_size;
    struct tl_dns_edns edns;
};

/* Nothing is looked up yet. The object may be used again for the next record; it is of one thread. */
static inline void look_at(struct look *look, const struct record *record)
{
    look->record = record;
    look->known = 0;
}

/* The DNS message that the record is about (record_wire), or NULL if it has none or no whole header. */
const struct tl_dns *look_message(struct look *look);

/* Its first question, or NULL if there is none that can be read. `look->qname` is then set. */
const struct tl_dns_record *look_question(struct look *look);

/* Its EDNS, or NULL. */
const struct tl_dns_edns *look_edns(struct look *look);

#endif
