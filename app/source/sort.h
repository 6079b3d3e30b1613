/* source/sort: items in the order of their times, as far as a bounded window of copies reaches. */
#ifndef SOURCE_SORT_H
#define SOURCE_SORT_H

#include "source/source.h"

#define SORT_SIZE ((size_t)64 << 20) /* bytes that the window holds */

struct sort;

/* NULL without memory. `size`: bytes of copies, what is around them included; 0: SORT_SIZE. */
struct sort *sort_new(size_t size);
void sort_free(struct sort *sort);

/* Adds a copy of the frame. Frames of the same time keep their order. False without memory. */
bool sort_put(struct sort *sort, const struct source_item *item, struct tl_time time);

/* Is there more in the window than it shall hold? Then the first one is due. */
bool sort_is_full(const struct sort *sort);

/* Takes out the first one; it lives until the next call of this. False if there is none. */
bool sort_take(struct sort *sort, struct source_item *ret_item);

/* How many were put when a later one had been taken out already: they stand too late in the order. */
uint64_t sort_late(const struct sort *sort);

#endif
