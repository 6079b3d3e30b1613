/* analysis/histogram: how a number is distributed. Numbers are sorted into boxes that are as wide as a 64th
 * of what they hold, or narrower, so that a quantile is at most HISTOGRAM_ERROR of itself off; below 128
 * there is a box for each number. */
#ifndef ANALYSIS_HISTOGRAM_H
#define ANALYSIS_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_ERROR (1.0 / 128)
#define HISTOGRAM_BITS  6
#define HISTOGRAM_BOXES ((64 - HISTOGRAM_BITS + 1) << HISTOGRAM_BITS)

/* Of one thread. All zero: empty. */
struct histogram {
    uint64_t count, least, most;
    long double sum;
    uint64_t boxes[HISTOGRAM_BOXES];
};

void histogram_add(struct histogram *histogram, uint64_t number);

/* Now `histogram` is as if all that was added to `from` had been added to it as well. */
void histogram_merge(struct histogram *histogram, const struct histogram *from);

/* The least number that is not below `share` (0 to 1) of them, and at most HISTOGRAM_ERROR of itself off
 * that; 0 if there is none. The ends, 0 and 1, are exact. */
uint64_t histogram_quantile(const struct histogram *histogram, double share);

double histogram_mean(const struct histogram *histogram);

#endif
