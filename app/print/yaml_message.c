/* A DNS message as YAML: header, EDNS, sections. Invariant: what could be read before a fault is kept, and a
 * message with a fault is there as a whole in hexadecimal; a map has no key twice, whatever the message
 * repeats. */
#include "print/bind_text.h"
#include "print/json.h"
#include "print/yaml.h"
#include "print/yaml_text.h"

#define INDENT YAML_MESSAGE_INDENT

#define TYPE_SIG  24
#define TYPE_OPT  41
#define TYPE_TSIG 250

#define WIRE_MAX   65535 /* RFC 1035 section 4.2.2: the length has two bytes */
#define RDATA_ROOM 4096

/* A message while it is printed. */
struct walk {
    struct print_yaml *print;
    struct print_output *output;
    struct tl_dns message;
    struct tl_dns_edns edns; /* of the first OPT record */
    bool has_edns;

    enum tl_status fault; /* TL_OK: none */
    size_t fault_at;
};

#define FLAGS (TL_DNS_QR | TL_DNS_AA | TL_DNS_TC | TL_DNS_RD | TL_DNS_RA | TL_DNS_AD | TL_DNS_CD)

static void fail(struct walk *walk, enum tl_status status, size_t offset)
{
    if (walk->fault == TL_OK) {
        walk->fault = status;
        walk->fault_at = offset;
    }
}

/* "flags: rd ad", and the bits without a word below, as dnstap-read has them. */
static char *put_flags(struct print_output *output, char *to, unsigned indent,
                       char *(*put_words)(char *to, unsigned flags), unsigned known, unsigned set)
{
    to = yaml_put_head(json_room(output, to, 2 * YAML_LINE_ROOM), indent, "flags");
    to = PUT(put_words(to - 1, set), "\n");
    unsigned unknown = set & ~known;
    if (!unknown)
        return to;
    to = put_hex16(PUT(yaml_put_key(to, indent, "MBZ"), "0x"), unknown);
    *to++ = '\n';
    return to;
}

/* Of an UPDATE, RFC 2136 section 2, the sections mean something else. */
static const char *const sections[2][TL_DNS_SECTIONS] = {
    {"QUESTION_SECTION", "ANSWER_SECTION", "AUTHORITY_SECTION", "ADDITIONAL_SECTION"},
    {"ZONE_SECTION", "PREREQUISITE_SECTION", "UPDATE_SECTION", "ADDITIONAL_SECTION"}};

static char *put_header(const struct walk *walk, char *to)
{
    const unsigned words = 0x780f; /* opcode and rcode */
    const struct tl_dns *message = &walk->message;
    char word[TL_DNS_WORD_SIZE];

    tl_dns_opcode_print(tl_dns_opcode(message), word);
    to = yaml_put_word(walk->output, to, INDENT, "opcode", word);
    tl_dns_rcode_print((unsigned)walk->edns.extended_rcode << 4 | tl_dns_rcode(message), word);
    to = yaml_put_word(walk->output, to, INDENT, "status", word);
    to = yaml_put_number(walk->output, to, INDENT, "id", message->id);
    to = put_flags(walk->output, to, INDENT, bind_put_flags, FLAGS, message->flags & ~words);
    for (int i = 0; i < TL_DNS_SECTIONS; i++)
        to = yaml_put_number(walk->output, to, INDENT, bind_count_words[bind_is_update(&walk->message)][i],
                             message->count[i]);
    return to;
}

static char *put_option(struct print_output *output, char *to, uint16_t code, struct tl_bytes value)
{
    const char *name = tl_dns_option_name(code);

    to = yaml_put_number(output, to, INDENT + 6, "- code", code);
    if (name)
        to = yaml_put_word(output, to, INDENT + 8, "name", name);
    return yaml_put_hex(output, to, INDENT + 8, "data", value);
}

static char *put_edns(struct walk *walk, char *to)
{
    struct tl_bytes left = walk->edns.options, value;
    enum tl_status status;
    uint16_t code;

    to = yaml_put_head(json_room(walk->output, to, 2 * YAML_LINE_ROOM), INDENT, "OPT_PSEUDOSECTION");
    to = yaml_put_head(to, INDENT + 2, "EDNS");
    to = yaml_put_number(walk->output, to, INDENT + 4, "version", walk->edns.version);
    to = put_flags(walk->output, to, INDENT + 4, bind_put_edns_flags, BIND_EDNS_DO | BIND_EDNS_CO,
                   walk->edns.flags);
    to = yaml_put_number(walk->output, to, INDENT + 4, "udp", walk->edns.udp_size);
    if (!left.size)
        return to;
    to = yaml_put_head(json_room(walk->output, to, YAML_LINE_ROOM), INDENT + 4, "options");
    status = tl_dns_next_option(&left, &code, &value);
    if (status != TL_OK)
        to = PUT(to - 1, " []\n");
    for (; status == TL_OK; status = tl_dns_next_option(&left, &code, &value))
        to = put_option(walk->output, to, code, value);
    if (status != TL_END)
        fail(walk, status, (size_t)(left.data - walk->message.wire.data));
    return to;
}

/* Text of printable ASCII inside of quotes, however long. */
static char *put_long_text(struct print_output *output, char *to, struct tl_bytes text)
{
    for (size_t done = 0, size; done < text.size; done += size) {
        size = text.size - done < RDATA_ROOM ? text.size - done : RDATA_ROOM;
        to = json_room(output, to, 2 * RDATA_ROOM);
        memcpy(to, text.data + done, size);
        to = json_escape(to, size);
    }
    return json_room(output, to, 0);
}

/* Rdata inside of quotes. The caller has room for RDATA_ROOM bytes, each of them escaped. */
static char *put_rdata(struct walk *walk, char *to, const struct tl_dns_record *record)
{
    struct tl_builder builder = tl_builder(to, RDATA_ROOM);
    enum tl_status status = tl_dns_rdata_print(&walk->message, record, &builder);

    if (status == TL_OK)
        return json_escape(to, tl_builder_size(&builder));
    if (status == TL_FULL) {
        builder = tl_builder(walk->print->scratch, JSON_SCRATCH_SIZE);
        status = tl_dns_rdata_print(&walk->message, record, &builder);
    }
    if (status == TL_OK)
        return put_long_text(walk->output, to, tl_builder_bytes(&builder));
    to = put_decimal(PUT(to, "\\\\# "), record->rdata.size); /* RFC 3597 section 5 */
    if (record->rdata.size)
        *to++ = ' ';
    return json_room(walk->output, json_put_digits(walk->output, to, record->rdata), 0);
}

/* "www.example.test. 300 IN A 192.0.2.1" */
static char *put_record(struct walk *walk, char *to, const struct tl_dns_record *record)
{
    size_t length = 0;

    to = json_room(walk->output, to, 2 * TL_DNS_NAME_TEXT_SIZE + 2 * RDATA_ROOM + 2 * YAML_LINE_ROOM);
    memset(to, ' ', INDENT + 2);
    to = PUT(to + INDENT + 2, "- \"");
    if (tl_dns_name_print(walk->message.wire, record->name, to, &length, NULL) == TL_OK) {
        if (*to != '.') /* the root is a dot already */
            to[length++] = '.';
        to = json_escape(to, length);
    }
    *to++ = ' ';
    if (record->section != TL_DNS_QUESTION) {
        to = put_decimal(to, record->ttl);
        *to++ = ' ';
    }
    to += tl_dns_class_print(record->rclass, to);
    *to++ = ' ';
    to += tl_dns_type_print(record->type, to);
    if (record->section == TL_DNS_QUESTION)
        return PUT(to, "\"\n");
    *to++ = ' ';
    char *end = put_rdata(walk, to, record);
    return PUT(end - (end == to), "\"\n"); /* of an UPDATE it may be empty */
}

/* The section that a record belongs to; the signature at the end of a message has one of its own. */
static const char *section_of(const struct walk *walk, const struct tl_dns_cursor *at,
                              const struct tl_dns_record *record)
{
    if (record->section == TL_DNS_ADDITIONAL && at->left == 0) {
        if (record->type == TYPE_TSIG)
            return "TSIG_PSEUDOSECTION";
        if (record->type == TYPE_SIG && record->rdata.size > 2 && tl_be16(record->rdata.data) == 0)
            return "SIG0_PSEUDOSECTION";
    }
    return sections[bind_is_update(&walk->message)][record->section];
}

/* The sections that have records, each as a list. The OPT record that is shown already is not repeated. */
static char *put_sections(struct walk *walk, char *to)
{
    struct tl_dns_cursor at = tl_dns_records(&walk->message);
    struct tl_dns_record record;
    const char *open = NULL; /* the list that is open */
    bool opt_is_due = walk->has_edns;
    enum tl_status status;

    while ((status = tl_dns_next_record(&at, &record)) == TL_OK) {
        if (opt_is_due && record.section == TL_DNS_ADDITIONAL && record.type == TYPE_OPT) {
            opt_is_due = false;
            continue;
        }
        const char *section = section_of(walk, &at, &record);
        if (section != open) {
            open = section;
            to = yaml_put_head(json_room(walk->output, to, YAML_LINE_ROOM), INDENT, section);
        }
        to = put_record(walk, to, &record);
    }
    if (status != TL_END)
        fail(walk, status, at.offset);
    else if (at.offset < walk->message.wire.size)
        to = yaml_put_hex(walk->output, to, INDENT, "trailing_hex",
                          tl_bytes(walk->message.wire.data + at.offset, walk->message.wire.size - at.offset));
    return to;
}

static char *put_fault(const struct walk *walk, char *to, struct tl_bytes wire)
{
    to = yaml_put_bytes(walk->output, to, INDENT, "error", tl_bytes_of_text(tl_status_text(walk->fault)));
    to = yaml_put_number(walk->output, to, INDENT, "error_offset", walk->fault_at);
    return yaml_put_hex(walk->output, to, INDENT, "wire", wire);
}

char *print_yaml_message(struct print_yaml *print, struct print_output *output, char *to,
                         struct tl_bytes wire)
{
    struct walk walk;

    walk.print = print;
    walk.output = output;
    walk.fault = TL_OK;
    walk.edns.extended_rcode = 0;
    if (wire.size > WIRE_MAX) {
        fail(&walk, TL_BAD_LENGTH, WIRE_MAX);
    } else if (tl_dns_open(wire, &walk.message) != TL_OK) {
        fail(&walk, TL_TRUNCATED, wire.size);
    } else {
        walk.has_edns = tl_dns_edns(&walk.message, &walk.edns) == TL_OK;
        to = put_header(&walk, to);
        if (walk.has_edns)
            to = put_edns(&walk, to);
        to = put_sections(&walk, to);
    }
    if (walk.fault != TL_OK)
        to = put_fault(&walk, to, wire);
    return to;
}
