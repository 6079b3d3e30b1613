/* Groups of segments. Invariant: a group has no gap, so that a merged file's name tells truly what is in it.
 */
#include "pack/merge.h"

#define DAY_SECONDS 86400

static bool follows(const struct merge_segment *before, const struct merge_segment *next)
{
    return next->is_taken && next->segment.first == before->segment.last + 1 &&
           next->segment.stamp / DAY_SECONDS == before->segment.stamp / DAY_SECONDS;
}

/* What the segments of a group have together. */
struct merge_sum {
    uint64_t size, ledger_size;
};

/* Adds a segment, if there is room for it. */
static bool fits(struct merge_sum *sum, const struct merge_segment *next, uint64_t limit)
{
    if (next->size > limit || sum->size > limit - next->size ||
        sum->ledger_size + next->ledger_size > MERGE_LEDGER_MAX)
        return false;
    sum->size += next->size;
    sum->ledger_size += next->ledger_size;
    return true;
}

size_t merge_group(const struct merge_segment *segments, size_t count, uint64_t limit)
{
    struct merge_sum sum = {segments[0].size, segments[0].ledger_size};
    size_t taken = 1;

    while (segments[0].is_taken && taken < count && follows(&segments[taken - 1], &segments[taken]) &&
           fits(&sum, &segments[taken], limit))
        taken++;
    return taken;
}
