/* record/pair: queries and the responses to them, brought together. A bounded table of queries that wait;
 * keyed by addresses, ports, protocol, message ID and question, and by the kind of message (AUTH, RESOLVER,
 * CLIENT, ...). */
#ifndef RECORD_PAIR_H
#define RECORD_PAIR_H

#include "record/record.h"

#define PAIR_MEMORY  ((size_t)64 << 20) /* bytes of copies */
#define PAIR_WAIT_MS 30000u             /* by the records' own times */

struct pairs;

/* 0: the defaults above. NULL without memory. One thread at a time. */
struct pairs *pairs_new(size_t memory, uint64_t wait_ms);
void pairs_free(struct pairs *pairs);

/* Gives a record (copied). Then take what has come of it and of those before with pairs_next, until that is
 * false. */
void pairs_put(struct pairs *pairs, const struct record *record);

/* No more come: everything that waits is now due. */
void pairs_finish(struct pairs *pairs);

/* The next exchange: `pair` (record/record.h) says what it is. One that was answered has the fields of both:
 * those of the response, and of the query what the response does not have. Valid until the next call. */
bool pairs_next(struct pairs *pairs, struct record *ret_record);

struct pairs_counts {
    uint64_t answered, unanswered, unasked;
    uint64_t alone;   /* no DNS message that says what it belongs to: passed on as they are */
    uint64_t evicted; /* of `unanswered`: given up for want of memory, not of time */
};
struct pairs_counts pairs_counts(const struct pairs *pairs);

#endif
