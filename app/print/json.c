/* A dnstap record as JSON: one table of fields for each message of the schema, and a function for each kind
 * of value. Invariant: nothing of the frame is lost: what has no text form (bytes that are no UTF-8, names
 * and addresses that are none, numbers without a word, unknown fields) is there in hexadecimal or as a
 * number. */
#include "print/json.h"

#include "print/json_text.h"
#include "print/line.h"
#include "print/origin.h"

#include <stdlib.h>

#define ALWAYS_INLINE static inline __attribute__((always_inline))

enum kind { KIND_TEXT, KIND_NAME, KIND_ADDRESS, KIND_WORD, KIND_NUMBER, KIND_TIME, KIND_DNS };

struct field {
    enum kind kind;
    enum tl_dnstap_field field; /* of a time: its seconds, which the nanoseconds follow */
    size_t offset;              /* in struct tl_dnstap; of a time: of its seconds */
    enum json_set set;          /* of KIND_WORD */
    struct json_key key;
};

#define FIELD(kind, field, word, member)                                                                     \
    {                                                                                                        \
        KIND_##kind, TL_DNSTAP_F_##field, offsetof(struct tl_dnstap, member), JSON_SETS, JSON_KEY(word)      \
    }
#define WORD(field, word, member, set)                                                                       \
    {                                                                                                        \
        KIND_WORD, TL_DNSTAP_F_##field, offsetof(struct tl_dnstap, member), set, JSON_KEY(word)              \
    }

static const struct field fields[] = {
    WORD(MESSAGE_TYPE, "type", message_type, JSON_MESSAGE_TYPE),
    FIELD(TEXT, IDENTITY, "identity", identity),
    FIELD(TEXT, VERSION, "version", version),
    FIELD(TEXT, EXTRA, "extra", extra),
    WORD(SOCKET_FAMILY, "socket_family", socket_family, JSON_FAMILY),
    WORD(SOCKET_PROTOCOL, "socket_protocol", socket_protocol, JSON_PROTOCOL),
    WORD(HTTP_PROTOCOL, "http_protocol", http_protocol, JSON_HTTP),
    FIELD(ADDRESS, QUERY_ADDRESS, "query_address", query_address),
    FIELD(NUMBER, QUERY_PORT, "query_port", query_port),
    FIELD(ADDRESS, RESPONSE_ADDRESS, "response_address", response_address),
    FIELD(NUMBER, RESPONSE_PORT, "response_port", response_port),
    FIELD(TIME, QUERY_TIME_SEC, "query_time", query_time_sec),
    FIELD(TIME, RESPONSE_TIME_SEC, "response_time", response_time_sec),
    FIELD(NAME, QUERY_ZONE, "query_zone", query_zone),
};

static const struct field policy_fields[] = {
    FIELD(TEXT, POLICY_TYPE, "type", policy_type),
    FIELD(NAME, POLICY_RULE, "rule", policy_rule),
    WORD(POLICY_ACTION, "action", policy_action, JSON_ACTION),
    WORD(POLICY_MATCH, "match", policy_match, JSON_MATCH),
    FIELD(TEXT, POLICY_VALUE, "value", policy_value),
};

static const struct field message_fields[] = {
    FIELD(DNS, QUERY_MESSAGE, "query_message", query_message),
    FIELD(DNS, RESPONSE_MESSAGE, "response_message", response_message),
};

/* The schema's words of one set in quotes, with the comma behind. */
static void init_words(struct json_word words[JSON_SET_SIZE], const char *(*word_of)(int32_t number))
{
    for (int32_t i = 0; i < JSON_SET_SIZE; i++) {
        const char *word = word_of(i);
        struct json_word *to = &words[i];
        to->size = 0;
        if (word) {
            char *end = put_text(PUT(to->text, "\""), word, strlen(word));
            to->size = (uint8_t)(PUT(end, "\",") - to->text);
        }
    }
}

bool print_json_init(struct print_json *to)
{
    to->scratch = malloc(JSON_SCRATCH_SIZE);
    print_date_init(&to->date, true);
    print_date_init(&to->arrival, true);
    init_words(to->words[JSON_MESSAGE_TYPE], tl_dnstap_message_type_name);
    init_words(to->words[JSON_FAMILY], tl_dnstap_family_name);
    init_words(to->words[JSON_PROTOCOL], tl_dnstap_protocol_name);
    init_words(to->words[JSON_HTTP], tl_dnstap_http_name);
    init_words(to->words[JSON_ACTION], tl_dnstap_action_name);
    init_words(to->words[JSON_MATCH], tl_dnstap_match_name);
    return to->scratch != NULL;
}

void print_json_done(struct print_json *print)
{
    free(print->scratch);
}

static inline char *put_word(char *to, const struct json_word words[JSON_SET_SIZE], int32_t number)
{
    const struct json_word *word = &words[(uint32_t)number % JSON_SET_SIZE];

    if ((uint32_t)number < JSON_SET_SIZE && word->size) {
        memcpy(to, word->text, sizeof(word->text));
        return to + word->size;
    }
    *to++ = '"';
    to = put_integer(to, number);
    return PUT(to, "\",");
}

static inline char *put_address(struct print_output *output, char *to, const struct json_key *key,
                                struct tl_bytes address)
{
    if (address.size != 4 && address.size != 16)
        return json_put_hex(output, json_put_hex_key(to, key), address);
    to = json_put_key(to, key);
    *to++ = '"';
    to = address.size == 4 ? put_ipv4(to, address.data) : to + tl_address_print(address, to);
    return PUT(to, "\",");
}

/* A field that holds one name in wire form, and nothing behind it. */
static char *put_name(struct print_output *output, char *to, const struct json_key *key, struct tl_bytes name)
{
    char *text = json_put_key(to, key);
    size_t length, end;

    *text++ = '"';
    if (tl_dns_name_print(name, 0, text, &length, &end) != TL_OK || end != name.size)
        return json_put_hex(output, json_put_hex_key(to, key), name);
    return PUT(json_escape(text, length), "\",");
}

/* A number as it came, where there is no better form. */
static char *put_raw(char *to, const struct json_key *key, uint64_t value)
{
    to = put_decimal(json_put_key(to, key), value);
    *to++ = ',';
    return to;
}

/* Seconds and nanoseconds as one time, or, if it is none, what there is of them. */
static inline char *put_time(struct print_json *print, char *to, const struct field *field,
                             const struct tl_dnstap *dnstap)
{
    static const struct json_key seconds_keys[] = {JSON_KEY("response_time_sec"), JSON_KEY("query_time_sec")};
    static const struct json_key rest_keys[] = {JSON_KEY("response_time_nsec"), JSON_KEY("query_time_nsec")};
    bool is_query = field->field == TL_DNSTAP_F_QUERY_TIME_SEC;
    uint64_t seconds = is_query ? dnstap->query_time_sec : dnstap->response_time_sec;
    uint32_t nanoseconds = is_query ? dnstap->query_time_nsec : dnstap->response_time_nsec;
    unsigned there = dnstap->present >> field->field & 3;
    const char *text = NULL;

    if (there == 3 && nanoseconds <= 999999999)
        text = print_date_json(&print->date, seconds);
    if (text) {
        to = json_put_key(to, &field->key);
        *to++ = '"';
        to = put_nine(put_text(to, text, PRINT_DATE_SIZE), nanoseconds);
        return PUT(to, "Z\",");
    }
    if (there & 1)
        to = put_raw(to, &seconds_keys[is_query], seconds);
    if (there & 2)
        to = put_raw(to, &rest_keys[is_query], nanoseconds);
    return to;
}

/* The longest value that is not put in pieces: a name, escaped twice. */
#define FIELD_ROOM (2 * TL_DNS_NAME_TEXT_SIZE + 2 * JSON_KEY_SIZE)

ALWAYS_INLINE char *put_field(struct print_json *print, struct print_output *output, char *to,
                              const struct field *field, const struct tl_dnstap *dnstap)
{
    const void *value = (const char *)dnstap + field->offset;

    to = json_room(output, to, FIELD_ROOM);
    switch (field->kind) {
    case KIND_TEXT: return json_put_bytes(output, to, &field->key, *(const struct tl_bytes *)value);
    case KIND_NAME: return put_name(output, to, &field->key, *(const struct tl_bytes *)value);
    case KIND_ADDRESS: return put_address(output, to, &field->key, *(const struct tl_bytes *)value);
    case KIND_WORD:
        return put_word(json_put_key(to, &field->key), print->words[field->set], *(const int32_t *)value);
    case KIND_NUMBER: return put_raw(to, &field->key, *(const uint32_t *)value);
    case KIND_TIME: return put_time(print, to, field, dnstap);
    case KIND_DNS:
        return print_json_message(print, output, json_put_key(to, &field->key),
                                  *(const struct tl_bytes *)value);
    }
    return to;
}

static inline bool is_present(const struct field *field, const struct tl_dnstap *dnstap)
{
    uint32_t bits = field->kind == KIND_TIME ? 3 : 1; /* of a time either part */
    return dnstap->present >> field->field & bits;
}

ALWAYS_INLINE char *put_fields(struct print_json *print, struct print_output *output, char *to,
                               const struct field *list, size_t count, const struct tl_dnstap *dnstap)
{
#pragma GCC unroll 16
    for (size_t i = 0; i < count; i++) {
        if (is_present(&list[i], dnstap))
            to = put_field(print, output, to, &list[i], dnstap);
    }
    return to;
}

/* The list is one of those above, so that the loop becomes straight code with every row in its place. */
#define PUT_FIELDS(print, output, to, list, dnstap)                                                          \
    put_fields(print, output, to, list, sizeof(list) / sizeof((list)[0]), dnstap)

/* Fields that the schema does not know, tags included. */
static char *put_unknown(struct print_output *output, char *to, const struct json_key *key,
                         const struct tl_dnstap_unknown *unknown)
{
    if (!unknown->count)
        return to;
    to = json_put_hex_key(json_room(output, to, JSON_KEY_SIZE), key);
    *to++ = '[';
    for (uint32_t i = 0; i < unknown->count; i++)
        to = json_put_hex(output, json_room(output, to, 1), unknown->fields[i]);
    return json_close(to, ']');
}

static char *put_policy(struct print_json *print, struct print_output *output, char *to,
                        const struct tl_dnstap *dnstap)
{
    static const struct json_key unknown = JSON_KEY("unknown");

    to = JSON_PUT_KEY(json_room(output, to, 0), "policy");
    *to++ = '{';
    to = PUT_FIELDS(print, output, to, policy_fields, dnstap);
    to = put_unknown(output, to, &unknown, &dnstap->policy_unknown);
    return json_close(json_room(output, to, 0), '}');
}

static char *put_all_unknown(struct print_output *output, char *to, const struct tl_dnstap *dnstap)
{
    static const struct json_key of_dnstap = JSON_KEY("unknown"), of_message = JSON_KEY("message_unknown");
    static const struct json_key not_listed = JSON_KEY("unknown_omitted");
    uint64_t omitted =
        (uint64_t)dnstap->unknown.omitted + dnstap->message_unknown.omitted + dnstap->policy_unknown.omitted;

    to = put_unknown(output, to, &of_dnstap, &dnstap->unknown);
    to = put_unknown(output, to, &of_message, &dnstap->message_unknown);
    return omitted ? put_raw(json_room(output, to, JSON_KEY_SIZE + PRINT_DECIMAL_MAX), &not_listed, omitted)
                   : to;
}

static char *put_dnstap(struct print_json *print, struct print_output *output, char *to,
                        const struct record *record)
{
    const struct tl_dnstap *dnstap = &record->dnstap;

    if (!record_is_message(record)) {
        to = JSON_PUT_KEY(to, "dnstap_type");
        if (dnstap->type == TL_DNSTAP_TYPE_MESSAGE)
            to = PUT(to, "\"MESSAGE\",");
        else
            to = PUT(put_integer(PUT(to, "\""), dnstap->type), "\",");
    }
    to = PUT_FIELDS(print, output, to, fields, dnstap);
    if (tl_dnstap_has(dnstap, TL_DNSTAP_F_POLICY))
        to = put_policy(print, output, to, dnstap);
    to = PUT_FIELDS(print, output, to, message_fields, dnstap);
    return put_all_unknown(output, to, dnstap);
}

/* A frame that is no dnstap: why, where, and the frame itself. */
static char *put_undecodable(struct print_output *output, char *to, const struct record *record)
{
    to = PUT(to, "\"error\":\"");
    to = print_put_reason(to, record);
    to = PUT(to, "\",\"offset\":");
    to = put_decimal(to, record->offset);
    to = PUT(to, ",\"frame_hex\":");
    return json_put_hex(output, to, record->frame);
}

/* What became of the exchange, and how long that took, in seconds. */
static char *put_pair(struct print_output *output, char *to, const struct record *record)
{
    const char *word = record_pair_name((int32_t)record->pair);
    uint64_t latency;

    to = PUT(json_room(output, to, 64), "\"pair\":\"");
    to = PUT(put_text(to, word, strlen(word)), "\",");
    if (record->pair != RECORD_ANSWERED || !record_latency(record, &latency))
        return to;
    return PUT(put_seconds(PUT(to, "\"latency\":"), latency), ",");
}

void print_json_put(struct print_json *print, struct print_output *output, const struct record *record)
{
    char *to = print_room(output, PRINT_REASON_MAX + 256);

    *to++ = '{';
    if (record->status == TL_OK)
        to = put_dnstap(print, output, to, record);
    else
        to = put_undecodable(output, to, record);
    if (__builtin_expect(record->pair != RECORD_NOT_PAIRED, 0))
        to = put_pair(output, to, record);
    if (__builtin_expect(record->origin != NULL, 0))
        to = print_put_origin_json(output, to, &print->arrival, record);
    to = json_close(json_room(output, to, 0), '}');
    to[-1] = '\n';
    output->at = to;
}
