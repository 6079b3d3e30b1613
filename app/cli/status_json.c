/* A survey, or a sender, as one JSON object. Invariant: it has all that the text has, and every list whole.
 * Only the path can hold what JSON cannot; it is escaped byte by byte where it is no UTF-8. */
#include "cli/status_print.h"

#include "print/json_text.h"

#include <inttypes.h>
#include <stdlib.h>

/* Members are separated by commas: whoever puts one asks for what has to be in front. */
struct json {
    FILE *to;
    bool is_first; /* in the innermost object or list */
};

static void put_comma(struct json *json)
{
    if (!json->is_first)
        putc(',', json->to);
    json->is_first = false;
}

static void put_key(struct json *json, const char *key)
{
    put_comma(json);
    fprintf(json->to, "\"%s\":", key);
}

static void open_object(struct json *json, const char *key)
{
    if (key)
        put_key(json, key);
    else
        put_comma(json);
    putc('{', json->to);
    json->is_first = true;
}

static void close_object(struct json *json)
{
    putc('}', json->to);
    json->is_first = false;
}

static void open_list(struct json *json, const char *key)
{
    put_key(json, key);
    putc('[', json->to);
    json->is_first = true;
}

static void close_list(struct json *json)
{
    putc(']', json->to);
    json->is_first = false;
}

static void put_number(struct json *json, const char *key, uint64_t value)
{
    put_key(json, key);
    fprintf(json->to, "%" PRIu64, value);
}

static void put_bool(struct json *json, const char *key, bool value)
{
    put_key(json, key);
    fputs(value ? "true" : "false", json->to);
}

/* Text; bytes that are no UTF-8 become U+FFFD. */
static void put_string(struct json *json, const char *key, const char *text)
{
    size_t length = strlen(text);
    bool is_utf8 = json_is_utf8(tl_bytes(text, length));

    put_key(json, key);
    putc('"', json->to);
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        if (*c == '"' || *c == '\\')
            fprintf(json->to, "\\%c", *c);
        else if (*c < 0x20 || *c == 0x7f)
            fprintf(json->to, "\\u%04x", *c);
        else if (*c >= 0x80 && !is_utf8)
            fputs("\\ufffd", json->to);
        else
            putc(*c, json->to);
    }
    putc('"', json->to);
}

/* RFC 3339 with milliseconds; left out if it is not known. */
static void put_time(struct json *json, const char *key, uint64_t ms)
{
    char text[TL_TIME_TEXT_SIZE];

    if (!ms || !tl_time_print((struct tl_time){ms / 1000, (uint32_t)(ms % 1000 * 1000000)}, text))
        return;
    put_key(json, key);
    fprintf(json->to, "\"%.23sZ\"", text);
}

/* Parts of a survey ------------------------------------------------------------------------------------- */

/* "bytes in" is "bytes_in". */
static void put_counter(struct json *json, const struct tl_counters_view *counters, enum tl_counter counter)
{
    char key[32] = "";
    const char *words = tl_counter_key(counter);

    if (!counters->is_known[counter])
        return;
    for (size_t i = 0; words[i] && i < sizeof(key) - 1; i++)
        key[i] = words[i] == ' ' ? '_' : words[i];
    put_number(json, key, counters->values[counter]);
}

static void put_capture(struct json *json, const struct survey *survey, const struct status_rates *rates)
{
    const struct tl_counters_view *counters = &survey->counters;

    open_object(json, "capture");
    put_bool(json, "running", survey->has_counters && counters->is_running);
    put_bool(json, "queue", survey->has_queue);
    if (survey->writer && survey->writer != UINT64_MAX)
        put_number(json, "writer", survey->writer);
    if (survey->has_counters) {
        put_number(json, "pid", counters->pid);
        put_time(json, "started", counters->started_ms);
        open_object(json, "counters");
        for (int i = 0; i < TL_COUNTERS; i++)
            put_counter(json, counters, (enum tl_counter)i);
        close_object(json);
    }
    if (rates->is_known) {
        put_number(json, "frames_per_second", rates->frames);
        put_number(json, "bytes_per_second", rates->bytes);
    }
    close_object(json);
}

static void put_sums(struct json *json, const char *key, const struct survey_sums *sums)
{
    open_object(json, key);
    put_number(json, "segments", sums->segments);
    put_number(json, "file_bytes", sums->file_bytes);
    put_number(json, "frames", sums->frames);
    put_number(json, "bytes", sums->bytes);
    close_object(json);
}

static void put_archive(struct json *json, const struct survey *survey)
{
    bool has_times = survey->earliest_ms <= survey->latest_ms;

    put_sums(json, "sealed", &survey->sealed);
    put_sums(json, "hot", &survey->hot);
    put_number(json, "hot_waiting", survey->waiting);
    put_number(json, "leftovers", survey->leftovers);
    put_number(json, "damaged_bytes", survey->damaged.file_bytes);
    put_number(json, "first_segment", survey->first);
    put_number(json, "last_segment", survey->last);
    put_time(json, "frames_from", has_times ? survey->earliest_ms : 0);
    put_time(json, "frames_to", has_times ? survey->latest_ms : 0);
    put_time(json, "arrived_from", survey->arrived_ms);
    put_time(json, "arrived_to", survey->last_arrival_ms);
    put_number(json, "disk_bytes", survey->disk_size);
    put_number(json, "disk_free_bytes", survey->disk_free);
}

static void put_lost(struct json *json, const struct survey *survey)
{
    open_list(json, "lost");
    for (size_t i = 0; i < survey->lost_count; i++) {
        const struct survey_lost *lost = &survey->lost[i];
        open_object(json, NULL);
        put_string(json, "cause", lost->cause);
        if (!lost->is_at_most)
            put_number(json, "frames", lost->frames);
        put_number(json, lost->is_at_most ? "bytes_at_most" : "bytes", lost->bytes);
        put_number(json, "first_segment", lost->first);
        put_number(json, "last_segment", lost->last);
        close_object(json);
    }
    close_list(json);
}

static void put_removed(struct json *json, const struct survey *survey)
{
    open_list(json, "removed");
    for (size_t i = 0; i < survey->removed_count; i++) {
        const struct survey_removed *removed = &survey->removed[i];
        open_object(json, NULL);
        put_string(json, "cause", removed->cause);
        put_number(json, "segments", removed->segments);
        put_number(json, "frames", removed->frames);
        put_number(json, "file_bytes", removed->bytes);
        put_time(json, "from", removed->from_ms);
        put_time(json, "to", removed->to_ms);
        close_object(json);
    }
    close_list(json);
}

static void put_gaps(struct json *json, const struct survey *survey)
{
    open_list(json, "missing");
    for (size_t i = 0; i < survey->missing_count; i++) {
        open_object(json, NULL);
        put_number(json, "first_segment", survey->missing[i].first);
        put_number(json, "last_segment", survey->missing[i].last);
        close_object(json);
    }
    close_list(json);
    open_list(json, "stopped");
    for (size_t i = 0; i < survey->stop_count; i++) {
        open_object(json, NULL);
        put_time(json, "from", survey->stops[i].from_ms);
        put_time(json, "to", survey->stops[i].to_ms);
        put_number(json, "before_segment", survey->stops[i].before);
        close_object(json);
    }
    close_list(json);
}

static void put_cursors(struct json *json, const struct survey *survey)
{
    char next[TL_FRAME_NAME_SIZE];

    open_list(json, "cursors");
    for (size_t i = 0; i < survey->cursor_count; i++) {
        const struct survey_cursor *cursor = &survey->cursors[i];
        tl_frame_name_print(cursor->cursor.next, next);
        open_object(json, NULL);
        put_string(json, "name", cursor->cursor.name);
        put_string(json, "next", next);
        put_bool(json, "hold", cursor->cursor.hold);
        put_bool(json, "in_use", cursor->user != 0);
        if (cursor->user && cursor->user != UINT64_MAX)
            put_number(json, "pid", cursor->user);
        put_time(json, "updated", cursor->cursor.updated_ms);
        put_number(json, "behind_segments", cursor->behind_segments);
        put_number(json, "behind_frames", cursor->behind_frames);
        put_number(json, "missed_segments", cursor->missed_segments);
        close_object(json);
    }
    close_list(json);
}

static void put_damages(struct json *json, const struct survey *survey)
{
    open_list(json, "damaged");
    for (size_t i = 0; i < survey->damage_count; i++) {
        open_object(json, NULL);
        put_string(json, "place", survey->damages[i].place);
        put_string(json, "what", survey->damages[i].what);
        close_object(json);
    }
    close_list(json);
}

static void put_unread(struct json *json, const struct survey *survey)
{
    open_list(json, "unread");
    for (size_t i = 0; i < survey->unread_count; i++) {
        open_object(json, NULL);
        put_string(json, "place", survey->unread[i].place);
        close_object(json);
    }
    close_list(json);
}

void status_print_json(FILE *to, const char *path, const struct survey *survey,
                       const struct status_rates *rates)
{
    struct json json = {to, true};

    open_object(&json, NULL);
    put_string(&json, "path", path);
    put_time(&json, "time", survey->now_ms);
    put_capture(&json, survey, rates);
    put_archive(&json, survey);
    put_lost(&json, survey);
    put_removed(&json, survey);
    put_gaps(&json, survey);
    put_cursors(&json, survey);
    put_damages(&json, survey);
    put_unread(&json, survey);
    close_object(&json);
    putc('\n', to);
}

/* A sender ---------------------------------------------------------------------------------------------- */

static void put_failure(struct json *json, const struct tl_sender_endpoint_statistics *of)
{
    uint64_t seconds = of->failed_at < TL_TIME_SECONDS_MAX ? of->failed_at : TL_TIME_SECONDS_MAX;

    if (of->failure == TL_OK && !of->failed_at)
        return;
    put_string(json, "failure", tl_status_name(of->failure));
    put_number(json, "error", (uint64_t)of->error);
    put_string(json, "failed_in", tl_sender_link_name(of->failed_in));
    put_time(json, "failed_at", seconds * 1000);
}

static void put_endpoint(struct json *json, const char *address,
                         const struct tl_sender_endpoint_statistics *of)
{
    open_object(json, NULL);
    if (*address)
        put_string(json, "address", address);
    put_string(json, "link", tl_sender_link_name(of->link));
#define TL_SENDER_ENDPOINT_COUNTER(name, sentence) put_number(json, #name, of->name);
#include <tapline/sender_counters.def>
    put_number(json, "waiting", of->waiting);
    put_failure(json, of);
    close_object(json);
}

static void put_sender(struct json *json, const struct status_sender *sender,
                       const struct status_rates *rates)
{
    const struct tl_sender_statistics *statistics = &sender->file.statistics;

    put_string(json, "state", status_sender_state_name(sender->state));
    put_number(json, "pid", sender->file.pid);
    put_string(json, "program", sender->file.program);
    put_time(json, "started", status_sender_ms(sender->file.started));
    put_time(json, "written", status_sender_ms(sender->file.written));
    put_number(json, "unknown_lines", sender->file.unknown);
    put_number(json, "submitted", statistics->submitted);
#define TL_SENDER_LANE_COUNTER(name, sentence) put_number(json, #name, statistics->lanes.name);
#include <tapline/sender_counters.def>
    put_number(json, "ring_size", statistics->lanes.ring_size);
    put_number(json, "used", statistics->lanes.used);
    put_number(json, "high_water", statistics->lanes.high_water);
    put_number(json, "statistics_failures", statistics->statistics_failures);
    put_number(json, "statistics_error", (uint64_t)statistics->statistics_error);
    if (rates->is_known) {
        put_number(json, "frames_per_second", rates->frames);
        put_number(json, "lost_per_second", rates->lost);
    }
    open_list(json, "endpoints");
    for (size_t i = 0; i < statistics->endpoint_count; i++)
        put_endpoint(json, sender->file.addresses[i], &statistics->endpoints[i]);
    close_list(json);
}

void status_print_sender_json(FILE *to, const char *path, const struct status_sender *sender,
                              const struct status_rates *rates)
{
    struct json json = {to, true};

    open_object(&json, NULL);
    put_string(&json, "path", path);
    put_time(&json, "time", sender->now_ms);
    open_object(&json, "sender");
    put_sender(&json, sender, rates);
    close_object(&json);
    close_object(&json);
    putc('\n', to);
}
