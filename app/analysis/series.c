/* Steps of time. Invariant: the width is the least of the widths below at which what was seen fits, so it is
 * the same whatever the order. A few wrong times far away cost a step each and nothing else. */
#include "analysis/series.h"

#include <stdlib.h>
#include <string.h>

/* Each is a multiple of the one before; behind the last, a day, they double. */
static const uint32_t widths[] = {60, 300, 900, 3600, 10800, 21600, 43200, 86400};

void series_init(struct series *series)
{
    memset(series, 0, sizeof(*series));
    series->width = widths[0];
}

static uint64_t wider(uint64_t width)
{
    for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
        if (widths[i] > width)
            return widths[i];
    }
    return 2 * width;
}

/* Multiplied by an odd number that spreads neighbours; whoever chooses times so that they meet makes it look
 * at SERIES_STEPS places at most. */
static uint32_t home_of(const struct series *series, uint64_t start)
{
    return (uint32_t)(start / series->width * 0x9e3779b97f4a7c15u >> 32) % SERIES_PLACES;
}

static uint32_t find(const struct series *series, uint64_t start)
{
    uint32_t at = home_of(series, start);

    while (series->places[at] && series->steps[series->places[at] - 1].start != start)
        at = (at + 1) % SERIES_PLACES;
    return at;
}

static void add_values(struct series_step *to, const struct series_step *from)
{
    to->messages += from->messages;
    for (int i = 0; i < SERIES_VALUES; i++)
        to->values[i] += from->values[i];
}

static void place_all(struct series *series)
{
    memset(series->places, 0, sizeof(series->places));
    for (uint32_t i = 0; i < series->used; i++)
        series->places[find(series, series->steps[i].start)] = (uint16_t)(i + 1);
}

/* To this width, a multiple of the one it has. */
static void widen(struct series *series, uint64_t width)
{
    uint32_t count = series->used;

    series->width = width;
    series->used = 0;
    series->last = 0;
    memset(series->places, 0, sizeof(series->places));
    for (uint32_t i = 0; i < count; i++) {
        struct series_step step = series->steps[i]; /* those in front of it are not needed any more */
        step.start -= step.start % width;
        uint32_t at = find(series, step.start);
        if (series->places[at]) {
            add_values(&series->steps[series->places[at] - 1], &step);
        } else {
            series->steps[series->used++] = step;
            series->places[at] = (uint16_t)series->used;
        }
    }
}

/* The step of that second, which may be a new one. */
static struct series_step *step_of(struct series *series, uint64_t second)
{
    uint64_t start = second - second % series->width;

    if (series->last < series->used && series->steps[series->last].start == start)
        return &series->steps[series->last];
    uint32_t at = find(series, start);
    while (!series->places[at] && series->used == SERIES_STEPS) {
        widen(series, wider(series->width));
        start = second - second % series->width;
        at = find(series, start);
    }
    if (!series->places[at]) {
        series->steps[series->used] = (struct series_step){.start = start};
        series->places[at] = (uint16_t)++series->used;
    }
    series->last = series->places[at] - 1u;
    return &series->steps[series->last];
}

struct series_step *series_add(struct series *series, uint64_t second)
{
    struct series_step *step = step_of(series, second);

    step->messages++;
    return step;
}

void series_merge(struct series *series, const struct series *from)
{
    if (from->width > series->width)
        widen(series, from->width);
    for (uint32_t i = 0; i < from->used; i++)
        add_values(step_of(series, from->steps[i].start), &from->steps[i]);
}

static int compare(const void *a, const void *b)
{
    const struct series_step *left = a, *right = b;
    return (left->start > right->start) - (left->start < right->start);
}

void series_sort(struct series *series)
{
    qsort(series->steps, series->used, sizeof(series->steps[0]), compare);
    place_all(series);
    series->last = 0;
}

const struct series_step *series_peak(const struct series *series)
{
    const struct series_step *peak = NULL;

    for (uint32_t i = 0; i < series->used; i++) {
        const struct series_step *step = &series->steps[i];
        if (!peak || step->messages > peak->messages ||
            (step->messages == peak->messages && step->start < peak->start))
            peak = step;
    }
    return peak;
}
