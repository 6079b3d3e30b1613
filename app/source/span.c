/* Spans of time. Invariant: what is called SPAN_NONE holds no time of the span and SPAN_ALL no other one,
 * although the bounds that are known have lost what is below a millisecond. */
#include "source/span.h"

#include "record/times.h"

bool span_holds(const struct span *span, struct tl_time time)
{
    return !(span->has_since && record_time_is_before(time, span->since)) &&
           !(span->has_until && !record_time_is_before(time, span->until));
}

enum span_part span_part(const struct span *span, uint64_t earliest_ms, uint64_t latest_ms)
{
    if (span_is_all(span))
        return SPAN_ALL;
    if (earliest_ms > latest_ms || latest_ms == UINT64_MAX)
        return SPAN_SOME;
    struct tl_time first = span_time(earliest_ms),
                   behind = span_time(latest_ms + 1); /* all are before that */
    if ((span->has_until && !record_time_is_before(first, span->until)) ||
        (span->has_since && !record_time_is_before(span->since, behind)))
        return SPAN_NONE;
    if ((span->has_since && record_time_is_before(first, span->since)) ||
        (span->has_until && record_time_is_before(span->until, behind)))
        return SPAN_SOME;
    return SPAN_ALL;
}
