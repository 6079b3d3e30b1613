/* Strings of JSON (RFC 8259 section 7) in bulk: eight bytes at a time as long as nothing in them needs an
 * escape. Invariant: what leaves here is valid UTF-8 without control characters, C1 and DEL included, since a
 * terminal obeys those too. */
#include "print/json_text.h"

#define CHUNK 4096 /* input bytes per check of the room; each becomes at most six */

static const char hex_digits[] = "0123456789abcdef";

void json_close(struct json *json, char bracket, char outer)
{
    char *to = print_room(json->output, 2);

    if (json->separator == bracket)
        *to++ = bracket;
    *to++ = (char)(bracket + 2); /* '{' and '}', '[' and ']' are two apart in ASCII */
    json->separator = outer;
    json_keep(json, to);
}

/* True if none of eight bytes is a control character, a quote, a backslash, DEL or above 0x7f. */
static inline bool is_plain(uint64_t word)
{
    const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
    uint64_t quote = word ^ ones * '"', backslash = word ^ ones * '\\', del = word ^ ones * 0x7f;
    uint64_t found = word | (word - ones * 0x20) | (quote - ones) | (backslash - ones) | (del - ones);

    return !(found & tops);
}

/* How many bytes the sequence at `at` has, 1 to 4; 0 if there is none (RFC 3629 section 4). */
static unsigned sequence_size(const uint8_t *at, const uint8_t *end)
{
    uint8_t first = *at;
    unsigned size = first < 0x80   ? 1
                    : first < 0xc2 ? 0
                    : first < 0xe0 ? 2
                    : first < 0xf0 ? 3
                    : first < 0xf5 ? 4
                                   : 0;

    if (size > (size_t)(end - at))
        return 0;
    for (unsigned i = 1; i < size; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    }
    if ((first == 0xe0 && at[1] < 0xa0) || (first == 0xed && at[1] > 0x9f) ||
        (first == 0xf0 && at[1] < 0x90) || (first == 0xf4 && at[1] > 0x8f))
        return 0;
    return size;
}

bool json_is_utf8(struct tl_bytes bytes)
{
    const uint8_t *at = bytes.data, *end = bytes.size ? at + bytes.size : at;
    unsigned size;

    while (at < end) {
        uint64_t word;
        if (end - at >= 8 && (memcpy(&word, at, 8), is_plain(word))) {
            at += 8;
            continue;
        }
        size = sequence_size(at, end);
        if (!size)
            return false;
        at += size;
    }
    return true;
}

static char *put_code_point(char *to, unsigned value)
{
    to = PUT(to, "\\u00");
    *to++ = hex_digits[value >> 4];
    *to++ = hex_digits[value & 15];
    return to;
}

/* One character of UTF-8; `*at` is moved behind it. */
static char *put_character(char *to, const uint8_t **at)
{
    uint8_t c = *(*at)++;

    if (c == '"' || c == '\\')
        *to++ = '\\';
    if (c < 0x20 || c == 0x7f)
        return put_code_point(to, c);
    if (c == 0xc2 && **at < 0xa0) /* U+0080 to U+009f */
        return put_code_point(to, *(*at)++);
    *to++ = (char)c;
    return to;
}

static void put_quote(struct json *json)
{
    char *to = print_room(json->output, 1);

    *to++ = '"';
    json_keep(json, to);
}

void json_put_string(struct json *json, struct tl_bytes text)
{
    const uint8_t *at = text.data, *end = text.size ? at + text.size : at;

    put_quote(json);
    while (at < end) {
        const uint8_t *stop = end - at > CHUNK ? at + CHUNK : end;
        char *to = print_room(json->output, (CHUNK + 8) * 6);
        while (at < stop) {
            uint64_t word;
            if (end - at >= 8 && (memcpy(&word, at, 8), is_plain(word))) {
                memcpy(to, at, 8);
                to += 8;
                at += 8;
            } else {
                to = put_character(to, &at);
            }
        }
        json_keep(json, to);
    }
    put_quote(json);
}

void json_put_digits(struct json *json, struct tl_bytes bytes)
{
    for (size_t done = 0; done < bytes.size; done += CHUNK) {
        size_t size = bytes.size - done < CHUNK ? bytes.size - done : CHUNK;
        char *to = print_room(json->output, 2 * CHUNK);
        json_keep(json, put_hex(to, bytes.data + done, size, hex_digits));
    }
}

void json_put_hex(struct json *json, struct tl_bytes bytes)
{
    put_quote(json);
    json_put_digits(json, bytes);
    put_quote(json);
}

void json_put_bytes(struct json *json, const struct json_key *key, struct tl_bytes bytes)
{
    if (json_is_utf8(bytes)) {
        json_keep(json, json_put_key(json, key->plain, key->plain_size, 0));
        json_put_string(json, bytes);
    } else {
        json_keep(json, json_put_key(json, key->hex, key->hex_size, 0));
        json_put_hex(json, bytes);
    }
}

char *json_escape(char *text, size_t size)
{
    size_t more = 0;

    for (size_t i = 0; i < size; i++)
        more += text[i] == '"' || text[i] == '\\';
    for (size_t from = size, to = size + more; more && from > 0;) {
        char c = text[--from];
        text[--to] = c;
        if (c == '"' || c == '\\')
            text[--to] = '\\';
    }
    return text + size + more;
}
