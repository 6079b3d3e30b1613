/* Numbers that look random and are the same in every run, for the tests of this room. */
#ifndef ANALYSIS_DRAWS_H
#define ANALYSIS_DRAWS_H

#include <math.h>
#include <stdint.h>

/* Steele, Lea, Flood, "Fast splittable pseudorandom number generators" (2014). */
static inline uint64_t draw(uint64_t *state)
{
    uint64_t x = *state += 0x9e3779b97f4a7c15u;

    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

/* 0 to 1. */
static inline double draw_share(uint64_t *state)
{
    return (double)(draw(state) >> 11) / 9007199254740992.0;
}

/* A rank from 0 to below `count`, about as Zipf's with exponent 1: low ones far more often. */
static inline uint32_t draw_rank(uint64_t *state, uint32_t count)
{
    return (uint32_t)(pow((double)count + 1, draw_share(state)) - 1) % count;
}

#endif
