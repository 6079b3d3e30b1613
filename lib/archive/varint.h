/* Protobuf's variable-length integers (https://protobuf.dev/programming-guides/encoding/), read and written
 * one at a time. Ledgers are small beside the rows: these are short rather than fast. */
#ifndef TL_ARCHIVE_VARINT_H
#define TL_ARCHIVE_VARINT_H

#include <tapline/core.h>

#define VARINT_SIZE_MAX 10

/* What does not fit into 64 bits is dropped, as protobuf does. TL_TRUNCATED, TL_BAD_VARINT in the cursor's
 * status. */
static inline uint64_t take_varint(struct tl_cursor *from)
{
    uint64_t value = 0;

    for (unsigned shift = 0; shift < 7 * VARINT_SIZE_MAX; shift += 7) {
        uint8_t byte = tl_cursor_u8(from);
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return from->status == TL_OK ? value : 0;
    }
    tl_cursor_fail(from, TL_BAD_VARINT);
    return 0;
}

/* As many bytes as the length before them says. TL_TRUNCATED as well. */
static inline struct tl_bytes take_bytes(struct tl_cursor *from)
{
    uint64_t size = take_varint(from);

    return tl_cursor_take(from, size < SIZE_MAX ? (size_t)size : SIZE_MAX);
}

static inline void put_varint(struct tl_builder *to, uint64_t value)
{
    uint8_t bytes[VARINT_SIZE_MAX];
    size_t size = 0;

    for (; value >= 0x80; value >>= 7)
        bytes[size++] = (uint8_t)(value | 0x80);
    bytes[size++] = (uint8_t)value;
    tl_builder_put(to, tl_bytes(bytes, size));
}

/* Differences that may be negative, small ones of either sign as small numbers. Both wrap, so that every pair
 * of values has a difference. */
static inline uint64_t zigzag_of(uint64_t value, uint64_t before)
{
    uint64_t difference = value - before;
    return difference << 1 ^ (difference >> 63 ? UINT64_MAX : 0);
}

static inline uint64_t zigzag_apply(uint64_t zigzag, uint64_t before)
{
    return before + (zigzag >> 1 ^ (zigzag & 1 ? UINT64_MAX : 0));
}

#endif
