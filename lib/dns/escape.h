/* How a byte stands in text: as it is, behind a backslash, or as \DDD (RFC 1035 section 5.1). Which bytes get
 * a backslash is BIND's habit, and differs between names and quoted strings. Nearly all text needs no escape,
 * so sixteen bytes at once are tested and copied, and only the others are looked at one by one. Invariant:
 * what is put holds bytes from 0x20 to 0x7e alone. */
#ifndef TL_DNS_ESCAPE_H
#define TL_DNS_ESCAPE_H

#include "name.h"

/* Longest text of one byte. */
#define ESCAPED_SIZE 4

static inline bool has_backslash_in_name(uint8_t byte)
{
    switch (byte) {
    case '"':
    case '(':
    case ')':
    case '.':
    case ';':
    case '\\':
    case '@':
    case '$': return true;
    default: return false;
    }
}

static inline char *put_escaped(char *to, uint8_t byte, bool is_plain, bool has_backslash)
{
    if (!is_plain) {
        *to++ = '\\';
        *to++ = (char)('0' + byte / 100);
        *to++ = (char)('0' + byte / 10 % 10);
        *to++ = (char)('0' + byte % 10);
        return to;
    }
    if (has_backslash)
        *to++ = '\\';
    *to++ = (char)byte;
    return to;
}

static inline char *put_escaped_in_name(char *to, uint8_t byte)
{
    return put_escaped(to, byte, byte > 0x20 && byte < 0x7f, has_backslash_in_name(byte));
}

static inline char *put_escaped_in_string(char *to, uint8_t byte)
{
    return put_escaped(to, byte, byte >= 0x20 && byte < 0x7f, byte == '"' || byte == '\\');
}

#define CHUNK 16

/* Compilers turn the vector into the machine's own, whichever that is. */
struct chunk {
    int8_t bytes __attribute__((vector_size(CHUNK)));
};

/* As much as there is before `end`, and zeros. Not inlined: else the chunk goes through memory every time. */
struct chunk tl__dns_last_chunk(const uint8_t *at, const uint8_t *end);

static inline struct chunk chunk_at(const uint8_t *at, const uint8_t *end)
{
    struct chunk chunk;
    if (!LIKELY(end - at >= CHUNK))
        return tl__dns_last_chunk(at, end);
    memcpy(&chunk, at, CHUNK);
    return chunk;
}

/* As many bytes set as the longest label has, then a chunk of zeros. */
extern const int8_t tl__dns_set_and_zero[LABEL_SIZE_MAX + CHUNK];

/* Whether none of the first `size` bytes (at most LABEL_SIZE_MAX) is marked. */
static inline bool is_unmarked(struct chunk marks, unsigned size)
{
    struct chunk mask;
    uint64_t halves[2];

    memcpy(&mask, tl__dns_set_and_zero + LABEL_SIZE_MAX - size, CHUNK);
    marks.bytes &= mask.bytes;
    memcpy(halves, &marks, sizeof(halves));
    return (halves[0] | halves[1]) == 0;
}

/* Whether the first `size` bytes of a chunk can stand as they are in a name. A few harmless ones ('*', '+')
 * count as unclear too: the test is then a handful of comparisons, which is what it is for. The bytes are
 * signed, so that those above 0x7f are below '-'. */
static inline bool is_plain_in_name(struct chunk chunk, unsigned size)
{
    struct chunk unclear = {(chunk.bytes < '-') | (chunk.bytes == '.') | (chunk.bytes == ';') |
                            (chunk.bytes == '@') | (chunk.bytes == '\\') | (chunk.bytes == 0x7f)};
    return is_unmarked(unclear, size);
}

static inline bool is_plain_in_string(struct chunk chunk, unsigned size)
{
    struct chunk unclear = {(chunk.bytes < ' ') | (chunk.bytes == '"') | (chunk.bytes == '\\') |
                            (chunk.bytes == 0x7f)};
    return is_unmarked(unclear, size);
}

#endif
