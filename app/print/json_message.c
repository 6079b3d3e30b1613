/* A DNS message as JSON: header, sections, EDNS. Invariant: what could be read before a fault is kept, and a
 * message with a fault is there as a whole in hexadecimal; a walk is bounded by the message's size. */
#include "print/json.h"

#include "print/json_text.h"

#define TYPE_OPT 41
#define WIRE_MAX 65535 /* RFC 1035 section 4.2.2: the length has two bytes */

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

struct word {
    uint16_t number;
    const char *text;
};

static const struct word flags[] = {
    {TL_DNS_QR, "qr"}, {TL_DNS_AA, "aa"}, {TL_DNS_TC, "tc"}, {TL_DNS_RD, "rd"},
    {TL_DNS_RA, "ra"}, {TL_DNS_Z, "z"},   {TL_DNS_AD, "ad"}, {TL_DNS_CD, "cd"},
};

/* RFC 6891 section 6.1.4, RFC 9824 section 5.1. */
static const struct word edns_flags[] = {{0x8000, "do"}, {0x4000, "co"}};

/* https://www.iana.org/assignments/dns-parameters, "DNS EDNS0 Option Codes (OPT)". */
static const struct word options[] = {
    {1, "LLQ"},         {2, "UPDATE-LEASE"},    {3, "NSID"},         {5, "DAU"},     {6, "DHU"},
    {7, "N3U"},         {8, "CLIENT-SUBNET"},   {9, "EXPIRE"},       {10, "COOKIE"}, {11, "TCP-KEEPALIVE"},
    {12, "PADDING"},    {13, "CHAIN"},          {14, "KEY-TAG"},     {15, "EDE"},    {16, "CLIENT-TAG"},
    {17, "SERVER-TAG"}, {18, "REPORT-CHANNEL"}, {19, "ZONEVERSION"},
};

/* A message while it is printed. */
struct walk {
    struct print_json *print;
    struct json *json;
    struct tl_dns message;
    bool has_edns;
    struct tl_dns_edns edns; /* of the first OPT record */

    enum tl_status fault; /* TL_OK: none */
    size_t fault_at;
};

static void fail(struct walk *walk, enum tl_status status, size_t offset)
{
    if (walk->fault == TL_OK) {
        walk->fault = status;
        walk->fault_at = offset;
    }
}

/* A key and a short string that needs no escape. */
static void put_string(struct json *json, const char *key, size_t key_size, const char *text, size_t size)
{
    char *to = json_put_key(json, key, key_size, size + 2);

    *to++ = '"';
    to = put_text(to, text, size);
    *to++ = '"';
    json_keep(json, to);
}

#define PUT_STRING(json, word, text, size)                                                                   \
    put_string(json, "\"" word "\":", sizeof("\"" word "\":") - 1, text, size)

static void put_flags(struct json *json, const struct word *words, size_t count, unsigned set)
{
    json_keep(json, JSON_PUT_KEY(json, "flags", 0));
    char outer = json_open(json, '[');
    for (size_t i = 0; i < count; i++) {
        if (set & words[i].number) {
            put_string(json, "", 0, words[i].text, strlen(words[i].text));
            set &= ~(unsigned)words[i].number;
        }
    }
    if (set) { /* those without a name, as one number */
        char text[6] = {'0', 'x'};
        const uint8_t bytes[2] = {(uint8_t)(set >> 8), (uint8_t)set};
        put_hex(text + 2, bytes, 2, "0123456789abcdef");
        put_string(json, "", 0, text, sizeof(text));
    }
    json_close(json, '[', outer);
}

static void put_header(struct walk *walk)
{
    const unsigned named =
        TL_DNS_QR | TL_DNS_AA | TL_DNS_TC | TL_DNS_RD | TL_DNS_RA | TL_DNS_Z | TL_DNS_AD | TL_DNS_CD;
    char text[TL_DNS_WORD_SIZE];
    size_t size;

    JSON_PUT_NUMBER(walk->json, "id", walk->message.id);
    size = tl_dns_opcode_print(tl_dns_opcode(&walk->message), text);
    PUT_STRING(walk->json, "opcode", text, size);
    size = tl_dns_rcode_print((unsigned)walk->edns.extended_rcode << 4 | tl_dns_rcode(&walk->message), text);
    PUT_STRING(walk->json, "rcode", text, size);
    put_flags(walk->json, flags, COUNT(flags), walk->message.flags & named);
}

static void put_name(struct json *json, struct tl_bytes wire, size_t offset)
{
    char *to = JSON_PUT_KEY(json, "name", 2 * TL_DNS_NAME_TEXT_SIZE + 2);
    size_t length = 0;

    *to++ = '"';
    if (tl_dns_name_print(wire, offset, to, &length, NULL) == TL_OK)
        to = json_escape(to, length);
    *to++ = '"';
    json_keep(json, to);
}

/* RFC 3597 section 5: a length and hexadecimal, for any rdata. */
static void put_generic_rdata(struct json *json, struct tl_bytes rdata)
{
    char *to = print_room(json->output, PRINT_DECIMAL_MAX + 8);

    to = PUT(to, "\"\\\\# ");
    to = put_decimal(to, rdata.size);
    if (rdata.size)
        *to++ = ' ';
    json_keep(json, to);
    json_put_digits(json, rdata);
    to = print_room(json->output, 1);
    *to++ = '"';
    json_keep(json, to);
}

/* Straight into the output; by way of the scratch memory if it is longer than the room there. */
static void put_rdata(struct walk *walk, const struct tl_dns_record *record)
{
    enum { ROOM = 4096 };
    struct json *json = walk->json;
    char *to = JSON_PUT_KEY(json, "rdata", 2 * ROOM + 2);
    struct tl_builder builder = tl_builder(to + 1, ROOM);
    enum tl_status status = tl_dns_rdata_print(&walk->message, record, &builder);

    if (status == TL_OK) {
        *to++ = '"';
        to = json_escape(to, tl_builder_size(&builder));
        *to++ = '"';
        json_keep(json, to);
        return;
    }
    json_keep(json, to);
    builder = tl_builder(walk->print->scratch, JSON_SCRATCH_SIZE);
    if (status == TL_FULL)
        status = tl_dns_rdata_print(&walk->message, record, &builder);
    if (status == TL_OK) {
        json_put_string(json, tl_builder_bytes(&builder));
        return;
    }
    put_generic_rdata(json, record->rdata);
    if (record->rdata.size) { /* UPDATE deletes with empty rdata, whatever the type */
        const char *sentence = tl_status_text(status);
        PUT_STRING(json, "rdata_error", sentence, strlen(sentence));
    }
}

static void put_record(struct walk *walk, const struct tl_dns_record *record)
{
    struct json *json = walk->json;
    char text[TL_DNS_WORD_SIZE];
    size_t size;

    json_keep(json, json_put_key(json, "", 0, 0));
    char outer = json_open(json, '{');
    put_name(json, walk->message.wire, record->name);
    size = tl_dns_class_print(record->rclass, text);
    PUT_STRING(json, "class", text, size);
    size = tl_dns_type_print(record->type, text);
    PUT_STRING(json, "type", text, size);
    if (record->section != TL_DNS_QUESTION) {
        JSON_PUT_NUMBER(json, "ttl", record->ttl);
        put_rdata(walk, record);
    }
    json_close(json, '{', outer);
}

/* The sections that have records, each as an array. The OPT record that `edns` shows is not repeated. */
static void put_sections(struct walk *walk)
{
    static const struct json_key keys[TL_DNS_SECTIONS] = {
        [TL_DNS_QUESTION] = JSON_KEY("question"),
        [TL_DNS_ANSWER] = JSON_KEY("answer"),
        [TL_DNS_AUTHORITY] = JSON_KEY("authority"),
        [TL_DNS_ADDITIONAL] = JSON_KEY("additional"),
    };
    struct json *json = walk->json;
    struct tl_dns_cursor at = tl_dns_records(&walk->message);
    struct tl_dns_record record;
    enum tl_dns_section section = TL_DNS_SECTIONS; /* the array that is open */
    bool opt_is_due = walk->has_edns;
    enum tl_status status;
    char outer = ',';

    while ((status = tl_dns_next_record(&at, &record)) == TL_OK) {
        if (opt_is_due && record.section == TL_DNS_ADDITIONAL && record.type == TYPE_OPT) {
            opt_is_due = false;
            continue;
        }
        if (record.section != section) {
            if (section != TL_DNS_SECTIONS)
                json_close(json, '[', outer);
            section = record.section;
            json_keep(json, json_put_key(json, keys[section].plain, keys[section].plain_size, 0));
            outer = json_open(json, '[');
        }
        put_record(walk, &record);
    }
    if (section != TL_DNS_SECTIONS)
        json_close(json, '[', outer);
    if (status != TL_END) {
        fail(walk, status, at.offset);
    } else if (at.offset < walk->message.wire.size) {
        json_keep(json, JSON_PUT_KEY(json, "trailing_hex", 0));
        json_put_hex(json,
                     tl_bytes(walk->message.wire.data + at.offset, walk->message.wire.size - at.offset));
    }
}

static void put_option(struct json *json, uint16_t code, struct tl_bytes value)
{
    json_keep(json, json_put_key(json, "", 0, 0));
    char outer = json_open(json, '{');
    JSON_PUT_NUMBER(json, "code", code);
    for (size_t i = 0; i < COUNT(options); i++) {
        if (options[i].number == code)
            PUT_STRING(json, "name", options[i].text, strlen(options[i].text));
    }
    json_keep(json, JSON_PUT_KEY(json, "data", 0));
    json_put_hex(json, value);
    json_close(json, '{', outer);
}

static void put_edns(struct walk *walk)
{
    struct json *json = walk->json;
    struct tl_bytes left = walk->edns.options, value;
    enum tl_status status;
    uint16_t code;

    json_keep(json, JSON_PUT_KEY(json, "edns", 0));
    char outer = json_open(json, '{');
    JSON_PUT_NUMBER(json, "version", walk->edns.version);
    JSON_PUT_NUMBER(json, "udp_size", walk->edns.udp_size);
    put_flags(json, edns_flags, COUNT(edns_flags), walk->edns.flags);
    if (left.size) {
        json_keep(json, JSON_PUT_KEY(json, "options", 0));
        char around = json_open(json, '[');
        while ((status = tl_dns_next_option(&left, &code, &value)) == TL_OK)
            put_option(json, code, value);
        json_close(json, '[', around);
        if (status != TL_END)
            fail(walk, status, (size_t)(left.data - walk->message.wire.data));
    }
    json_close(json, '{', outer);
}

static void put_fault(const struct walk *walk, struct tl_bytes wire)
{
    const char *sentence = tl_status_text(walk->fault);

    PUT_STRING(walk->json, "error", sentence, strlen(sentence));
    JSON_PUT_NUMBER(walk->json, "error_offset", (int64_t)walk->fault_at);
    json_keep(walk->json, JSON_PUT_KEY(walk->json, "wire", 0));
    json_put_hex(walk->json, wire);
}

void print_json_message(struct print_json *print, struct json *json, struct tl_bytes wire)
{
    struct walk walk = {.print = print, .json = json, .fault = TL_OK};
    char outer = json_open(json, '{');

    JSON_PUT_NUMBER(json, "size", (int64_t)wire.size);
    if (wire.size > WIRE_MAX) {
        fail(&walk, TL_BAD_LENGTH, WIRE_MAX);
    } else if (tl_dns_open(wire, &walk.message) != TL_OK) {
        fail(&walk, TL_TRUNCATED, wire.size);
    } else {
        walk.has_edns = tl_dns_edns(&walk.message, &walk.edns) == TL_OK;
        put_header(&walk);
        put_sections(&walk);
        if (walk.has_edns)
            put_edns(&walk);
    }
    if (walk.fault != TL_OK)
        put_fault(&walk, wire);
    json_close(json, '{', outer);
}
