/* A DNS message as JSON: header, sections, EDNS. Invariant: what could be read before a fault is kept, and a
 * message with a fault is there as a whole in hexadecimal; a walk is bounded by the message's size. */
#include "print/json.h"

#include "print/json_text.h"

#define TYPE_OPT 41
#define WIRE_MAX 65535 /* RFC 1035 section 4.2.2: the length has two bytes */

/* A flag as it is put, long enough to be copied whole. */
struct flag {
    uint16_t bit;
    uint8_t size;
    char text[8];
};

#define FLAG(bit, word)                                                                                      \
    {                                                                                                        \
        bit, sizeof("\"" word "\",") - 1, "\"" word "\","                                                    \
    }
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const struct flag flags[] = {
    FLAG(TL_DNS_QR, "qr"), FLAG(TL_DNS_AA, "aa"), FLAG(TL_DNS_TC, "tc"), FLAG(TL_DNS_RD, "rd"),
    FLAG(TL_DNS_RA, "ra"), FLAG(TL_DNS_Z, "z"),   FLAG(TL_DNS_AD, "ad"), FLAG(TL_DNS_CD, "cd"),
};

/* RFC 6891 section 6.1.4, RFC 9824 section 5.1. */
static const struct flag edns_flags[] = {FLAG(0x8000, "do"), FLAG(0x4000, "co")};

/* A message while it is printed. */
struct walk {
    struct print_json *print;
    struct print_output *output;
    struct tl_dns message;
    struct tl_dns_edns edns; /* of the first OPT record */
    bool has_edns;

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

/* A short string that needs no escape, and its comma. */
static inline char *put_string(char *to, const char *text)
{
    *to++ = '"';
    to = put_text(to, text, strlen(text));
    return PUT(to, "\",");
}

/* The bits that are set, by name; those without a name as one number. */
static inline char *put_flags(char *to, const struct flag *list, size_t count, unsigned set)
{
    *to++ = '[';
    for (size_t i = 0; i < count; i++) {
        memcpy(to, list[i].text, sizeof(list[i].text));
        to += set & list[i].bit ? list[i].size : 0;
        set &= ~(unsigned)list[i].bit;
    }
    if (set)
        to = PUT(put_hex16(PUT(to, "\"0x"), set), "\",");
    return json_close(to, ']');
}

static inline char *put_header(const struct walk *walk, char *to)
{
    const unsigned unnamed = 0x780f; /* opcode and rcode */
    const struct tl_dns *message = &walk->message;

    to = json_room(walk->output, to, 256);
    to = put_decimal(PUT(to, "\"id\":"), message->id);
    to = PUT(to, ",\"opcode\":\"");
    to += tl_dns_opcode_print(tl_dns_opcode(message), to);
    to = PUT(to, "\",\"rcode\":\"");
    to += tl_dns_rcode_print((unsigned)walk->edns.extended_rcode << 4 | tl_dns_rcode(message), to);
    to = PUT(to, "\",\"flags\":");
    return put_flags(to, flags, COUNT(flags), message->flags & ~unnamed);
}

/* RFC 3597 section 5: a length and hexadecimal, for any rdata. */
static char *put_generic_rdata(struct print_output *output, char *to, struct tl_bytes rdata)
{
    to = put_decimal(PUT(to, "\"\\\\# "), rdata.size);
    if (rdata.size)
        *to++ = ' ';
    to = json_put_digits(output, to, rdata);
    return PUT(json_room(output, to, 0), "\",");
}

#define RDATA_ROOM 4096

/* What does not fit in the room, by way of the scratch memory; what has not the form of its type, as bytes.
 */
static __attribute__((noinline)) char *put_odd_rdata(struct walk *walk, char *to, enum tl_status status,
                                                     const struct tl_dns_record *record)
{
    struct tl_builder builder = tl_builder(walk->print->scratch, JSON_SCRATCH_SIZE);

    if (status == TL_FULL)
        status = tl_dns_rdata_print(&walk->message, record, &builder);
    if (status == TL_OK)
        return json_put_string(walk->output, to, tl_builder_bytes(&builder));
    to = put_generic_rdata(walk->output, to, record->rdata);
    to = JSON_PUT_KEY(json_room(walk->output, to, 128), "rdata_error");
    return put_string(to, tl_status_text(status));
}

/* The caller has room for RDATA_ROOM bytes, each of them escaped. */
static inline char *put_rdata(struct walk *walk, char *to, const struct tl_dns_record *record)
{
    struct tl_builder builder = tl_builder(to + 1, RDATA_ROOM);
    enum tl_status status = tl_dns_rdata_print(&walk->message, record, &builder);

    if (__builtin_expect(status != TL_OK, 0))
        return put_odd_rdata(walk, to, status, record);
    *to++ = '"';
    return PUT(json_escape(to, tl_builder_size(&builder)), "\",");
}

static inline char *put_record(struct walk *walk, char *to, const struct tl_dns_record *record)
{
    size_t length = 0;

    to = json_room(walk->output, to, 2 * TL_DNS_NAME_TEXT_SIZE + 2 * RDATA_ROOM + 256);
    to = PUT(to, "{\"name\":\"");
    if (tl_dns_name_print(walk->message.wire, record->name, to, &length, NULL) == TL_OK)
        to = json_escape(to, length);
    to = PUT(to, "\",\"class\":\"");
    to += tl_dns_class_print(record->rclass, to);
    to = PUT(to, "\",\"type\":\"");
    to += tl_dns_type_print(record->type, to);
    to = PUT(to, "\",");
    if (record->section != TL_DNS_QUESTION) {
        to = put_decimal(PUT(to, "\"ttl\":"), record->ttl);
        to = put_rdata(walk, PUT(to, ",\"rdata\":"), record);
    }
    return json_close(to, '}');
}

static inline char *put_section_key(char *to, enum tl_dns_section section)
{
    static const struct json_key keys[TL_DNS_SECTIONS] = {
        [TL_DNS_QUESTION] = JSON_KEY("question"),
        [TL_DNS_ANSWER] = JSON_KEY("answer"),
        [TL_DNS_AUTHORITY] = JSON_KEY("authority"),
        [TL_DNS_ADDITIONAL] = JSON_KEY("additional"),
    };

    to = json_put_key(to, &keys[section]);
    *to++ = '[';
    return to;
}

/* The sections that have records, each as an array. The OPT record that `edns` shows is not repeated. */
static char *put_sections(struct walk *walk, char *to)
{
    struct tl_dns_cursor at = tl_dns_records(&walk->message);
    struct tl_dns_record record;
    enum tl_dns_section section = TL_DNS_SECTIONS; /* the array that is open */
    bool opt_is_due = walk->has_edns;
    enum tl_status status;

    while ((status = tl_dns_next_record(&at, &record)) == TL_OK) {
        if (opt_is_due && record.section == TL_DNS_ADDITIONAL && record.type == TYPE_OPT) {
            opt_is_due = false;
            continue;
        }
        if (record.section != section) {
            to = json_room(walk->output, to, JSON_KEY_SIZE);
            if (section != TL_DNS_SECTIONS)
                to = json_close(to, ']');
            section = record.section;
            to = put_section_key(to, section);
        }
        to = put_record(walk, to, &record);
    }
    if (section != TL_DNS_SECTIONS)
        to = json_close(json_room(walk->output, to, 0), ']');
    if (status != TL_END)
        fail(walk, status, at.offset);
    else if (at.offset < walk->message.wire.size)
        to = json_put_hex(walk->output, JSON_PUT_KEY(json_room(walk->output, to, 0), "trailing_hex"),
                          tl_bytes(walk->message.wire.data + at.offset, walk->message.wire.size - at.offset));
    return to;
}

static char *put_option(struct print_output *output, char *to, uint16_t code, struct tl_bytes value)
{
    const char *name = tl_dns_option_name(code);

    to = put_decimal(PUT(json_room(output, to, 128), "{\"code\":"), code);
    *to++ = ',';
    if (name)
        to = put_string(JSON_PUT_KEY(to, "name"), name);
    to = json_put_hex(output, JSON_PUT_KEY(to, "data"), value);
    return json_close(to, '}');
}

static char *put_edns(struct walk *walk, char *to)
{
    struct tl_bytes left = walk->edns.options, value;
    enum tl_status status;
    uint16_t code;

    to = json_room(walk->output, to, 256);
    to = put_decimal(PUT(to, "\"edns\":{\"version\":"), walk->edns.version);
    to = put_decimal(PUT(to, ",\"udp_size\":"), walk->edns.udp_size);
    to = put_flags(PUT(to, ",\"flags\":"), edns_flags, COUNT(edns_flags), walk->edns.flags);
    if (left.size) {
        to = PUT(to, "\"options\":[");
        while ((status = tl_dns_next_option(&left, &code, &value)) == TL_OK)
            to = put_option(walk->output, to, code, value);
        to = json_close(json_room(walk->output, to, 0), ']');
        if (status != TL_END)
            fail(walk, status, (size_t)(left.data - walk->message.wire.data));
    }
    return json_close(to, '}');
}

static char *put_fault(const struct walk *walk, char *to, struct tl_bytes wire)
{
    to = JSON_PUT_KEY(json_room(walk->output, to, 256), "error");
    to = put_string(to, tl_status_text(walk->fault));
    to = put_decimal(JSON_PUT_KEY(to, "error_offset"), walk->fault_at);
    *to++ = ',';
    return json_put_hex(walk->output, JSON_PUT_KEY(to, "wire"), wire);
}

char *print_json_message(struct print_json *print, struct print_output *output, char *to,
                         struct tl_bytes wire)
{
    struct walk walk;

    walk.print = print;
    walk.output = output;
    walk.fault = TL_OK;
    walk.edns.extended_rcode = 0;
    to = put_decimal(PUT(json_room(output, to, 64), "{\"size\":"), wire.size);
    *to++ = ',';
    if (wire.size > WIRE_MAX) {
        fail(&walk, TL_BAD_LENGTH, WIRE_MAX);
    } else if (tl_dns_open(wire, &walk.message) != TL_OK) {
        fail(&walk, TL_TRUNCATED, wire.size);
    } else {
        walk.has_edns = tl_dns_edns(&walk.message, &walk.edns) == TL_OK;
        to = put_header(&walk, to);
        to = put_sections(&walk, to);
        if (walk.has_edns)
            to = put_edns(&walk, to);
    }
    if (walk.fault != TL_OK)
        to = put_fault(&walk, to, wire);
    return json_close(json_room(output, to, 0), '}');
}
