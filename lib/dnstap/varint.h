/* Reading protobuf's variable-length integers, most of which are one byte long. */
#ifndef TL_DNSTAP_VARINT_H
#define TL_DNSTAP_VARINT_H

#include "protobuf.h"

#define LIKELY(x) __builtin_expect(!!(x), 1)

/* Passed and returned in registers, so that a value that is only looked at never goes through memory. */
struct varint {
    uint64_t value;
    const uint8_t *behind; /* the byte behind it; NULL: there is no varint */
};

/* Any length; what does not fit into 64 bits is dropped, as protobuf does. */
struct varint tl__dnstap_long_varint(const uint8_t *at, const uint8_t *end);

static inline struct varint take_varint(const uint8_t *at, const uint8_t *end)
{
    if (LIKELY(at < end && *at < 0x80))
        return (struct varint){*at, at + 1};
    return tl__dnstap_long_varint(at, end);
}

static inline uint32_t le32(const uint8_t *at)
{
    return (uint32_t)at[3] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[1] << 8 | at[0];
}

#endif
