/* generate/random: numbers that look random and are the same for the same seed, on every machine.
 *
 * The generator is xoshiro256++ 1.0 by David Blackman and Sebastiano Vigna (public domain, 2019;
 * https://prng.di.unimi.it/), its state filled by their SplitMix64, as they advise. Not for secrets. */
#ifndef GENERATE_RANDOM_H
#define GENERATE_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct random {
    uint64_t state[4];
};

/* A share of all cases, for random_chance(): 0.25 is RANDOM_SHARE(0.25). */
#define RANDOM_SHARE(share) ((uint32_t)((share)*4294967295.0))

void random_init(struct random *random, uint64_t seed);

/* The output function of SplitMix64: a bijection of 64 bits. What must not be stored, such as the properties
 * of a name, is computed from its number with this. */
static inline uint64_t random_mix(uint64_t value)
{
    value += 0x9e3779b97f4a7c15u;
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9u;
    value = (value ^ value >> 27) * 0x94d049bb133111ebu;
    return value ^ value >> 31;
}

static inline uint64_t random_rotated(uint64_t value, unsigned bits)
{
    return value << bits | value >> (64 - bits);
}

static inline uint64_t random_next(struct random *random)
{
    uint64_t *s = random->state;
    uint64_t result = random_rotated(s[0] + s[3], 23) + s[0];
    uint64_t shifted = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = random_rotated(s[3], 45);
    return result;
}

/* 0 to `limit` - 1, from the upper half of `bits`; the bias is below limit / 2^32. */
static inline uint32_t random_scaled(uint64_t bits, uint32_t limit)
{
    return (uint32_t)((bits >> 32) * limit >> 32);
}

static inline uint32_t random_below(struct random *random, uint32_t limit)
{
    return random_scaled(random_next(random), limit);
}

/* True in `share` of all cases. */
static inline bool random_chance(struct random *random, uint32_t share)
{
    return (uint32_t)(random_next(random) >> 32) < share;
}

#endif
