/* A strict reader of JSON (RFC 8259) that keeps nothing: is this text one value? Strings must be UTF-8
 * without control characters, those of U+0080 to U+009f and DEL included. */
#ifndef PRINT_STRICT_JSON_H
#define PRINT_STRICT_JSON_H

#include "print/json_text.h"

#define STRICT_JSON_DEPTH 16

/* Each returns the place behind what it read, or NULL. */
static inline const char *strict_json_value(const char *at, const char *end, int depth);

static inline const char *strict_json_escape(const char *at, const char *end)
{
    if (at == end)
        return NULL;
    if (*at != 'u')
        return strchr("\"\\/bfnrt", *at) && *at ? at + 1 : NULL;
    if (end - at < 5)
        return NULL;
    for (int i = 1; i < 5; i++) {
        if (!at[i] || !strchr("0123456789abcdefABCDEF", at[i]))
            return NULL;
    }
    return at + 5;
}

static inline const char *strict_json_string(const char *at, const char *end)
{
    const char *start = at + 1;

    if (at == end || *at++ != '"')
        return NULL;
    while (at && at < end && *at != '"') {
        unsigned char c = (unsigned char)*at++;
        if (c < 0x20 || c == 0x7f || (c == 0xc2 && at < end && (unsigned char)*at < 0xa0))
            return NULL;
        if (c == '\\')
            at = strict_json_escape(at, end);
    }
    return at && at < end && json_is_utf8(tl_bytes(start, (size_t)(at - start))) ? at + 1 : NULL;
}

/* Of numbers only the forms that are written here: integers, and such with a fraction. */
static inline const char *strict_json_fraction(const char *at, const char *end)
{
    const char *start = at;

    if (at == end || *at != '.')
        return at;
    for (at++; at < end && *at >= '0' && *at <= '9'; at++)
        ;
    return at > start + 1 ? at : NULL;
}

static inline const char *strict_json_number(const char *at, const char *end)
{
    if (at < end && *at == '-')
        at++;
    if (at == end || *at < '0' || *at > '9')
        return NULL;
    if (*at == '0')
        return strict_json_fraction(at + 1, end);
    while (at < end && *at >= '0' && *at <= '9')
        at++;
    return strict_json_fraction(at, end);
}

/* An object or an array. */
static inline const char *strict_json_members(const char *at, const char *end, int depth)
{
    bool is_object = *at == '{';
    char last = is_object ? '}' : ']';

    if (++at < end && *at == last)
        return at + 1;
    for (;;) {
        if (is_object) {
            at = strict_json_string(at, end);
            if (!at || at == end || *at++ != ':')
                return NULL;
        }
        at = strict_json_value(at, end, depth - 1);
        if (!at || at == end || (*at != ',' && *at != last))
            return NULL;
        if (*at++ == last)
            return at;
    }
}

static inline const char *strict_json_value(const char *at, const char *end, int depth)
{
    if (at == end || depth == 0)
        return NULL;
    if (*at == '{' || *at == '[')
        return strict_json_members(at, end, depth);
    return *at == '"' ? strict_json_string(at, end) : strict_json_number(at, end);
}

static inline bool strict_json(const char *text, size_t size)
{
    return strict_json_value(text, text + size, STRICT_JSON_DEPTH) == text + size;
}

#endif
