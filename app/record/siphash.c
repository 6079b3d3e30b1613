/* SipHash-2-4, word by word of the input. Invariant: no byte outside the input is read, and the last word
 * carries the input's length, so that what ends in zeros differs from what does not. */
#include "record/siphash.h"

#include <sys/random.h>

struct state {
    uint64_t v0, v1, v2, v3;
};

struct siphash_key siphash_random_key(void)
{
    struct siphash_key key;

    /* Up to 256 bytes come whole once the system has started (getrandom(2)). Before that, where this lies in
     * memory has to do. */
    if (getrandom(&key, sizeof(key), GRND_NONBLOCK) != (ssize_t)sizeof(key))
        key = (struct siphash_key){{(uint64_t)(uintptr_t)&key, (uint64_t)(uintptr_t)&siphash_random_key}};
    return key;
}

static inline uint64_t rotate(uint64_t value, unsigned bits)
{
    return value << bits | value >> (64 - bits);
}

static inline void mix(struct state *state)
{
    state->v0 += state->v1;
    state->v2 += state->v3;
    state->v1 = rotate(state->v1, 13) ^ state->v0;
    state->v3 = rotate(state->v3, 16) ^ state->v2;
    state->v0 = rotate(state->v0, 32);
    state->v2 += state->v1;
    state->v0 += state->v3;
    state->v1 = rotate(state->v1, 17) ^ state->v2;
    state->v3 = rotate(state->v3, 21) ^ state->v0;
    state->v2 = rotate(state->v2, 32);
}

static inline void take_word(struct state *state, uint64_t word)
{
    state->v3 ^= word;
    mix(state);
    mix(state);
    state->v0 ^= word;
}

/* Up to eight bytes, the first the lowest. */
static inline uint64_t word_of(const uint8_t *at, size_t size)
{
    uint64_t word = 0;

    for (size_t i = 0; i < size; i++)
        word |= (uint64_t)at[i] << 8 * i;
    return word;
}

uint64_t siphash(const struct siphash_key *key, struct tl_bytes bytes)
{
    struct state state = {key->half[0] ^ 0x736f6d6570736575u, key->half[1] ^ 0x646f72616e646f6du,
                          key->half[0] ^ 0x6c7967656e657261u, key->half[1] ^ 0x7465646279746573u};
    size_t whole = bytes.size & ~(size_t)7;

    for (size_t i = 0; i < whole; i += 8)
        take_word(&state, word_of(bytes.data + i, 8));
    take_word(&state, (uint64_t)bytes.size << 56 |
                          (whole < bytes.size ? word_of(bytes.data + whole, bytes.size - whole) : 0));
    state.v2 ^= 0xff;
    for (int i = 0; i < 4; i++)
        mix(&state);
    return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}
