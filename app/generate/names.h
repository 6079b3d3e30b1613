/* generate/names: the names that are asked for again and again, by rank: made up, or from a file. */
#ifndef GENERATE_NAMES_H
#define GENERATE_NAMES_H

#include "generate/name.h"

#include <stdbool.h>
#include <stddef.h>

#define NAMES_MADE_UP   100000
#define NAMES_COUNT_MAX (1u << 24)

/* A name as it is kept: eight bytes and the wire form. */
struct names_entry {
    uint32_t offset;
    uint8_t size, zone, traits;
};

struct names {
    uint64_t seed;
    uint32_t count;
    struct names_entry *entries;
    uint8_t *wire;
    size_t wire_size;
};

/* `count` different names of the made-up Internet of `seed`. False without memory. */
bool names_make_up(struct names *names, uint64_t seed, uint32_t count);

/* The names of a file, one a line, the most asked for first; what follows a blank or a comma, empty lines and
 * those that begin with '#' are passed over, and so are repetitions and what is behind the first
 * NAMES_COUNT_MAX. False: `ret_text` says why, without the path. */
#define NAMES_TEXT_SIZE 256
bool names_read(struct names *names, uint64_t seed, const char *path, char ret_text[NAMES_TEXT_SIZE]);

void names_done(struct names *names);

static inline struct name names_at(const struct names *names, uint32_t rank)
{
    const struct names_entry *entry = &names->entries[rank];

    return (struct name){names->wire + entry->offset, entry->size, entry->zone, entry->traits,
                         names->seed ^ (uint64_t)rank << 20};
}

#endif
