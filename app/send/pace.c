/* When frames are due. Invariant: due times never go back. */
#include "send/pace.h"

void pace_init(struct pace *pace, double rate, double factor)
{
    *pace = (struct pace){
        .interval = rate > 0 ? 1e9 / rate : 0, .factor = rate > 0 ? 0 : factor, .recorded = PACE_NONE};
}

/* How much later than the one before a frame was recorded. Messages that crossed each other are a little
 * earlier, and do not count. */
static double recorded_step(struct pace *pace, uint64_t recorded)
{
    uint64_t before = pace->recorded;

    if (recorded == PACE_NONE)
        return 0;
    if (before == PACE_NONE || recorded + PACE_STEP_BACK < before) {
        pace->recorded = recorded;
        return 0;
    }
    if (recorded <= before)
        return 0;
    pace->recorded = recorded;
    return recorded - before > PACE_STEP_MAX ? 0 : (double)(recorded - before) / pace->factor;
}

uint64_t pace_due(struct pace *pace, uint64_t now, uint64_t recorded)
{
    double step = pace->factor > 0 ? recorded_step(pace, recorded) : pace->interval;

    if (!pace->is_begun) {
        pace->is_begun = true;
        pace->due = (double)now;
        return now;
    }
    pace->due += step;
    if (pace->due + (double)PACE_LAG_MAX < (double)now)
        pace->due = (double)now - (double)PACE_LAG_MAX;
    return (uint64_t)pace->due;
}
