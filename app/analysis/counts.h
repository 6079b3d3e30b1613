/* analysis/counts: how often each number occurred, for sets that are small: message types, query types,
 * rcodes. Exact for the first COUNTS_MAX different numbers; what comes beyond them is one sum. */
#ifndef ANALYSIS_COUNTS_H
#define ANALYSIS_COUNTS_H

#include <stddef.h>
#include <stdint.h>

#define COUNTS_MAX 1024

struct counts_entry {
    uint64_t count;
    uint32_t number;
};

/* Of one thread. All zero: empty. */
struct counts {
    uint64_t total;
    uint64_t rest; /* of `total`: of numbers that found no place */
    uint32_t used;
    uint32_t last;                           /* where the number was that came last */
    struct counts_entry entries[COUNTS_MAX]; /* by number, ascending */
};

void counts_add(struct counts *counts, uint32_t number);

/* Now `counts` is as if all that was added to `from` had been added to it as well; only which numbers find no
 * place may be others. */
void counts_merge(struct counts *counts, const struct counts *from);

/* How often `number` occurred. */
uint64_t counts_of(const struct counts *counts, uint32_t number);

/* The entries, the most frequent first, of equal ones the smaller number. Returns how many. */
size_t counts_sort(const struct counts *counts, struct counts_entry ret_entries[COUNTS_MAX]);

#endif
