/* generate/wire: numbers stored in network order, for who has made sure of the room. Each returns where it
 * ended. */
#ifndef GENERATE_WIRE_H
#define GENERATE_WIRE_H

#include <stdint.h>
#include <string.h>

static inline uint8_t *wire_put16(uint8_t *to, unsigned value)
{
    to[0] = (uint8_t)(value >> 8);
    to[1] = (uint8_t)value;
    return to + 2;
}

static inline uint8_t *wire_put32(uint8_t *to, uint32_t value)
{
    return wire_put16(wire_put16(to, value >> 16), value & 0xffff);
}

static inline uint8_t *wire_put64(uint8_t *to, uint64_t value)
{
    return wire_put32(wire_put32(to, (uint32_t)(value >> 32)), (uint32_t)value);
}

static inline uint8_t *wire_put(uint8_t *to, const void *data, size_t size)
{
    memcpy(to, data, size);
    return to + size;
}

/* A compression pointer, RFC 1035 section 4.1.4. */
static inline uint8_t *wire_put_pointer(uint8_t *to, size_t offset)
{
    return wire_put16(to, 0xc000u | (unsigned)offset);
}

#endif
