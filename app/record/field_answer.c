/* The fields of the answer records. Invariant: each record is looked at once, in its order; one whose rdata
 * has not the form of its type is passed over by those that ask for a part of it. */
#include "record/field_part.h"

enum { BEFORE, INSIDE, OVER }; /* `done`: only INSIDE is there a record */

/* The next record of the message that is an answer, if the walk does not end here. */
static bool read_record(struct look *look, struct field_at *at)
{
    if (at->done == BEFORE) {
        const struct tl_dns *message = look_message(look);
        if (!message || !message->count[TL_DNS_ANSWER])
            return false;
        at->records = tl_dns_records(message);
    }
    do {
        if (tl_dns_next_record(&at->records, &at->record) != TL_OK)
            return false;
    } while (at->record.section < TL_DNS_ANSWER);
    return at->record.section == TL_DNS_ANSWER;
}

/* The next answer record into `at->record`. */
static bool next_record(struct look *look, struct field_at *at)
{
    at->done = at->done != OVER && read_record(look, at) ? INSIDE : OVER;
    return at->done == INSIDE;
}

static bool next_name(struct look *look, struct field_at *at, struct field_value *ret_value)
{
    size_t size;

    if (!next_record(look, at) ||
        tl_dns_name(look->message.wire, at->record.name, at->name, &size, NULL) != TL_OK)
        return false;
    ret_value->bytes = tl_bytes(at->name, size);
    return true;
}

static bool next_target(struct look *look, struct field_at *at, struct field_value *ret_value)
{
    size_t size;

    for (;;) {
        if (at->done == INSIDE &&
            tl_dns_rdata_name(&look->message, &at->record, at->names, at->name, &size) == TL_OK) {
            at->names++;
            ret_value->bytes = tl_bytes(at->name, size);
            return true;
        }
        if (!next_record(look, at))
            return false;
        at->names = 0;
    }
}

/* The next parameter of SVCB that holds addresses. */
static bool next_hint(struct field_at *at)
{
    uint16_t key;

    while (tl_dns_next_option(&at->options, &key, &at->addresses) == TL_OK) {
        at->address_size = key == TL_DNS_IPV4HINT ? 4 : key == TL_DNS_IPV6HINT ? 16 : 0;
        if (at->address_size && at->addresses.size && at->addresses.size % at->address_size == 0)
            return true;
    }
    return false;
}

/* The addresses that the record has, if any: all at once, or those of the first parameter. */
static bool begin_addresses(struct look *look, struct field_at *at)
{
    if (tl_dns_rdata_address(&at->record, &at->addresses) == TL_OK) {
        at->options = tl_bytes(NULL, 0);
        at->address_size = at->addresses.size;
        return true;
    }
    return tl_dns_rdata_parameters(&look->message, &at->record, &at->options) == TL_OK && next_hint(at);
}

static bool next_address(struct look *look, struct field_at *at, struct field_value *ret_value)
{
    if (at->done != INSIDE || (!at->addresses.size && !next_hint(at))) {
        do {
            if (!next_record(look, at))
                return false;
        } while (!begin_addresses(look, at));
    }
    ret_value->bytes = tl_bytes(at->addresses.data, at->address_size);
    at->addresses = tl_bytes(at->addresses.data + at->address_size, at->addresses.size - at->address_size);
    return true;
}

bool field_next_in_answer(struct look *look, enum field field, struct field_at *at,
                          struct field_value *ret_value)
{
    if (field == FIELD_ANSWER_NAME)
        return next_name(look, at, ret_value);
    if (field == FIELD_ANSWER_TARGET)
        return next_target(look, at, ret_value);
    if (field == FIELD_ANSWER_ADDRESS)
        return next_address(look, at, ret_value);
    if (!next_record(look, at))
        return false;
    switch (field) {
    case FIELD_ANSWER_TYPE: ret_value->number = at->record.type; break;
    case FIELD_ANSWER_TTL: ret_value->number = at->record.ttl; break;
    default: ret_value->rdata = &at->record;
    }
    return true;
}
