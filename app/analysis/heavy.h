/* analysis/heavy: which of very many things occur most often, in bounded memory. Space-Saving: Metwally,
 * Agrawal, El Abbadi, "Efficient computation of frequent and top-k elements in data streams" (2005); merged
 * as in Agarwal et al., "Mergeable summaries" (2012).
 *
 * Of n occurrences and `room` entries: a count is never too low, and too high by at most the entry's `error`,
 * which is at most n / room; what occurred more often than heavy_floor (at most n / room) is among the
 * entries. As long as there were no more different things than entries, all counts are exact. */
#ifndef ANALYSIS_HEAVY_H
#define ANALYSIS_HEAVY_H

#include <tapline/core.h>

#define HEAVY_KEY_MAX  255
#define HEAVY_ROOM_MAX 65534u
#define HEAVY_TALLIES  6

struct heavy_entry {
    uint64_t hash;
    uint64_t count, error;
    uint32_t whole_size; /* of the key; if it is above key_max, the end of it is not kept */

    /* What else is counted of it; only while it is an entry, so of `count` - `error` occurrences. */
    uint64_t tallies[HEAVY_TALLIES];
};

struct heavy;

/* An object for `room` entries, 1 to HEAVY_ROOM_MAX, of keys of which at most `key_max` (up to HEAVY_KEY_MAX)
 * bytes are kept. NULL without memory; nothing is allocated later, but by heavy_merge and heavy_sort. Of one
 * thread. */
struct heavy *heavy_new(uint32_t room, uint32_t key_max);
void heavy_free(struct heavy *heavy);

/* `key`, which has this hash, occurred. The hash is that of all of the key, and of a secret key, so that
 * nobody can choose keys of the same hash. Returns its entry, for the tallies; valid until the next call. */
struct heavy_entry *heavy_add(struct heavy *heavy, uint64_t hash, struct tl_bytes key);

/* Now `heavy` is as if what was added to `from`, which has the same key_max and hashes of the same key, had
 * been added to it as well; errors add up. False without memory: then nothing has happened. */
bool heavy_merge(struct heavy *heavy, const struct heavy *from);

/* How many occurrences there were; how many entries there are; how often, at most, something occurred that is
 * no entry (0: all that occurred are entries, and their counts are exact). */
uint64_t heavy_total(const struct heavy *heavy);
uint32_t heavy_used(const struct heavy *heavy);
uint64_t heavy_floor(const struct heavy *heavy);

/* The key of an entry, as much of it as is kept. */
struct tl_bytes heavy_key(const struct heavy *heavy, const struct heavy_entry *entry);

/* The first `most` entries by count; of equal ones the surer, then by key. `*ret_entries` is an array, to be
 * freed, of what lives until the next heavy_add; `*ret_count` its length. False without memory. */
bool heavy_sort(const struct heavy *heavy, size_t most, const struct heavy_entry ***ret_entries,
                size_t *ret_count);

#endif
