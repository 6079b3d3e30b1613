/* Varints of more than one byte: ports, times and lengths. Those of up to eight bytes are taken without a
 * loop, from one word, if the message goes on that far. Invariant: both ways give the same value for the same
 * bytes. */
#include "varint.h"

static inline uint64_t le64(const uint8_t *at)
{
    return (uint64_t)le32(at + 4) << 32 | le32(at);
}

/* The low seven bits of each byte, moved together: bytes to pairs, to fours, to eight. */
static inline uint64_t gather(uint64_t word)
{
    word &= 0x7f7f7f7f7f7f7f7f;
    word = (word & 0x7f007f007f007f00) >> 1 | (word & 0x007f007f007f007f);
    word = (word & 0x3fff00003fff0000) >> 2 | (word & 0x00003fff00003fff);
    return (word & 0x0fffffff00000000) >> 4 | (word & 0x000000000fffffff);
}

static struct varint slow_varint(const uint8_t *at, const uint8_t *end)
{
    uint64_t value = 0;

    for (unsigned shift = 0; at < end && shift < 7 * VARINT_SIZE_MAX; shift += 7) {
        uint8_t byte = *at++;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return (struct varint){value, at};
    }
    return (struct varint){0, NULL};
}

struct varint tl__dnstap_long_varint(const uint8_t *at, const uint8_t *end)
{
    if (!LIKELY(end - at >= 8))
        return slow_varint(at, end);

    uint64_t word = le64(at),
             stops = ~word & 0x8080808080808080; /* a bit for each byte that has none behind it */
    if (!LIKELY(stops))
        return slow_varint(at, end);
    uint64_t up_to_first_stop = stops ^ (stops - 1);
    return (struct varint){gather(word & up_to_first_stop), at + __builtin_ctzll(stops) / 8 + 1};
}
