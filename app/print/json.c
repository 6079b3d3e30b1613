/* A dnstap record as JSON: one table of fields for each message of the schema, and a function for each kind
 * of value. Invariant: nothing of the frame is lost: what has no text form (bytes that are no UTF-8, names
 * and addresses that are none, numbers without a word, unknown fields) is there in hexadecimal or as a
 * number. */
#include "print/json.h"

#include "print/json_text.h"
#include "print/line.h"

#include <stdlib.h>

enum kind { KIND_TEXT, KIND_NAME, KIND_ADDRESS, KIND_WORD, KIND_NUMBER, KIND_TIME, KIND_DNS };

typedef const char *word_of(int32_t number);

struct field {
    enum kind kind;
    enum tl_dnstap_field field; /* of a time: its seconds, which the nanoseconds follow */
    struct json_key key;
    size_t offset; /* in struct tl_dnstap; of a time: of its seconds */
    word_of *word;
};

#define FIELD(kind, field, word, member)                                                                     \
    {                                                                                                        \
        KIND_##kind, TL_DNSTAP_F_##field, JSON_KEY(word), offsetof(struct tl_dnstap, member), NULL           \
    }
#define WORD(field, word, member, function)                                                                  \
    {                                                                                                        \
        KIND_WORD, TL_DNSTAP_F_##field, JSON_KEY(word), offsetof(struct tl_dnstap, member), function         \
    }

static const struct field fields[] = {
    WORD(MESSAGE_TYPE, "type", message_type, tl_dnstap_message_type_name),
    FIELD(TEXT, IDENTITY, "identity", identity),
    FIELD(TEXT, VERSION, "version", version),
    FIELD(TEXT, EXTRA, "extra", extra),
    WORD(SOCKET_FAMILY, "socket_family", socket_family, tl_dnstap_family_name),
    WORD(SOCKET_PROTOCOL, "socket_protocol", socket_protocol, tl_dnstap_protocol_name),
    WORD(HTTP_PROTOCOL, "http_protocol", http_protocol, tl_dnstap_http_name),
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
    WORD(POLICY_ACTION, "action", policy_action, tl_dnstap_action_name),
    WORD(POLICY_MATCH, "match", policy_match, tl_dnstap_match_name),
    FIELD(TEXT, POLICY_VALUE, "value", policy_value),
};

static const struct field message_fields[] = {
    FIELD(DNS, QUERY_MESSAGE, "query_message", query_message),
    FIELD(DNS, RESPONSE_MESSAGE, "response_message", response_message),
};

bool print_json_init(struct print_json *to)
{
    to->scratch = malloc(JSON_SCRATCH_SIZE);
    print_date_init(&to->date, true);
    return to->scratch != NULL;
}

void print_json_done(struct print_json *print)
{
    free(print->scratch);
}

static void put_as_hex(struct json *json, const struct json_key *key, struct tl_bytes bytes)
{
    json_keep(json, json_put_key(json, key->hex, key->hex_size, 0));
    json_put_hex(json, bytes);
}

/* An enum: the schema's word, or the number as a string. */
static void put_word(struct json *json, const struct json_key *key, const char *word, int32_t number)
{
    size_t size = word ? strlen(word) : 0;
    char *to = json_put_key(json, key->plain, key->plain_size, size + PRINT_DECIMAL_MAX + 3);

    *to++ = '"';
    to = word ? put_text(to, word, size) : put_integer(to, number);
    *to++ = '"';
    json_keep(json, to);
}

static void put_address(struct json *json, const struct json_key *key, struct tl_bytes address)
{
    if (address.size != 4 && address.size != 16) {
        put_as_hex(json, key, address);
        return;
    }
    char *to = json_put_key(json, key->plain, key->plain_size, TL_ADDRESS_TEXT_SIZE + 2);
    *to++ = '"';
    to = address.size == 4 ? put_ipv4(to, address.data) : to + tl_address_print(address, to);
    *to++ = '"';
    json_keep(json, to);
}

/* A field that holds one name in wire form, and nothing behind it. */
static void put_name(struct json *json, const struct json_key *key, struct tl_bytes name)
{
    char text[TL_DNS_NAME_TEXT_SIZE];
    size_t length, end;

    if (tl_dns_name_print(name, 0, text, &length, &end) != TL_OK || end != name.size) {
        put_as_hex(json, key, name);
        return;
    }
    char *to = json_put_key(json, key->plain, key->plain_size, 2 * TL_DNS_NAME_TEXT_SIZE + 2);
    *to++ = '"';
    to = json_escape(put_text(to, text, length) - length, length);
    *to++ = '"';
    json_keep(json, to);
}

/* Seconds and nanoseconds as one time, or, if it is none, what there is of them. */
static void put_time(struct print_json *print, struct json *json, const struct field *field,
                     const struct tl_dnstap *dnstap)
{
    bool is_query = field->field == TL_DNSTAP_F_QUERY_TIME_SEC;
    uint64_t seconds = is_query ? dnstap->query_time_sec : dnstap->response_time_sec;
    uint32_t nanoseconds = is_query ? dnstap->query_time_nsec : dnstap->response_time_nsec;
    bool has_seconds = dnstap->present >> field->field & 1,
         has_rest = dnstap->present >> (field->field + 1) & 1;
    const char *text = NULL;

    if (has_seconds && has_rest && nanoseconds <= 999999999)
        text = print_date_json(&print->date, seconds);
    if (text) {
        char *to = json_put_key(json, field->key.plain, field->key.plain_size, TL_TIME_TEXT_SIZE + 2);
        *to++ = '"';
        to = put_nine(put_text(to, text, PRINT_DATE_SIZE), nanoseconds);
        json_keep(json, PUT(to, "Z\""));
        return;
    }
    if (has_seconds) {
        static const struct json_key keys[] = {JSON_KEY("response_time_sec"), JSON_KEY("query_time_sec")};
        char *to = json_put_key(json, keys[is_query].plain, keys[is_query].plain_size, PRINT_DECIMAL_MAX);
        json_keep(json, put_decimal(to, seconds));
    }
    if (has_rest) {
        static const struct json_key keys[] = {JSON_KEY("response_time_nsec"), JSON_KEY("query_time_nsec")};
        json_put_number(json, keys[is_query].plain, keys[is_query].plain_size, nanoseconds);
    }
}

static void put_field(struct print_json *print, struct json *json, const struct field *field,
                      const struct tl_dnstap *dnstap)
{
    const void *value = (const char *)dnstap + field->offset;

    switch (field->kind) {
    case KIND_TEXT: json_put_bytes(json, &field->key, *(const struct tl_bytes *)value); break;
    case KIND_NAME: put_name(json, &field->key, *(const struct tl_bytes *)value); break;
    case KIND_ADDRESS: put_address(json, &field->key, *(const struct tl_bytes *)value); break;
    case KIND_WORD:
        put_word(json, &field->key, field->word(*(const int32_t *)value), *(const int32_t *)value);
        break;
    case KIND_NUMBER:
        json_put_number(json, field->key.plain, field->key.plain_size, *(const uint32_t *)value);
        break;
    case KIND_TIME: put_time(print, json, field, dnstap); break;
    case KIND_DNS:
        json_keep(json, json_put_key(json, field->key.plain, field->key.plain_size, 0));
        print_json_message(print, json, *(const struct tl_bytes *)value);
        break;
    }
}

static bool is_present(const struct field *field, const struct tl_dnstap *dnstap)
{
    uint32_t bits = field->kind == KIND_TIME ? 3 : 1; /* of a time either part */
    return dnstap->present >> field->field & bits;
}

static void put_fields(struct print_json *print, struct json *json, const struct field *list, size_t count,
                       const struct tl_dnstap *dnstap)
{
    for (size_t i = 0; i < count; i++) {
        if (is_present(&list[i], dnstap))
            put_field(print, json, &list[i], dnstap);
    }
}

#define PUT_FIELDS(print, json, list, dnstap)                                                                \
    put_fields(print, json, list, sizeof(list) / sizeof((list)[0]), dnstap)

/* Fields that the schema does not know, tags included. */
static void put_unknown(struct json *json, const struct json_key *key,
                        const struct tl_dnstap_unknown *unknown)
{
    if (!unknown->count)
        return;
    json_keep(json, json_put_key(json, key->hex, key->hex_size, 0));
    char outer = json_open(json, '[');
    for (uint32_t i = 0; i < unknown->count; i++) {
        json_keep(json, json_put_key(json, "", 0, 0));
        json_put_hex(json, unknown->fields[i]);
    }
    json_close(json, '[', outer);
}

static void put_policy(struct print_json *print, struct json *json, const struct tl_dnstap *dnstap)
{
    static const struct json_key unknown = JSON_KEY("unknown");

    if (!tl_dnstap_has(dnstap, TL_DNSTAP_F_POLICY))
        return;
    json_keep(json, JSON_PUT_KEY(json, "policy", 0));
    char outer = json_open(json, '{');
    PUT_FIELDS(print, json, policy_fields, dnstap);
    put_unknown(json, &unknown, &dnstap->policy_unknown);
    json_close(json, '{', outer);
}

static void put_all_unknown(struct json *json, const struct tl_dnstap *dnstap)
{
    static const struct json_key of_dnstap = JSON_KEY("unknown"), of_message = JSON_KEY("message_unknown");
    uint64_t omitted =
        (uint64_t)dnstap->unknown.omitted + dnstap->message_unknown.omitted + dnstap->policy_unknown.omitted;

    put_unknown(json, &of_dnstap, &dnstap->unknown);
    put_unknown(json, &of_message, &dnstap->message_unknown);
    if (omitted)
        JSON_PUT_NUMBER(json, "unknown_omitted", (int64_t)omitted);
}

static void put_dnstap(struct print_json *print, struct json *json, const struct record *record)
{
    const struct tl_dnstap *dnstap = &record->dnstap;

    if (!record_is_message(record)) {
        static const struct json_key key = JSON_KEY("dnstap_type");
        put_word(json, &key, dnstap->type == TL_DNSTAP_TYPE_MESSAGE ? "MESSAGE" : NULL, dnstap->type);
    }
    PUT_FIELDS(print, json, fields, dnstap);
    put_policy(print, json, dnstap);
    PUT_FIELDS(print, json, message_fields, dnstap);
    put_all_unknown(json, dnstap);
}

/* A frame that is no dnstap: why, where, and the frame itself. */
static void put_undecodable(struct json *json, const struct record *record)
{
    char *to = JSON_PUT_KEY(json, "error", PRINT_REASON_MAX + 2);

    *to++ = '"';
    to = print_put_reason(to, record);
    *to++ = '"';
    json_keep(json, to);
    to = JSON_PUT_KEY(json, "offset", PRINT_DECIMAL_MAX);
    json_keep(json, put_decimal(to, record->offset));
    json_keep(json, JSON_PUT_KEY(json, "frame_hex", 0));
    json_put_hex(json, record->frame);
}

void print_json_put(struct print_json *print, struct print_output *output, const struct record *record)
{
    struct json json = {output, '{'};

    if (record->status == TL_OK)
        put_dnstap(print, &json, record);
    else
        put_undecodable(&json, record);
    json_close(&json, '{', ',');
    *print_room(output, 1) = '\n';
    output->at++;
}
