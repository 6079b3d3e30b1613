/* source/span: the stretch of time that is asked for. */
#ifndef SOURCE_SPAN_H
#define SOURCE_SPAN_H

#include <tapline/core.h>

/* since <= time < until; all zero is all of time. */
struct span {
    bool has_since, has_until;
    struct tl_time since, until;
};

static inline bool span_is_all(const struct span *span)
{
    return !span->has_since && !span->has_until;
}

bool span_holds(const struct span *span, struct tl_time time);

enum span_part {
    SPAN_NONE,
    SPAN_SOME, /* or nothing is known: look */
    SPAN_ALL,
};

/* What part of the times from `earliest_ms` to `latest_ms`, which were rounded down, is in the span. 1 and 0:
 * the times are not known. */
enum span_part span_part(const struct span *span, uint64_t earliest_ms, uint64_t latest_ms);

/* Milliseconds since 1970 as a time. */
static inline struct tl_time span_time(uint64_t ms)
{
    return (struct tl_time){ms / 1000, (uint32_t)(ms % 1000) * 1000000};
}

#endif
