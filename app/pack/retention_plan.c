/* Which segments go. Invariant: what goes is counted as freed before the next one is looked at, so that
 * nothing goes without need; and what a cursor holds goes only when the capture would soon stand still. */
#include "pack/retention_plan.h"

#define LEAST_FREE    (64ull << 20)
#define LEAST_SHARE   100 /* a hundredth of the disk */
#define MS_PER_SECOND 1000

const char *retention_cause_word(enum retention_cause cause)
{
    switch (cause) {
    case RETENTION_STAYS: break;
    case RETENTION_KEEP: return "keep";
    case RETENTION_KEEP_SIZE: return "keep-size";
    case RETENTION_KEEP_FREE: return "keep-free";
    case RETENTION_DISK_FULL: return "disk-full";
    }
    return "";
}

uint64_t retention_free_wanted(const struct retention_options *options, uint64_t disk_size)
{
    unsigned percent = options->free_percent;
    uint64_t share = disk_size / 100 * percent + disk_size % 100 * percent / 100;

    return share > options->free_bytes ? share : options->free_bytes;
}

bool retention_is_nearly_full(uint64_t disk_size, uint64_t disk_free)
{
    return disk_free < LEAST_FREE && disk_free < disk_size / LEAST_SHARE;
}

/* When the segment ended, as far as the names tell. A clock that was set back must not age it. */
static uint64_t end_of(const struct retention_view *view, size_t i)
{
    uint64_t begin = view->segments[i].segment.stamp;
    uint64_t next = view->segments[i + 1].segment.stamp;

    return (next > begin ? next : begin) * MS_PER_SECOND;
}

/* What is there while the plan is being made. */
struct remaining {
    uint64_t bytes, disk_free;
};

static enum retention_cause judge(const struct retention_options *options, const struct retention_view *view,
                                  size_t i, struct remaining left)
{
    uint64_t end = end_of(view, i);
    bool is_held = view->held_from <= view->segments[i].segment.last;

    if (!is_held && options->age_ms && end < view->now_ms && view->now_ms - end >= options->age_ms)
        return RETENTION_KEEP;
    if (!is_held && options->size && left.bytes > options->size)
        return RETENTION_KEEP_SIZE;
    if (!is_held && left.disk_free < retention_free_wanted(options, view->disk_size))
        return RETENTION_KEEP_FREE;
    return retention_is_nearly_full(view->disk_size, left.disk_free) ? RETENTION_DISK_FULL : RETENTION_STAYS;
}

size_t retention_plan(const struct retention_options *options, const struct retention_view *view,
                      enum retention_cause *ret_causes)
{
    struct remaining left = {.disk_free = view->disk_free};
    size_t going = 0;

    for (size_t i = 0; i < view->count; i++) {
        ret_causes[i] = RETENTION_STAYS;
        left.bytes += view->segments[i].bytes;
    }
    for (size_t i = 0; retention_is_wanted(options) && i + 1 < view->count; i++) {
        const struct retention_segment *segment = &view->segments[i];
        if (segment->segment.is_sealed)
            ret_causes[i] = judge(options, view, i, left);
        if (ret_causes[i] == RETENTION_STAYS)
            continue;
        left.bytes -= segment->bytes;
        left.disk_free += segment->bytes;
        going++;
    }
    return going;
}
