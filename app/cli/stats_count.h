/* cli/stats_count: what becomes of the records that `tapline stats` reads: paired, filtered, counted. One
 * object is used by one thread; those of several are added up. */
#ifndef CLI_STATS_COUNT_H
#define CLI_STATS_COUNT_H

#include "analysis/breakdown.h"
#include "analysis/summary.h"
#include "cli/stats_options.h"
#include "pair/pair.h"

struct stats_count {
    const struct stats_request *request; /* borrowed */
    struct pairs *pairs;                 /* or NULL */
    struct filter_thread *asking;        /* NULL: all records pass */
    struct look look;                    /* at the record that is counted */
    uint64_t bytes;                      /* of all frames that were read */
    uint64_t given_up, evicted;          /* of parts that were added */
    struct summary *summary;
    struct breakdown by[STATS_BY_MAX];
};

/* One that `takes` records, or only adds up what parts have counted. False without memory; stats_count_done
 * in any case, also of one that is all zero. */
bool stats_count_init(struct stats_count *count, const struct stats_request *request, struct siphash_key key,
                      bool takes);
void stats_count_done(struct stats_count *count);

/* Takes a record, which may be gone afterwards. False without memory. */
bool stats_count_put(struct stats_count *count, struct record *record);

/* No more come. False without memory. */
bool stats_count_finish(struct stats_count *count);

/* Moves what has to be added up in the order of the source. */
void stats_count_settle(struct stats_count *count, struct stats_count *part);

/* Adds what a part has counted, which is finished and settled. False without memory. */
bool stats_count_add(struct stats_count *count, const struct stats_count *part);

#endif
