/* cli/stats_table: the tables in the text of `tapline stats`: rows of a value, how often, which share, a bar.
 */
#ifndef CLI_STATS_TABLE_H
#define CLI_STATS_TABLE_H

#include "cli/stats_print.h"
#include "cli/status_part.h"

struct stats_table {
    struct status_part part;
    uint64_t total; /* what a share is of */
    uint64_t most;  /* the longest bar */
    uint64_t error; /* the largest one of the rows */
    bool is_utf8;
};

/* Of numbers that have words: the first `most`, and how much the rest is. */
void stats_table_counts(FILE *to, const char *title, const struct counts *counts, enum field field,
                        size_t most, bool is_utf8);

/* Of names, domains or addresses. `note` (or NULL) stands above them. False without memory. */
bool stats_table_top(FILE *to, const char *title, const char *note, const struct heavy *heavy,
                     enum summary_thing thing, size_t most, bool is_utf8);

/* Of identities. False without memory. */
bool stats_table_identities(FILE *to, const struct summary *summary, size_t most, bool is_utf8);

/* Of the values of a field, with what else is known of them. False without memory. */
bool stats_table_by(FILE *to, const struct breakdown *breakdown, size_t most);

/* "48.5%", "<0.1%". Static memory, until the fourth call from now on. */
const char *stats_share(uint64_t part, uint64_t whole);

#endif
