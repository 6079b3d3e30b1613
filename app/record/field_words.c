/* Words of fields. Invariant: a word that is printed parses back to its number, and has no space in it, so
 * that words can stand in a list. */
#include "record/field.h"

#include <strings.h>

typedef const char *name_function(int32_t number);

#define NAMED_MAX 64 /* numbers that the schema may have words for */

uint64_t field_largest(enum field field)
{
    switch (field) {
    case FIELD_OPCODE: return 15;
    case FIELD_QNAME_LABELS: return 127;
    case FIELD_EDNS_CLIENT_SUBNET_SOURCE:
    case FIELD_EDNS_CLIENT_SUBNET_SCOPE: return 128;
    case FIELD_EDNS_VERSION: return UINT8_MAX;
    case FIELD_RCODE: return 4095;
    case FIELD_PAIR: return RECORD_UNASKED;
    case FIELD_ID:
    case FIELD_ANSWER:
    case FIELD_AUTHORITY:
    case FIELD_ADDITIONAL:
    case FIELD_QTYPE:
    case FIELD_QCLASS:
    case FIELD_ANSWER_TYPE:
    case FIELD_FLAGS:
    case FIELD_EDNS_FLAGS:
    case FIELD_EDNS_OPTION:
    case FIELD_EDNS_EDE: return UINT16_MAX;
    case FIELD_CONNECTION:
    case FIELD_FRAME_OFFSET: return UINT64_MAX;
    default: return UINT32_MAX;
    }
}

/* Who knows the words of an enum of the schema, or NULL. */
static name_function *names_of(enum field field)
{
    switch (field) {
    case FIELD_TYPE: return tl_dnstap_message_type_name;
    case FIELD_FAMILY: return tl_dnstap_family_name;
    case FIELD_PROTO: return tl_dnstap_protocol_name;
    case FIELD_HTTP: return tl_dnstap_http_name;
    case FIELD_POLICY_ACTION: return tl_dnstap_action_name;
    case FIELD_POLICY_MATCH: return tl_dnstap_match_name;
    case FIELD_PAIR: return record_pair_name;
    default: return NULL;
    }
}

/* Flags, the highest bit first. */
struct flag {
    uint16_t bit;
    const char *name;
};

/* RFC 1035 section 4.1.1, RFC 4035 section 3; RFC 6891 section 6.1.4, RFC 9824 section 5.1. */
static const struct flag header_flags[] = {
    {TL_DNS_QR, "qr"}, {TL_DNS_AA, "aa"}, {TL_DNS_TC, "tc"}, {TL_DNS_RD, "rd"}, {TL_DNS_RA, "ra"},
    {TL_DNS_Z, "z"},   {TL_DNS_AD, "ad"}, {TL_DNS_CD, "cd"}, {0, NULL},
};
static const struct flag edns_flags[] = {{0x8000, "do"}, {0x4000, "co"}, {0, NULL}};

static const struct flag *flags_of(enum field field)
{
    return field == FIELD_FLAGS ? header_flags : edns_flags;
}

uint64_t field_next_flag(enum field field, uint64_t *set)
{
    const struct flag *flag = flags_of(field);
    uint64_t taken;

    while (flag->bit && !(flag->bit & *set))
        flag++;
    taken = flag->bit ? flag->bit : *set;
    *set &= ~taken;
    return taken;
}

static size_t put_text(const char *text, char *ret_text)
{
    size_t size = strlen(text);

    for (size_t i = 0; i <= size; i++)
        ret_text[i] = text[i] == ' ' ? '-' : text[i];
    return size;
}

static size_t put_number(uint64_t number, char *ret_text)
{
    struct tl_builder builder = tl_builder(ret_text, FIELD_WORD_SIZE - 1);

    tl_builder_put_decimal(&builder, number, 0);
    *builder.at = '\0';
    return tl_builder_size(&builder);
}

/* A number of an enum is a signed one. */
static size_t put_signed(int32_t number, char *ret_text)
{
    if (number >= 0)
        return put_number((uint64_t)number, ret_text);
    ret_text[0] = '-';
    return 1 + put_number((uint64_t) - (int64_t)number, ret_text + 1);
}

static size_t put_flag(enum field field, uint64_t number, char *ret_text)
{
    const uint8_t bytes[2] = {(uint8_t)(number >> 8), (uint8_t)number};
    struct tl_builder builder = tl_builder(ret_text, FIELD_WORD_SIZE - 1);

    for (const struct flag *flag = flags_of(field); flag->bit; flag++) {
        if (flag->bit == number)
            return put_text(flag->name, ret_text);
    }
    tl_builder_put_text(&builder, "0x");
    tl_builder_put_hex(&builder, tl_bytes(bytes, sizeof(bytes)));
    *builder.at = '\0';
    return tl_builder_size(&builder);
}

static size_t put_name_or_number(const char *name, uint64_t number, char *ret_text)
{
    return name ? put_text(name, ret_text) : put_number(number, ret_text);
}

size_t field_word_print(enum field field, uint64_t number, char ret_text[FIELD_WORD_SIZE])
{
    name_function *names = names_of(field);
    const char *name = names ? names((int32_t)number) : NULL;

    if (names)
        return name ? put_text(name, ret_text) : put_signed((int32_t)number, ret_text);
    switch (field) {
    case FIELD_QTYPE:
    case FIELD_ANSWER_TYPE: return tl_dns_type_print((uint16_t)number, ret_text);
    case FIELD_QCLASS: return tl_dns_class_print((uint16_t)number, ret_text);
    case FIELD_RCODE: return tl_dns_rcode_print((unsigned)number, ret_text);
    case FIELD_OPCODE: return tl_dns_opcode_print((unsigned)number, ret_text);
    case FIELD_EDNS_OPTION: return put_name_or_number(tl_dns_option_name((uint16_t)number), number, ret_text);
    case FIELD_EDNS_EDE: return put_name_or_number(tl_dns_ede_name((uint16_t)number), number, ret_text);
    case FIELD_FLAGS:
    case FIELD_EDNS_FLAGS: return put_flag(field, number, ret_text);
    default: return put_number(number, ret_text);
    }
}

static bool is_word(struct tl_bytes text, const char *word)
{
    return text.size == strlen(word) && strncasecmp((const char *)text.data, word, text.size) == 0;
}

/* dnstap-read's letters: AQ is AUTH_QUERY. */
static bool parse_letters(struct tl_bytes text, uint64_t *ret_number)
{
    static const char who[] = "ARCFSTU", what[] = "QR";

    if (text.size != 2)
        return false;
    const char *first = memchr(who, text.data[0] & ~0x20, sizeof(who) - 1);
    const char *second = memchr(what, text.data[1] & ~0x20, sizeof(what) - 1);
    if (!first || !second)
        return false;
    *ret_number = (uint64_t)(2 * (first - who) + 1 + (second - what));
    return true;
}

static bool parse_name(struct tl_bytes text, name_function *names, uint64_t *ret_number)
{
    for (int32_t i = 0; i < NAMED_MAX; i++) {
        const char *name = names(i);
        if (name && is_word(text, name)) {
            *ret_number = (uint64_t)i;
            return true;
        }
    }
    return false;
}

static bool parse_flag(struct tl_bytes text, const struct flag *flag, uint64_t *ret_number)
{
    for (; flag->bit; flag++) {
        if (is_word(text, flag->name)) {
            *ret_number = flag->bit;
            return true;
        }
    }
    return false;
}

static bool parse_dns_word(enum field field, struct tl_bytes text, uint64_t *ret_number)
{
    enum tl_status status;
    uint16_t code = 0;
    unsigned number = 0;

    switch (field) {
    case FIELD_QTYPE:
    case FIELD_ANSWER_TYPE: status = tl_dns_type_parse(text, &code); break;
    case FIELD_QCLASS: status = tl_dns_class_parse(text, &code); break;
    case FIELD_EDNS_OPTION: status = tl_dns_option_parse(text, &code); break;
    case FIELD_EDNS_EDE: status = tl_dns_ede_parse(text, &code); break;
    case FIELD_RCODE: status = tl_dns_rcode_parse(text, &number); break;
    case FIELD_OPCODE: status = tl_dns_opcode_parse(text, &number); break;
    default: return false;
    }
    if (status == TL_OK)
        *ret_number = code | number;
    return status == TL_OK;
}

/* The value of a digit, or 16. */
static unsigned digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10u : 16;
}

static bool parse_digits(struct tl_bytes text, unsigned base, uint64_t max, uint64_t *ret_number)
{
    uint64_t number = 0;

    for (size_t i = 0; i < text.size; i++) {
        unsigned value = digit(text.data[i]);
        if (value >= base)
            return false;
        number = number * base + value;
        if (number > max)
            return false;
    }
    if (text.size)
        *ret_number = number;
    return text.size > 0;
}

/* Decimal, 0x and hexadecimal, or, if the field's numbers are signed ones, those below 0. */
static bool parse_number(enum field field, struct tl_bytes text, uint64_t *ret_number)
{
    uint64_t number;

    if (text.size > 2 && text.data[0] == '0' && (text.data[1] | 0x20) == 'x')
        return parse_digits(tl_bytes(text.data + 2, text.size - 2), 16, field_largest(field), ret_number);
    if (!text.size || text.data[0] != '-')
        return parse_digits(text, 10, field_largest(field), ret_number);
    if (field_largest(field) != UINT32_MAX ||
        !parse_digits(tl_bytes(text.data + 1, text.size - 1), 10, (uint64_t)INT32_MAX + 1, &number))
        return false;
    *ret_number = (uint32_t)-number;
    return true;
}

/* What some words are called by everybody but their registries. */
static const struct alias {
    enum field field;
    const char *text, *word;
} aliases[] = {
    {FIELD_EDNS_OPTION, "ECS", "CLIENT-SUBNET"},
    {FIELD_PROTO, "TLS", "DOT"},
    {FIELD_PROTO, "HTTPS", "DOH"},
    {FIELD_PROTO, "QUIC", "DOQ"},
};

static struct tl_bytes without_alias(enum field field, struct tl_bytes text)
{
    for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++) {
        if (aliases[i].field == field && is_word(text, aliases[i].text))
            return tl_bytes_of_text(aliases[i].word);
    }
    return text;
}

bool field_word_parse(enum field field, struct tl_bytes text, uint64_t *ret_number)
{
    name_function *names = names_of(field);

    text = without_alias(field, text);
    if (names && parse_name(text, names, ret_number))
        return true;
    if (field == FIELD_TYPE && parse_letters(text, ret_number))
        return true;
    if (field_describe(field)->kind == FIELD_KIND_FLAGS && parse_flag(text, flags_of(field), ret_number))
        return true;
    return parse_dns_word(field, text, ret_number) || parse_number(field, text, ret_number);
}

/* Is it only a way to write the number: 65400, TYPE65400, 0x0001? */
static bool is_made(enum field field, uint64_t number, const char *word)
{
    name_function *names = names_of(field);
    char digits[FIELD_WORD_SIZE];
    size_t length = strlen(word), size = put_number(number, digits);

    if (names)
        return !names((int32_t)number);
    return strncmp(word, "0x", 2) == 0 || (length >= size && memcmp(word + length - size, digits, size) == 0);
}

bool field_next_word(enum field field, uint64_t *number, char ret_word[FIELD_WORD_SIZE])
{
    enum field_kind kind = field_describe(field)->kind;
    uint64_t most = field_largest(field) < UINT16_MAX ? field_largest(field) : UINT16_MAX;
    char word[FIELD_WORD_SIZE];

    for (uint64_t i = *number; i <= most && (kind == FIELD_KIND_WORD || kind == FIELD_KIND_FLAGS); i++) {
        if (kind == FIELD_KIND_FLAGS && (!i || i & (i - 1)))
            continue;
        size_t length = field_word_print(field, i, word);
        if (is_made(field, i, word))
            continue;
        memcpy(ret_word, word, length + 1);
        *number = i;
        return true;
    }
    return false;
}
