/* analysis/rush: the busiest second, in bounded memory. The seconds of the last hours are counted one by one;
 * when there are more than RUSH_SECONDS, the earliest half of them is settled: only the busiest of those is
 * kept. The result is exact unless something comes for a second that was settled before; then it is a lower
 * bound, and rush_is_exact says so. */
#ifndef ANALYSIS_RUSH_H
#define ANALYSIS_RUSH_H

#include <stdbool.h>
#include <stdint.h>

#define RUSH_SECONDS 8192u
#define RUSH_PLACES  16384u /* a power of two, above the seconds */

struct rush_second {
    uint64_t second; /* since 1970 */
    uint64_t count;
};

/* Of one thread. All zero: empty. */
struct rush {
    struct rush_second busiest; /* of those that are settled; count 0: none are */
    uint64_t settled;           /* all seconds before this one may be; 0: none are */
    bool is_bound;              /* something came too late */
    uint32_t used, last;
    struct rush_second seconds[RUSH_SECONDS];
    uint16_t places[RUSH_PLACES]; /* of the seconds, counted from 1; 0: empty */
};

/* `count` things happened in that second. */
void rush_add(struct rush *rush, uint64_t second, uint64_t count);

/* Now `rush` is as if all that was added to `from` had been added to it as well. */
void rush_merge(struct rush *rush, const struct rush *from);

/* Nothing was added. */
void rush_clear(struct rush *rush);

/* The busiest second, the earliest of such; count 0: there is none. */
struct rush_second rush_peak(const struct rush *rush);

/* Is that certain, or a lower bound? */
bool rush_is_exact(const struct rush *rush);

#endif
