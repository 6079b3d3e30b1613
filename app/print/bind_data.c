/* A message as BIND's data of YAML. Invariant: a record is one string in single quotes, in which a quote is
 * doubled; apart from rdata a line is shorter than LINE_ROOM. */
#include "print/bind_text.h"

#define LINE_ROOM  4096
#define PIECE_SIZE ((size_t)16384) /* of rdata that goes into one room, doubled at most */

enum { MESSAGE_DEPTH = 2, EDNS_DEPTH = 4 };

/* `key` is put behind so many spaces. */
static inline char *put_key(char *to, unsigned depth, const char *key)
{
    return put_word(bind_put_depth(to, depth), key);
}

static void put_header(const struct bind_style *style, const struct bind_message *message)
{
    bool is_update = bind_is_update(&message->dns);
    char *to = print_room(style->output, LINE_ROOM);

    to = put_key(to, MESSAGE_DEPTH, "opcode: ");
    to += tl_dns_opcode_print(tl_dns_opcode(&message->dns), to);
    to = put_key(PUT(to, "\n"), MESSAGE_DEPTH, "status: ");
    to += tl_dns_rcode_print(message->rcode, to);
    to = put_decimal(put_key(PUT(to, "\n"), MESSAGE_DEPTH, "id: "), message->dns.id);
    to = bind_put_flags(put_key(PUT(to, "\n"), MESSAGE_DEPTH, "flags:"), message->dns.flags);
    *to++ = '\n';
    if (message->dns.flags & TL_DNS_Z)
        to = put_key(to, MESSAGE_DEPTH, "MBZ: 0x4\n");
    for (int i = 0; i < TL_DNS_SECTIONS; i++) {
        to = PUT(put_key(to, MESSAGE_DEPTH, bind_count_words[is_update][i]), ": ");
        to = put_decimal(to, message->dns.count[i]);
        *to++ = '\n';
    }
    style->output->at = to;
}

static void put_edns(const struct bind_style *style, const struct tl_dns_edns *edns)
{
    unsigned unknown = edns->flags & ~(BIND_EDNS_DO | BIND_EDNS_CO);
    char *to = print_room(style->output, LINE_ROOM);

    to = put_key(to, MESSAGE_DEPTH, "OPT_PSEUDOSECTION:\n");
    to = put_key(to, MESSAGE_DEPTH + 1, "EDNS:\n");
    to = put_decimal(put_key(to, EDNS_DEPTH, "version: "), edns->version);
    to = bind_put_edns_flags(put_key(PUT(to, "\n"), EDNS_DEPTH, "flags:"), edns->flags);
    *to++ = '\n';
    if (unknown) {
        to = put_hex16(put_key(to, EDNS_DEPTH, "MBZ: 0x"), unknown);
        *to++ = '\n';
    }
    to = put_decimal(put_key(to, EDNS_DEPTH, "udp: "), edns->udp_size);
    *to++ = '\n';
    style->output->at = to;
    bind_options_put(style, edns->options);
}

/* Types whose rdata may hold IPv6 addresses. In YAML, BIND lets none of them end with a colon: "::" is "::0".
 */
static bool has_ipv6(uint16_t type)
{
    enum { TYPE_AAAA = 28, TYPE_A6 = 38, TYPE_APL = 42, TYPE_IPSECKEY = 45, TYPE_AMTRELAY = 260 };

    return type == TYPE_AAAA || type == TYPE_A6 || type == TYPE_APL || type == TYPE_IPSECKEY ||
           type == TYPE_AMTRELAY;
}

/* Behind an address comes a space, the slash of a prefix, or nothing. A name cannot be taken for one: it ends
 * with a dot. */
static bool ends_with_colons(struct tl_bytes text, size_t at)
{
    return at && text.data[at] == ':' && text.data[at - 1] == ':' &&
           (at + 1 == text.size || text.data[at + 1] == ' ' || text.data[at + 1] == '/');
}

/* The bytes of `text` from `at` to `end`, which become twice as many at most. */
static char *put_piece(char *to, struct tl_bytes text, size_t at, size_t end, bool is_address)
{
    if (at == end) /* in an UPDATE there may be no text */
        return to;
    if (!is_address && !memchr(text.data + at, '\'', end - at))
        return put_text(to, (const char *)text.data + at, end - at);
    for (; at < end; at++) {
        *to++ = (char)text.data[at];
        if (text.data[at] == '\'')
            *to++ = '\'';
        else if (is_address && ends_with_colons(text, at))
            *to++ = '0';
    }
    return to;
}

static inline char *put_name(char *to, struct tl_bytes wire, size_t offset)
{
    char *start = to, text[TL_DNS_NAME_TEXT_SIZE + 1];

    to = bind_put_name(to, wire, offset);
    if (__builtin_expect(!memchr(start, '\'', (size_t)(to - start)), 1))
        return to;
    struct tl_bytes copy = tl_bytes(text, (size_t)(to - start));
    memcpy(text, start, copy.size);
    return put_piece(start, copy, 0, copy.size, false);
}

static inline size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void put_record(const struct bind_style *style, struct bind_message *message, unsigned depth,
                       size_t name, uint32_t ttl, const struct bind_rr *rr)
{
    struct tl_bytes text = bind_rdata_text(message, rr);
    bool is_address = has_ipv6(rr->record.type);
    size_t at = least(text.size, PIECE_SIZE);
    char *to = print_room(style->output, LINE_ROOM + 2 * at);

    to = put_key(to, depth, "- '");
    to = put_name(to, message->dns.wire, name);
    *to++ = ' ';
    to = put_decimal(to, ttl);
    *to++ = ' ';
    to += tl_dns_class_print(rr->record.rclass, to);
    *to++ = ' ';
    to += tl_dns_bind_type_print(rr->record.type, to);
    *to++ = ' ';
    to = put_piece(to, text, 0, at, is_address);
    for (size_t next; at < text.size; at = next) {
        next = at + least(text.size - at, PIECE_SIZE);
        style->output->at = to;
        to = put_piece(print_room(style->output, LINE_ROOM + 2 * PIECE_SIZE), text, at, next, is_address);
    }
    style->output->at = PUT(to, "'\n");
}

static void put_question(const struct bind_style *style, const struct bind_message *message,
                         const struct bind_owner *owner, const struct bind_set *set)
{
    char *to = print_room(style->output, LINE_ROOM);

    to = put_key(to, MESSAGE_DEPTH + 1, "- '");
    to = put_name(to, message->dns.wire, owner->name);
    *to++ = ' ';
    to += tl_dns_class_print(set->rclass, to);
    *to++ = ' ';
    to += tl_dns_bind_type_print(set->type, to);
    style->output->at = PUT(to, "'\n");
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
            put_record(style, message, MESSAGE_DEPTH + 1, owner->name, set->ttl, &message->rrs[rr]);
    }
}

/* BIND indents the record less than in other sections, and puts an empty line behind. */
static void put_signature(const struct bind_style *style, struct bind_message *message, uint32_t number,
                          const char *title)
{
    if (number == BIND_NONE)
        return;
    const struct bind_rr *rr = &message->rrs[number];
    style->output->at = put_key(print_room(style->output, LINE_ROOM), MESSAGE_DEPTH, title);
    put_record(style, message, MESSAGE_DEPTH, rr->record.name, rr->record.ttl, rr);
    style->output->at = PUT(print_room(style->output, 1), "\n");
}

void bind_data_put(const struct bind_style *style, struct bind_message *message)
{
    bool is_update = bind_is_update(&message->dns);

    put_header(style, message);
    if (message->has_edns)
        put_edns(style, &message->edns);
    for (enum tl_dns_section section = TL_DNS_QUESTION; section < TL_DNS_SECTIONS; section++) {
        uint32_t owner = message->section[section], end = message->section[section + 1];
        if (owner == end)
            continue;
        char *to = print_room(style->output, LINE_ROOM);
        to = put_key(to, MESSAGE_DEPTH, bind_section_titles[is_update][section]);
        style->output->at = PUT(to, "_SECTION:\n");
        for (; owner < end; owner++)
            put_owner(style, message, section, &message->owners[owner]);
    }
    put_signature(style, message, message->tsig, "TSIG_PSEUDOSECTION:\n");
    put_signature(style, message, message->sig0, "SIG0_PSEUDOSECTION:\n");
}
