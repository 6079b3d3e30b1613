/* print/json_text: the grain of JSON - keys, strings, bytes, brackets - stored straight into the output.
 * Strict UTF-8 and no control character, whatever comes in; strings mean the same in YAML.
 *
 * Each function takes the place where the text goes on and returns the place behind what it stored. Every
 * member, key and value, ends with a comma; a closing bracket takes the place of the last one. So there is
 * nothing to remember about where in an object the text is. */
#ifndef PRINT_JSON_TEXT_H
#define PRINT_JSON_TEXT_H

#include "print/digits.h"
#include "print/output.h"

/* What json_room leaves besides: for a key and for the brackets between two values. */
#define JSON_SLACK 64

/* Writes out what stands before `to`, save the last byte, which may be a comma that has to go. */
char *json_flush(struct print_output *output, char *to);

/* Room for `size` bytes (at most PRINT_ROOM_MAX) and for JSON_SLACK more. */
static inline char *json_room(struct print_output *output, char *to, size_t size)
{
    if (__builtin_expect((size_t)(output->end - to) < size + JSON_SLACK, 0))
        return json_flush(output, to);
    return to;
}

/* The key `word`, a literal; the caller has room. */
#define JSON_PUT_KEY(to, word) PUT(to, "\"" word "\":")

/* Behind the last member: the bracket in the place of its comma, if there is one, and the next comma. */
static inline char *json_close(char *to, char bracket)
{
    to -= to[-1] == ',';
    *to++ = bracket;
    *to++ = ',';
    return to;
}

/* A key of one of the tables, alone and with "_hex" behind the word; long enough to be copied whole. */
#define JSON_KEY_SIZE 32
struct json_key {
    char plain[JSON_KEY_SIZE], hex[JSON_KEY_SIZE];
    uint8_t plain_size, hex_size;
};

#define JSON_KEY(word)                                                                                       \
    {                                                                                                        \
        "\"" word "\":", "\"" word "_hex\":", sizeof("\"" word "\":") - 1, sizeof("\"" word "_hex\":") - 1   \
    }

static inline char *json_put_key(char *to, const struct json_key *key)
{
    memcpy(to, key->plain, JSON_KEY_SIZE);
    return to + key->plain_size;
}

static inline char *json_put_hex_key(char *to, const struct json_key *key)
{
    memcpy(to, key->hex, JSON_KEY_SIZE);
    return to + key->hex_size;
}

/* A string of two lower-case hexadecimal digits a byte, and its comma; the digits alone. */
char *json_put_hex(struct print_output *output, char *to, struct tl_bytes bytes);
char *json_put_digits(struct print_output *output, char *to, struct tl_bytes bytes);

/* A string of text that is known to be UTF-8, and its comma. */
char *json_put_string(struct print_output *output, char *to, struct tl_bytes text);

/* The member "word": "text", or "word_hex": "digits" if the bytes are not UTF-8. */
char *json_put_bytes(struct print_output *output, char *to, const struct json_key *key,
                     struct tl_bytes bytes);

/* Escapes text of printable ASCII where it stands, which may double its length. Returns its new end. */
char *json_escape(char *text, size_t size);

/* RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. */
bool json_is_utf8(struct tl_bytes bytes);

#endif
