/* What an archive has been through: segments that are not there, times without a capture, what retention
 * removed. Invariant: an origin that is not there is told exactly once, as removed or as missing. */
#include "cli/survey.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STOP_MS 1000u /* shorter ones are restarts */

/* Removed ----------------------------------------------------------------------------------------------- */

static struct survey_removed *removed_of(struct survey *survey, const char *cause)
{
    for (size_t i = 0; i < survey->removed_count; i++) {
        if (strcmp(survey->removed[i].cause, cause) == 0)
            return &survey->removed[i];
    }
    struct survey_removed *sum = survey_add((void **)&survey->removed, &survey->removed_count, sizeof(*sum));
    if (sum)
        snprintf(sum->cause, sizeof(sum->cause), "%s", cause);
    return sum;
}

static bool sum_removed(struct survey *survey, const struct tl_archive_removed *removed, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct survey_removed *sum = removed_of(survey, removed[i].cause);
        if (!sum)
            return false;
        sum->segments += removed[i].last - removed[i].first + 1;
        sum->frames += removed[i].frames;
        sum->bytes += removed[i].bytes;
        if (removed[i].from_ms && (!sum->from_ms || removed[i].from_ms < sum->from_ms))
            sum->from_ms = removed[i].from_ms;
        if (removed[i].to_ms > sum->to_ms)
            sum->to_ms = removed[i].to_ms;
    }
    return true;
}

/* Missing ----------------------------------------------------------------------------------------------- */

static int by_first(const void *a, const void *b)
{
    const struct survey_missing *first = a, *second = b;

    return (first->first > second->first) - (first->first < second->first);
}

/* All that is accounted for, by origin; free(3) it. */
static struct survey_missing *list_known(const struct survey *survey,
                                         const struct tl_archive_removed *removed, size_t count)
{
    struct survey_missing *known = calloc(survey->segments.count + count + 1, sizeof(*known));
    size_t at = 0;

    for (size_t i = 0; known && i < survey->segments.count; i++, at++)
        known[at] = (struct survey_missing){survey->segments.items[i].segment.first,
                                            survey->segments.items[i].segment.last};
    for (size_t i = 0; known && i < count; i++, at++)
        known[at] = (struct survey_missing){removed[i].first, removed[i].last};
    if (known)
        qsort(known, at, sizeof(*known), by_first);
    return known;
}

static bool find_missing(struct survey *survey, const struct tl_archive_removed *removed, size_t count)
{
    struct survey_missing *known = list_known(survey, removed, count);
    uint64_t next = 1; /* origin */
    bool is_found = known != NULL;

    for (size_t i = 0; is_found && i < survey->segments.count + count; i++) {
        if (known[i].first > next) {
            struct survey_missing *missing =
                survey_add((void **)&survey->missing, &survey->missing_count, sizeof(*missing));
            is_found = missing != NULL;
            if (missing)
                *missing = (struct survey_missing){next, known[i].first - 1};
        }
        if (known[i].last >= next)
            next = known[i].last + 1;
    }
    free(known);
    return is_found;
}

/* Stops ------------------------------------------------------------------------------------------------- */

/* The origin before another one. */
struct previous {
    const struct survey_segment *segment;
    struct survey_origin *origin;
};

static bool note_stop(struct survey *survey, const struct tl_archive *archive, const struct previous *before,
                      const struct survey_origin *origin)
{
    survey_find_times(archive, before->segment, before->origin);
    uint64_t last_ms = before->origin->last_ms;

    if (!last_ms || last_ms + STOP_MS > origin->run_ms)
        return true;
    struct survey_stop *stop = survey_add((void **)&survey->stops, &survey->stop_count, sizeof(*stop));
    if (!stop)
        return false;
    *stop = (struct survey_stop){last_ms, origin->run_ms, origin->number};
    return true;
}

static bool is_another_run(const struct survey_origin *before, const struct survey_origin *origin)
{
    return origin->number == before->number + 1 && before->run_ms && origin->run_ms > before->run_ms;
}

static bool find_stops(struct survey *survey, const struct tl_archive *archive)
{
    struct previous before = {NULL, NULL};

    for (size_t i = 0; i < survey->segments.count; i++) {
        const struct survey_segment *segment = &survey->segments.items[i];
        for (size_t k = 0; k < segment->origin_count; k++) {
            struct survey_origin *origin = &segment->origins[k];
            if (before.origin && is_another_run(before.origin, origin) &&
                !note_stop(survey, archive, &before, origin))
                return false;
            before = (struct previous){segment, origin};
        }
    }
    return true;
}

/* When the first frames of the first origin with any arrived, and the last of the last. Where a ledger does
 * not say it, what it says is nearest to it. False if the segment has no frames. */
static bool find_first_arrival(struct survey *survey, const struct tl_archive *archive,
                               const struct survey_segment *segment)
{
    for (size_t i = 0; i < segment->origin_count; i++) {
        struct survey_origin *origin = &segment->origins[i];
        if (!origin->frames)
            continue;
        survey_find_times(archive, segment, origin);
        survey->arrived_ms = origin->first_frame_ms ? origin->first_frame_ms : origin->opened_ms;
        return true;
    }
    return false;
}

static bool find_last_arrival(struct survey *survey, const struct tl_archive *archive,
                              const struct survey_segment *segment)
{
    for (size_t i = segment->origin_count; i > 0; i--) {
        struct survey_origin *origin = &segment->origins[i - 1];
        if (!origin->frames)
            continue;
        survey_find_times(archive, segment, origin);
        survey->last_arrival_ms = origin->last_frame_ms ? origin->last_frame_ms : origin->last_ms;
        return true;
    }
    return false;
}

static void find_arrivals(struct survey *survey, const struct tl_archive *archive)
{
    const struct survey_segments *segments = &survey->segments;
    bool is_found = false;

    for (size_t i = 0; i < segments->count && !is_found; i++)
        is_found = find_first_arrival(survey, archive, &segments->items[i]);
    is_found = false;
    for (size_t i = segments->count; i > 0 && !is_found; i--)
        is_found = find_last_arrival(survey, archive, &segments->items[i - 1]);
}

bool survey_take_history(struct survey *survey, const struct tl_archive *archive,
                         const struct tl_archive_removed *removed, size_t removed_count)
{
    find_arrivals(survey, archive);
    return sum_removed(survey, removed, removed_count) && find_missing(survey, removed, removed_count) &&
           find_stops(survey, archive);
}
