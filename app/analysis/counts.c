/* Numbers and how often each occurred. Invariant: the numbers ascend; the counts and the rest add up to the
 * total. Whatever numbers somebody sends, finding one takes ten steps and the memory stays the same. */
#include "analysis/counts.h"

#include <stdlib.h>
#include <string.h>

/* Where `number` is, or where it would have to be. */
static uint32_t place_of(const struct counts *counts, uint32_t number)
{
    uint32_t low = 0, high = counts->used;

    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (counts->entries[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void add(struct counts *counts, uint32_t number, uint64_t count)
{
    uint32_t at = counts->last;

    counts->total += count;
    if (at >= counts->used || counts->entries[at].number != number)
        at = place_of(counts, number);
    if (at == counts->used || counts->entries[at].number != number) {
        if (counts->used == COUNTS_MAX) {
            counts->rest += count;
            return;
        }
        memmove(&counts->entries[at + 1], &counts->entries[at],
                (counts->used - at) * sizeof(counts->entries[0]));
        counts->entries[at] = (struct counts_entry){.number = number};
        counts->used++;
    }
    counts->entries[at].count += count;
    counts->last = at;
}

void counts_add(struct counts *counts, uint32_t number)
{
    add(counts, number, 1);
}

void counts_merge(struct counts *counts, const struct counts *from)
{
    for (uint32_t i = 0; i < from->used; i++)
        add(counts, from->entries[i].number, from->entries[i].count);
    counts->total += from->rest;
    counts->rest += from->rest;
}

uint64_t counts_of(const struct counts *counts, uint32_t number)
{
    uint32_t at = place_of(counts, number);

    return at < counts->used && counts->entries[at].number == number ? counts->entries[at].count : 0;
}

static int compare(const void *a, const void *b)
{
    const struct counts_entry *left = a, *right = b;

    if (left->count != right->count)
        return left->count < right->count ? 1 : -1;
    return (left->number > right->number) - (left->number < right->number);
}

size_t counts_sort(const struct counts *counts, struct counts_entry ret_entries[COUNTS_MAX])
{
    memcpy(ret_entries, counts->entries, counts->used * sizeof(counts->entries[0]));
    qsort(ret_entries, counts->used, sizeof(ret_entries[0]), compare);
    return counts->used;
}
