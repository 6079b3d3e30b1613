/* The options of EDNS in BIND's words. One table has both releases' names; what follows a name is the
 * business of its form. Invariant: apart from text and hex, whose size is known, what an option puts fits in
 * LINE_ROOM. */
#include "print/bind_text.h"

#define LINE_ROOM   4096
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

enum form { HEX, LLQ, LEASE, SUBNET, EXPIRE, COOKIE, KEEPALIVE, PADDING, NAME, KEY_TAGS, ERROR, TAG };

/* Without a name in a release it is OPT=code and hex. */
static const struct option {
    enum form form;
    const char *name[2]; /* by release */
} options[] = {
    [1] = {LLQ, {"LLQ", "LLQ"}},
    [2] = {LEASE, {NULL, "UPDATE-LEASE"}},
    [3] = {HEX, {"NSID", "NSID"}},
    [5] = {HEX, {NULL, "DAU"}},
    [6] = {HEX, {NULL, "DHU"}},
    [7] = {HEX, {NULL, "N3U"}},
    [8] = {SUBNET, {"CLIENT-SUBNET", "CLIENT-SUBNET"}},
    [9] = {EXPIRE, {"EXPIRE", "EXPIRE"}},
    [10] = {COOKIE, {"COOKIE", "COOKIE"}},
    [11] = {KEEPALIVE, {"TCP-KEEPALIVE", "TCP-KEEPALIVE"}},
    [12] = {PADDING, {"PAD", "PADDING"}},
    [13] = {NAME, {NULL, "CHAIN"}},
    [14] = {KEY_TAGS, {"KEY-TAG", "KEY-TAG"}},
    [15] = {ERROR, {"EDE", "EDE"}},
    [16] = {TAG, {"CLIENT-TAG", "CLIENT-TAG"}},
    [17] = {TAG, {"SERVER-TAG", "SERVER-TAG"}},
    [18] = {NAME, {NULL, "Report-Channel"}},
    [19] = {HEX, {NULL, "ZONEVERSION"}},
};

/* What BIND calls an extended error, or NULL. It knows those of RFC 8914 section 4. */
static const char *error_name(unsigned code)
{
    enum { OTHER = 0, STALE_NXDOMAIN = 19, LAST = 24 };

    if (code == OTHER)
        return "Other";
    if (code == STALE_NXDOMAIN)
        return "Stale NXDOMAIN Answer";
    return code <= LAST ? tl_dns_ede_name((uint16_t)code) : NULL;
}

enum { OPTION_DEPTH = 4, VALUE_DEPTH = 5 };

static bool is_new(const struct bind_style *style)
{
    return style->release != PRINT_BIND_9_18;
}

/* The beginning of a line below an option of YAML. */
static char *put_key(char *to, const char *key)
{
    return put_word(bind_put_depth(to, VALUE_DEPTH), key);
}

static inline char printable(uint8_t byte)
{
    return byte >= 0x20 && byte < 0x7f ? (char)byte : '.';
}

/* ` 6e 73 ("ns")`, of any length. */
static char *put_hex_and_text(const struct bind_style *style, char *to, struct tl_bytes value)
{
    const size_t piece = 1024;

    for (size_t at = 0; at < value.size; at += piece) {
        style->output->at = to;
        to = print_room(style->output, LINE_ROOM);
        for (size_t i = at; i < value.size && i < at + piece; i++) {
            *to++ = ' ';
            to = put_text(to, print_hex_lower[value.data[i]], 2);
        }
    }
    to = PUT(to, " (\"");
    for (size_t at = 0; at < value.size; at += piece) {
        style->output->at = to;
        to = print_room(style->output, LINE_ROOM);
        for (size_t i = at; i < value.size && i < at + piece; i++)
            *to++ = printable(value.data[i]);
    }
    return PUT(to, "\")");
}

/* "1 week 2 days", zero parts left out. */
static char *put_duration(char *to, uint32_t seconds)
{
    static const struct {
        uint32_t size;
        const char *word;
    } units[] = {{604800, " week"}, {86400, " day"}, {3600, " hour"}, {60, " minute"}, {1, " second"}};
    bool is_first = true;

    if (seconds == 0)
        return PUT(to, "0 seconds");
    for (size_t i = 0; i < COUNT(units); i++) {
        uint32_t count = seconds / units[i].size;
        seconds %= units[i].size;
        if (!count)
            continue;
        if (!is_first)
            *to++ = ' ';
        is_first = false;
        to = put_word(put_decimal(to, count), units[i].word);
        if (count != 1)
            *to++ = 's';
    }
    return to;
}

/* http://files.dns-sd.org/draft-sekar-dns-llq.txt, section 3.2; the form was found sound. */
static char *put_llq(const struct bind_style *style, char *to, struct tl_bytes value)
{
    static const char *const words[] = {
        " Version: ", " Opcode: ", " Error: ", " Identifier: ", " Lifetime: "};
    static const char *const keys[] = {
        "LLQ-VERSION: ", "LLQ-OPCODE: ", "LLQ-ERROR: ", "LLQ-ID: ", "LLQ-LEASE: "};
    const uint8_t *at = value.data;
    const uint64_t numbers[] = {tl_be16(at), tl_be16(at + 2), tl_be16(at + 4),
                                (uint64_t)tl_be32(at + 6) << 32 | tl_be32(at + 10), tl_be32(at + 14)};

    for (size_t i = 0; i < COUNT(numbers); i++) {
        if (style->is_yaml && is_new(style)) {
            *to++ = '\n';
            to = put_key(to, keys[i]);
        } else {
            if (i)
                *to++ = ',';
            if (style->is_literal && is_new(style)) /* BIND indents what is not a line */
                to = PUT(to, "    ");
            to = put_word(to, words[i]);
        }
        to = put_decimal(to, numbers[i]);
    }
    return to;
}

/* RFC 9664 section 4. */
static char *put_lease(const struct bind_style *style, char *to, struct tl_bytes value)
{
    uint32_t lease = tl_be32(value.data), key_lease = value.size == 8 ? tl_be32(value.data + 4) : 0;

    if (style->is_yaml) {
        *to++ = '\n';
        to = put_decimal(put_key(to, "LEASE: "), lease);
        to = put_duration(PUT(to, " # "), lease);
        if (value.size == 8) {
            *to++ = '\n';
            to = put_decimal(put_key(to, "KEY-LEASE: "), key_lease);
            to = put_duration(PUT(to, " # "), key_lease);
        }
        return to;
    }
    *to++ = ' ';
    to = put_decimal(to, lease);
    if (value.size == 8)
        to = put_decimal(PUT(to, "/"), key_lease);
    to = put_duration(PUT(to, " ("), lease);
    if (value.size == 8)
        to = put_duration(PUT(to, "/"), key_lease);
    return PUT(to, ")");
}

static char *put_subnet(char *to, struct tl_bytes value)
{
    unsigned family = tl_be16(value.data), prefix = value.data[2], scope = value.data[3];
    uint8_t address[16] = {0};

    *to++ = ' ';
    memcpy(address, value.data + 4, value.size - 4);
    if (family == 0)
        *to++ = '0';
    else
        to += tl_address_print(tl_bytes(address, family == 1 ? 4 : 16), to);
    *to++ = '/';
    to = put_decimal(to, prefix);
    *to++ = '/';
    return put_decimal(to, scope);
}

static char *put_expire(const struct bind_style *style, char *to, struct tl_bytes value)
{
    uint32_t seconds;

    if (!value.size)
        return to;
    seconds = tl_be32(value.data);
    /* In YAML 9.18 has no room for a tenth digit. */
    to = put_decimal(PUT(to, " "),
                     style->is_yaml && !is_new(style) && seconds > 999999999 ? seconds / 10 : seconds);
    if (style->is_yaml && is_new(style))
        return put_duration(PUT(to, " # "), seconds);
    return PUT(put_duration(PUT(to, " ("), seconds), ")");
}

static char *put_cookie(const struct bind_style *style, char *to, struct tl_bytes value)
{
    if (style->is_yaml && is_new(style) && value.size < 40) {
        *to++ = '\n';
        to = put_hex(put_key(to, "CLIENT: "), value.data, 8, print_hex_lower);
        if (value.size > 8) {
            *to++ = '\n';
            to = put_hex(put_key(to, "SERVER: "), value.data + 8, value.size - 8, print_hex_lower);
        }
        return to;
    }
    *to++ = ' ';
    return put_hex(to, value.data, value.size, print_hex_lower);
}

static char *put_keepalive(const struct bind_style *style, char *to, struct tl_bytes value)
{
    if (value.size != 2)
        return value.size ? put_hex_and_text(style, to, value) : to;
    unsigned tenths = tl_be16(value.data);
    to = put_decimal(PUT(to, " "), tenths / 10);
    to = put_decimal(PUT(to, "."), tenths % 10);
    return PUT(to, " secs");
}

static char *put_padding(const struct bind_style *style, char *to, struct tl_bytes value)
{
    if (!value.size)
        return to;
    if (style->is_yaml)
        return put_hex_and_text(style, to, value);
    to = put_decimal(PUT(to, " ("), value.size);
    return PUT(to, " bytes)");
}

/* A name that fills the value, without pointers; or hex on a line of its own. */
static char *put_name(const struct bind_style *style, char *to, struct tl_bytes value)
{
    char text[TL_DNS_NAME_TEXT_SIZE];
    size_t length, end;

    if (!value.size || tl_dns_name_print(value, 0, text, &length, &end) != TL_OK || end != value.size) {
        *to++ = '\n';
        return value.size ? put_hex_and_text(style, to, value) : to;
    }
    to = PUT(to, " \"");
    for (size_t i = 0; i < length; i++) {
        if (style->is_yaml && (text[i] == '"' || text[i] == '\\'))
            *to++ = '\\';
        *to++ = text[i];
    }
    return PUT(to, "\"");
}

static char *put_key_tags(const struct bind_style *style, char *to, struct tl_bytes value)
{
    bool has_brackets = style->is_yaml && is_new(style);

    if (has_brackets)
        to = PUT(to, " [");
    for (size_t at = 0; at < value.size; at += 2) {
        if (at % 1024 == 0) {
            style->output->at = to;
            to = print_room(style->output, LINE_ROOM);
        }
        to = at ? PUT(to, ", ") : PUT(to, " ");
        to = put_decimal(to, tl_be16(value.data + at));
    }
    return has_brackets ? PUT(to, " ]") : to;
}

/* What follows the code of an extended error, UTF-8; control characters are dots. */
static char *put_error_text(const struct bind_style *style, char *to, struct tl_bytes text)
{
    bool has_escapes = style->is_yaml && is_new(style);

    for (size_t at = 0; at < text.size; at++) {
        uint8_t byte = text.data[at];
        if (at % 1024 == 0) {
            style->output->at = to;
            to = print_room(style->output, LINE_ROOM);
        }
        if (has_escapes && (byte == '"' || byte == '\\'))
            *to++ = '\\';
        *to++ = byte >= 0x80 ? (char)byte : printable(byte);
    }
    return to;
}

static char *put_error(const struct bind_style *style, char *to, struct tl_bytes value)
{
    unsigned code = tl_be16(value.data);
    const char *name = error_name(code);
    struct tl_bytes text = tl_bytes(value.data + 2, value.size - 2);

    if (style->is_yaml)
        to = put_key(PUT(to, "\n"), "INFO-CODE: ");
    else
        *to++ = ' ';
    to = put_decimal(to, code);
    if (name)
        to = PUT(put_word(PUT(to, " ("), name), ")");
    if (style->is_yaml) {
        *to++ = '\n';
        if (text.size)
            to = PUT(put_error_text(style, put_key(to, "EXTRA-TEXT: \""), text), "\"");
    } else if (text.size) {
        to = PUT(put_error_text(style, PUT(to, ": ("), text), ")");
    }
    return to;
}

static char *put_value(const struct bind_style *style, char *to, enum form form, struct tl_bytes value)
{
    switch (form) {
    case LLQ: return put_llq(style, to, value);
    case LEASE: return put_lease(style, to, value);
    case SUBNET: return put_subnet(to, value);
    case EXPIRE: return put_expire(style, to, value);
    case COOKIE: return put_cookie(style, to, value);
    case KEEPALIVE: return put_keepalive(style, to, value);
    case PADDING: return put_padding(style, to, value);
    case NAME: return put_name(style, to, value);
    case KEY_TAGS: return put_key_tags(style, to, value);
    case ERROR: return put_error(style, to, value);
    case TAG: return put_decimal(PUT(to, " "), tl_be16(value.data));
    default: return value.size ? put_hex_and_text(style, to, value) : to;
    }
}

static void put_option(const struct bind_style *style, uint16_t code, struct tl_bytes value)
{
    const struct option *option = code < COUNT(options) ? &options[code] : &options[0];
    const char *name = option->name[is_new(style)];
    enum form form = name ? option->form : HEX;
    char *to = print_room(style->output, LINE_ROOM);

    if (style->is_yaml)
        to = bind_put_depth(to, OPTION_DEPTH);
    else
        to = PUT(bind_put_indent(to, style), "; ");
    if (form == KEEPALIVE && !style->is_yaml && !is_new(style))
        name = "TCP KEEPALIVE"; /* there it is spelt so */
    if (name)
        to = put_word(to, name);
    else
        to = put_decimal(PUT(to, "OPT="), code);
    *to++ = ':';
    to = put_value(style, to, form, value);
    *to++ = '\n';
    style->output->at = to;
}

void bind_options_put(const struct bind_style *style, struct tl_bytes options_left)
{
    struct tl_bytes value;
    uint16_t code;

    while (tl_dns_next_option(&options_left, &code, &value) == TL_OK)
        put_option(style, code, value);
}
