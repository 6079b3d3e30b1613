/* Types, classes, rcodes and opcodes by name. Invariant: what is printed for a type or a class parses back to
 * the same number, and so does the word for an rcode or an opcode. */
#include "words.h"

#include "types.h"

#define COUNT(words) (sizeof(words) / sizeof((words)[0]))

static const struct word types[TYPES_COUNT] = {
#define TYPE(number, name, class, form) [TYPES_SLOT(number)] = WORD(name),
#include "types.def"
#undef TYPE
};

static const struct numbered_word classes[] = {
    {0, WORD("RESERVED0")}, {1, WORD("IN")},     {3, WORD("CH")},
    {4, WORD("HS")},        {254, WORD("NONE")}, {255, WORD("ANY")},
};

/* RFC 6895 section 2.3, and what BIND calls the unassigned ones. */
static const struct numbered_word rcodes[] = {
    {0, WORD("NOERROR")},     {1, WORD("FORMERR")},     {2, WORD("SERVFAIL")},    {3, WORD("NXDOMAIN")},
    {4, WORD("NOTIMP")},      {5, WORD("REFUSED")},     {6, WORD("YXDOMAIN")},    {7, WORD("YXRRSET")},
    {8, WORD("NXRRSET")},     {9, WORD("NOTAUTH")},     {10, WORD("NOTZONE")},    {11, WORD("RESERVED11")},
    {12, WORD("RESERVED12")}, {13, WORD("RESERVED13")}, {14, WORD("RESERVED14")}, {15, WORD("RESERVED15")},
    {16, WORD("BADVERS")},    {23, WORD("BADCOOKIE")},
};

static const struct numbered_word opcodes[] = {
    {0, WORD("QUERY")},       {1, WORD("IQUERY")},      {2, WORD("STATUS")},      {3, WORD("RESERVED3")},
    {4, WORD("NOTIFY")},      {5, WORD("UPDATE")},      {6, WORD("RESERVED6")},   {7, WORD("RESERVED7")},
    {8, WORD("RESERVED8")},   {9, WORD("RESERVED9")},   {10, WORD("RESERVED10")}, {11, WORD("RESERVED11")},
    {12, WORD("RESERVED12")}, {13, WORD("RESERVED13")}, {14, WORD("RESERVED14")}, {15, WORD("RESERVED15")},
};

size_t tl__dns_number_print(const char *prefix, unsigned number, char ret_text[TL_DNS_WORD_SIZE])
{
    struct tl_builder builder = tl_builder(ret_text, TL_DNS_WORD_SIZE - 1);

    tl_builder_put_text(&builder, prefix);
    tl_builder_put_decimal(&builder, number, 0);
    *builder.at = '\0';
    return tl_builder_size(&builder);
}

size_t tl__dns_numbered_word_print(const struct numbered_word *words, size_t count, unsigned number,
                                   const char *prefix, char ret_text[TL_DNS_WORD_SIZE])
{
    /* Most lists begin with 0, 1, 2, ... */
    if (number < count && words[number].number == number)
        return word_print(&words[number].word, ret_text);
    for (size_t i = 0; i < count; i++) {
        if (words[i].number == number)
            return word_print(&words[i].word, ret_text);
    }
    return tl__dns_number_print(prefix, number, ret_text);
}

size_t tl_dns_type_print(uint16_t type, char ret_text[TL_DNS_WORD_SIZE])
{
    unsigned slot = types_slot(type);

    if (slot < TYPES_COUNT && types[slot].size)
        return word_print(&types[slot], ret_text);
    return tl__dns_number_print("TYPE", type, ret_text);
}

size_t tl_dns_bind_type_print(uint16_t type, char ret_text[TL_DNS_WORD_SIZE])
{
    return type_is_newer_than_bind(type) ? tl__dns_number_print("TYPE", type, ret_text)
                                         : tl_dns_type_print(type, ret_text);
}

size_t tl_dns_class_print(uint16_t rclass, char ret_text[TL_DNS_WORD_SIZE])
{
    return tl__dns_numbered_word_print(classes, COUNT(classes), rclass, "CLASS", ret_text);
}

size_t tl_dns_rcode_print(unsigned rcode, char ret_text[TL_DNS_WORD_SIZE])
{
    return tl__dns_numbered_word_print(rcodes, COUNT(rcodes), rcode, "", ret_text);
}

size_t tl_dns_opcode_print(unsigned opcode, char ret_text[TL_DNS_WORD_SIZE])
{
    return tl__dns_numbered_word_print(opcodes, COUNT(opcodes), opcode, "", ret_text);
}

/* Whether `text` begins with the `size` bytes of `word`, which is in upper case. */
static bool begins_with(struct tl_bytes text, const char *word, size_t size)
{
    if (text.size < size)
        return false;
    for (size_t i = 0; i < size; i++) {
        if (upper(text.data[i]) != (uint8_t)word[i])
            return false;
    }
    return true;
}

static bool is_word(struct tl_bytes text, const struct word *word)
{
    return word->size == text.size && text.size && begins_with(text, word->text, word->size);
}

/* `prefix` and a number up to 65535, RFC 3597 section 5. */
static enum tl_status parse_number(struct tl_bytes text, const char *prefix, uint16_t *ret_number)
{
    size_t at = strlen(prefix);
    uint32_t number = 0;

    if (text.size == at || text.size > at + 5 || !begins_with(text, prefix, at))
        return TL_BAD_TEXT;
    for (; at < text.size; at++) {
        if (text.data[at] < '0' || text.data[at] > '9')
            return TL_BAD_TEXT;
        number = number * 10 + (uint32_t)(text.data[at] - '0');
    }
    if (number > UINT16_MAX)
        return TL_BAD_TEXT;
    *ret_number = (uint16_t)number;
    return TL_OK;
}

enum tl_status tl_dns_type_parse(struct tl_bytes text, uint16_t *ret_type)
{
    for (unsigned slot = 0; slot < TYPES_COUNT; slot++) {
        if (is_word(text, &types[slot])) {
            *ret_type = (uint16_t)types_at(slot);
            return TL_OK;
        }
    }
    return parse_number(text, "TYPE", ret_type);
}

static enum tl_status parse_word(struct tl_bytes text, const struct numbered_word *words, size_t count,
                                 uint16_t *ret_number)
{
    for (size_t i = 0; i < count; i++) {
        if (is_word(text, &words[i].word)) {
            *ret_number = words[i].number;
            return TL_OK;
        }
    }
    return TL_BAD_TEXT;
}

enum tl_status tl_dns_class_parse(struct tl_bytes text, uint16_t *ret_class)
{
    if (parse_word(text, classes, COUNT(classes), ret_class) == TL_OK)
        return TL_OK;
    return parse_number(text, "CLASS", ret_class);
}

enum tl_status tl_dns_rcode_parse(struct tl_bytes text, unsigned *ret_rcode)
{
    uint16_t number;
    enum tl_status status = parse_word(text, rcodes, COUNT(rcodes), &number);

    if (status == TL_OK)
        *ret_rcode = number;
    return status;
}

enum tl_status tl_dns_opcode_parse(struct tl_bytes text, unsigned *ret_opcode)
{
    uint16_t number;
    enum tl_status status = parse_word(text, opcodes, COUNT(opcodes), &number);

    if (status == TL_OK)
        *ret_opcode = number;
    return status;
}
