/* record/times: points in time as users write them. */
#ifndef RECORD_TIMES_H
#define RECORD_TIMES_H

#include <tapline/core.h>

static inline bool record_time_is_before(struct tl_time a, struct tl_time b)
{
    return a.seconds < b.seconds || (a.seconds == b.seconds && a.nanoseconds < b.nanoseconds);
}

/* RFC 3339 ("2026-11-23T21:24:22.402Z", "2026-11-23 22:24+01:00"); the same without a zone,
 * "2026-11-23T10:00:30" or "2026-11-23T10:00"; "2026-11-23", which is that day's beginning; "23-Nov-2026
 * 21:24:22.402", as records are printed; "21:24" or "21:24:22", which is today; "now"; "today" and
 * "yesterday", which are their beginnings; "10m ago" or "1h30m ago", with durations of record_parse_duration;
 * "@1795728262", seconds since 1970, with decimals if there are. Without a zone it is local time (TZ), or UTC
 * if `utc`; of a local time that comes twice it is the first one, and one that is skipped is as far behind
 * the one before the gap as it looks. False if it is none, or before 1970.
 */
bool record_parse_time(const char *text, bool utc, struct tl_time *ret_time);

/* The same as if it were `now`. */
bool record_parse_time_at(const char *text, bool utc, struct tl_time now, struct tl_time *ret_time);

/* What to write instead, for who wrote something else. */
#define RECORD_TIMES_HINT                                                                                    \
    "give a time such as 2026-11-23T10:00, 2026-11-23, 2026-11-23T09:00:00Z, \"10m ago\", today or "         \
    "yesterday"

#endif
