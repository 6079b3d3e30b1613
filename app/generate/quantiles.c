/* Tables of quantiles. Invariant: they ascend, and the ends are those of the outermost half steps, so every
 * time is finite. */
#include "generate/quantiles.h"

#include <math.h>

/* The share that step `i` of the table stands for. */
static double share_of(int i)
{
    if (i == 0)
        return 0.5 / QUANTILES_STEPS;
    return i == QUANTILES_STEPS ? 1 - 0.5 / QUANTILES_STEPS : (double)i / QUANTILES_STEPS;
}

/* The standard normal's quantile, by halving the interval that it must lie in. */
static double normal_quantile(double share)
{
    double low = -8, high = 8;

    for (int i = 0; i < 60; i++) {
        double middle = (low + high) / 2;
        if (erfc(-middle / sqrt(2)) / 2 < share)
            low = middle;
        else
            high = middle;
    }
    return low;
}

void quantiles_lognormal(struct quantiles *quantiles, double median, double sigma, uint32_t most)
{
    for (int i = 0; i <= QUANTILES_STEPS; i++) {
        double value = round(median * exp(sigma * normal_quantile(share_of(i))));
        quantiles->at[i] = value < most ? (uint32_t)value : most;
    }
}

void quantiles_exponential(struct quantiles *quantiles)
{
    for (int i = 0; i <= QUANTILES_STEPS; i++)
        quantiles->at[i] = i == 0 ? 0 : (uint32_t)round(-log(1 - share_of(i)) * QUANTILES_MEAN);
}
