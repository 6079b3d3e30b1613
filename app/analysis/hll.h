/* analysis/hll: how many different things there were, in bounded memory: exactly up to HLL_EXACT of them, by
 * a HyperLogLog beyond that. Flajolet, Fusy, Gandouet, Meunier, "HyperLogLog" (2007); the estimate is that of
 * Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" (2017), which has no bias for few.
 *
 * The standard error of an estimate is 1.04 / sqrt(2^14): 0.81 %. So 95 of 100 are less than HLL_ERROR off.
 * That holds as long as nobody can choose things by their hashes: the hashes are those of a secret key. */
#ifndef ANALYSIS_HLL_H
#define ANALYSIS_HLL_H

#include <stdbool.h>
#include <stdint.h>

#define HLL_BITS      14
#define HLL_REGISTERS (1u << HLL_BITS)
#define HLL_ERROR     0.0163 /* two standard errors, as a part of the estimate */
#define HLL_SLOTS     4096u
#define HLL_EXACT     3072u /* different hashes that are kept themselves */

/* Of one thread. All zero: nothing was seen yet. */
struct hll {
    uint32_t count; /* of the hashes that are kept, HLL_EXACT + 1: registers instead */
    union {
        uint64_t hashes[HLL_SLOTS]; /* a table, 0: empty */
        uint8_t registers[HLL_REGISTERS];
    };
};

/* Something was seen that has this hash. */
void hll_add(struct hll *hll, uint64_t hash);

/* Now `hll` is as if it had seen what `from` has as well; the same key made the hashes of both. */
void hll_merge(struct hll *hll, const struct hll *from);

bool hll_is_exact(const struct hll *hll);
uint64_t hll_count(const struct hll *hll);

#endif
