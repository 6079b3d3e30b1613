/* generate/quantiles: drawing times from a distribution that is given as a table of its quantiles. */
#ifndef GENERATE_QUANTILES_H
#define GENERATE_QUANTILES_H

#include "generate/random.h"

#define QUANTILES_STEPS 4096

struct quantiles {
    uint32_t at[QUANTILES_STEPS + 1];
};

/* Log-normal with this median and the standard deviation `sigma` of the logarithm, in the median's unit;
 * nothing is above `most`. */
void quantiles_lognormal(struct quantiles *quantiles, double median, double sigma, uint32_t most);

/* Exponential with the mean QUANTILES_MEAN; the longest is 9.0 times that. */
#define QUANTILES_MEAN 65536
void quantiles_exponential(struct quantiles *quantiles);

static inline uint32_t quantiles_draw(const struct quantiles *quantiles, struct random *random)
{
    uint64_t bits = random_next(random);
    uint32_t step = (uint32_t)(bits >> 52);
    uint32_t low = quantiles->at[step], high = quantiles->at[step + 1];

    return low + (uint32_t)((uint64_t)(high - low) * (uint32_t)bits >> 32);
}

#endif
