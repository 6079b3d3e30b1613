/* Boxes for numbers. Invariant: the boxes ascend without a gap, and what is in them adds up to the count. */
#include "analysis/histogram.h"

#include <math.h>

/* The last boxes of each power of two, of which numbers below 2^(BITS + 1) need one each. */
static unsigned box_of(uint64_t number)
{
    if (number < 2u << HISTOGRAM_BITS)
        return (unsigned)number;
    unsigned shift = 63 - (unsigned)__builtin_clzll(number) - HISTOGRAM_BITS;
    return (shift << HISTOGRAM_BITS) + (unsigned)(number >> shift);
}

/* The number in the middle of a box. */
static uint64_t middle_of(unsigned box)
{
    if (box < 2u << HISTOGRAM_BITS)
        return box;
    unsigned shift = (box >> HISTOGRAM_BITS) - 1;
    uint64_t first = (uint64_t)(box - (shift << HISTOGRAM_BITS)) << shift;
    return first + (((uint64_t)1 << shift) - 1) / 2;
}

void histogram_add(struct histogram *histogram, uint64_t number)
{
    if (!histogram->count || number < histogram->least)
        histogram->least = number;
    if (number > histogram->most)
        histogram->most = number;
    histogram->count++;
    histogram->sum += number;
    histogram->boxes[box_of(number)]++;
}

void histogram_merge(struct histogram *histogram, const struct histogram *from)
{
    if (!from->count)
        return;
    if (!histogram->count || from->least < histogram->least)
        histogram->least = from->least;
    if (from->most > histogram->most)
        histogram->most = from->most;
    histogram->count += from->count;
    histogram->sum += from->sum;
    for (unsigned i = 0; i < HISTOGRAM_BOXES; i++)
        histogram->boxes[i] += from->boxes[i];
}

/* How many numbers are not above the one that is sought. */
static uint64_t rank_of(uint64_t count, double share)
{
    double rank = ceil(share * (double)count);

    return rank <= 1 ? 1 : rank >= (double)count ? count : (uint64_t)rank;
}

uint64_t histogram_quantile(const struct histogram *histogram, double share)
{
    uint64_t rank = rank_of(histogram->count, share), seen = 0;

    if (!histogram->count || rank == 1)
        return histogram->least;
    if (rank == histogram->count)
        return histogram->most;
    for (unsigned i = 0; i < HISTOGRAM_BOXES; i++) {
        seen += histogram->boxes[i];
        if (seen >= rank) {
            uint64_t middle = middle_of(i);
            return middle < histogram->least  ? histogram->least
                   : middle > histogram->most ? histogram->most
                                              : middle;
        }
    }
    return histogram->most;
}

double histogram_mean(const struct histogram *histogram)
{
    return histogram->count ? (double)(histogram->sum / histogram->count) : 0;
}
