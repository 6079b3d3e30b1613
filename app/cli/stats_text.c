/* What was counted, for a person. Invariant: no line is wider than 80 columns, and whatever is missing from
 * the numbers stands above them. */
#include "cli/chart.h"
#include "cli/quantities.h"
#include "cli/stats_table.h"

#include <string.h>

#define NUMBER quantity_number
#define SIZE   quantity_size
#define TIME   quantity_time

/* What the parts of the text need. */
struct text {
    FILE *to;
    const struct stats_result *result;
    const struct summary *summary;
    size_t top;
    bool is_utf8;
};

/* What was read ---------------------------------------------------------------------------------------- */

static void put_head(const struct text *text)
{
    const struct source_options *source = &text->result->request->source;
    const char *path = source->paths[0];

    status_path(text->to, strcmp(path, "-") == 0 ? "standard input" : path);
    if (source->path_count > 1)
        fprintf(text->to, " and %s more", NUMBER(source->path_count - 1));
    putc('\n', text->to);
}

static void put_books(const struct text *text)
{
    const struct report *report = text->result->report;
    const struct summary *summary = text->summary;
    struct status_part part = {text->to, "Read"};

    status_line(&part, "%s frames, %s", NUMBER(report->frames), SIZE(text->result->count->bytes));
    if (report->all_undecodable)
        status_line(&part, "%s of them could not be decoded", NUMBER(report->all_undecodable));
    if (report->all_skipped)
        status_line(&part, "%s bytes were skipped: there may be frames in them", NUMBER(report->all_skipped));
    if (report->all_failed)
        status_line(&part, "%s %s could not be read to the end", NUMBER(report->all_failed),
                    status_plural(report->all_failed, "source", "sources"));
    if (text->result->is_interrupted)
        status_line(&part, "interrupted: this is not all there is");
    if (text->result->request->where)
        status_line(&part, "%s pass --where", NUMBER(summary->records));
    if (summary->foreign)
        status_line(&part, "%s are dnstap, but no message", NUMBER(summary->foreign));
}

/* What never came to be read. */
static void put_losses(const struct text *text)
{
    const struct stats_losses *losses = text->result->losses;
    struct status_part part = {text->to, "Lost"};
    char bytes[64];

    for (size_t i = 0; i < losses->count; i++) {
        const struct survey_lost *lost = &losses->items[i];
        snprintf(bytes, sizeof(bytes), "%s%s", lost->is_at_most ? "at most " : "", NUMBER(lost->bytes));
        status_line(&part, "%-16s %12s frames %24s bytes", lost->cause,
                    lost->is_at_most ? "unknown" : NUMBER(lost->frames), bytes);
    }
    if (!losses->are_known)
        status_line(&part, "not all ledgers could be read");
}

static const char *duration_of(const struct summary *summary)
{
    uint64_t seconds = summary->last.seconds - summary->first.seconds;
    return quantity_duration(seconds * 1000 + summary->last.nanoseconds / 1000000 -
                             summary->first.nanoseconds / 1000000);
}

static const char *rate_of(const struct summary *summary)
{
    static char rate[64];
    double seconds = summary_seconds(summary);
    double value = (double)(summary->messages - summary->timeless) / seconds;

    *rate = '\0';
    if (seconds >= 1)
        snprintf(rate, sizeof(rate), value < 100 ? ", %.1f a second" : ", %.0f a second", value);
    return rate;
}

static void put_pairs(const struct text *text, struct status_part *part)
{
    const uint64_t *pairs = text->summary->pairs;

    status_line(part, "%s answered, %s unanswered, %s without their query", NUMBER(pairs[RECORD_ANSWERED]),
                NUMBER(pairs[RECORD_UNANSWERED]), NUMBER(pairs[RECORD_UNASKED]));
    if (pairs[RECORD_NOT_PAIRED])
        status_line(part, "%s that cannot be paired", NUMBER(pairs[RECORD_NOT_PAIRED]));
}

static void put_messages(const struct text *text)
{
    const struct summary *summary = text->summary;
    struct status_part part = {text->to, text->result->request->pair ? "Exchanges" : "Messages"};

    status_line(&part, "%s%s", NUMBER(summary->messages), summary->has_time ? rate_of(summary) : "");
    if (text->result->request->pair)
        put_pairs(text, &part);
    if (summary->has_time)
        status_line(&part, "%s to %s, %s", TIME(summary->first.seconds * 1000),
                    TIME(summary->last.seconds * 1000), duration_of(summary));
    if (summary->by_arrival)
        status_line(&part, "%s have no time but that of their arrival", NUMBER(summary->by_arrival));
    if (summary->timeless)
        status_line(&part, "%s have no time, and are not in what is told of times",
                    NUMBER(summary->timeless));
}

/* Times ------------------------------------------------------------------------------------------------ */

static const char *step_of(uint64_t width)
{
    return width == 60      ? "minute"
           : width == 3600  ? "hour"
           : width == 86400 ? "day"
                            : quantity_duration(width * 1000);
}

/* The steps as columns, several in one if they are more. Nothing, if there is nothing to see. */
static void put_columns(const struct text *text, struct status_part *part)
{
    const struct series *series = &text->summary->series;
    uint64_t values[CHART_WIDTH] = {0}, first = series->steps[0].start;
    uint64_t steps = (series->steps[series->used - 1].start - first) / series->width + 1;
    uint64_t each = (steps + CHART_WIDTH - 1) / CHART_WIDTH;
    char chart[CHART_TEXT_SIZE];

    if (steps < 3)
        return;
    for (uint32_t i = 0; i < series->used; i++)
        values[(series->steps[i].start - first) / series->width / each] += series->steps[i].messages;
    chart_columns(values, (size_t)((steps + each - 1) / each), text->is_utf8, chart);
    status_line(part, "|%s|", chart);
    status_line(part, "from %s, a column is %s", TIME(first * 1000),
                quantity_duration(each * series->width * 1000));
}

static void put_rates(const struct text *text)
{
    const struct series_step *step = series_peak(&text->summary->series);
    struct rush_second second = rush_peak(&text->summary->rush);
    struct status_part part = {text->to, "Busiest"};

    if (!step)
        return;
    status_line(&part, "second  %s  %s%s", TIME(second.second * 1000),
                rush_is_exact(&text->summary->rush) ? "" : "at least ", NUMBER(second.count));
    status_line(&part, "%-7s %s  %s", step_of(text->summary->series.width), TIME(step->start * 1000),
                NUMBER(step->messages));
    put_columns(text, &part);
}

/* A side ----------------------------------------------------------------------------------------------- */

static void put_heading(const struct text *text, const char *heading)
{
    const char *line = text->is_utf8 ? "─" : "-";

    fprintf(text->to, "\n%s%s %s ", line, line, heading);
    for (size_t i = strlen(heading) + 4; i < 80; i++)
        fputs(line, text->to);
    putc('\n', text->to);
}

static void put_different(const struct text *text, struct status_part *part, const struct hll *hll,
                          const char *one, const char *more)
{
    uint64_t count = hll_count(hll);
    char error[32] = "";

    if (!hll_is_exact(hll))
        snprintf(error, sizeof(error), " (%s%.1f%%)", text->is_utf8 ? "±" : "+-", 100 * HLL_ERROR);
    status_line(part, "%s %s%s", NUMBER(count), status_plural(count, one, more), error);
}

static void put_difference(const struct text *text, const struct summary_messages *of, bool is_upstream)
{
    struct status_part part = {text->to, "Different"};

    put_different(text, &part, &of->different[SUMMARY_NAMES], "name", "names");
    put_different(text, &part, &of->different[SUMMARY_DOMAINS], "registered domain", "registered domains");
    put_different(text, &part, &of->different[SUMMARY_ADDRESSES], is_upstream ? "server" : "client",
                  is_upstream ? "servers" : "clients");
    if (of->without[SUMMARY_NAMES])
        status_line(&part, "%s without a question that can be read", NUMBER(of->without[SUMMARY_NAMES]));
    if (of->without[SUMMARY_ADDRESSES])
        status_line(&part, "%s without an address", NUMBER(of->without[SUMMARY_ADDRESSES]));
}

/* Three digits and a unit. */
static const char *time_text(uint64_t nanoseconds, char text[32])
{
    static const char *const units[] = {"ns", "us", "ms", "s"};
    double value = (double)nanoseconds;
    unsigned unit = 0;

    while (value >= 999.5 && unit < 3) {
        value /= 1000;
        unit++;
    }
    snprintf(text, 32,
             value < 9.995 && unit   ? "%.2f %s"
             : value < 99.95 && unit ? "%.1f %s"
                                     : "%.0f %s",
             value, units[unit]);
    return text;
}

static const char *size_text(uint64_t bytes, char text[32])
{
    snprintf(text, 32, "%s B", NUMBER(bytes));
    return text;
}

typedef const char *value_text(uint64_t value, char text[32]);

static void put_quantiles(struct status_part *part, const char *name, const struct histogram *of,
                          value_text *text_of)
{
    char texts[6][32];

    if (!of->count)
        return;
    if (part->title)
        status_line(part, "%-9s %9s %9s %9s %9s %9s %9s", "", "MEDIAN", "P90", "P95", "P99", "MAX", "MEAN");
    status_line(part, "%-9s %9s %9s %9s %9s %9s %9s", name, text_of(histogram_quantile(of, 0.5), texts[0]),
                text_of(histogram_quantile(of, 0.9), texts[1]),
                text_of(histogram_quantile(of, 0.95), texts[2]),
                text_of(histogram_quantile(of, 0.99), texts[3]), text_of(of->most, texts[4]),
                text_of((uint64_t)histogram_mean(of), texts[5]));
}

static void put_distributions(const struct text *text, const struct summary_numbers *side)
{
    struct status_part latency = {text->to, "Latency"}, sizes = {text->to, "Sizes"};
    uint64_t responses = side->halves[SUMMARY_RESPONSES].count;

    put_quantiles(&latency, "", &side->latency, time_text);
    if (side->latency.count && side->latency.count < responses)
        status_line(&latency, "of %s responses; %s do not have both times", NUMBER(side->latency.count),
                    NUMBER(responses - side->latency.count));
    put_quantiles(&sizes, "queries", &side->halves[SUMMARY_QUERIES].sizes, size_text);
    put_quantiles(&sizes, "responses", &side->halves[SUMMARY_RESPONSES].sizes, size_text);
}

static void put_rcodes(const struct text *text, const struct summary_numbers *side)
{
    struct status_part part = {text->to, NULL};
    uint64_t responses = side->rcodes.total;

    stats_table_counts(text->to, "Rcodes", &side->rcodes, FIELD_RCODE, text->top, text->is_utf8);
    if (side->empty)
        status_line(&part, "NOERROR without an answer: %s (%s)", NUMBER(side->empty),
                    stats_share(side->empty, responses));
    if (side->truncated)
        status_line(&part, "truncated: %s (%s)", NUMBER(side->truncated),
                    stats_share(side->truncated, responses));
}

static bool put_failures(const struct text *text, const char *title, struct heavy *const top[SUMMARY_THINGS],
                         const char *addresses)
{
    size_t most = (text->top + 1) / 2;
    char note[64];

    snprintf(note, sizeof(note), "by %s", addresses);
    return stats_table_top(text->to, title, "by name", top[SUMMARY_NAMES], SUMMARY_NAMES, most,
                           text->is_utf8) &&
           stats_table_top(text->to, "", "by registered domain", top[SUMMARY_DOMAINS], SUMMARY_DOMAINS, most,
                           text->is_utf8) &&
           stats_table_top(text->to, "", note, top[SUMMARY_ADDRESSES], SUMMARY_ADDRESSES, most,
                           text->is_utf8);
}

/* Of queries, or if there are more of responses, for a server may tell of one of them only. */
static bool put_side(const struct text *text, enum summary_side which)
{
    static const char *const headings[] = {[SUMMARY_CLIENTS] = "Clients",
                                           [SUMMARY_UPSTREAM] = "Upstream: what the servers ask others",
                                           [SUMMARY_OTHERS] = "Messages of unknown types"};
    const struct summary_numbers *side = text->summary->sides[which];
    const char *addresses = which == SUMMARY_UPSTREAM ? "servers" : "clients";
    struct status_part part = {text->to, "Messages"};

    if (!side)
        return true;
    uint64_t queries = side->halves[SUMMARY_QUERIES].count, responses = side->halves[SUMMARY_RESPONSES].count;
    bool by_queries = queries >= responses;
    const struct summary_messages *of = &side->halves[by_queries ? SUMMARY_QUERIES : SUMMARY_RESPONSES];
    struct heavy *const *top = side->top[by_queries ? SUMMARY_OF_QUERIES : SUMMARY_OF_RESPONSES];
    put_heading(text, headings[which]);
    status_line(&part, "%s %s, %s %s", NUMBER(queries), status_plural(queries, "query", "queries"),
                NUMBER(responses), status_plural(responses, "response", "responses"));
    status_line(&part, "names, qtypes and %s are those of the %s", addresses,
                by_queries ? "queries" : "responses");
    put_difference(text, of, which == SUMMARY_UPSTREAM);
    stats_table_counts(text->to, "Qtypes", &of->qtypes, FIELD_QTYPE, text->top, text->is_utf8);
    put_rcodes(text, side);
    put_distributions(text, side);
    return stats_table_top(text->to, "Names", NULL, top[SUMMARY_NAMES], SUMMARY_NAMES, text->top,
                           text->is_utf8) &&
           stats_table_top(text->to, "Domains", NULL, top[SUMMARY_DOMAINS], SUMMARY_DOMAINS, text->top,
                           text->is_utf8) &&
           stats_table_top(text->to, which == SUMMARY_UPSTREAM ? "Servers" : "Clients", NULL,
                           top[SUMMARY_ADDRESSES], SUMMARY_ADDRESSES, text->top, text->is_utf8) &&
           put_failures(text, "NXDOMAIN", side->top[SUMMARY_OF_NXDOMAIN], addresses) &&
           put_failures(text, "SERVFAIL", side->top[SUMMARY_OF_SERVFAIL], addresses);
}

/* All of it -------------------------------------------------------------------------------------------- */

static bool put_tables(const struct text *text)
{
    const struct summary *summary = text->summary;

    stats_table_counts(text->to, "Types", &summary->types, FIELD_TYPE, SIZE_MAX, text->is_utf8);
    stats_table_counts(text->to, "Protocols", &summary->protocols, FIELD_PROTO, text->top, text->is_utf8);
    stats_table_counts(text->to, "Families", &summary->families, FIELD_FAMILY, text->top, text->is_utf8);
    if (!stats_table_identities(text->to, summary, text->top, text->is_utf8))
        return false;
    for (enum summary_side side = 0; side < SUMMARY_SIDES; side++) {
        if (!put_side(text, side))
            return false;
    }
    return true;
}

bool stats_print_text(FILE *to, const struct stats_result *result)
{
    const struct stats_request *request = result->request;
    const struct text text = {.to = to,
                              .result = result,
                              .summary = result->count->summary,
                              .top = request->top,
                              .is_utf8 = chart_is_utf8()};

    put_head(&text);
    put_books(&text);
    put_losses(&text);
    put_messages(&text);
    put_rates(&text);
    for (unsigned i = 0; i < request->by_count; i++) {
        if (!stats_table_by(to, &result->count->by[i], request->top))
            return false;
    }
    return request->by_count || put_tables(&text);
}
