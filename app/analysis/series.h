/* analysis/series: how much there was when, over any span, in bounded memory. A step is a minute; when there
 * are more than SERIES_STEPS steps with something in them, the steps become wider (see series.c), all of
 * them, and always to the same multiples since 1970; so it does not matter in which order things were added.
 */
#ifndef ANALYSIS_SERIES_H
#define ANALYSIS_SERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SERIES_STEPS  4096u
#define SERIES_PLACES 8192u /* a power of two, above the steps */

/* What is counted in a step. */
enum series_value {
    SERIES_QUERIES,
    SERIES_RESPONSES,
    SERIES_NXDOMAIN,
    SERIES_SERVFAIL,
    SERIES_BYTES,
    SERIES_VALUES
};

struct series_step {
    uint64_t start; /* seconds since 1970 */
    uint64_t messages;
    uint64_t values[SERIES_VALUES];
};

/* Of one thread. */
struct series {
    uint64_t width; /* of a step, in seconds */
    uint32_t used;
    uint32_t last; /* the step that was added to last */
    struct series_step steps[SERIES_STEPS];
    uint16_t places[SERIES_PLACES]; /* of the steps, by their starts, counted from 1; 0: empty */
};

void series_init(struct series *series);

/* One more message at that second, which is counted; to its step more values may be added. Valid until the
 * next call. */
struct series_step *series_add(struct series *series, uint64_t second);

/* Now `series` is as if all that was added to `from` had been added to it as well. */
void series_merge(struct series *series, const struct series *from);

/* Sorts the steps by time: they may then be read, `used` of them, until something is added. */
void series_sort(struct series *series);

/* The step with most messages, the earliest of such; NULL if there is none. */
const struct series_step *series_peak(const struct series *series);

#endif
