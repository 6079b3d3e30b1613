/* The fields of EDNS options, and what is wrong with a message. Invariant: an option that has not the form of
 * its code has no values; a cut-off one ends the walk. */
#include "record/field_part.h"

#define OPTION_NSID          3
#define OPTION_CLIENT_SUBNET 8
#define OPTION_EDE           15

/* The next option of any code. */
static bool next_option(struct look *look, struct field_at *at, uint16_t *ret_code,
                        struct tl_bytes *ret_value)
{
    if (!at->done) {
        const struct tl_dns_edns *edns = look_edns(look);
        at->options = edns ? edns->options : tl_bytes(NULL, 0);
        at->done = 1;
    }
    return tl_dns_next_option(&at->options, ret_code, ret_value) == TL_OK;
}

/* The next option of this code; `is_many` or the first one alone. */
static bool next_of_code(struct look *look, struct field_at *at, uint16_t code, bool is_many,
                         struct tl_bytes *ret_value)
{
    uint16_t found;

    if (at->done && !is_many)
        return false;
    while (next_option(look, at, &found, ret_value)) {
        if (found == code)
            return true;
    }
    return false;
}

/* RFC 7871 section 6: family, two prefix lengths, and as much of the address as was told. */
static bool client_subnet(enum field field, struct tl_bytes option, uint8_t *address,
                          struct field_value *ret_value)
{
    struct tl_cursor in = tl_cursor(option);
    unsigned family = tl_cursor_be16(&in), source = tl_cursor_u8(&in), scope = tl_cursor_u8(&in);
    size_t size = family == 1 ? 4 : family == 2 ? 16 : 0;

    if (in.status != TL_OK || source > 8 * size || scope > 8 * size || tl_cursor_left(&in) > size)
        return false;
    if (field == FIELD_EDNS_CLIENT_SUBNET_SOURCE) {
        ret_value->number = source;
    } else if (field == FIELD_EDNS_CLIENT_SUBNET_SCOPE) {
        ret_value->number = scope;
    } else {
        if (!size)
            return false;
        memset(address, 0, size);
        if (tl_cursor_left(&in))
            memcpy(address, in.at, tl_cursor_left(&in));
        ret_value->bytes = tl_bytes(address, size);
    }
    return true;
}

/* RFC 8914 section 2: the code, and text behind it. */
static bool extended_error(enum field field, struct tl_bytes option, struct field_value *ret_value)
{
    if (option.size < 2 || (field == FIELD_EDNS_EDE_TEXT && option.size == 2))
        return false;
    if (field == FIELD_EDNS_EDE)
        ret_value->number = tl_be16(option.data);
    else
        ret_value->bytes = tl_bytes(option.data + 2, option.size - 2);
    return true;
}

bool field_next_in_options(struct look *look, enum field field, struct field_at *at,
                           struct field_value *ret_value)
{
    struct tl_bytes option;
    uint16_t code;

    switch (field) {
    case FIELD_EDNS_OPTION:
        if (!next_option(look, at, &code, &option))
            return false;
        ret_value->number = code;
        return true;
    case FIELD_EDNS_NSID:
        if (!next_of_code(look, at, OPTION_NSID, false, &option))
            return false;
        ret_value->bytes = option;
        return true;
    case FIELD_EDNS_EDE:
    case FIELD_EDNS_EDE_TEXT:
        while (next_of_code(look, at, OPTION_EDE, true, &option)) {
            if (extended_error(field, option, ret_value))
                return true;
        }
        return false;
    default:
        return next_of_code(look, at, OPTION_CLIENT_SUBNET, false, &option) &&
               client_subnet(field, option, at->name, ret_value);
    }
}

static enum tl_status walk_options(struct look *look)
{
    const struct tl_dns_edns *edns = look_edns(look);
    struct tl_bytes options = edns ? edns->options : tl_bytes(NULL, 0), value;
    enum tl_status status;
    uint16_t code;

    do
        status = tl_dns_next_option(&options, &code, &value);
    while (status == TL_OK);
    return status;
}

/* TL_END, or why the message cannot be read to its end. */
static enum tl_status walk_message(struct look *look)
{
    const struct tl_dns *message = look_message(look);
    struct tl_dns_record record;
    struct tl_dns_cursor at;
    enum tl_status status;

    if (!message)
        return record_wire(look->record).size < TL_DNS_HEADER_SIZE ? TL_TRUNCATED : TL_BAD_LENGTH;
    at = tl_dns_records(message);
    do
        status = tl_dns_next_record(&at, &record);
    while (status == TL_OK);
    return status == TL_END ? walk_options(look) : status;
}

static bool has_wire(const struct record *record)
{
    return tl_dnstap_has(&record->dnstap,
                         record_is_query(record) ? TL_DNSTAP_F_QUERY_MESSAGE : TL_DNSTAP_F_RESPONSE_MESSAGE);
}

const char *field_error(struct look *look)
{
    enum tl_status status = look->record->status;

    if (status == TL_OK)
        status = has_wire(look->record) ? walk_message(look) : TL_END;
    return status == TL_OK || status == TL_END ? NULL : tl_status_text(status);
}
