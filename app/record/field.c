/* The values of fields. Invariant: a field has a value if and only if the record says one: what is absent, or
 * is no time, name or address where it should be, has none. */
#include "record/field.h"

#include "record/field_part.h"

/* Stores a value; always true. */
#define GIVE(member, value) (ret_value->member = (value), true)

/* A value that a record has if the dnstap field is there. */
#define GIVE_IF(name, member, value) (tl_dnstap_has(dnstap, TL_DNSTAP_F_##name) && GIVE(member, value))

/* Of an enum of the schema the 32 bits that it has. */
#define GIVE_ENUM_IF(name, value) GIVE_IF(name, number, (uint32_t)(value))

static bool give_address(struct tl_bytes address, struct field_value *ret_value)
{
    return (address.size == 4 || address.size == 16) && GIVE(bytes, address);
}

/* A whole field that is one name. In so short a place no pointer leads anywhere, so that it is the name in
 * uncompressed form. */
static bool give_name(struct tl_bytes field, struct field_value *ret_value)
{
    uint8_t name[TL_DNS_NAME_SIZE_MAX];
    size_t size, end;

    return tl_dns_name(field, 0, name, &size, &end) == TL_OK && end == field.size && GIVE(bytes, field);
}

static bool give_milliseconds(uint64_t ms, struct field_value *ret_value)
{
    struct tl_time time = {ms / 1000, (uint32_t)(ms % 1000) * 1000000};
    return ms && time.seconds <= TL_TIME_SECONDS_MAX && GIVE(time, time);
}

static bool give_text(const char *text, struct field_value *ret_value)
{
    return text && GIVE(bytes, tl_bytes_of_text(text));
}

static bool give_time(const struct record *record, struct field_value *ret_value)
{
    struct tl_time time;

    if (record_any_time(record, &time))
        return GIVE(time, time);
    return record->origin && give_milliseconds(record->origin->arrived_ms, ret_value);
}

static bool give_half_time(const struct record *record, bool is_query, struct field_value *ret_value)
{
    struct tl_time time;
    return record_half_time(record, is_query, &time) && GIVE(time, time);
}

static bool give_latency(const struct record *record, struct field_value *ret_value)
{
    uint64_t nanoseconds;

    return record_latency(record, &nanoseconds) && GIVE(number, nanoseconds);
}

static bool give_size(const struct record *record, bool is_query, struct field_value *ret_value)
{
    const struct tl_dnstap *dnstap = &record->dnstap;

    return is_query ? GIVE_IF(QUERY_MESSAGE, number, dnstap->query_message.size)
                    : GIVE_IF(RESPONSE_MESSAGE, number, dnstap->response_message.size);
}

/* "17/1234", kept in `at`. */
static bool give_frame_name(const struct record_origin *origin, struct field_at *at,
                            struct field_value *ret_value)
{
    _Static_assert(sizeof(at->name) >= TL_FRAME_NAME_SIZE, "there is room for the name of a frame");

    return origin->name.segment &&
           GIVE(bytes, tl_bytes(at->name, tl_frame_name_print(origin->name, (char *)at->name)));
}

bool field_is_of_origin(enum field field)
{
    return field == FIELD_TIME || (field >= FIELD_PEER && field <= FIELD_FRAME_OFFSET); /* see fields.def */
}

static bool of_origin(const struct record *record, enum field field, struct field_at *at,
                      struct field_value *ret_value)
{
    const struct record_origin *origin = record->origin;

    if (!origin)
        return field == FIELD_FRAME_OFFSET && GIVE(number, record->offset);
    switch (field) {
    case FIELD_PEER: return give_text(origin->peer, ret_value);
    case FIELD_CONNECTION: return origin->connection && GIVE(number, origin->connection);
    case FIELD_ARRIVED: return give_milliseconds(origin->arrived_ms, ret_value);
    case FIELD_RUN: return give_milliseconds(origin->run_ms, ret_value);
    case FIELD_FILE: return give_text(origin->place, ret_value);
    case FIELD_FRAME_NAME: return give_frame_name(origin, at, ret_value);
    case FIELD_FRAME_OFFSET: return !origin->name.segment && GIVE(number, record->offset);
    default: return false;
    }
}

static unsigned labels_of(const uint8_t *name)
{
    unsigned count = 0;

    for (; *name; name += *name + 1)
        count++;
    return count;
}

static bool of_question(struct look *look, enum field field, struct field_value *ret_value)
{
    const struct tl_dns_record *question = look_question(look);

    if (!question)
        return false;
    switch (field) {
    case FIELD_QNAME: return GIVE(bytes, tl_bytes(look->qname, look->qname_size));
    case FIELD_QNAME_SIZE: return GIVE(number, look->qname_size);
    case FIELD_QNAME_LABELS: return GIVE(number, labels_of(look->qname));
    case FIELD_QTYPE: return GIVE(number, question->type);
    case FIELD_QCLASS: return GIVE(number, question->rclass);
    default: return false;
    }
}

static unsigned whole_rcode(struct look *look, const struct tl_dns *message)
{
    const struct tl_dns_edns *edns = look_edns(look);
    return (edns ? (unsigned)edns->extended_rcode << 4 : 0) | tl_dns_rcode(message);
}

static bool of_header(struct look *look, enum field field, struct field_value *ret_value)
{
    const unsigned opcode_and_rcode = 0x780f;
    const struct tl_dns *message = look_message(look);

    if (!message)
        return false;
    switch (field) {
    case FIELD_ID: return GIVE(number, message->id);
    case FIELD_OPCODE: return GIVE(number, tl_dns_opcode(message));
    case FIELD_RCODE: return GIVE(number, whole_rcode(look, message));
    case FIELD_FLAGS: return GIVE(number, message->flags & ~opcode_and_rcode);
    case FIELD_ANSWER: return GIVE(number, message->count[TL_DNS_ANSWER]);
    case FIELD_AUTHORITY: return GIVE(number, message->count[TL_DNS_AUTHORITY]);
    case FIELD_ADDITIONAL: return GIVE(number, message->count[TL_DNS_ADDITIONAL]);
    default: return false;
    }
}

static bool of_edns(struct look *look, enum field field, struct field_value *ret_value)
{
    const struct tl_dns_edns *edns = look_edns(look);

    if (!edns)
        return false;
    switch (field) {
    case FIELD_EDNS_VERSION: return GIVE(number, edns->version);
    case FIELD_EDNS_UDP_SIZE: return GIVE(number, edns->udp_size);
    case FIELD_EDNS_FLAGS: return GIVE(number, edns->flags);
    default: return false;
    }
}

static bool of_policy(const struct tl_dnstap *dnstap, enum field field, struct field_value *ret_value)
{
    switch (field) {
    case FIELD_POLICY_TYPE: return GIVE_IF(POLICY_TYPE, bytes, dnstap->policy_type);
    case FIELD_POLICY_RULE: return give_name(dnstap->policy_rule, ret_value);
    case FIELD_POLICY_ACTION: return GIVE_ENUM_IF(POLICY_ACTION, dnstap->policy_action);
    case FIELD_POLICY_MATCH: return GIVE_ENUM_IF(POLICY_MATCH, dnstap->policy_match);
    case FIELD_POLICY_VALUE: return GIVE_IF(POLICY_VALUE, bytes, dnstap->policy_value);
    default: return false;
    }
}

/* The rest: what stands in the dnstap itself. */
static bool of_dnstap(const struct record *record, enum field field, struct field_value *ret_value)
{
    const struct tl_dnstap *dnstap = &record->dnstap;

    switch (field) {
    case FIELD_TYPE: return GIVE_ENUM_IF(MESSAGE_TYPE, dnstap->message_type);
    case FIELD_PAIR: return record->pair != RECORD_NOT_PAIRED && GIVE(number, record->pair);
    case FIELD_TIME: return give_time(record, ret_value);
    case FIELD_QUERY_TIME: return give_half_time(record, true, ret_value);
    case FIELD_RESPONSE_TIME: return give_half_time(record, false, ret_value);
    case FIELD_LATENCY: return give_latency(record, ret_value);
    case FIELD_CLIENT: return give_address(dnstap->query_address, ret_value);
    case FIELD_CLIENT_PORT: return GIVE_IF(QUERY_PORT, number, dnstap->query_port);
    case FIELD_SERVER: return give_address(dnstap->response_address, ret_value);
    case FIELD_SERVER_PORT: return GIVE_IF(RESPONSE_PORT, number, dnstap->response_port);
    case FIELD_FAMILY: return GIVE_ENUM_IF(SOCKET_FAMILY, dnstap->socket_family);
    case FIELD_PROTO: return GIVE_ENUM_IF(SOCKET_PROTOCOL, dnstap->socket_protocol);
    case FIELD_HTTP: return GIVE_ENUM_IF(HTTP_PROTOCOL, dnstap->http_protocol);
    case FIELD_IDENTITY: return GIVE_IF(IDENTITY, bytes, dnstap->identity);
    case FIELD_VERSION: return GIVE_IF(VERSION, bytes, dnstap->version);
    case FIELD_EXTRA: return GIVE_IF(EXTRA, bytes, dnstap->extra);
    case FIELD_ZONE: return give_name(dnstap->query_zone, ret_value);
    case FIELD_SIZE: return give_size(record, record_is_query(record), ret_value);
    case FIELD_QUERY_SIZE: return give_size(record, true, ret_value);
    case FIELD_RESPONSE_SIZE: return give_size(record, false, ret_value);
    case FIELD_FRAME_SIZE: return GIVE(number, record->frame.size);
    default: return false;
    }
}

static bool value_of(struct look *look, enum field field, struct field_at *at, struct field_value *ret_value)
{
    switch (field) {
    case FIELD_QNAME:
    case FIELD_QNAME_SIZE:
    case FIELD_QNAME_LABELS:
    case FIELD_QTYPE:
    case FIELD_QCLASS: return of_question(look, field, ret_value);
    case FIELD_ID:
    case FIELD_OPCODE:
    case FIELD_RCODE:
    case FIELD_FLAGS:
    case FIELD_ANSWER:
    case FIELD_AUTHORITY:
    case FIELD_ADDITIONAL: return of_header(look, field, ret_value);
    case FIELD_EDNS_VERSION:
    case FIELD_EDNS_UDP_SIZE:
    case FIELD_EDNS_FLAGS: return of_edns(look, field, ret_value);
    case FIELD_POLICY_TYPE:
    case FIELD_POLICY_RULE:
    case FIELD_POLICY_ACTION:
    case FIELD_POLICY_MATCH:
    case FIELD_POLICY_VALUE: return of_policy(&look->record->dnstap, field, ret_value);
    case FIELD_PEER:
    case FIELD_CONNECTION:
    case FIELD_ARRIVED:
    case FIELD_RUN:
    case FIELD_FILE:
    case FIELD_FRAME_NAME:
    case FIELD_FRAME_OFFSET: return of_origin(look->record, field, at, ret_value);
    case FIELD_ERROR: return give_text(field_error(look), ret_value);
    default: return of_dnstap(look->record, field, ret_value);
    }
}

bool field_next(struct look *look, enum field field, struct field_at *at, struct field_value *ret_value)
{
    if (field >= FIELD_ANSWER_NAME && field <= FIELD_ANSWER_TARGET)
        return field_next_in_answer(look, field, at, ret_value);
    if (field >= FIELD_EDNS_OPTION && field <= FIELD_EDNS_EDE_TEXT)
        return field_next_in_options(look, field, at, ret_value);
    return !at->done++ && value_of(look, field, at, ret_value);
}
