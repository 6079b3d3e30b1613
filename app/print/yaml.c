/* A dnstap record as a YAML document: one table of fields for each message of the schema. Invariant: a map
 * has no key twice, and nothing of the frame is lost that print/json keeps: what has no text form is there in
 * hexadecimal or as a number. */
#include "print/yaml.h"

#include "print/json.h"
#include "print/line.h"
#include "print/origin.h"
#include "print/yaml_text.h"

#include <stdlib.h>

enum kind { KIND_TEXT, KIND_NAME, KIND_ADDRESS, KIND_WORD, KIND_NUMBER, KIND_TIME, KIND_SIZE };

struct field {
    enum kind kind;
    enum tl_dnstap_field field; /* of a time: its seconds, which the nanoseconds follow */
    size_t offset;              /* in struct tl_dnstap */
    const char *key;
    const char *(*word_of)(int32_t number);
};

#define FIELD(kind, field, key, member)                                                                      \
    {                                                                                                        \
        KIND_##kind, TL_DNSTAP_F_##field, offsetof(struct tl_dnstap, member), key, NULL                      \
    }
#define WORD(field, key, member, word_of)                                                                    \
    {                                                                                                        \
        KIND_WORD, TL_DNSTAP_F_##field, offsetof(struct tl_dnstap, member), key, word_of                     \
    }
#define PRESENT(field) (1u << TL_DNSTAP_F_##field)
#define COUNT(list)    (sizeof(list) / sizeof((list)[0]))

static const struct field fields[] = {
    FIELD(TEXT, IDENTITY, "identity", identity),
    FIELD(TEXT, VERSION, "version", version),
    FIELD(TEXT, EXTRA, "extra", extra),
};

static const struct field message_fields[] = {
    WORD(MESSAGE_TYPE, "type", message_type, tl_dnstap_message_type_name),
    FIELD(TIME, QUERY_TIME_SEC, "query_time", query_time_sec),
    FIELD(TIME, RESPONSE_TIME_SEC, "response_time", response_time_sec),
    FIELD(SIZE, MESSAGE_TYPE, "message_size", message_type),
    WORD(SOCKET_FAMILY, "socket_family", socket_family, tl_dnstap_family_name),
    WORD(SOCKET_PROTOCOL, "socket_protocol", socket_protocol, tl_dnstap_protocol_name),
    WORD(HTTP_PROTOCOL, "http_protocol", http_protocol, tl_dnstap_http_name),
    FIELD(ADDRESS, QUERY_ADDRESS, "query_address", query_address),
    FIELD(ADDRESS, RESPONSE_ADDRESS, "response_address", response_address),
    FIELD(NUMBER, QUERY_PORT, "query_port", query_port),
    FIELD(NUMBER, RESPONSE_PORT, "response_port", response_port),
    FIELD(NAME, QUERY_ZONE, "query_zone", query_zone),
};

static const struct field policy_fields[] = {
    FIELD(TEXT, POLICY_TYPE, "type", policy_type),
    FIELD(NAME, POLICY_RULE, "rule", policy_rule),
    WORD(POLICY_ACTION, "action", policy_action, tl_dnstap_action_name),
    WORD(POLICY_MATCH, "match", policy_match, tl_dnstap_match_name),
    FIELD(TEXT, POLICY_VALUE, "value", policy_value),
};

bool print_yaml_init(struct print_yaml *to)
{
    to->scratch = malloc(JSON_SCRATCH_SIZE);
    print_date_init(&to->date, true);
    print_date_init(&to->arrival, true);
    return to->scratch && bind_message_init(&to->message) && print_output_init(&to->text, -1);
}

void print_yaml_done(struct print_yaml *print)
{
    free(print->scratch);
    bind_message_done(&print->message);
    print_output_done(&print->text);
}

/* One value ------------------------------------------------------------------------------------------------
 */

static char *put_word(struct print_output *output, char *to, unsigned indent, const struct field *field,
                      int32_t number)
{
    char text[PRINT_DECIMAL_MAX + 2];
    const char *word = field->word_of(number);

    if (word)
        return yaml_put_word(output, to, indent, field->key, word);
    *put_integer(text, number) = '\0';
    return yaml_put_word(output, to, indent, field->key, text);
}

static char *put_address(struct print_output *output, char *to, unsigned indent, const char *key,
                         struct tl_bytes address)
{
    to = yaml_put_key(json_room(output, to, YAML_LINE_ROOM), indent, key);
    if (address.size != 4 && address.size != 16)
        return yaml_put_hex_instead(output, to, address);
    *to++ = '"';
    to += tl_address_print(address, to);
    return PUT(to, "\"\n");
}

/* A field that holds one name in wire form, and nothing behind it; with its final dot. */
static char *put_name(struct print_output *output, char *to, unsigned indent, const char *key,
                      struct tl_bytes name)
{
    char *text;
    size_t length, end;

    to = yaml_put_key(json_room(output, to, YAML_LINE_ROOM + 2 * TL_DNS_NAME_TEXT_SIZE), indent, key);
    text = to + 1;
    if (tl_dns_name_print(name, 0, text, &length, &end) != TL_OK || end != name.size)
        return yaml_put_hex_instead(output, to, name);
    if (*text != '.') /* the root is a dot already */
        text[length++] = '.';
    *to = '"';
    return PUT(json_escape(text, length), "\"\n");
}

/* Seconds and nanoseconds as one time, or, if it is none, what there is of them. */
static char *put_time(struct print_yaml *print, struct print_output *output, char *to, unsigned indent,
                      const struct field *field, const struct tl_dnstap *dnstap)
{
    bool is_query = field->field == TL_DNSTAP_F_QUERY_TIME_SEC;
    uint64_t seconds = is_query ? dnstap->query_time_sec : dnstap->response_time_sec;
    uint32_t nanoseconds = is_query ? dnstap->query_time_nsec : dnstap->response_time_nsec;
    unsigned there = dnstap->present >> field->field & 3;
    const char *text = NULL;

    if (there == 3 && nanoseconds <= 999999999)
        text = print_date_json(&print->date, seconds);
    if (text) {
        to = PUT(yaml_put_key(json_room(output, to, YAML_LINE_ROOM), indent, field->key), "!!timestamp ");
        to = put_nine(put_text(to, text, PRINT_DATE_SIZE), nanoseconds);
        return PUT(to, "Z\n");
    }
    if (there & 1)
        to = yaml_put_number(output, to, indent, is_query ? "query_time_sec" : "response_time_sec", seconds);
    if (there & 2)
        to = yaml_put_number(output, to, indent, is_query ? "query_time_nsec" : "response_time_nsec",
                             nanoseconds);
    return to;
}

static char *put_size(struct print_output *output, char *to, unsigned indent, const char *key,
                      const struct record *record)
{
    to = put_decimal(yaml_put_key(json_room(output, to, YAML_LINE_ROOM), indent, key),
                     record_wire(record).size);
    return PUT(to, "b\n");
}

static char *put_field(struct print_yaml *print, struct print_output *output, char *to, unsigned indent,
                       const struct field *field, const struct record *record)
{
    const struct tl_dnstap *dnstap = &record->dnstap;
    const void *value = (const char *)dnstap + field->offset;

    switch (field->kind) {
    case KIND_TEXT: return yaml_put_bytes(output, to, indent, field->key, *(const struct tl_bytes *)value);
    case KIND_NAME: return put_name(output, to, indent, field->key, *(const struct tl_bytes *)value);
    case KIND_ADDRESS: return put_address(output, to, indent, field->key, *(const struct tl_bytes *)value);
    case KIND_WORD: return put_word(output, to, indent, field, *(const int32_t *)value);
    case KIND_NUMBER: return yaml_put_number(output, to, indent, field->key, *(const uint32_t *)value);
    case KIND_TIME: return put_time(print, output, to, indent, field, dnstap);
    case KIND_SIZE: return put_size(output, to, indent, field->key, record);
    }
    return to;
}

static char *put_fields(struct print_yaml *print, struct print_output *output, char *to, unsigned indent,
                        const struct field *list, size_t count, const struct record *record)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t bits = list[i].kind == KIND_TIME ? 3 : 1; /* of a time either part */
        if (record->dnstap.present >> list[i].field & bits)
            to = put_field(print, output, to, indent, &list[i], record);
    }
    return to;
}

/* The parts of a document ----------------------------------------------------------------------------------
 */

/* Fields that the schema does not know, tags included. */
static char *put_unknown(struct print_output *output, char *to, unsigned indent,
                         const struct tl_dnstap_unknown *unknown)
{
    if (!unknown->count)
        return to;
    to = yaml_put_head(json_room(output, to, YAML_LINE_ROOM), indent, "unknown_hex");
    for (uint32_t i = 0; i < unknown->count; i++) {
        to = json_room(output, to, YAML_LINE_ROOM);
        memset(to, ' ', indent);
        to = json_put_hex(output, PUT(to + indent, "  - "), unknown->fields[i]);
        to[-1] = '\n';
    }
    return to;
}

static char *put_policy(struct print_yaml *print, struct print_output *output, char *to,
                        const struct record *record)
{
    const uint32_t parts = PRESENT(POLICY_TYPE) | PRESENT(POLICY_RULE) | PRESENT(POLICY_ACTION) |
                           PRESENT(POLICY_MATCH) | PRESENT(POLICY_VALUE);

    to = yaml_put_head(json_room(output, to, YAML_LINE_ROOM), 2, "policy");
    if (!(record->dnstap.present & parts) && !record->dnstap.policy_unknown.count)
        return PUT(to - 1, " {}\n");
    to = put_fields(print, output, to, 4, policy_fields, COUNT(policy_fields), record);
    return put_unknown(output, to, 4, &record->dnstap.policy_unknown);
}

/* A DNS message under the keys that dnstap-read gives it: as data, and as text. */
static char *put_message(struct print_yaml *print, struct print_output *output, char *to, bool is_query,
                         struct tl_bytes wire)
{
    to = yaml_put_head(json_room(output, to, YAML_LINE_ROOM), 2,
                       is_query ? "query_message_data" : "response_message_data");
    to = print_yaml_message(print, output, to, wire);
    return print_yaml_text(print, output, to, is_query ? "query_message" : "response_message", wire);
}

static char *put_dnstap(struct print_yaml *print, struct print_output *output, char *to,
                        const struct record *record)
{
    const struct tl_dnstap *dnstap = &record->dnstap;
    char type[PRINT_DECIMAL_MAX + 2];

    *put_integer(type, dnstap->type) = '\0';
    to = yaml_put_word(output, to, 0, "type", dnstap->type == TL_DNSTAP_TYPE_MESSAGE ? "MESSAGE" : type);
    to = put_fields(print, output, to, 0, fields, COUNT(fields), record);
    to = put_unknown(output, to, 0, &dnstap->unknown);
    uint64_t omitted =
        (uint64_t)dnstap->unknown.omitted + dnstap->message_unknown.omitted + dnstap->policy_unknown.omitted;
    if (omitted)
        to = yaml_put_number(output, to, 0, "unknown_omitted", omitted);
    if (!tl_dnstap_has(dnstap, TL_DNSTAP_F_MESSAGE))
        return to;
    to = yaml_put_head(json_room(output, to, YAML_LINE_ROOM), 0, "message");
    to = put_fields(print, output, to, 2, message_fields, COUNT(message_fields), record);
    if (tl_dnstap_has(dnstap, TL_DNSTAP_F_POLICY))
        to = put_policy(print, output, to, record);
    to = put_unknown(output, to, 2, &dnstap->message_unknown);
    if (tl_dnstap_has(dnstap, TL_DNSTAP_F_QUERY_MESSAGE))
        to = put_message(print, output, to, true, dnstap->query_message);
    if (tl_dnstap_has(dnstap, TL_DNSTAP_F_RESPONSE_MESSAGE))
        to = put_message(print, output, to, false, dnstap->response_message);
    return to;
}

/* A frame that is no dnstap: why, where, and the frame itself. */
static char *put_undecodable(struct print_output *output, char *to, const struct record *record)
{
    char reason[PRINT_REASON_MAX];
    size_t size = (size_t)(print_put_reason(reason, record) - reason);

    to = yaml_put_bytes(output, to, 0, "error", tl_bytes(reason, size));
    to = yaml_put_number(output, to, 0, "offset", record->offset);
    return yaml_put_hex(output, to, 0, "frame_hex", record->frame);
}

/* What became of the exchange, and how long that took, in seconds. */
static char *put_pair(struct print_output *output, char *to, const struct record *record)
{
    uint64_t latency;

    to = yaml_put_word(output, to, 0, "pair", record_pair_name((int32_t)record->pair));
    if (record->pair != RECORD_ANSWERED || !record_latency(record, &latency))
        return to;
    to = yaml_put_key(json_room(output, to, YAML_LINE_ROOM), 0, "latency");
    return PUT(put_seconds(to, latency), "\n");
}

void print_yaml_put(struct print_yaml *print, struct print_output *output, const struct record *record)
{
    char *to = PUT(print_room(output, YAML_LINE_ROOM), "---\n");

    if (record->status == TL_OK)
        to = put_dnstap(print, output, to, record);
    else
        to = put_undecodable(output, to, record);
    if (record->pair != RECORD_NOT_PAIRED)
        to = put_pair(output, to, record);
    if (record->origin)
        to = print_put_origin_yaml(output, to, &print->arrival, record);
    output->at = to;
}
