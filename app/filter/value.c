/* Text to value, by the kind of the field. Invariant: a value is right for its field, or there is none. */
#include "filter/value.h"

#include "filter/name_oddity.h"
#include "record/excerpt.h"
#include "record/times.h"
#include "record/units.h"

#include <inttypes.h>
#include <stdio.h>

static bool number_of(const char *text, uint64_t *ret_number)
{
    uint64_t number = 0;

    if (!*text)
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9' || __builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, (uint64_t)(*text - '0'), &number))
            return false;
    }
    *ret_number = number;
    return true;
}

static bool parse(enum field_kind kind, enum field field, bool utc, struct tl_bytes text,
                  struct filter_value *value)
{
    const char *word = (const char *)text.data;

    if (kind != FIELD_KIND_TEXT && kind != FIELD_KIND_RDATA && memchr(text.data, '\0', text.size))
        return false;
    switch (kind) {
    case FIELD_KIND_NUMBER: return number_of(word, &value->number) && value->number <= field_largest(field);
    case FIELD_KIND_SIZE: return record_parse_size(word, &value->number);
    case FIELD_KIND_WORD:
    case FIELD_KIND_FLAGS: return field_word_parse(field, text, &value->number);
    case FIELD_KIND_NAME:
        return !filter_name_oddity(word) && tl_dns_name_parse(text, value->name, &value->name_size) == TL_OK;
    case FIELD_KIND_ADDRESS: return filter_range_parse(text, &value->range);
    case FIELD_KIND_TEXT:
    case FIELD_KIND_RDATA: value->text = text; return true;
    case FIELD_KIND_TIME: return record_parse_time(word, utc, &value->time);
    case FIELD_KIND_DURATION: return record_parse_nanoseconds(word, &value->number);
    }
    return false;
}

/* What a value of the kind looks like. */
static const char *hint(enum field_kind kind)
{
    switch (kind) {
    case FIELD_KIND_NUMBER: return "is no number";
    case FIELD_KIND_SIZE: return "is no size; write for example 512 or 4KiB";
    case FIELD_KIND_NAME: return "is no DNS name";
    case FIELD_KIND_ADDRESS: return "is no address; write for example 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32";
    case FIELD_KIND_TIME: return "is no time; " RECORD_TIMES_HINT;
    case FIELD_KIND_DURATION: return "is no duration; write for example 10ms or 500us";
    case FIELD_KIND_WORD:
    case FIELD_KIND_FLAGS:
    case FIELD_KIND_TEXT:
    case FIELD_KIND_RDATA: break;
    }
    return "is none";
}

#define WORDS_SIZE 80

/* The words of a field with commas between them. False if they are too many. */
static bool list_words(enum field field, char ret_words[WORDS_SIZE])
{
    char word[FIELD_WORD_SIZE];
    size_t size = 0;

    for (uint64_t number = 0; field_next_word(field, &number, word); number++) {
        size_t length = strlen(word), comma = size ? 2 : 0;
        if (size + comma + length >= WORDS_SIZE)
            return false;
        memcpy(ret_words + size, ", ", comma);
        memcpy(ret_words + size + comma, word, length + 1);
        size += comma + length;
    }
    return size > 0;
}

/* Why a name is none, and what was meant perhaps. */
static void say_name(struct tl_bytes text, const char *excerpt, char *ret_why)
{
    const char *odd = memchr(text.data, '\0', text.size) ? NULL : filter_name_oddity((const char *)text.data);
    size_t size = (size_t)snprintf(ret_why, FILTER_WHY_SIZE, "\"%s\" is no DNS name", excerpt);
    char *more = ret_why + size;
    size_t room = FILTER_WHY_SIZE - size;

    if (!odd)
        return;
    if (*odd == '*')
        snprintf(
            more, room,
            "; \"under\" takes a domain without it, ~ takes patterns, and a \"*\" itself is written \\*");
    else if ((uint8_t)*odd >= 0x80)
        snprintf(more, room, "; write its form in ASCII, with xn--, or this byte as \\%u", (uint8_t)*odd);
    else if (*odd == ' ')
        snprintf(more, room, "; one name stands alone, and a blank in it is written \"\\ \"");
    else if (*odd > ' ' && *odd < 0x7f)
        snprintf(more, room, "; if \"%c\" is in it, that is written \\%c", *odd, *odd);
    else
        snprintf(more, room, "; if byte %u is in it, that is written \\%03u", (unsigned)*odd, (unsigned)*odd);
}

bool filter_value_parse(enum field field, bool utc, struct tl_bytes text, struct filter_value *ret_value,
                        char ret_why[FILTER_WHY_SIZE])
{
    const struct field_description *description = field_describe(field);
    char excerpt[EXCERPT_SIZE], word[FIELD_WORD_SIZE], words[WORDS_SIZE];
    uint64_t number;

    if (parse(description->kind, field, utc, text, ret_value))
        return true;
    excerpt_of(text, excerpt);
    if (description->kind == FIELD_KIND_NAME)
        say_name(text, excerpt, ret_why);
    else if (description->kind == FIELD_KIND_NUMBER && number_of((const char *)text.data, &number))
        snprintf(ret_why, FILTER_WHY_SIZE, "%s is at most %" PRIu64, description->name, field_largest(field));
    else if (description->kind != FIELD_KIND_WORD && description->kind != FIELD_KIND_FLAGS)
        snprintf(ret_why, FILTER_WHY_SIZE, "\"%s\" %s", excerpt, hint(description->kind));
    else if (field_word_nearest(field, text, word))
        snprintf(ret_why, FILTER_WHY_SIZE, "%s is never \"%s\"; did you mean %s?", description->name, excerpt,
                 word);
    else if (list_words(field, words))
        snprintf(ret_why, FILTER_WHY_SIZE, "%s is never \"%s\", but %s", description->name, excerpt, words);
    else
        snprintf(ret_why, FILTER_WHY_SIZE,
                 "%s is never \"%s\"; tapline read --list-fields=%s shows its words", description->name,
                 excerpt, description->name);
    return false;
}
