/* pair/pair: queries and the responses to them, brought together. A bounded table of halves that wait for
 * the other one, keyed by the kind of message, identity, asker, message ID and question; server, ports and
 * protocol must be the same as far as both halves name them.
 *
 * A half waits, whichever came first, for frames are not in the order of time (each thread of a server has a
 * queue of its own). An exchange comes out when its second half is put; what has waited for too long comes
 * out alone, the oldest first. If the same was asked several times, a response belongs to the query that was
 * put first.
 *
 * How long something has waited is measured by the records' own times: each that is later than the latest one
 * moves the clock on by the difference, but never by more than an eighth of the wait, so that one wrong time
 * cannot make much of what waits due. A time that is farther than the wait from the latest, before or behind
 * it, counts for nothing, unless 16 such come in a row: then the records are of another time now (a pause, or
 * the next file), and what had waited is due if that time is a later one. */
#ifndef PAIR_PAIR_H
#define PAIR_PAIR_H

#include "record/record.h"

#define PAIR_MEMORY  ((size_t)64 << 20) /* bytes of copies */
#define PAIR_WAIT_MS 30000u             /* by the records' own times */

struct pairs;

/* 0: the defaults above. NULL without memory; all that is ever needed is allocated here. One thread at a
 * time. */
struct pairs *pairs_new(size_t memory, uint64_t wait_ms);
void pairs_free(struct pairs *pairs);

/* Gives a record. Then take what has come of it and of those before with pairs_next, until that is false: so
 * long the record must live, with what it points to. If it waits after that, it is a copy that does; its
 * frame is decoded again then. */
void pairs_put(struct pairs *pairs, const struct record *record);

/* No more come: everything that waits is now due. */
void pairs_finish(struct pairs *pairs);

/* The next exchange: `pair` (record/record.h) says what it is. One that was answered is the response - its
 * type, frame, offset and origin - with those fields of the query that the response does not have. A response
 * without a query of its own is answered all the same if it carries the query's time or message; one that
 * belongs to nothing stays RECORD_NOT_PAIRED. Valid until the next call. */
bool pairs_next(struct pairs *pairs, struct record *ret_record);

struct pairs_counts {
    uint64_t answered, unanswered, unasked;
    uint64_t whole;   /* of `answered`: one frame said both, and there was no other */
    uint64_t alone;   /* no DNS message that says what it belongs to: passed on as they are */
    uint64_t evicted; /* of those that came out without the other half: given up for want of memory, not of
                         time */
};
struct pairs_counts pairs_counts(const struct pairs *pairs);

#endif
