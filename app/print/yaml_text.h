/* print/yaml_text: the grain of YAML. Strings are those of print/json_text, which YAML reads the same, with a
 * line feed in the place of the comma. What stands without quotes are words and numbers that no reader takes
 * for something else. */
#ifndef PRINT_YAML_TEXT_H
#define PRINT_YAML_TEXT_H

#include "print/json_text.h"

/* Room for a key, and for a number or word behind it. */
#define YAML_LINE_ROOM 128

static inline char *yaml_put_key(char *to, unsigned indent, const char *key)
{
    memset(to, ' ', indent);
    to = put_text(to + indent, key, strlen(key));
    return PUT(to, ": ");
}

/* A key with a map or a list below it, or nothing. */
static inline char *yaml_put_head(char *to, unsigned indent, const char *key)
{
    to = yaml_put_key(to, indent, key);
    to[-1] = '\n';
    return to;
}

/* A line with a number. */
static inline char *yaml_put_number(struct print_output *output, char *to, unsigned indent, const char *key,
                                    uint64_t value)
{
    to = put_decimal(yaml_put_key(json_room(output, to, YAML_LINE_ROOM), indent, key), value);
    *to++ = '\n';
    return to;
}

/* A line with a short word, or with a number in the place of one, which quotes keep from being a number. */
static inline char *yaml_put_word(struct print_output *output, char *to, unsigned indent, const char *key,
                                  const char *word)
{
    bool is_number = *word == '-' || (*word >= '0' && *word <= '9');

    to = yaml_put_key(json_room(output, to, YAML_LINE_ROOM), indent, key);
    if (is_number)
        *to++ = '"';
    to = put_text(to, word, strlen(word));
    if (is_number)
        *to++ = '"';
    *to++ = '\n';
    return to;
}

/* A line with hexadecimal. */
static inline char *yaml_put_hex(struct print_output *output, char *to, unsigned indent, const char *key,
                                 struct tl_bytes bytes)
{
    to = yaml_put_key(json_room(output, to, YAML_LINE_ROOM), indent, key);
    to = json_put_hex(output, to, bytes);
    to[-1] = '\n';
    return to;
}

/* The key with "_hex" behind the word, where `value` stands behind the key alone; then hexadecimal. */
static inline char *yaml_put_hex_instead(struct print_output *output, char *value, struct tl_bytes bytes)
{
    value = json_put_hex(output, PUT(value - 2, "_hex: "), bytes);
    value[-1] = '\n';
    return value;
}

/* A line with text; if the bytes are not UTF-8, with their hexadecimal behind a key that ends with "_hex". */
static inline char *yaml_put_bytes(struct print_output *output, char *to, unsigned indent, const char *key,
                                   struct tl_bytes bytes)
{
    to = yaml_put_key(json_room(output, to, YAML_LINE_ROOM), indent, key);
    if (!json_is_utf8(bytes))
        return yaml_put_hex_instead(output, to, bytes);
    to = json_put_string(output, to, bytes);
    to[-1] = '\n';
    return to;
}

#endif
