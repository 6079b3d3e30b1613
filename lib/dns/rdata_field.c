/* The fields that most rdata is made of: numbers, addresses, names, strings, hex, base64 and base32.
 * Invariant: text holds bytes from 0x20 to 0x7e alone, whatever the rdata holds. */
#include "escape.h"
#include "rdata.h"

void tl__dns_put_u8(struct rdata *rdata)
{
    rdata_put_number(rdata, tl_cursor_u8(&rdata->in));
}

void tl__dns_put_u16(struct rdata *rdata)
{
    rdata_put_number(rdata, tl_cursor_be16(&rdata->in));
}

void tl__dns_put_u32(struct rdata *rdata)
{
    rdata_put_number(rdata, tl_cursor_be32(&rdata->in));
}

void tl__dns_put_u64(struct rdata *rdata)
{
    uint64_t high = tl_cursor_be32(&rdata->in);
    rdata_put_number(rdata, high << 32 | tl_cursor_be32(&rdata->in));
}

/* Chaosnet writes addresses in octal. */
void tl__dns_put_octal(struct rdata *rdata)
{
    unsigned address = tl_cursor_be16(&rdata->in);
    int shift = 15;

    while (shift && !(address >> shift))
        shift -= 3;
    rdata_separate(rdata);
    for (; shift >= 0; shift -= 3)
        tl_builder_put_u8(rdata->out, (uint8_t)('0' + (address >> shift & 7)));
}

void tl__dns_put_address(struct rdata *rdata, struct tl_bytes address)
{
    char text[TL_ADDRESS_TEXT_SIZE];
    tl_builder_put(rdata->out, tl_bytes(text, tl_address_print(address, text)));
}

void tl__dns_put_v4(struct rdata *rdata)
{
    rdata_separate(rdata);
    tl__dns_put_address(rdata, tl_cursor_take(&rdata->in, 4));
}

void tl__dns_put_v6(struct rdata *rdata)
{
    rdata_separate(rdata);
    tl__dns_put_address(rdata, tl_cursor_take(&rdata->in, 16));
}

/* The name at `offset` of `wire`, which is where `in` stands, with a final dot; straight into the builder if
 * there is room for any. */
static void put_name_of(struct rdata *rdata, struct tl_bytes wire, size_t offset)
{
    struct tl_builder *out = rdata->out;
    bool is_roomy = out->status == TL_OK && out->end - out->at > TL_DNS_NAME_TEXT_SIZE;
    char memory[TL_DNS_NAME_TEXT_SIZE + 1], *text = is_roomy ? (char *)out->at : memory;
    size_t length, end;

    if (rdata->in.status != TL_OK)
        return;
    if (tl_dns_name_print(wire, offset, text, &length, &end) != TL_OK) {
        rdata_fail(rdata);
        return;
    }
    rdata->in.at += end - offset;
    if (length > 1 || text[0] != '.') /* the root is its own final dot */
        text[length++] = '.';
    if (is_roomy)
        out->at += length;
    else
        tl_builder_put(out, tl_bytes(text, length));
}

void tl__dns_put_name(struct rdata *rdata)
{
    rdata_separate(rdata);
    put_name_of(rdata, rdata->wire, (size_t)(rdata->in.at - rdata->wire.data));
}

/* The name is read from where it stands as if nothing were before it, so that no pointer is good. */
void tl__dns_put_plain_name(struct rdata *rdata)
{
    rdata_separate(rdata);
    put_name_of(rdata, tl_bytes(rdata->in.at, tl_cursor_left(&rdata->in)), 0);
}

/* At most CHUNK bytes, at once if none of them needs an escape. */
static void put_escaped_piece(struct tl_builder *out, const uint8_t *at, unsigned size, const uint8_t *end)
{
    char text[CHUNK * ESCAPED_SIZE], *to = text;
    struct chunk chunk = chunk_at(at, end);

    if (LIKELY(is_plain_in_string(chunk, size))) {
        tl_builder_put(out, tl_bytes(at, size));
        return;
    }
    for (unsigned i = 0; i < size; i++)
        to = put_escaped_in_string(to, at[i]);
    tl_builder_put(out, tl_bytes(text, (size_t)(to - text)));
}

void tl__dns_put_escaped(struct rdata *rdata, struct tl_bytes bytes)
{
    const uint8_t *end = rdata->wire.data + rdata->wire.size;

    for (size_t at = 0; at < bytes.size; at += CHUNK) {
        size_t left = bytes.size - at;
        put_escaped_piece(rdata->out, bytes.data + at, left < CHUNK ? (unsigned)left : CHUNK, end);
    }
}

static void put_quoted(struct rdata *rdata, struct tl_bytes string)
{
    rdata_separate(rdata);
    tl_builder_put_u8(rdata->out, '"');
    tl__dns_put_escaped(rdata, string);
    tl_builder_put_u8(rdata->out, '"');
}

void tl__dns_put_string(struct rdata *rdata)
{
    size_t size = tl_cursor_u8(&rdata->in);
    put_quoted(rdata, tl_cursor_take(&rdata->in, size));
}

/* X.121 addresses have at least the four digits of a network, RFC 1183 section 3.1. */
void tl__dns_put_x25(struct rdata *rdata)
{
    const uint8_t *string = rdata->in.at;
    size_t size = rdata_left(rdata);

    rdata_require(rdata, size >= 5);
    for (size_t i = 1; i < size; i++)
        rdata_require(rdata, string[i] >= '0' && string[i] <= '9');
    tl__dns_put_string(rdata);
}

void tl__dns_put_strings(struct rdata *rdata)
{
    do
        tl__dns_put_string(rdata);
    while (rdata_left(rdata));
}

void tl__dns_put_optional_string(struct rdata *rdata)
{
    if (rdata_left(rdata))
        tl__dns_put_string(rdata);
}

void tl__dns_put_rest_as_string(struct rdata *rdata)
{
    put_quoted(rdata, rdata_take_rest(rdata));
}

void tl__dns_put_hex(struct rdata *rdata, struct tl_bytes bytes)
{
    static const char digits[] = "0123456789ABCDEF";
    uint8_t *to = tl_builder_take(rdata->out, 2 * bytes.size);

    for (size_t i = 0; to && i < bytes.size; i++) {
        *to++ = (uint8_t)digits[bytes.data[i] >> 4];
        *to++ = (uint8_t)digits[bytes.data[i] & 15];
    }
}

#define WORD_SIZE 56 /* in characters */

/* `size` bytes a word. */
static void put_words(struct rdata *rdata, struct tl_bytes bytes, size_t size,
                      void (*put)(struct rdata *rdata, struct tl_bytes bytes))
{
    while (rdata->is_bind && bytes.size > size) {
        put(rdata, tl_bytes(bytes.data, size));
        tl_builder_put_u8(rdata->out, ' ');
        bytes = tl_bytes(bytes.data + size, bytes.size - size);
    }
    put(rdata, bytes);
}

void tl__dns_put_long_hex(struct rdata *rdata, struct tl_bytes bytes)
{
    put_words(rdata, bytes, WORD_SIZE / 2, tl__dns_put_hex);
}

/* RFC 4648 section 4. */
void tl__dns_put_base64(struct rdata *rdata, struct tl_bytes bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint8_t *to = tl_builder_take(rdata->out, (bytes.size + 2) / 3 * 4);

    for (size_t i = 0; to && i < bytes.size; i += 3) {
        size_t left = bytes.size - i;
        const uint8_t *from = bytes.data + i;
        uint32_t bits =
            (uint32_t)from[0] << 16 | (left > 1 ? (uint32_t)from[1] << 8 : 0) | (left > 2 ? from[2] : 0);
        *to++ = (uint8_t)digits[bits >> 18];
        *to++ = (uint8_t)digits[bits >> 12 & 63];
        *to++ = left > 1 ? (uint8_t)digits[bits >> 6 & 63] : '=';
        *to++ = left > 2 ? (uint8_t)digits[bits & 63] : '=';
    }
}

void tl__dns_put_long_base64(struct rdata *rdata, struct tl_bytes bytes)
{
    put_words(rdata, bytes, WORD_SIZE / 4 * 3, tl__dns_put_base64);
}

/* RFC 4648 section 7, without padding. */
static void put_base32(struct rdata *rdata, struct tl_bytes bytes)
{
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUV";
    uint8_t *to = tl_builder_take(rdata->out, (bytes.size * 8 + 4) / 5);
    uint32_t bits = 0;
    unsigned count = 0; /* of bits that wait for their digit */

    for (size_t i = 0; to && i < bytes.size; i++) {
        bits = bits << 8 | bytes.data[i];
        for (count += 8; count >= 5; count -= 5)
            *to++ = (uint8_t)digits[bits >> (count - 5) & 31];
    }
    if (to && count)
        *to = (uint8_t)digits[bits << (5 - count) & 31];
}

void tl__dns_put_rest_as_hex(struct rdata *rdata)
{
    rdata_require(rdata, rdata_left(rdata) > 0);
    rdata_separate(rdata);
    tl__dns_put_long_hex(rdata, rdata_take_rest(rdata));
}

void tl__dns_put_rest_as_base64(struct rdata *rdata)
{
    rdata_require(rdata, rdata_left(rdata) > 0);
    rdata_separate(rdata);
    tl__dns_put_long_base64(rdata, rdata_take_rest(rdata));
}

/* NSEC3's salt, RFC 5155 section 3.3. */
void tl__dns_put_counted_hex(struct rdata *rdata)
{
    size_t size = tl_cursor_u8(&rdata->in);
    struct tl_bytes bytes = tl_cursor_take(&rdata->in, size);

    rdata_separate(rdata);
    if (bytes.size)
        tl__dns_put_hex(rdata, bytes);
    else
        tl_builder_put_u8(rdata->out, '-');
}

/* NSEC3's next owner. */
void tl__dns_put_counted_base32(struct rdata *rdata)
{
    size_t size = tl_cursor_u8(&rdata->in);

    rdata_require(rdata, size > 0);
    rdata_separate(rdata);
    put_base32(rdata, tl_cursor_take(&rdata->in, size));
}

/* TKEY's key and TSIG's other data: BIND puts the space before them even if they are empty. */
void tl__dns_put_counted_base64(struct rdata *rdata)
{
    size_t size = tl_cursor_be16(&rdata->in);

    rdata_put_number(rdata, size);
    rdata_separate(rdata);
    tl__dns_put_long_base64(rdata, tl_cursor_take(&rdata->in, size));
}

/* TKEY's other data and TSIG's MAC, where it does not. */
void tl__dns_put_counted_base64_if_any(struct rdata *rdata)
{
    size_t size = tl_cursor_be16(&rdata->in);

    rdata_put_number(rdata, size);
    if (size) {
        rdata_separate(rdata);
        tl__dns_put_long_base64(rdata, tl_cursor_take(&rdata->in, size));
    }
}
