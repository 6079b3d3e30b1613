/* generate/chance: drawing one of many, each with its weight, in constant time: the alias method (A. J.
 * Walker 1977, tables built as M. D. Vose 1991). Whole numbers throughout, so that a seed gives the same
 * draws everywhere: also Zipf's weights are rounded to them before anything is drawn. */
#ifndef GENERATE_CHANCE_H
#define GENERATE_CHANCE_H

#include "generate/random.h"

#include <stddef.h>

#define CHANCE_COUNT_MAX (1u << 24)

/* Of one column: below `threshold` it is the column's own number, otherwise `other`. */
struct chance_column {
    uint32_t threshold;
    uint32_t other;
};

struct chance {
    uint32_t count;
    struct chance_column *columns;
};

/* `count` is 1 to CHANCE_COUNT_MAX, and a weight is not 0 in all. False without memory. */
bool chance_init(struct chance *chance, const uint32_t *weights, uint32_t count);
void chance_done(struct chance *chance);

/* Zipf's law over the ranks 0 to `count` - 1: the weight of rank r is (r + 1)^-exponent. */
bool chance_init_zipf(struct chance *chance, uint32_t count, double exponent);

static inline uint32_t chance_draw(const struct chance *chance, struct random *random)
{
    uint64_t bits = random_next(random);
    uint32_t column = random_scaled(bits, chance->count);
    const struct chance_column *at = &chance->columns[column];

    return (uint32_t)bits < at->threshold ? column : at->other;
}

#endif
