/* Gives retention its turns. Invariant: the disk is looked at every other second, since it can fill within
 * seconds; all segments, of which there may be thousands, only when that shows a need, or now and then. */
#include "pack/keeper.h"

#include "process/clock.h"

#define LOOK_MS   2000  /* between two looks at how much of the disk is free */
#define ALL_MS    60000 /* between two looks at age and size */
#define SEALED_MS 1000  /* between two looks at them because something was sealed */

uint64_t keeper_due(const struct keeper *keeper)
{
    return retention_is_wanted(keeper->options) ? keeper->look_ms : KEEPER_NEVER;
}

bool keeper_wants_to_run(struct keeper *keeper)
{
    uint64_t now = process_clock_ms();

    if (!retention_is_wanted(keeper->options) || (now < keeper->look_ms && now < keeper->all_ms))
        return false;
    keeper->look_ms = now + LOOK_MS;
    return now >= keeper->all_ms || retention_is_due(keeper->archive, keeper->options);
}

static void count(const struct keeper *keeper, enum tl_counter counter, uint64_t value)
{
    if (keeper->counters && value)
        tl_counters_add(keeper->counters, counter, value);
}

static void note(struct keeper *keeper, const struct retention_result *result)
{
    count(keeper, TL_COUNTER_SEGMENTS_REMOVED, result->segments);
    count(keeper, TL_COUNTER_FRAMES_REMOVED, result->frames);
    count(keeper, TL_COUNTER_BYTES_REMOVED, result->bytes);
    count(keeper, TL_COUNTER_PACK_TROUBLES, result->troubles);
    if (result->is_nearly_full && !result->segments)
        process_log_limited(&keeper->full_limit,
                            "the disk of %s is nearly full, and there is no segment left that may be removed",
                            tl_archive_path(keeper->archive));
    if (result->is_hold_unknown)
        process_log_limited(
            &keeper->hold_limit,
            "a cursor in %s/cursors cannot be read: before that is mended nothing is removed, "
            "unless the disk is nearly full",
            tl_archive_path(keeper->archive));
}

void keeper_run(struct keeper *keeper)
{
    struct retention_result result;
    uint64_t now = process_clock_ms();

    if (!retention_is_wanted(keeper->options))
        return;
    retention_run(keeper->archive, keeper->options, keeper->stop, &result);
    note(keeper, &result);
    /* What could not be removed is not tried, and logged, as often. */
    keeper->look_ms = now + (result.troubles ? ALL_MS : LOOK_MS);
    keeper->all_ms = now + ALL_MS;
    keeper->done_ms = now;
}

void keeper_run_after_sealing(struct keeper *keeper)
{
    uint64_t due = keeper->done_ms + SEALED_MS;

    if (process_clock_ms() >= due) {
        keeper_run(keeper);
        return;
    }
    keeper->look_ms = keeper->look_ms < due ? keeper->look_ms : due;
    keeper->all_ms = keeper->all_ms < due ? keeper->all_ms : due;
}

void keeper_run_meanwhile(struct keeper *keeper)
{
    uint64_t now = process_clock_ms();

    if (now < keeper->look_ms)
        return;
    keeper->look_ms = now + LOOK_MS;
    if (retention_is_due(keeper->archive, keeper->options))
        keeper_run(keeper);
}
