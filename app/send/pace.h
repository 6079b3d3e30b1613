/* send/pace: when each frame is due: at an even rate, or as far from the one before as they were recorded.
 * Pure: the times are given. */
#ifndef SEND_PACE_H
#define SEND_PACE_H

#include <stdbool.h>
#include <stdint.h>

#define PACE_NONE      UINT64_MAX                     /* a frame without a time */
#define PACE_LAG_MAX   UINT64_C(1000000000)           /* 1 s; who is later does not catch up with the rest */
#define PACE_STEP_BACK (60 * UINT64_C(1000000000))    /* a recorded time that far behind begins anew */
#define PACE_STEP_MAX  (86400 * UINT64_C(1000000000)) /* a gap longer than this is not waited for */

struct pace {
    double interval; /* ns between two frames; 0: as recorded, or if `factor` is 0 too, at full speed */
    double factor;   /* 2: twice as fast as recorded */

    bool is_begun;
    double due;        /* ns of the clock: when the frame before was */
    uint64_t recorded; /* the latest recorded time, ns since 1970; PACE_NONE: none yet */
};

/* `rate` a second, or recorded speed times `factor`; both 0: full speed. */
void pace_init(struct pace *pace, double rate, double factor);

static inline bool pace_is_full_speed(const struct pace *pace)
{
    return pace->interval == 0 && pace->factor == 0;
}

/* When the next frame, which was recorded at `recorded`, is due; both of `now` and the result are nanoseconds
 * of a clock that only goes forward. After a delay frames are due at once until the delay is made up for, but
 * of a delay above PACE_LAG_MAX no more than that. */
uint64_t pace_due(struct pace *pace, uint64_t now, uint64_t recorded);

#endif
