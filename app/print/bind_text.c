/* A message in dig's form. Invariant: apart from rdata, whose size is known, a line is shorter than
 * LINE_ROOM, so that one check of the room a line is enough. */
#include "print/bind_text.h"

#define LINE_ROOM  4096  /* a name, numbers, words, and what may be stored behind them */
#define RDATA_ROOM 32768 /* rdata that goes into the same room as its line */

const char *const bind_section_titles[2][TL_DNS_SECTIONS] = {
    {"QUESTION", "ANSWER", "AUTHORITY", "ADDITIONAL"},
    {"ZONE", "PREREQUISITE", "UPDATE", "ADDITIONAL"},
};
const char *const bind_count_words[2][TL_DNS_SECTIONS] = {
    {"QUESTION", "ANSWER", "AUTHORITY", "ADDITIONAL"},
    {"ZONE", "PREREQ", "UPDATE", "ADDITIONAL"},
};

char *bind_put_flags(char *to, unsigned flags)
{
    static const struct {
        uint16_t bit;
        char text[4];
    } words[] = {{TL_DNS_QR, " qr"}, {TL_DNS_AA, " aa"}, {TL_DNS_TC, " tc"}, {TL_DNS_RD, " rd"},
                 {TL_DNS_RA, " ra"}, {TL_DNS_AD, " ad"}, {TL_DNS_CD, " cd"}};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        memcpy(to, words[i].text, sizeof(words[i].text));
        to += flags & words[i].bit ? 3 : 0;
    }
    return to;
}

char *bind_put_edns_flags(char *to, unsigned flags)
{
    if (flags & BIND_EDNS_DO)
        to = PUT(to, " do");
    if (flags & BIND_EDNS_CO)
        to = PUT(to, " co");
    return to;
}

static void put_header(const struct bind_style *style, const struct bind_message *message)
{
    bool is_update = bind_is_update(&message->dns);
    char *to = bind_put_indent(print_room(style->output, LINE_ROOM), style);

    to = PUT(to, ";; ->>HEADER<<- opcode: ");
    to += tl_dns_opcode_print(tl_dns_opcode(&message->dns), to);
    to = PUT(to, ", status: ");
    to += tl_dns_rcode_print(message->rcode, to);
    to = PUT(to, ", id: ");
    for (unsigned power = 100000; power > 1 && message->dns.id < power; power /= 10)
        *to++ = ' ';
    to = put_decimal(to, message->dns.id);
    *to++ = '\n';

    to = PUT(bind_put_indent(to, style), ";; flags:");
    to = bind_put_flags(to, message->dns.flags);
    /* The spaces that BIND means for the beginning of a line. */
    to = bind_put_indent(to, style);
    if (message->dns.flags & TL_DNS_Z)
        to = bind_put_indent(PUT(to, "; MBZ: 0x4"), style);
    for (int i = 0; i < TL_DNS_SECTIONS; i++) {
        to = i ? PUT(to, ", ") : PUT(to, "; ");
        to = PUT(put_word(to, bind_count_words[is_update][i]), ": ");
        to = put_decimal(to, message->dns.count[i]);
    }
    *to++ = '\n';
    style->output->at = to;
}

static void put_edns(const struct bind_style *style, const struct tl_dns_edns *edns)
{
    char *to = bind_put_indent(print_room(style->output, LINE_ROOM), style);
    unsigned unknown = edns->flags & ~(BIND_EDNS_DO | BIND_EDNS_CO);

    to = bind_put_indent(PUT(to, ";; OPT PSEUDOSECTION:\n"), style);
    to = put_decimal(PUT(to, "; EDNS: version: "), edns->version);
    to = bind_put_edns_flags(PUT(to, ", flags:"), edns->flags);
    if (unknown) {
        to = put_hex16(PUT(to, "; MBZ: 0x"), unknown);
        to = PUT(to, ", udp: ");
    } else {
        to = PUT(to, "; udp: ");
    }
    to = put_decimal(to, edns->udp_size);
    *to++ = '\n';
    style->output->at = to;
    bind_options_put(style, edns->options);
}

/* Tabs up to a column, or a space if the text is there already; stops are 8 apart. */
static inline char *put_column(char *to, unsigned *column, unsigned wanted)
{
    if (wanted <= *column)
        wanted = *column + 1;
    unsigned tabs = wanted / 8 - *column / 8, spaces = tabs ? wanted % 8 : wanted - *column;

    for (; tabs; tabs--)
        *to++ = '\t';
    for (; spaces; spaces--)
        *to++ = ' ';
    *column = wanted;
    return to;
}

enum { TTL_COLUMN = 24, CLASS_COLUMN = 32, TYPE_COLUMN = 40, RDATA_COLUMN = 48 };

/* Class and type of a question or a record. */
static inline char *put_kind(char *to, unsigned *column, uint16_t rclass, uint16_t type)
{
    size_t size;

    to = put_column(to, column, CLASS_COLUMN);
    to += size = tl_dns_class_print(rclass, to);
    *column += (unsigned)size;
    to = put_column(to, column, TYPE_COLUMN);
    to += size = tl_dns_bind_type_print(type, to);
    *column += (unsigned)size;
    return to;
}

static inline void put_record(const struct bind_style *style, struct bind_message *message, size_t name,
                              uint32_t ttl, const struct bind_rr *rr)
{
    struct tl_bytes text = bind_rdata_text(message, rr);
    bool is_long = text.size > RDATA_ROOM;
    char *to = print_room(style->output, LINE_ROOM + (is_long ? 0 : text.size)), *start;
    unsigned column;

    start = to = bind_put_indent(to, style);
    to = bind_put_name(to, message->dns.wire, name);
    column = (unsigned)(to - start);
    to = put_column(to, &column, TTL_COLUMN);
    start = to;
    to = put_decimal(to, ttl);
    column += (unsigned)(to - start);
    to = put_kind(to, &column, rr->record.rclass, rr->record.type);
    to = put_column(to, &column, RDATA_COLUMN);
    if (is_long) {
        style->output->at = to;
        print_bytes(style->output, text);
        to = print_room(style->output, 1);
    } else if (text.size) { /* in an UPDATE there may be none */
        to = put_text(to, (const char *)text.data, text.size);
    }
    *to++ = '\n';
    style->output->at = to;
}

static void put_question(const struct bind_style *style, const struct bind_message *message,
                         const struct bind_owner *owner, const struct bind_set *set)
{
    char *to = bind_put_indent(print_room(style->output, LINE_ROOM), style), *start;
    unsigned column;

    *to++ = ';';
    start = to;
    to = bind_put_name(to, message->dns.wire, owner->name);
    column = (unsigned)(to - start);
    to = put_kind(to, &column, set->rclass, set->type);
    *to++ = '\n';
    style->output->at = to;
}

static void put_title(const struct bind_style *style, const char *word, const char *kind)
{
    char *to = bind_put_indent(print_room(style->output, LINE_ROOM), style);

    to = put_word(PUT(to, ";; "), word);
    style->output->at = put_word(to, kind);
}

static void put_empty_line(const struct bind_style *style, bool is_indented)
{
    char *to = print_room(style->output, LINE_ROOM);

    if (is_indented)
        to = bind_put_indent(to, style);
    *to++ = '\n';
    style->output->at = to;
}

static void put_owner(const struct bind_style *style, struct bind_message *message,
                      enum tl_dns_section section, const struct bind_owner *owner)
{
    for (uint32_t i = owner->first; i != BIND_NONE; i = message->sets[i].next) {
        const struct bind_set *set = &message->sets[i];
        if (section == TL_DNS_QUESTION) {
            put_question(style, message, owner, set);
            continue;
        }
        for (uint32_t rr = set->first; rr != BIND_NONE; rr = message->rrs[rr].next)
            put_record(style, message, owner->name, set->ttl, &message->rrs[rr]);
    }
}

static void put_signature(const struct bind_style *style, struct bind_message *message, uint32_t number,
                          const char *word)
{
    if (number == BIND_NONE)
        return;
    const struct bind_rr *rr = &message->rrs[number];
    put_title(style, word, " PSEUDOSECTION:\n");
    put_record(style, message, rr->record.name, rr->record.ttl, rr);
    put_empty_line(style, false);
}

void bind_text_put(const struct bind_style *style, struct bind_message *message)
{
    bool is_update = bind_is_update(&message->dns);

    put_header(style, message);
    if (message->has_edns)
        put_edns(style, &message->edns);
    for (enum tl_dns_section section = TL_DNS_QUESTION; section < TL_DNS_SECTIONS; section++) {
        uint32_t owner = message->section[section], end = message->section[section + 1];
        if (owner == end)
            continue;
        put_title(style, bind_section_titles[is_update][section], " SECTION:\n");
        for (; owner < end; owner++)
            put_owner(style, message, section, &message->owners[owner]);
        put_empty_line(style, true);
    }
    put_signature(style, message, message->tsig, "TSIG");
    put_signature(style, message, message->sig0, "SIG0");
}
