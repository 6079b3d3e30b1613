/* Counting different things. Invariant: what the object holds depends on which hashes were seen, not on their
 * order or on which of several objects saw them; so what is merged is as what was seen by one. */
#include "analysis/hll.h"

#include <math.h>
#include <string.h>

#define RANKS (64 - HLL_BITS + 1) /* a register is 0 to RANKS */

bool hll_is_exact(const struct hll *hll)
{
    return hll->count <= HLL_EXACT;
}

/* The first bits say which register; the rank is where, of the others, the first one is that is set. */
static void note(uint8_t *registers, uint64_t hash)
{
    uint64_t rest = hash << HLL_BITS;
    uint8_t rank = (uint8_t)(rest ? __builtin_clzll(rest) + 1 : RANKS);
    uint8_t *at = &registers[hash >> (64 - HLL_BITS)];

    if (rank > *at)
        *at = rank;
}

/* From now on there are registers. */
static void give_up_hashes(struct hll *hll)
{
    uint8_t registers[HLL_REGISTERS] = {0};

    for (unsigned i = 0; i < HLL_SLOTS; i++) {
        if (hll->hashes[i])
            note(registers, hll->hashes[i]);
    }
    memcpy(hll->registers, registers, sizeof(registers));
    hll->count = HLL_EXACT + 1;
}

/* Hashes are as good as random, so their last bits are a good place to look. */
static void keep(struct hll *hll, uint64_t hash)
{
    unsigned at = hash % HLL_SLOTS;

    while (hll->hashes[at] && hll->hashes[at] != hash)
        at = (at + 1) % HLL_SLOTS;
    if (hll->hashes[at])
        return;
    if (hll->count == HLL_EXACT) {
        give_up_hashes(hll);
        note(hll->registers, hash);
        return;
    }
    hll->hashes[at] = hash;
    hll->count++;
}

void hll_add(struct hll *hll, uint64_t hash)
{
    hash += !hash; /* 0 is no entry */
    if (hll_is_exact(hll))
        keep(hll, hash);
    else
        note(hll->registers, hash);
}

void hll_merge(struct hll *hll, const struct hll *from)
{
    if (hll_is_exact(from)) {
        for (unsigned i = 0; i < HLL_SLOTS; i++) {
            if (from->hashes[i])
                hll_add(hll, from->hashes[i]);
        }
        return;
    }
    if (hll_is_exact(hll))
        give_up_hashes(hll);
    for (unsigned i = 0; i < HLL_REGISTERS; i++) {
        if (from->registers[i] > hll->registers[i])
            hll->registers[i] = from->registers[i];
    }
}

/* Ertl's sigma: what registers that are still 0 add; `x` is their share. */
static double sigma(double x)
{
    double y = 1, z = x, before;

    if (x == 1)
        return INFINITY;
    do {
        before = z;
        x *= x;
        z += x * y;
        y += y;
    } while (z != before);
    return z;
}

/* Ertl's tau: the same of those that are full; `x` is the share of the others. */
static double tau(double x)
{
    double y = 1, z = 1 - x, before;

    if (x == 0 || x == 1)
        return 0;
    do {
        before = z;
        x = sqrt(x);
        y /= 2;
        z -= (1 - x) * (1 - x) * y;
    } while (z != before);
    return z / 3;
}

/* Ertl, algorithm 6. */
static double estimate(const uint8_t *registers)
{
    const double m = HLL_REGISTERS;
    unsigned count[RANKS + 1] = {0};

    for (unsigned i = 0; i < HLL_REGISTERS; i++)
        count[registers[i]]++;
    double z = m * tau(1 - count[RANKS] / m);
    for (int rank = RANKS - 1; rank >= 1; rank--)
        z = (z + count[rank]) / 2;
    z += m * sigma(count[0] / m);
    return m * m / (2 * log(2) * z);
}

uint64_t hll_count(const struct hll *hll)
{
    if (hll_is_exact(hll))
        return hll->count;
    double count = estimate(hll->registers);
    return count < 1e19 ? (uint64_t)(count + 0.5) : UINT64_MAX; /* all full, which no key lets happen */
}
