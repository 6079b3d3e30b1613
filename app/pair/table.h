/* pair/table: the records that wait for their other half, as copies in memory of a fixed size. What it
 * ever needs is allocated at the beginning; putting, finding and taking cost the same however many wait. */
#ifndef PAIR_TABLE_H
#define PAIR_TABLE_H

#include "pair/key.h"
#include "record/record.h"

#define PAIR_NONE UINT32_MAX /* no record */

union pair_cell;
struct pair_bucket;

struct pair_table {
    union pair_cell *cells; /* a record is a chain of them */
    uint32_t cell_count, used;
    uint32_t untouched; /* the first of those that never were used */
    uint32_t free;      /* the first of those that were and are free, or PAIR_NONE */

    struct pair_bucket *buckets;
    uint64_t bucket_mask;

    uint32_t oldest, newest; /* of the records */
    uint32_t without_question;
    uint64_t turns; /* how many were put, ever */

    uint8_t *text; /* where a record is put together again */
    size_t text_size;
    struct record_origin origin;
};

/* `memory` in bytes, of all that is allocated; at least a few kilobytes. False without memory. */
bool pair_table_init(struct pair_table *ret_table, size_t memory);
void pair_table_done(struct pair_table *table);

/* False if the record is so large that it would drive out many: more than an eighth of the memory. */
bool pair_table_fits(const struct pair_table *table, const struct record *record);

/* Is there room for the record, without taking others out? */
bool pair_table_has_room(const struct pair_table *table, const struct record *record);

/* Copies a record for which there is room. `due`: what pair_table_due returns of it. */
void pair_table_put(struct pair_table *table, const struct record *record, const struct pair_key *key,
                    uint64_t due);

/* Of the other halves that go with `key` the one that was put first, or PAIR_NONE. */
uint32_t pair_table_find(const struct pair_table *table, const struct pair_key *key);

/* The one that was put first of all, or PAIR_NONE; and what was said when it was put. */
uint32_t pair_table_oldest(const struct pair_table *table);
uint64_t pair_table_due(const struct pair_table *table, uint32_t place);

/* What was put since `turns` was `since` is due later `by`; looks at those alone. */
void pair_table_postpone(struct pair_table *table, uint64_t since, uint64_t by);

/* Takes one out. The record lives until the next call of this. */
void pair_table_take(struct pair_table *table, uint32_t place, struct record *ret_record);

#endif
