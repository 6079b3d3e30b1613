/* Tables of what is most frequent. Invariant: no row is wider than the screen, what is not shown is said, and
 * so is what is no exact count. */
#include "cli/stats_table.h"

#include "cli/chart.h"
#include "cli/quantities.h"

#include <stdlib.h>
#include <string.h>

#define NUMBER quantity_number

#define NAME_WIDTH 39 /* of the longest address */
#define BAR_WIDTH  8

#define BY_NAME_WIDTH 24
#define BY_ROW        "%-*s %11s %6s %11s %11s %6s %6s\n" /* 80 columns */

const char *stats_share(uint64_t part, uint64_t whole)
{
    static char texts[4][16];
    static unsigned at;
    char *text = texts[at++ % 4];
    double share = whole ? 100 * (double)part / (double)whole : 0;

    if (part && share < 0.05)
        strcpy(text, "<0.1%");
    else
        snprintf(text, sizeof(texts[0]), "%.1f%%", share);
    return text;
}

/* Printable ASCII, `width` columns of it: of a longer one the end, which of a name says most. */
static const char *shown(struct tl_bytes value, size_t width)
{
    static char text[4 * STATS_VALUE_SIZE + 1];
    char *at = text;

    for (size_t i = 0; i < value.size && i < STATS_VALUE_SIZE; i++) {
        if (value.data[i] >= ' ' && value.data[i] < 0x7f)
            *at++ = (char)value.data[i];
        else
            at += sprintf(at, "\\x%02x", value.data[i]);
    }
    *at = '\0';
    size_t size = (size_t)(at - text);
    if (size <= width)
        return size ? text : "(empty)";
    memcpy(at - width, "...", 3);
    return at - width;
}

static void put_row(struct stats_table *table, const char *name, const char *mark, uint64_t count)
{
    char bar[CHART_TEXT_SIZE], number[40];

    chart_bar(count, table->most, BAR_WIDTH, table->is_utf8, bar);
    snprintf(number, sizeof(number), "%s%s", mark, NUMBER(count));
    status_line(&table->part, "%-*s %13s %6s  %s", NAME_WIDTH, name, number, stats_share(count, table->total),
                bar);
}

static void put_rest(struct stats_table *table, size_t count, uint64_t sum)
{
    char name[64];

    snprintf(name, sizeof(name), "%s more", NUMBER(count));
    status_line(&table->part, "%-*s %13s %6s", NAME_WIDTH, name, NUMBER(sum), stats_share(sum, table->total));
}

void stats_table_counts(FILE *to, const char *title, const struct counts *counts, enum field field,
                        size_t most, bool is_utf8)
{
    struct counts_entry entries[COUNTS_MAX];
    size_t count = counts_sort(counts, entries);
    struct stats_table table = {{to, title}, counts->total, count ? entries[0].count : 0, 0, is_utf8};
    char word[FIELD_WORD_SIZE];
    uint64_t rest = counts->total;

    for (size_t i = 0; i < count && i < most; i++) {
        word[field_word_print(field, entries[i].number, word)] = '\0';
        put_row(&table, word, "", entries[i].count);
        rest -= entries[i].count;
    }
    if (count > most)
        put_rest(&table, count - most, rest);
    else if (rest)
        status_line(&table.part, "%-*s %13s %6s", NAME_WIDTH, "numbers that are not listed", NUMBER(rest),
                    stats_share(rest, table.total));
}

/* How wrong they may be. */
static void put_errors(struct stats_table *table, const struct heavy *heavy)
{
    if (table->error)
        status_line(&table->part, "~ at most %s too high; what is missing occurred at most %s times",
                    NUMBER(table->error), NUMBER(heavy_floor(heavy)));
}

/* A row an entry. `thing` SUMMARY_THINGS: their keys are texts. */
static bool put_entries(struct stats_table *table, const struct heavy *heavy, enum summary_thing thing,
                        size_t most)
{
    const struct heavy_entry **entries;
    char memory[STATS_VALUE_SIZE];
    size_t count;

    if (!heavy_sort(heavy, most, &entries, &count))
        return false;
    table->total = heavy_total(heavy);
    table->most = count ? entries[0]->count : 0;
    for (size_t i = 0; i < count; i++) {
        struct tl_bytes key = heavy_key(heavy, entries[i]);
        struct tl_bytes value = thing == SUMMARY_THINGS ? key : stats_thing(thing, key, memory);
        put_row(table, shown(value, NAME_WIDTH), entries[i]->error ? "~" : "", entries[i]->count);
        table->error = entries[i]->error > table->error ? entries[i]->error : table->error;
    }
    free(entries);
    return true;
}

bool stats_table_top(FILE *to, const char *title, const char *note, const struct heavy *heavy,
                     enum summary_thing thing, size_t most, bool is_utf8)
{
    struct stats_table table = {.part = {to, title}, .is_utf8 = is_utf8};

    if (note && heavy_used(heavy))
        status_line(&table.part, "%s", note);
    if (!put_entries(&table, heavy, thing, most))
        return false;
    put_errors(&table, heavy);
    return true;
}

bool stats_table_identities(FILE *to, const struct summary *summary, size_t most, bool is_utf8)
{
    struct stats_table table = {.part = {to, "Servers"}, .is_utf8 = is_utf8};
    const struct heavy *heavy = summary->identities;

    if (!put_entries(&table, heavy, SUMMARY_THINGS, most))
        return false;
    if (heavy_used(heavy) > most)
        status_line(&table.part, "%s more%s", NUMBER(heavy_used(heavy) - most),
                    heavy_floor(heavy) ? ", and others" : "");
    if (summary->nameless && heavy_used(heavy))
        status_line(&table.part, "%-*s %13s", NAME_WIDTH, "no identity", NUMBER(summary->nameless));
    put_errors(&table, heavy);
    return true;
}

/* By a field ------------------------------------------------------------------------------------------- */

static void put_by_row(struct stats_table *table, const struct breakdown *breakdown,
                       const struct heavy_entry *row)
{
    struct field_value value = breakdown_value(breakdown, row);
    char memory[STATS_VALUE_SIZE], number[40];
    const uint64_t *of = row->tallies;

    table->error = row->error > table->error ? row->error : table->error;
    snprintf(number, sizeof(number), "%s%s", row->error ? "~" : "", NUMBER(row->count));
    fprintf(table->part.to, BY_ROW, BY_NAME_WIDTH,
            shown(stats_value(breakdown->field, &value, memory), BY_NAME_WIDTH), number,
            stats_share(row->count, table->total), NUMBER(of[BREAKDOWN_QUERIES]),
            NUMBER(of[BREAKDOWN_RESPONSES]), stats_share(of[BREAKDOWN_NXDOMAIN], of[BREAKDOWN_RESPONSES]),
            stats_share(of[BREAKDOWN_SERVFAIL], of[BREAKDOWN_RESPONSES]));
}

/* What is not in the rows. */
static void put_by_rest(const struct stats_table *table, const struct breakdown *breakdown, size_t most)
{
    const struct heavy *heavy = breakdown->rows;
    FILE *to = table->part.to;

    if (heavy_used(heavy) > most)
        fprintf(to, "%s%s more %s\n", heavy_floor(heavy) ? "at least " : "", NUMBER(heavy_used(heavy) - most),
                status_plural(heavy_used(heavy) - most, "value", "values"));
    if (breakdown->without)
        fprintf(to, "%s without a value\n", NUMBER(breakdown->without));
    if (table->error)
        fprintf(to, "~ at most %s too high; what is missing occurred at most %s times\n",
                NUMBER(table->error), NUMBER(heavy_floor(heavy)));
}

bool stats_table_by(FILE *to, const struct breakdown *breakdown, size_t most)
{
    struct stats_table table = {.part = {to, NULL}, .total = breakdown->records};
    const struct heavy_entry **rows;
    size_t count;

    if (!heavy_sort(breakdown->rows, most, &rows, &count))
        return false;
    putc('\n', to);
    fprintf(to, BY_ROW, BY_NAME_WIDTH, field_describe(breakdown->field)->name, "COUNT", "SHARE", "QUERIES",
            "RESPONSES", "NXDOM", "SERVF");
    for (size_t i = 0; i < count; i++)
        put_by_row(&table, breakdown, rows[i]);
    put_by_rest(&table, breakdown, most);
    free(rows);
    return true;
}
