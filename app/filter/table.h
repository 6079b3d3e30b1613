/* filter/table: a set of byte strings that only grows, for a million of them. Who uses it brings the
 * hashes, so that those of a name's suffixes can be had one from the other. */
#ifndef FILTER_TABLE_H
#define FILTER_TABLE_H

#include <tapline/core.h>

#define FILTER_STRING_MAX UINT16_MAX

struct filter_slot {
    uint32_t hash;
    uint32_t string; /* where it begins in `strings`, plus 1; 0: empty */
};

/* All zero: empty. A string takes its bytes and 2, and 12 to 24 bytes of slots. */
struct filter_table {
    uint8_t *strings; /* owned: of each its size, 2 bytes, and itself */
    size_t strings_size, strings_room;
    struct filter_slot *slots; /* owned; a power of two of them, or NULL */
    size_t slot_count, count;
};

/* Adds what is not there yet; at most FILTER_STRING_MAX bytes. False without memory, and above 4 GiB of
 * strings: the table is as it was. */
bool filter_table_add(struct filter_table *table, struct tl_bytes string, uint64_t hash);
bool filter_table_has(const struct filter_table *table, struct tl_bytes string, uint64_t hash);

/* Gives back the memory that strings still to come would have had. */
void filter_table_trim(struct filter_table *table);
void filter_table_done(struct filter_table *table);

/* Hash of `bytes` behind what `hash` stands for. */
uint64_t filter_hash(uint64_t hash, struct tl_bytes bytes);

#endif
