/* Strings of JSON (RFC 8259 section 7) in bulk: eight bytes at a time as long as nothing in them needs an
 * escape. Invariant: what leaves here is valid UTF-8 without control characters, C1 and DEL included, since a
 * terminal obeys those too. */
#include "print/json_text.h"

#define CHUNK 4096 /* input bytes per check of the room; each becomes at most six */

#define ONES 0x0101010101010101u
#define TOPS 0x8080808080808080u

char *json_flush(struct print_output *output, char *to)
{
    char last = to[-1];

    output->at = to - 1;
    print_output_flush(output);
    *output->at++ = last;
    return output->at;
}

static inline uint64_t eight(const void *at)
{
    uint64_t word;

    memcpy(&word, at, sizeof(word));
    return word;
}

/* Not zero if one of eight bytes, all below 0x80, is a quote or a backslash. */
static inline uint64_t special(uint64_t word)
{
    uint64_t quote = word ^ ONES * '"', backslash = word ^ ONES * '\\';

    return ((quote - ONES) | (backslash - ONES)) & TOPS;
}

/* True if none of eight bytes is a control character, a quote, a backslash, DEL or above 0x7f. */
static inline bool is_plain(uint64_t word)
{
    uint64_t del = word ^ ONES * 0x7f;

    return !(special(word) | ((word | (word - ONES * 0x20) | (del - ONES)) & TOPS));
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

    while (at < end) {
        unsigned size = end - at >= 8 && is_plain(eight(at)) ? 8 : sequence_size(at, end);
        if (!size)
            return false;
        at += size;
    }
    return true;
}

static char *put_code_point(char *to, uint8_t value)
{
    return put_hex(PUT(to, "\\u00"), &value, 1, print_hex_lower);
}

/* Of three bytes of UTF-8: U+2028 and U+2029, which YAML 1.1 takes for ends of lines, and U+feff, U+fffe and
 * U+ffff, which it does not allow. */
static bool is_no_yaml(const uint8_t *at)
{
    return (at[0] == 0xe2 && at[1] == 0x80 && (at[2] & 0xfe) == 0xa8) ||
           (at[0] == 0xef && ((at[1] == 0xbb && at[2] == 0xbf) || (at[1] == 0xbf && at[2] >= 0xbe)));
}

/* One byte, or two or three of UTF-8; `*at` is moved behind. */
static char *put_character(char *to, const uint8_t **at)
{
    uint8_t c = *(*at)++;

    if (c == '"' || c == '\\')
        *to++ = '\\';
    if (c < 0x20 || c == 0x7f)
        return put_code_point(to, c);
    if (c == 0xc2 && **at < 0xa0) /* U+0080 to U+009f; the text is UTF-8, so there is a byte behind it */
        return put_code_point(to, *(*at)++);
    if ((c == 0xe2 || c == 0xef) && is_no_yaml(*at - 1)) { /* here as well there are all bytes */
        const uint8_t *rest = *at;
        *at += 2;
        return put_hex16(PUT(to, "\\u"), (c & 15u) << 12 | (rest[0] & 0x3fu) << 6 | (rest[1] & 0x3fu));
    }
    *to++ = (char)c;
    return to;
}

char *json_put_string(struct print_output *output, char *to, struct tl_bytes text)
{
    const uint8_t *at = text.data, *end = text.size ? at + text.size : at;

    *to++ = '"';
    while (at < end) {
        const uint8_t *stop = end - at > CHUNK ? at + CHUNK : end;
        to = json_room(output, to, (CHUNK + 8) * 6);
        while (at < stop) {
            if (end - at >= 8 && is_plain(eight(at))) {
                memcpy(to, at, 8);
                to += 8;
                at += 8;
            } else {
                to = put_character(to, &at);
            }
        }
    }
    return PUT(json_room(output, to, 0), "\",");
}

char *json_put_digits(struct print_output *output, char *to, struct tl_bytes bytes)
{
    for (size_t done = 0; done < bytes.size; done += CHUNK) {
        size_t size = bytes.size - done < CHUNK ? bytes.size - done : CHUNK;
        to = json_room(output, to, 2 * CHUNK);
        to = put_hex(to, bytes.data + done, size, print_hex_lower);
    }
    return to;
}

char *json_put_hex(struct print_output *output, char *to, struct tl_bytes bytes)
{
    *to++ = '"';
    to = json_put_digits(output, to, bytes);
    return PUT(json_room(output, to, 0), "\",");
}

/* Copies 8 to CHUNK bytes if all are plain. */
static inline bool copy_plain(char *to, struct tl_bytes bytes)
{
    size_t last = bytes.size - 8;
    uint64_t word;

    for (size_t i = 0; i < last; i += 8) {
        word = eight(bytes.data + i);
        if (!is_plain(word))
            return false;
        memcpy(to + i, &word, 8);
    }
    word = eight(bytes.data + last);
    memcpy(to + last, &word, 8);
    return is_plain(word);
}

char *json_put_bytes(struct print_output *output, char *to, const struct json_key *key, struct tl_bytes bytes)
{
    to = json_room(output, to, CHUNK);
    if (bytes.size >= 8 && bytes.size <= CHUNK) {
        char *text = json_put_key(to, key);
        *text++ = '"';
        if (copy_plain(text, bytes))
            return PUT(text + bytes.size, "\",");
    }
    if (json_is_utf8(bytes))
        return json_put_string(output, json_put_key(to, key), bytes);
    return json_put_hex(output, json_put_hex_key(to, key), bytes);
}

static bool has_special(const char *text, size_t size)
{
    if (size < 8)
        return memchr(text, '\\', size) || memchr(text, '"', size);

    uint64_t found = special(eight(text + size - 8));
    for (size_t i = 0; i + 8 < size; i += 8)
        found |= special(eight(text + i));
    return found;
}

char *json_escape(char *text, size_t size)
{
    size_t more = 0;

    if (!has_special(text, size))
        return text + size;
    for (size_t i = 0; i < size; i++)
        more += text[i] == '"' || text[i] == '\\';
    for (size_t from = size, to = size + more; from > 0;) {
        char c = text[--from];
        text[--to] = c;
        if (c == '"' || c == '\\')
            text[--to] = '\\';
    }
    return text + size + more;
}
