/* Text to value, by the kind of the field. Invariant: a value is right for its field, or there is none. */
#include "filter/value.h"

#include "record/excerpt.h"
#include "record/times.h"
#include "record/units.h"

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

/* A blank without a backslash, as in a line of a hosts file, is no part of a name. */
static bool has_blank(const char *name)
{
    for (; *name; name++) {
        if (strchr(" \t\r\n", *name))
            return true;
        name += *name == '\\' && name[1];
    }
    return false;
}

static bool parse(enum field_kind kind, enum field field, bool utc, struct tl_bytes text,
                  struct filter_value *value)
{
    const char *word = (const char *)text.data;

    if (kind != FIELD_KIND_TEXT && kind != FIELD_KIND_RDATA && memchr(text.data, '\0', text.size))
        return false;
    switch (kind) {
    case FIELD_KIND_NUMBER: return number_of(word, &value->number);
    case FIELD_KIND_SIZE: return record_parse_size(word, &value->number);
    case FIELD_KIND_WORD:
    case FIELD_KIND_FLAGS: return field_word_parse(field, text, &value->number);
    case FIELD_KIND_NAME:
        return !has_blank(word) && tl_dns_name_parse(text, value->name, &value->name_size) == TL_OK;
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

bool filter_value_parse(enum field field, bool utc, struct tl_bytes text, struct filter_value *ret_value,
                        char ret_why[FILTER_WHY_SIZE])
{
    const struct field_description *description = field_describe(field);
    char excerpt[EXCERPT_SIZE], word[FIELD_WORD_SIZE];

    if (parse(description->kind, field, utc, text, ret_value))
        return true;
    excerpt_of(text, excerpt);
    if (description->kind != FIELD_KIND_WORD && description->kind != FIELD_KIND_FLAGS)
        snprintf(ret_why, FILTER_WHY_SIZE, "\"%s\" %s", excerpt, hint(description->kind));
    else if (field_word_nearest(field, text, word))
        snprintf(ret_why, FILTER_WHY_SIZE, "%s is never \"%s\"; did you mean %s?", description->name, excerpt,
                 word);
    else
        snprintf(ret_why, FILTER_WHY_SIZE, "%s is never \"%s\": %s", description->name, excerpt,
                 description->sentence);
    return false;
}
