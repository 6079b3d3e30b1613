/* print/json_text: the grain of JSON - separators, keys, strings, bytes - written straight into the output.
 * Strict UTF-8 and no control character, whatever comes in. */
#ifndef PRINT_JSON_TEXT_H
#define PRINT_JSON_TEXT_H

#include "print/digits.h"
#include "print/output.h"

#define JSON_KEY_MAX 40 /* separator, quotes, word and colon of a key */

/* Where in an object or array the text is: `separator` goes before the next member; it is the opening bracket
 * as long as there is none. */
struct json {
    struct print_output *output;
    char separator;
};

/* A key with its quotes and colon, for a text and for the same in hexadecimal. */
struct json_key {
    const char *plain, *hex;
    uint8_t plain_size, hex_size;
};

#define JSON_KEY(word)                                                                                       \
    {                                                                                                        \
        "\"" word "\":", "\"" word "_hex\":", sizeof("\"" word "\":") - 1, sizeof("\"" word "_hex\":") - 1   \
    }

/* Separator and key; room for `room` bytes behind it. */
static inline char *json_put_key(struct json *json, const char *key, size_t size, size_t room)
{
    char *to = print_room(json->output, JSON_KEY_MAX + room);

    *to++ = json->separator;
    json->separator = ',';
    return put_text(to, key, size);
}

#define JSON_PUT_KEY(json, word, room) json_put_key(json, "\"" word "\":", sizeof("\"" word "\":") - 1, room)

/* Everything is stored up to `to`. */
static inline void json_keep(struct json *json, char *to)
{
    json->output->at = to;
}

/* Begins the object or array that is the value of the key just put. Returns what json_close needs. */
static inline char json_open(struct json *json, char bracket)
{
    char outer = json->separator;
    json->separator = bracket;
    return outer;
}

/* Ends the object or array that began with `bracket`. */
void json_close(struct json *json, char bracket, char outer);

static inline void json_put_number(struct json *json, const char *key, size_t size, int64_t value)
{
    json_keep(json, put_integer(json_put_key(json, key, size, PRINT_DECIMAL_MAX + 1), value));
}

#define JSON_PUT_NUMBER(json, word, value)                                                                   \
    json_put_number(json, "\"" word "\":", sizeof("\"" word "\":") - 1, value)

/* A string in quotes of text that is known to be UTF-8. */
void json_put_string(struct json *json, struct tl_bytes text);

/* Two hexadecimal digits a byte, in quotes and without. */
void json_put_hex(struct json *json, struct tl_bytes bytes);
void json_put_digits(struct json *json, struct tl_bytes bytes);

/* "word": "text", or "word_hex": "digits" if the bytes are not UTF-8. */
void json_put_bytes(struct json *json, const struct json_key *key, struct tl_bytes bytes);

/* Escapes text of printable ASCII where it stands, which may double its length. Returns its new end. */
char *json_escape(char *text, size_t size);

/* RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. */
bool json_is_utf8(struct tl_bytes bytes);

#endif
