/* A survey, or a sender, as one JSON object. Invariant: it has all that the text has, and every list whole.
 * Only the path can hold what JSON cannot; it is escaped byte by byte where it is no UTF-8. */
#include "cli/status_print.h"

#include "cli/document.h"

/* Parts of a survey ------------------------------------------------------------------------------------- */

/* "bytes in" is "bytes_in". */
static void put_counter(struct document *json, const struct tl_counters_view *counters,
                        enum tl_counter counter)
{
    char key[32] = "";
    const char *words = tl_counter_key(counter);

    if (!counters->is_known[counter])
        return;
    for (size_t i = 0; words[i] && i < sizeof(key) - 1; i++)
        key[i] = words[i] == ' ' ? '_' : words[i];
    document_number(json, key, counters->values[counter]);
}

static void put_capture(struct document *json, const struct survey *survey, const struct status_rates *rates)
{
    const struct tl_counters_view *counters = &survey->counters;

    document_open(json, "capture");
    document_bool(json, "running", survey->has_counters && counters->is_running);
    document_bool(json, "queue", survey->has_queue);
    if (survey->writer && survey->writer != UINT64_MAX)
        document_number(json, "writer", survey->writer);
    if (survey->has_counters) {
        document_number(json, "pid", counters->pid);
        document_time(json, "started", counters->started_ms);
        document_open(json, "counters");
        for (int i = 0; i < TL_COUNTERS; i++)
            put_counter(json, counters, (enum tl_counter)i);
        document_close(json);
    }
    if (rates->is_known) {
        document_number(json, "frames_per_second", rates->frames);
        document_number(json, "bytes_per_second", rates->bytes);
    }
    document_close(json);
}

static void put_sums(struct document *json, const char *key, const struct survey_sums *sums)
{
    document_open(json, key);
    document_number(json, "segments", sums->segments);
    document_number(json, "file_bytes", sums->file_bytes);
    document_number(json, "frames", sums->frames);
    document_number(json, "bytes", sums->bytes);
    document_close(json);
}

static void put_archive(struct document *json, const struct survey *survey)
{
    bool has_times = survey->earliest_ms <= survey->latest_ms;

    put_sums(json, "sealed", &survey->sealed);
    put_sums(json, "hot", &survey->hot);
    document_number(json, "hot_waiting", survey->waiting);
    document_number(json, "leftovers", survey->leftovers);
    document_number(json, "damaged_bytes", survey->damaged.file_bytes);
    document_number(json, "first_segment", survey->first);
    document_number(json, "last_segment", survey->last);
    document_time(json, "frames_from", has_times ? survey->earliest_ms : 0);
    document_time(json, "frames_to", has_times ? survey->latest_ms : 0);
    document_time(json, "arrived_from", survey->arrived_ms);
    document_time(json, "arrived_to", survey->last_arrival_ms);
    document_number(json, "disk_bytes", survey->disk_size);
    document_number(json, "disk_free_bytes", survey->disk_free);
}

static void put_lost(struct document *json, const struct survey *survey)
{
    document_open_list(json, "lost");
    for (size_t i = 0; i < survey->lost_count; i++) {
        const struct survey_lost *lost = &survey->lost[i];
        document_open(json, NULL);
        document_text(json, "cause", lost->cause);
        if (!lost->is_at_most)
            document_number(json, "frames", lost->frames);
        document_number(json, lost->is_at_most ? "bytes_at_most" : "bytes", lost->bytes);
        document_number(json, "first_segment", lost->first);
        document_number(json, "last_segment", lost->last);
        document_close(json);
    }
    document_close_list(json);
}

static void put_removed(struct document *json, const struct survey *survey)
{
    document_open_list(json, "removed");
    for (size_t i = 0; i < survey->removed_count; i++) {
        const struct survey_removed *removed = &survey->removed[i];
        document_open(json, NULL);
        document_text(json, "cause", removed->cause);
        document_number(json, "segments", removed->segments);
        document_number(json, "frames", removed->frames);
        document_number(json, "file_bytes", removed->bytes);
        document_time(json, "from", removed->from_ms);
        document_time(json, "to", removed->to_ms);
        document_close(json);
    }
    document_close_list(json);
}

static void put_gaps(struct document *json, const struct survey *survey)
{
    document_open_list(json, "missing");
    for (size_t i = 0; i < survey->missing_count; i++) {
        document_open(json, NULL);
        document_number(json, "first_segment", survey->missing[i].first);
        document_number(json, "last_segment", survey->missing[i].last);
        document_close(json);
    }
    document_close_list(json);
    document_open_list(json, "stopped");
    for (size_t i = 0; i < survey->stop_count; i++) {
        document_open(json, NULL);
        document_time(json, "from", survey->stops[i].from_ms);
        document_time(json, "to", survey->stops[i].to_ms);
        document_number(json, "before_segment", survey->stops[i].before);
        document_close(json);
    }
    document_close_list(json);
}

static void put_cursors(struct document *json, const struct survey *survey)
{
    char next[TL_FRAME_NAME_SIZE];

    document_open_list(json, "cursors");
    for (size_t i = 0; i < survey->cursor_count; i++) {
        const struct survey_cursor *cursor = &survey->cursors[i];
        tl_frame_name_print(cursor->cursor.next, next);
        document_open(json, NULL);
        document_text(json, "name", cursor->cursor.name);
        document_text(json, "next", next);
        document_bool(json, "hold", cursor->cursor.hold);
        document_bool(json, "in_use", cursor->user != 0);
        if (cursor->user && cursor->user != UINT64_MAX)
            document_number(json, "pid", cursor->user);
        document_time(json, "updated", cursor->cursor.updated_ms);
        document_number(json, "behind_segments", cursor->behind_segments);
        document_number(json, "behind_frames", cursor->behind_frames);
        document_number(json, "missed_segments", cursor->missed_segments);
        document_close(json);
    }
    document_close_list(json);
}

static void put_damages(struct document *json, const struct survey *survey)
{
    document_open_list(json, "damaged");
    for (size_t i = 0; i < survey->damage_count; i++) {
        document_open(json, NULL);
        document_text(json, "place", survey->damages[i].place);
        document_text(json, "what", survey->damages[i].what);
        document_close(json);
    }
    document_close_list(json);
}

static void put_unread(struct document *json, const struct survey *survey)
{
    document_open_list(json, "unread");
    for (size_t i = 0; i < survey->unread_count; i++) {
        document_open(json, NULL);
        document_text(json, "place", survey->unread[i].place);
        document_close(json);
    }
    document_close_list(json);
}

void status_print_json(FILE *to, const char *path, const struct survey *survey,
                       const struct status_rates *rates)
{
    struct document json = document(to);

    document_open(&json, NULL);
    document_text(&json, "path", path);
    document_time(&json, "time", survey->now_ms);
    put_capture(&json, survey, rates);
    put_archive(&json, survey);
    put_lost(&json, survey);
    put_removed(&json, survey);
    put_gaps(&json, survey);
    put_cursors(&json, survey);
    put_damages(&json, survey);
    put_unread(&json, survey);
    document_close(&json);
    putc('\n', to);
}

/* A sender ---------------------------------------------------------------------------------------------- */

static void put_failure(struct document *json, const struct tl_sender_endpoint_statistics *of)
{
    uint64_t seconds = of->failed_at < TL_TIME_SECONDS_MAX ? of->failed_at : TL_TIME_SECONDS_MAX;

    if (of->failure == TL_OK && !of->failed_at)
        return;
    document_text(json, "failure", tl_status_name(of->failure));
    document_number(json, "error", (uint64_t)of->error);
    document_text(json, "failed_in", tl_sender_link_name(of->failed_in));
    document_time(json, "failed_at", seconds * 1000);
}

static void put_endpoint(struct document *json, const char *address,
                         const struct tl_sender_endpoint_statistics *of)
{
    document_open(json, NULL);
    if (*address)
        document_text(json, "address", address);
    document_text(json, "link", tl_sender_link_name(of->link));
#define TL_SENDER_ENDPOINT_COUNTER(name, sentence) document_number(json, #name, of->name);
#include <tapline/sender_counters.def>
    document_number(json, "waiting", of->waiting);
    put_failure(json, of);
    document_close(json);
}

static void put_sender(struct document *json, const struct status_sender *sender,
                       const struct status_rates *rates)
{
    const struct tl_sender_statistics *statistics = &sender->file.statistics;

    document_text(json, "state", status_sender_state_name(sender->state));
    document_number(json, "pid", sender->file.pid);
    document_text(json, "program", sender->file.program);
    document_time(json, "started", status_sender_ms(sender->file.started));
    document_time(json, "written", status_sender_ms(sender->file.written));
    document_number(json, "unknown_lines", sender->file.unknown);
    document_number(json, "submitted", statistics->submitted);
#define TL_SENDER_LANE_COUNTER(name, sentence) document_number(json, #name, statistics->lanes.name);
#include <tapline/sender_counters.def>
    document_number(json, "ring_size", statistics->lanes.ring_size);
    document_number(json, "used", statistics->lanes.used);
    document_number(json, "high_water", statistics->lanes.high_water);
    document_number(json, "statistics_failures", statistics->statistics_failures);
    document_number(json, "statistics_error", (uint64_t)statistics->statistics_error);
    if (rates->is_known) {
        document_number(json, "frames_per_second", rates->frames);
        document_number(json, "lost_per_second", rates->lost);
    }
    document_open_list(json, "endpoints");
    for (size_t i = 0; i < statistics->endpoint_count; i++)
        put_endpoint(json, sender->file.addresses[i], &statistics->endpoints[i]);
    document_close_list(json);
}

void status_print_sender_json(FILE *to, const char *path, const struct status_sender *sender,
                              const struct status_rates *rates)
{
    struct document json = document(to);

    document_open(&json, NULL);
    document_text(&json, "path", path);
    document_time(&json, "time", sender->now_ms);
    document_open(&json, "sender");
    put_sender(&json, sender, rates);
    document_close(&json);
    document_close(&json);
    putc('\n', to);
}
