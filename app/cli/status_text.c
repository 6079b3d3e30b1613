/* A survey for a person: what runs, what is there, and then only what is not as it should be. Invariant: a
 * part without anything to say is one line or none. */
#include "cli/status_print.h"

#include "cli/quantities.h"
#include "cli/status_part.h"

#include <string.h>

#define NUMBER   quantity_number
#define SIZE     quantity_size
#define DURATION quantity_duration
#define TIME     quantity_time

/* Of lists that may be long. */
#define LINES_MAX 10

#define NAME_WIDTH 12 /* of cursors */

/* Capture ----------------------------------------------------------------------------------------------- */

static void print_queue(struct status_part *part, const uint64_t *values)
{
    uint64_t size = values[TL_COUNTER_QUEUE_SIZE], used = values[TL_COUNTER_QUEUE_USED];
    uint64_t most = values[TL_COUNTER_QUEUE_MOST];

    if (!size)
        return;
    status_line(part, "write queue: %.0f%% of %s full, %.0f%% at most%s", 100.0 * (double)used / (double)size,
                SIZE(size), 100.0 * (double)most / (double)size,
                values[TL_COUNTER_PAUSES] ? "" : "; receiving never waited");
    if (values[TL_COUNTER_PAUSES])
        status_line(part, "receiving waited %s %s for the disk, %s in all", NUMBER(values[TL_COUNTER_PAUSES]),
                    status_plural(values[TL_COUNTER_PAUSES], "time", "times"),
                    DURATION(values[TL_COUNTER_PAUSED_MS]));
}

/* Of this run; the archive's ledgers, below, tell of all. */
static void print_skipped(struct status_part *part, const uint64_t *values)
{
    for (int i = TL_COUNTER_SKIPPED_OVERSIZED; i <= TL_COUNTER_LEFT; i++) {
        bool is_bytes = i <= TL_COUNTER_SKIPPED_EVICTED || i == TL_COUNTER_LEFT;
        if (is_bytes && values[i])
            status_line(part, "lost: %s, %s bytes", tl_counter_key((enum tl_counter)i), NUMBER(values[i]));
    }
    if (values[TL_COUNTER_LOST_BEFORE])
        status_line(part, "senders dropped %s %s that never came", NUMBER(values[TL_COUNTER_LOST_BEFORE]),
                    status_plural(values[TL_COUNTER_LOST_BEFORE], "frame", "frames"));
}

static void print_troubles(struct status_part *part, const uint64_t *values)
{
    if (values[TL_COUNTER_WRITE_TROUBLES])
        status_line(part, "failed to write, open or sync %s %s: see its log",
                    NUMBER(values[TL_COUNTER_WRITE_TROUBLES]),
                    status_plural(values[TL_COUNTER_WRITE_TROUBLES], "time", "times"));
    if (values[TL_COUNTER_PACK_TROUBLES])
        status_line(part, "failed to pack or remove a segment %s %s: see its log",
                    NUMBER(values[TL_COUNTER_PACK_TROUBLES]),
                    status_plural(values[TL_COUNTER_PACK_TROUBLES], "time", "times"));
}

static void print_running(struct status_part *part, const struct survey *survey,
                          const struct status_rates *rates)
{
    const struct tl_counters_view *counters = &survey->counters;
    const uint64_t *values = counters->values;

    status_line(part, "running since %s (%s), process %llu", TIME(counters->started_ms),
                DURATION(survey->now_ms > counters->started_ms ? survey->now_ms - counters->started_ms : 0),
                (unsigned long long)counters->pid);
    status_line(part, "connections: %s open, %s ever, %s refused",
                NUMBER(values[TL_COUNTER_CONNECTIONS_OPEN]), NUMBER(values[TL_COUNTER_CONNECTIONS]),
                NUMBER(values[TL_COUNTER_CONNECTIONS_REFUSED]));
    status_line(part, "frames: %s came, %s kept (%s)", NUMBER(values[TL_COUNTER_FRAMES_IN]),
                NUMBER(values[TL_COUNTER_FRAMES_OUT]), SIZE(values[TL_COUNTER_BYTES_OUT]));
    if (rates->is_known)
        status_line(part, "now %s frames/s, %s/s", NUMBER(rates->frames), SIZE(rates->bytes));
    print_queue(part, values);
    print_skipped(part, values);
    print_troubles(part, values);
}

static void print_capture(FILE *to, const struct survey *survey, const struct status_rates *rates)
{
    struct status_part part = {to, "Capture"};

    if (survey->has_counters && survey->counters.is_running)
        print_running(&part, survey, rates);
    else if (survey->is_hidden)
        status_line(&part, "not known");
    else if (survey->writer == UINT64_MAX)
        status_line(&part, "another program writes to the archive");
    else if (survey->writer)
        status_line(&part, "process %llu writes to the archive", (unsigned long long)survey->writer);
    else if (survey->has_queue)
        status_line(&part, "was killed; its next start writes what it had received");
    else if (survey->is_copy)
        status_line(&part, "not running (it is a copy: its link \"queue\" leads to another one's queue)");
    else
        status_line(&part, "not running");
}

/* Archive ----------------------------------------------------------------------------------------------- */

static void print_sealed(struct status_part *part, const struct survey_sums *sealed)
{
    if (!sealed->segments)
        return;
    status_line(part, "%s sealed %s: %s, %s frames", NUMBER(sealed->segments),
                status_plural(sealed->segments, "segment", "segments"), SIZE(sealed->file_bytes),
                NUMBER(sealed->frames));
    if (sealed->frames && sealed->bytes <= sealed->file_bytes)
        status_line(part, "unpacked %s: too little to become smaller", SIZE(sealed->bytes));
    else if (sealed->frames)
        status_line(part, "unpacked %s: %s times smaller, %s bytes a frame", SIZE(sealed->bytes),
                    quantity_ratio(sealed->bytes, sealed->file_bytes),
                    quantity_ratio(sealed->file_bytes, sealed->frames));
}

static void print_hot(struct status_part *part, const struct survey *survey)
{
    const struct survey_sums *hot = &survey->hot;
    bool is_all = survey->waiting == hot->segments;

    if (!hot->segments)
        return;
    status_line(part, "%s hot %s: %s, %s frames%s", NUMBER(hot->segments),
                status_plural(hot->segments, "segment", "segments"), SIZE(hot->file_bytes),
                NUMBER(hot->frames),
                !survey->waiting ? ", being written"
                : is_all         ? ", to be packed"
                                 : "");
    if (survey->waiting && !is_all)
        status_line(part, "%s of them to be packed, the last one being written", NUMBER(survey->waiting));
}

static void print_times(struct status_part *part, const struct survey *survey)
{
    if (survey->arrived_ms && survey->last_arrival_ms)
        status_line(part, "arrived %s to %s", TIME(survey->arrived_ms), TIME(survey->last_arrival_ms));
    if (survey->earliest_ms <= survey->latest_ms)
        status_line(part, "dated   %s to %s (what is sealed)", TIME(survey->earliest_ms),
                    TIME(survey->latest_ms));
}

static void print_archive(FILE *to, const struct survey *survey)
{
    struct status_part part = {to, "Archive"};

    if (!survey->first)
        status_line(&part, "empty");
    print_sealed(&part, &survey->sealed);
    print_hot(&part, survey);
    print_times(&part, survey);
    if (survey->damaged.file_bytes)
        status_line(&part, "damaged/ keeps %s hot %s that %s damaged: %s", NUMBER(survey->damaged.segments),
                    status_plural(survey->damaged.segments, "file", "files"),
                    status_plural(survey->damaged.segments, "was", "were"), SIZE(survey->damaged.file_bytes));
    if (survey->disk_size)
        status_line(&part, "%s of the disk's %s are free (%.0f%%)", SIZE(survey->disk_free),
                    SIZE(survey->disk_size), 100.0 * (double)survey->disk_free / (double)survey->disk_size);
}

/* What is not there ------------------------------------------------------------------------------------- */

static const char *range(uint64_t first, uint64_t last)
{
    static char texts[2][64];
    static unsigned at;
    char *text = texts[at++ % 2];

    if (first == last)
        snprintf(text, sizeof(texts[0]), "%llu", (unsigned long long)first);
    else
        snprintf(text, sizeof(texts[0]), "%llu to %llu", (unsigned long long)first, (unsigned long long)last);
    return text;
}

static void print_lost(FILE *to, const struct survey *survey)
{
    struct status_part part = {to, "Lost"};

    if (!survey->lost_count) {
        status_line(&part, "nothing");
        return;
    }
    status_line(&part, "%-16s %12s %20s  %s", "CAUSE", "FRAMES", "BYTES", "IN SEGMENTS");
    for (size_t i = 0; i < survey->lost_count; i++) {
        const struct survey_lost *lost = &survey->lost[i];
        char bytes[64];
        snprintf(bytes, sizeof(bytes), "%s%s", lost->is_at_most ? "at most " : "", NUMBER(lost->bytes));
        status_line(&part, "%-16s %12s %20s  %s", lost->cause,
                    lost->is_at_most ? "unknown" : NUMBER(lost->frames), bytes,
                    range(lost->first, lost->last));
    }
}

static void print_removed(FILE *to, const struct survey *survey)
{
    struct status_part part = {to, "Removed"};

    if (!survey->removed_count)
        return;
    status_line(&part, "%-9s %8s %15s %9s  %s", "CAUSE", "SEGMENTS", "FRAMES", "SIZE", "COVERED");
    for (size_t i = 0; i < survey->removed_count; i++) {
        const struct survey_removed *removed = &survey->removed[i];
        char covered[64] = "";
        if (removed->from_ms && removed->to_ms)
            snprintf(covered, sizeof(covered), "%.10s to %.10s", TIME(removed->from_ms),
                     TIME(removed->to_ms));
        status_line(&part, "%-9s %8s %15s %9s  %s", removed->cause, NUMBER(removed->segments),
                    NUMBER(removed->frames), SIZE(removed->bytes), covered);
    }
}

static void print_more(struct status_part *part, size_t count)
{
    if (count > LINES_MAX)
        status_line(part, "and %s more; --format json has all", NUMBER(count - LINES_MAX));
}

static void print_missing(FILE *to, const struct survey *survey)
{
    struct status_part part = {to, "Missing"};

    for (size_t i = 0; i < survey->missing_count && i < LINES_MAX; i++)
        status_line(
            &part, "%s %s: not there, and not noted as removed",
            status_plural(survey->missing[i].last - survey->missing[i].first + 1, "segment", "segments"),
            range(survey->missing[i].first, survey->missing[i].last));
    print_more(&part, survey->missing_count);
}

/* The latest, of many. */
static void print_stops(FILE *to, const struct survey *survey)
{
    struct status_part part = {to, "Stopped"};
    size_t from = survey->stop_count > LINES_MAX ? survey->stop_count - LINES_MAX : 0;

    for (size_t i = from; i < survey->stop_count; i++)
        status_line(&part, "%s to %s, %s without a capture", TIME(survey->stops[i].from_ms),
                    TIME(survey->stops[i].to_ms),
                    DURATION(survey->stops[i].to_ms - survey->stops[i].from_ms));
    print_more(&part, survey->stop_count);
}

/* Consumers --------------------------------------------------------------------------------------------- */

static const char *updated(const struct survey *survey, const struct survey_cursor *cursor)
{
    static char text[64];
    uint64_t at = cursor->cursor.updated_ms;

    if (!at)
        return "never";
    snprintf(text, sizeof(text), "%s ago", DURATION(survey->now_ms > at ? survey->now_ms - at : 0));
    return text;
}

/* A long name has a line of its own. */
static void print_cursor(struct status_part *part, const struct survey *survey,
                         const struct survey_cursor *cursor)
{
    const char *name = cursor->cursor.name;
    char next[TL_FRAME_NAME_SIZE];

    tl_frame_name_print(cursor->cursor.next, next);
    if (strlen(name) > NAME_WIDTH) {
        status_line(part, "%s", name);
        name = "";
    }
    status_line(part, "%-*s %-14s %8s %13s  %s", NAME_WIDTH, name, next, NUMBER(cursor->behind_segments),
                NUMBER(cursor->behind_frames), updated(survey, cursor));
    if (cursor->user && cursor->user != UINT64_MAX)
        status_line(part, "%-*s process %llu reads with it", NAME_WIDTH, "",
                    (unsigned long long)cursor->user);
    if (cursor->cursor.hold)
        status_line(part, "%-*s holds what it has not read against retention", NAME_WIDTH, "");
    if (cursor->missed_segments)
        status_line(part, "%-*s missed %s %s, removed before it read them", NAME_WIDTH, "",
                    NUMBER(cursor->missed_segments),
                    status_plural(cursor->missed_segments, "segment", "segments"));
}

static void print_cursors(FILE *to, const struct survey *survey)
{
    struct status_part part = {to, "Cursors"};

    if (!survey->cursor_count)
        return;
    status_line(&part, "%-*s %-14s %8s %13s  %s", NAME_WIDTH, "NAME", "NEXT", "SEGMENTS", "FRAMES BEHIND",
                "UPDATED");
    for (size_t i = 0; i < survey->cursor_count; i++)
        print_cursor(&part, survey, &survey->cursors[i]);
}

static void print_damages(FILE *to, const struct survey *survey)
{
    struct status_part part = {to, "Damaged"};

    for (size_t i = 0; i < survey->damage_count && i < LINES_MAX; i++)
        status_line(&part, "%s:\n%-12s%s", survey->damages[i].place, "", survey->damages[i].what);
    print_more(&part, survey->damage_count);
    if (survey->damage_count)
        status_line(&part, "\"tapline verify\" looks at every byte");
}

static void print_unread(FILE *to, const struct survey *survey)
{
    struct status_part part = {to, "Unread"};

    for (size_t i = 0; i < survey->unread_count && i < LINES_MAX; i++)
        status_line(&part, "%s", survey->unread[i].place);
    print_more(&part, survey->unread_count);
    if (survey->unread_count)
        status_line(&part, "permission denied: what these say is missing above");
}

void status_print_text(FILE *to, const char *path, const struct survey *survey,
                       const struct status_rates *rates)
{
    status_head(to, path, survey->now_ms);
    print_capture(to, survey, rates);
    print_archive(to, survey);
    print_lost(to, survey);
    print_removed(to, survey);
    print_missing(to, survey);
    print_stops(to, survey);
    print_cursors(to, survey);
    print_damages(to, survey);
    print_unread(to, survey);
}
