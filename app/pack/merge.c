/* Groups of segments. Invariant: a group has no gap, so that a merged file's name tells truly what is in it.
 */
#include "pack/merge.h"

#define DAY_SECONDS 86400

static bool follows(const struct merge_segment *before, const struct merge_segment *next)
{
    return next->is_taken && next->segment.first == before->segment.last + 1 &&
           next->segment.stamp / DAY_SECONDS == before->segment.stamp / DAY_SECONDS;
}

size_t merge_group(const struct merge_segment *segments, size_t count, uint64_t limit)
{
    uint64_t size = segments[0].size;
    size_t taken = 1;

    while (segments[0].is_taken && taken < count && follows(&segments[taken - 1], &segments[taken]) &&
           segments[taken].size <= limit && size <= limit - segments[taken].size) {
        size += segments[taken].size;
        taken++;
    }
    return taken;
}
