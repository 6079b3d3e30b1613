/* analysis/breakdown: how records are spread over the values of one field of them: a row a value, and what
 * else is known of it. Memory is bounded: the most frequent values stay (analysis/heavy). */
#ifndef ANALYSIS_BREAKDOWN_H
#define ANALYSIS_BREAKDOWN_H

#include "analysis/heavy.h"
#include "record/field.h"
#include "record/siphash.h"

#define BREAKDOWN_ROOM 4096

/* Columns, as tallies of heavy's entries: while the value is an entry. */
enum breakdown_column {
    BREAKDOWN_QUERIES, /* as analysis/summary has them */
    BREAKDOWN_RESPONSES,
    BREAKDOWN_NOERROR, /* responses with this rcode */
    BREAKDOWN_NXDOMAIN,
    BREAKDOWN_SERVFAIL,
    BREAKDOWN_OTHER, /* with any other one */
    BREAKDOWN_COLUMNS
};

/* Of one thread. */
struct breakdown {
    enum field field;
    struct siphash_key key;
    uint64_t records; /* that were added */
    uint64_t without; /* that have no value */
    struct heavy *rows;
    uint8_t *scratch; /* for the text of rdata */
};

/* May records be counted by the field? Not if each has a value of its own: a time, a duration. */
bool breakdown_is_possible(enum field field);

/* False without memory; breakdown_done in any case. */
bool breakdown_init(struct breakdown *breakdown, enum field field, struct siphash_key key);
void breakdown_done(struct breakdown *breakdown);

/* Counts a record: once for each of its different values. */
void breakdown_add(struct breakdown *breakdown, struct look *look);

/* Now `breakdown` is as if all that was added to `from`, which is of the same field and key, had been added
 * to it as well. False without memory; then it is good for nothing. */
bool breakdown_merge(struct breakdown *breakdown, const struct breakdown *from);

/* The value of a row, of any kind but RDATA, whose row is its text. Flags are the whole set. Names are in
 * lower case. It points into the row. */
struct field_value breakdown_value(const struct breakdown *breakdown, const struct heavy_entry *row);

#endif
