/* record/siphash: a hash that nobody can aim at who does not know the key, so that no table fills one of its
 * chains because somebody wants it to. SipHash-2-4: Aumasson, Bernstein, "SipHash: a fast short-input PRF"
 * (2012). */
#ifndef RECORD_SIPHASH_H
#define RECORD_SIPHASH_H

#include <tapline/core.h>

struct siphash_key {
    uint64_t half[2];
};

/* A key of this process, from the system's random numbers. */
struct siphash_key siphash_random_key(void);

/* The 64 bits of `bytes` under `key`, the same on every machine. */
uint64_t siphash(const struct siphash_key *key, struct tl_bytes bytes);

#endif
