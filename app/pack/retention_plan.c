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

/* When segments ended, as far as the names tell: when a later one was begun. Origins are numbered in the
 * order of true time; so a stamp below one that was given before it is of a clock that was set back, and one
 * that is still to come, of a clock that was ahead. Neither says anything. */
struct ends {
    uint64_t begin; /* the latest stamp so far that can be right */
    size_t next;    /* the first segment behind whose stamp can be right */
};

static bool can_be(const struct retention_view *view, size_t i, uint64_t not_before)
{
    uint64_t stamp = view->segments[i].segment.stamp;

    return stamp >= not_before && stamp <= view->now_ms / MS_PER_SECOND;
}

/* How long ago segment `i` ended, asked for one after the other; 0 if nothing tells. */
static uint64_t age_of(const struct retention_view *view, struct ends *ends, size_t i)
{
    if (can_be(view, i, ends->begin))
        ends->begin = view->segments[i].segment.stamp;
    ends->next = ends->next > i ? ends->next : i + 1;
    while (ends->next < view->count && !can_be(view, ends->next, ends->begin))
        ends->next++;
    if (ends->next == view->count)
        return 0;
    return view->now_ms - view->segments[ends->next].segment.stamp * MS_PER_SECOND;
}

/* What is there while the plan is being made. */
struct remaining {
    uint64_t bytes, disk_free;
};

static enum retention_cause judge(const struct retention_options *options, const struct retention_view *view,
                                  size_t i, uint64_t age_ms, struct remaining left)
{
    bool is_held = view->held_from <= view->segments[i].segment.last;

    if (!is_held && options->age_ms && age_ms >= options->age_ms)
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
    struct ends ends = {0, 0};
    size_t going = 0;

    for (size_t i = 0; i < view->count; i++) {
        ret_causes[i] = RETENTION_STAYS;
        left.bytes += view->segments[i].bytes;
    }
    for (size_t i = 0; retention_is_wanted(options) && i + 1 < view->count; i++) {
        const struct retention_segment *segment = &view->segments[i];
        uint64_t age_ms = age_of(view, &ends, i);
        if (segment->segment.is_sealed)
            ret_causes[i] = judge(options, view, i, age_ms, left);
        if (ret_causes[i] == RETENTION_STAYS)
            continue;
        left.bytes -= segment->bytes;
        left.disk_free += segment->bytes;
        going++;
    }
    return going;
}
