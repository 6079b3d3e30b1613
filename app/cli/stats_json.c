/* What was counted, as one JSON object. Invariant: it has all that the text has, and the errors of whatever
 * is no exact count. Durations are in seconds, sizes in bytes. */
#include "cli/stats_print.h"

#include "cli/document.h"
#include "print/json_text.h"

#include <stdlib.h>

static uint64_t ms_of(struct tl_time time)
{
    return time.seconds * 1000 + time.nanoseconds / 1000000;
}

/* Parts ------------------------------------------------------------------------------------------------ */

/* Numbers that have words, by falling counts. */
static void put_counts(struct document *json, const char *key, const struct counts *counts, enum field field)
{
    struct counts_entry entries[COUNTS_MAX];
    size_t count = counts_sort(counts, entries);
    char word[FIELD_WORD_SIZE];

    document_open(json, key);
    for (size_t i = 0; i < count; i++) {
        size_t size = field_word_print(field, entries[i].number, word);
        document_key(json, tl_bytes(word, size));
        document_number(json, NULL, entries[i].count);
    }
    if (counts->rest) /* no word has a space */
        document_number(json, "all others", counts->rest);
    document_close(json);
}

/* The value in `unit`: nanoseconds are told in seconds. */
static void put_histogram(struct document *json, const char *key, const struct histogram *histogram,
                          double unit)
{
    static const struct {
        const char *key;
        double share;
    } quantiles[] = {{"min", 0},   {"p10", 0.1},  {"p25", 0.25}, {"p50", 0.5},    {"p75", 0.75},
                     {"p90", 0.9}, {"p95", 0.95}, {"p99", 0.99}, {"p999", 0.999}, {"max", 1}};

    document_open(json, key);
    document_number(json, "count", histogram->count);
    if (histogram->count) {
        document_real(json, "mean", histogram_mean(histogram) / unit);
        for (size_t i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++)
            document_real(json, quantiles[i].key,
                          (double)histogram_quantile(histogram, quantiles[i].share) / unit);
    }
    document_close(json);
}

static const char *const thing_keys[] = {
    [SUMMARY_NAMES] = "names", [SUMMARY_DOMAINS] = "domains", [SUMMARY_ADDRESSES] = "addresses"};

/* "value", or "value_hex" if it is no UTF-8; and its size, if this is not all of it. */
static void put_value(struct document *json, struct tl_bytes value, uint32_t whole_size)
{
    char digits[2 * STATS_VALUE_SIZE];
    struct tl_builder builder = tl_builder(digits, sizeof(digits));

    if (json_is_utf8(value)) {
        document_bytes(json, "value", value);
    } else {
        tl_builder_put_hex(&builder, value);
        document_bytes(json, "value_hex", tl_builder_bytes(&builder));
    }
    if (whole_size > HEAVY_KEY_MAX)
        document_number(json, "whole_size", whole_size);
}

/* Members of the object that is open. `thing` SUMMARY_THINGS: their keys are texts. */
static bool put_entries(struct document *json, const struct heavy *heavy, enum summary_thing thing,
                        size_t most)
{
    const struct heavy_entry **entries;
    char memory[STATS_VALUE_SIZE];
    size_t count;

    if (!heavy_sort(heavy, most, &entries, &count))
        return false;
    document_number(json, "most_missed", heavy_floor(heavy));
    document_open_list(json, "list");
    for (size_t i = 0; i < count; i++) {
        struct tl_bytes key = heavy_key(heavy, entries[i]);
        document_open(json, NULL);
        put_value(json, thing == SUMMARY_THINGS ? key : stats_thing(thing, key, memory),
                  entries[i]->whole_size);
        document_number(json, "count", entries[i]->count);
        document_number(json, "error", entries[i]->error);
        document_close(json);
    }
    document_close_list(json);
    free(entries);
    return true;
}

static bool put_tops(struct document *json, const char *key, struct heavy *const heavy[SUMMARY_THINGS],
                     size_t most)
{
    document_open(json, key);
    for (int thing = 0; thing < SUMMARY_THINGS; thing++) {
        document_open(json, thing_keys[thing]);
        if (!put_entries(json, heavy[thing], thing, most))
            return false;
        document_close(json);
    }
    document_close(json);
    return true;
}

static void put_different(struct document *json, const struct hll different[SUMMARY_THINGS])
{
    document_open(json, "different");
    for (int thing = 0; thing < SUMMARY_THINGS; thing++) {
        document_open(json, thing_keys[thing]);
        document_number(json, "count", hll_count(&different[thing]));
        document_real(json, "error", hll_is_exact(&different[thing]) ? 0 : HLL_ERROR);
        document_close(json);
    }
    document_close(json);
}

/* Queries or responses, up to what only responses have. */
static bool put_messages(struct document *json, const struct summary_messages *messages,
                         struct heavy *const top[SUMMARY_THINGS], size_t most)
{
    document_number(json, "count", messages->count);
    document_number(json, "without_message", messages->headless);
    document_number(json, "without_name", messages->without[SUMMARY_NAMES]);
    document_number(json, "without_domain", messages->without[SUMMARY_DOMAINS]);
    document_number(json, "without_address", messages->without[SUMMARY_ADDRESSES]);
    put_counts(json, "qtypes", &messages->qtypes, FIELD_QTYPE);
    put_histogram(json, "sizes", &messages->sizes, 1);
    put_different(json, messages->different);
    return put_tops(json, "top", top, most);
}

static bool put_side(struct document *json, const char *key, const struct summary_numbers *side, size_t most)
{
    if (!side)
        return true;
    document_open(json, key);
    document_open(json, "queries");
    if (!put_messages(json, &side->halves[SUMMARY_QUERIES], side->top[SUMMARY_OF_QUERIES], most))
        return false;
    document_close(json);
    document_open(json, "responses");
    if (!put_messages(json, &side->halves[SUMMARY_RESPONSES], side->top[SUMMARY_OF_RESPONSES], most))
        return false;
    put_counts(json, "rcodes", &side->rcodes, FIELD_RCODE);
    document_number(json, "truncated", side->truncated);
    document_number(json, "noerror_without_answer", side->empty);
    put_histogram(json, "latency", &side->latency, 1e9);
    if (!put_tops(json, "top_nxdomain", side->top[SUMMARY_OF_NXDOMAIN], most) ||
        !put_tops(json, "top_servfail", side->top[SUMMARY_OF_SERVFAIL], most))
        return false;
    document_close(json);
    document_close(json);
    return true;
}

/* All of it -------------------------------------------------------------------------------------------- */

static void put_request(struct document *json, const struct stats_request *request)
{
    document_open_list(json, "sources");
    for (size_t i = 0; i < request->source.path_count; i++)
        document_text(json, NULL, request->source.paths[i]);
    document_close_list(json);
    if (request->where)
        document_text(json, "where", request->where);
    if (request->source.span.has_since)
        document_time(json, "since", ms_of(request->source.span.since));
    if (request->source.span.has_until)
        document_time(json, "until", ms_of(request->source.span.until));
    document_bool(json, "paired", request->pair);
}

/* What was read, and what of it is not among the messages. */
static void put_books(struct document *json, const struct stats_result *result)
{
    const struct summary *summary = result->count->summary;
    const struct report *report = result->report;

    document_bool(json, "whole",
                  !report->has_trouble && !result->is_interrupted && result->losses->are_known &&
                      !result->count->given_up);
    document_open(json, "read");
    document_number(json, "frames", report->frames);
    document_number(json, "bytes", result->count->bytes);
    document_number(json, "undecodable", report->all_undecodable);
    document_number(json, "skipped_bytes", report->all_skipped);
    document_number(json, "failed_sources", report->all_failed);
    document_close(json);
    document_open(json, "counted");
    document_number(json, "records", summary->records);
    document_number(json, "undecodable", summary->undecodable);
    document_number(json, "without_dnstap_message", summary->foreign);
    document_number(json, "messages", summary->messages);
    document_number(json, "without_time", summary->timeless);
    document_number(json, "by_arrival", summary->by_arrival);
    document_close(json);
}

/* Before it could be read. */
static void put_losses(struct document *json, const struct stats_losses *losses)
{
    document_open_list(json, "lost");
    for (size_t i = 0; i < losses->count; i++) {
        const struct survey_lost *lost = &losses->items[i];
        document_open(json, NULL);
        document_text(json, "cause", lost->cause);
        if (!lost->is_at_most)
            document_number(json, "frames", lost->frames);
        document_number(json, lost->is_at_most ? "bytes_at_most" : "bytes", lost->bytes);
        document_close(json);
    }
    document_close_list(json);
}

static void put_pairs(struct document *json, const struct summary *summary)
{
    document_open(json, "pairs");
    document_number(json, "answered", summary->pairs[RECORD_ANSWERED]);
    document_number(json, "unanswered", summary->pairs[RECORD_UNANSWERED]);
    document_number(json, "unasked", summary->pairs[RECORD_UNASKED]);
    document_number(json, "alone", summary->pairs[RECORD_NOT_PAIRED]);
    document_close(json);
}

static void put_start(struct document *json, uint64_t seconds)
{
    char text[TL_TIME_TEXT_SIZE];

    tl_time_print((struct tl_time){seconds, 0}, text);
    strcpy(text + 19, "Z");
    document_text(json, "start", text);
}

static void put_series(struct document *json, const struct series *series)
{
    static const char *const keys[] = {[SERIES_QUERIES] = "queries",
                                       [SERIES_RESPONSES] = "responses",
                                       [SERIES_NXDOMAIN] = "nxdomain",
                                       [SERIES_SERVFAIL] = "servfail",
                                       [SERIES_BYTES] = "frame_bytes"};

    document_open(json, "series");
    document_number(json, "step_seconds", series->width);
    document_open_list(json, "steps");
    for (uint32_t i = 0; i < series->used; i++) {
        const struct series_step *step = &series->steps[i];
        document_open(json, NULL);
        put_start(json, step->start);
        document_number(json, "messages", step->messages);
        for (int j = 0; j < SERIES_VALUES; j++)
            document_number(json, keys[j], step->values[j]);
        document_close(json);
    }
    document_close_list(json);
    document_close(json);
}

static void put_times(struct document *json, const struct summary *summary)
{
    const struct series_step *step = series_peak(&summary->series);
    struct rush_second second = rush_peak(&summary->rush);

    if (!summary->has_time)
        return;
    double seconds = summary_seconds(summary);
    char text[TL_TIME_TEXT_SIZE];
    tl_time_print(summary->first, text);
    document_text(json, "first", text);
    tl_time_print(summary->last, text);
    document_text(json, "last", text);
    document_real(json, "seconds", seconds);
    if (seconds > 0)
        document_real(json, "per_second", (double)(summary->messages - summary->timeless) / seconds);
    document_open(json, "busiest_second");
    put_start(json, second.second);
    document_number(json, rush_is_exact(&summary->rush) ? "messages" : "messages_at_least", second.count);
    document_close(json);
    document_open(json, "busiest_step");
    put_start(json, step->start);
    document_number(json, "seconds", summary->series.width);
    document_number(json, "messages", step->messages);
    document_close(json);
}

static bool put_identities(struct document *json, const struct summary *summary)
{
    document_open(json, "identities");
    document_number(json, "without", summary->nameless);
    if (!put_entries(json, summary->identities, SUMMARY_THINGS, SIZE_MAX))
        return false;
    document_close(json);
    return true;
}

static void put_row(struct document *json, const struct breakdown *breakdown, const struct heavy_entry *row)
{
    static const char *const keys[] = {[BREAKDOWN_QUERIES] = "queries",   [BREAKDOWN_RESPONSES] = "responses",
                                       [BREAKDOWN_NOERROR] = "noerror",   [BREAKDOWN_NXDOMAIN] = "nxdomain",
                                       [BREAKDOWN_SERVFAIL] = "servfail", [BREAKDOWN_OTHER] = "other_rcodes"};
    struct field_value value = breakdown_value(breakdown, row);
    char memory[STATS_VALUE_SIZE];

    document_open(json, NULL);
    put_value(json, stats_value(breakdown->field, &value, memory), row->whole_size);
    document_number(json, "count", row->count);
    document_number(json, "error", row->error);
    for (int i = 0; i < BREAKDOWN_COLUMNS; i++)
        document_number(json, keys[i], row->tallies[i]);
    document_close(json);
}

static bool put_breakdown(struct document *json, const struct breakdown *breakdown, size_t most)
{
    const struct heavy_entry **rows;
    size_t count;

    if (!heavy_sort(breakdown->rows, most, &rows, &count))
        return false;
    document_open(json, NULL);
    document_text(json, "field", field_describe(breakdown->field)->name);
    document_number(json, "records", breakdown->records);
    document_number(json, "without", breakdown->without);
    if (heavy_floor(breakdown->rows) == 0)
        document_number(json, "different", heavy_used(breakdown->rows));
    document_number(json, "most_missed", heavy_floor(breakdown->rows));
    document_open_list(json, "rows");
    for (size_t i = 0; i < count; i++)
        put_row(json, breakdown, rows[i]);
    document_close_list(json);
    document_close(json);
    free(rows);
    return true;
}

static bool put_breakdowns(struct document *json, const struct stats_result *result)
{
    document_open_list(json, "by");
    for (unsigned i = 0; i < result->request->by_count; i++) {
        if (!put_breakdown(json, &result->count->by[i], result->request->top))
            return false;
    }
    document_close_list(json);
    return true;
}

bool stats_print_json(FILE *to, const struct stats_result *result)
{
    static const char *const sides[] = {
        [SUMMARY_CLIENTS] = "clients", [SUMMARY_UPSTREAM] = "upstream", [SUMMARY_OTHERS] = "others"};
    const struct summary *summary = result->count->summary;
    struct document json = document(to);

    document_open(&json, NULL);
    put_request(&json, result->request);
    put_books(&json, result);
    put_losses(&json, result->losses);
    put_times(&json, summary);
    put_counts(&json, "types", &summary->types, FIELD_TYPE);
    put_counts(&json, "families", &summary->families, FIELD_FAMILY);
    put_counts(&json, "protocols", &summary->protocols, FIELD_PROTO);
    if (!put_identities(&json, summary))
        return false;
    if (result->request->pair)
        put_pairs(&json, summary);
    for (int i = 0; i < SUMMARY_SIDES; i++) {
        if (!put_side(&json, sides[i], summary->sides[i], result->request->top))
            return false;
    }
    if (!put_breakdowns(&json, result))
        return false;
    put_series(&json, &summary->series);
    document_close(&json);
    putc('\n', to);
    return true;
}
