/* cli/stats_print: what `tapline stats` has counted, as text or as JSON, and how its values are written. */
#ifndef CLI_STATS_PRINT_H
#define CLI_STATS_PRINT_H

#include "cli/report.h"
#include "cli/stats_count.h"
#include "cli/stats_losses.h"

#include <stdio.h>

/* Everything there is to tell. */
struct stats_result {
    const struct stats_request *request;
    struct stats_count *count;   /* of all; its series is sorted */
    const struct report *report; /* of what was not counted */
    const struct stats_losses *losses;
    bool is_interrupted;
};

/* To a terminal or a file, at most 80 columns. False without memory. */
bool stats_print_text(FILE *to, const struct stats_result *result);

/* One object and a line feed. False without memory. */
bool stats_print_json(FILE *to, const struct stats_result *result);

/* The text of a value of a field: printable ASCII but for TEXT and RDATA, which are their bytes. In `memory`
 * or where it was. */
#define STATS_VALUE_SIZE TL_DNS_NAME_TEXT_SIZE
struct tl_bytes stats_value(enum field field, const struct field_value *value, char memory[STATS_VALUE_SIZE]);

/* The text of a name, domain or address of analysis/summary. */
struct tl_bytes stats_thing(enum summary_thing thing, struct tl_bytes key, char memory[STATS_VALUE_SIZE]);

#endif
