/* The most frequent keys. Entries of the same count are in one bucket, and the buckets are a list by
 * ascending count; so adding, and finding who has to make room, take a few steps whatever comes. Keys are
 * found by a table of entry numbers with open addressing.
 *
 * Invariant: every entry is in the bucket of its count; a bucket has an entry or is free; no key that is no
 * entry has occurred more often than `floor`, and no entry has a count below it. */
#include "analysis/heavy.h"

#include <stdlib.h>
#include <string.h>

#define NONE UINT16_MAX

/* An entry's place in its bucket. */
struct link {
    uint16_t bucket, before, behind;
};

struct bucket {
    uint64_t count;
    uint16_t first;         /* entry */
    uint16_t lower, higher; /* buckets; of a free one `higher` is the next free one */
};

/* A place in the table: an entry's number (NONE: empty), and of its hash what says where it would like to be,
 * so that one is not looked at in vain. */
struct place {
    uint32_t tag;
    uint32_t number;
};

struct heavy {
    uint32_t room, key_max, used;
    uint32_t mask; /* of `places` */
    uint64_t total, floor;
    uint16_t lowest, free_bucket;
    struct heavy_entry *entries;
    struct link *links;
    struct bucket *buckets;
    struct place *places; /* of entries by their hashes */
    uint8_t *keys;        /* key_max bytes an entry */
};

static void clear(struct heavy *heavy)
{
    heavy->used = 0;
    heavy->lowest = NONE;
    for (uint32_t i = 0; i <= heavy->mask; i++)
        heavy->places[i].number = NONE;
    for (uint32_t i = 0; i < heavy->room; i++)
        heavy->buckets[i].higher = (uint16_t)(i + 1 < heavy->room ? i + 1 : NONE);
    heavy->free_bucket = 0;
}

struct heavy *heavy_new(uint32_t room, uint32_t key_max)
{
    struct heavy *heavy = calloc(1, sizeof(*heavy));
    uint32_t places = 4;

    if (!heavy)
        return NULL;
    while (places < 2 * room)
        places *= 2;
    heavy->room = room;
    heavy->key_max = key_max;
    heavy->mask = places - 1;
    heavy->entries = malloc(room * sizeof(heavy->entries[0]));
    heavy->links = malloc(room * sizeof(heavy->links[0]));
    heavy->buckets = malloc(room * sizeof(heavy->buckets[0]));
    heavy->places = malloc(places * sizeof(heavy->places[0]));
    heavy->keys = malloc((size_t)room * key_max);
    if (!heavy->entries || !heavy->links || !heavy->buckets || !heavy->places || !heavy->keys) {
        heavy_free(heavy);
        return NULL;
    }
    clear(heavy);
    return heavy;
}

void heavy_free(struct heavy *heavy)
{
    if (!heavy)
        return;
    free(heavy->entries);
    free(heavy->links);
    free(heavy->buckets);
    free(heavy->places);
    free(heavy->keys);
    free(heavy);
}

/* Finding ---------------------------------------------------------------------------------------------- */

static size_t kept_size(const struct heavy *heavy, size_t size)
{
    return size < heavy->key_max ? size : heavy->key_max;
}

static uint8_t *key_at(const struct heavy *heavy, uint32_t number)
{
    return heavy->keys + (size_t)number * heavy->key_max;
}

static bool is_key(const struct heavy *heavy, uint32_t number, uint64_t hash, struct tl_bytes key)
{
    const struct heavy_entry *entry = &heavy->entries[number];

    return entry->hash == hash && entry->whole_size == (uint32_t)key.size &&
           (!key.size || memcmp(key_at(heavy, number), key.data, kept_size(heavy, key.size)) == 0);
}

/* Where the key is in `places`, or the empty place where it would have to be. */
static uint32_t find(const struct heavy *heavy, uint64_t hash, struct tl_bytes key)
{
    uint32_t tag = (uint32_t)hash, at = tag & heavy->mask;

    while (heavy->places[at].number != NONE &&
           (heavy->places[at].tag != tag || !is_key(heavy, heavy->places[at].number, hash, key)))
        at = (at + 1) & heavy->mask;
    return at;
}

/* Empties a place, and moves up those behind it that would not be found any more. */
static void empty_place(struct heavy *heavy, uint32_t at)
{
    uint32_t next = at;

    for (;;) {
        next = (next + 1) & heavy->mask;
        if (heavy->places[next].number == NONE)
            break;
        uint32_t home = heavy->places[next].tag & heavy->mask;
        if (((next - home) & heavy->mask) >= ((next - at) & heavy->mask)) {
            heavy->places[at] = heavy->places[next];
            at = next;
        }
    }
    heavy->places[at].number = NONE;
}

/* Buckets ---------------------------------------------------------------------------------------------- */

/* A new one for `count`, above the bucket `lower` (NONE: the lowest). */
static uint16_t open_bucket(struct heavy *heavy, uint64_t count, uint16_t lower)
{
    uint16_t number = heavy->free_bucket;
    uint16_t higher = lower == NONE ? heavy->lowest : heavy->buckets[lower].higher;

    heavy->free_bucket = heavy->buckets[number].higher;
    heavy->buckets[number] = (struct bucket){count, NONE, lower, higher};
    if (lower == NONE)
        heavy->lowest = number;
    else
        heavy->buckets[lower].higher = number;
    if (higher != NONE)
        heavy->buckets[higher].lower = number;
    return number;
}

static void close_bucket(struct heavy *heavy, uint16_t number)
{
    struct bucket *bucket = &heavy->buckets[number];

    if (bucket->lower == NONE)
        heavy->lowest = bucket->higher;
    else
        heavy->buckets[bucket->lower].higher = bucket->higher;
    if (bucket->higher != NONE)
        heavy->buckets[bucket->higher].lower = bucket->lower;
    bucket->higher = heavy->free_bucket;
    heavy->free_bucket = number;
}

static void put_into(struct heavy *heavy, uint16_t number, uint16_t bucket)
{
    uint16_t first = heavy->buckets[bucket].first;

    heavy->links[number] = (struct link){bucket, NONE, first};
    if (first != NONE)
        heavy->links[first].before = number;
    heavy->buckets[bucket].first = number;
}

static void take_out(struct heavy *heavy, uint16_t number)
{
    const struct link *link = &heavy->links[number];

    if (link->before == NONE)
        heavy->buckets[link->bucket].first = link->behind;
    else
        heavy->links[link->before].behind = link->behind;
    if (link->behind != NONE)
        heavy->links[link->behind].before = link->before;
}

/* One more: into the next bucket, if that is the one; one that is alone takes its bucket along. */
static void raise(struct heavy *heavy, uint16_t number)
{
    uint16_t bucket = heavy->links[number].bucket, higher = heavy->buckets[bucket].higher;
    uint64_t count = ++heavy->entries[number].count;
    bool is_alone = heavy->links[number].before == NONE && heavy->links[number].behind == NONE;
    bool is_there = higher != NONE && heavy->buckets[higher].count == count;

    if (is_alone && !is_there) {
        heavy->buckets[bucket].count = count;
        return;
    }
    take_out(heavy, number);
    put_into(heavy, number, is_there ? higher : open_bucket(heavy, count, bucket));
    if (is_alone)
        close_bucket(heavy, bucket);
}

/* The bucket of `count`, not far above `lower` (NONE: the lowest). */
static uint16_t bucket_of(struct heavy *heavy, uint64_t count, uint16_t lower)
{
    uint16_t next = lower == NONE ? heavy->lowest : heavy->buckets[lower].higher;

    while (next != NONE && heavy->buckets[next].count < count) {
        lower = next;
        next = heavy->buckets[next].higher;
    }
    if (next != NONE && heavy->buckets[next].count == count)
        return next;
    return open_bucket(heavy, count, lower);
}

/* Adding ----------------------------------------------------------------------------------------------- */

static void set_key(struct heavy *heavy, uint16_t number, uint64_t hash, struct tl_bytes key)
{
    heavy->entries[number] = (struct heavy_entry){.hash = hash, .whole_size = (uint32_t)key.size};
    if (key.size)
        memcpy(key_at(heavy, number), key.data, kept_size(heavy, key.size));
}

/* Who has the lowest count makes room. Returns its number. */
static uint16_t evict(struct heavy *heavy)
{
    const struct bucket *lowest = &heavy->buckets[heavy->lowest];
    uint16_t number = lowest->first;
    uint32_t at = (uint32_t)heavy->entries[number].hash & heavy->mask;

    heavy->floor = lowest->count;
    while (heavy->places[at].number != number)
        at = (at + 1) & heavy->mask;
    empty_place(heavy, at);
    return number;
}

/* It may have occurred before as often as `floor` says. */
static uint16_t begin(struct heavy *heavy, uint64_t hash, struct tl_bytes key)
{
    bool is_full = heavy->used == heavy->room;
    uint16_t number = is_full ? evict(heavy) : (uint16_t)heavy->used++;
    uint64_t floor = heavy->floor;

    set_key(heavy, number, hash, key);
    heavy->entries[number].error = floor;
    heavy->entries[number].count = floor;
    if (is_full) {
        raise(heavy, number);
    } else {
        heavy->entries[number].count++;
        put_into(heavy, number, bucket_of(heavy, floor + 1, NONE));
    }
    heavy->places[find(heavy, hash, key)] = (struct place){(uint32_t)hash, number};
    return number;
}

struct heavy_entry *heavy_add(struct heavy *heavy, uint64_t hash, struct tl_bytes key)
{
    uint16_t number = (uint16_t)heavy->places[find(heavy, hash, key)].number;

    heavy->total++;
    if (number != NONE)
        raise(heavy, number);
    else
        number = begin(heavy, hash, key);
    return &heavy->entries[number];
}

/* Merging ---------------------------------------------------------------------------------------------- */

/* An entry of the union, and whose key it has. */
struct candidate {
    struct heavy_entry entry;
    const uint8_t *key;
};

/* By falling counts; then surer ones first, then by key. */
static int compare(const struct heavy_entry *a, const uint8_t *a_key, const struct heavy_entry *b,
                   const uint8_t *b_key, size_t key_max)
{
    size_t size = a->whole_size < b->whole_size ? a->whole_size : b->whole_size;

    if (a->count != b->count)
        return a->count < b->count ? 1 : -1;
    if (a->error != b->error)
        return a->error > b->error ? 1 : -1;
    int by_key = memcmp(a_key, b_key, size < key_max ? size : key_max);
    if (by_key)
        return by_key;
    if (a->whole_size != b->whole_size)
        return a->whole_size < b->whole_size ? -1 : 1;
    return (a->hash > b->hash) - (a->hash < b->hash);
}

static int compare_candidates(const void *a, const void *b, void *heavy)
{
    const struct candidate *left = a, *right = b;
    return compare(&left->entry, left->key, &right->entry, right->key, ((struct heavy *)heavy)->key_max);
}

/* What is an entry of one of them alone may have occurred in the other as often as that one's floor says. */
static size_t unite(const struct heavy *heavy, const struct heavy *from, struct candidate *ret_candidates)
{
    size_t count = heavy->used;

    for (uint32_t i = 0; i < heavy->used; i++) {
        struct candidate *candidate = &ret_candidates[i];
        *candidate = (struct candidate){heavy->entries[i], key_at(heavy, i)};
        candidate->entry.count += from->floor;
        candidate->entry.error += from->floor;
    }
    for (uint32_t i = 0; i < from->used; i++) {
        const struct heavy_entry *entry = &from->entries[i];
        struct tl_bytes key = {key_at(from, i), entry->whole_size};
        uint32_t number = heavy->places[find(heavy, entry->hash, key)].number;
        struct heavy_entry *to;
        if (number == NONE) {
            ret_candidates[count] = (struct candidate){*entry, key.data};
            to = &ret_candidates[count++].entry;
            to->count += heavy->floor;
            to->error += heavy->floor;
            continue;
        }
        to = &ret_candidates[number].entry;
        to->count += entry->count - from->floor;
        to->error += entry->error - from->floor;
        for (int j = 0; j < HEAVY_TALLIES; j++)
            to->tallies[j] += entry->tallies[j];
    }
    return count;
}

/* Fills an empty object with as many as it has room for; `keys` is its memory for them. */
static void fill(struct heavy *heavy, const struct candidate *candidates, size_t count, uint8_t *keys)
{
    uint16_t bucket = NONE;

    for (size_t i = count; i--;) { /* by ascending counts */
        const struct candidate *candidate = &candidates[i];
        uint16_t number = (uint16_t)heavy->used++;
        size_t size = kept_size(heavy, candidate->entry.whole_size);
        memcpy(keys + (size_t)number * heavy->key_max, candidate->key, size);
        heavy->entries[number] = candidate->entry;
        if (bucket == NONE || heavy->buckets[bucket].count != candidate->entry.count)
            bucket = open_bucket(heavy, candidate->entry.count, bucket);
        put_into(heavy, number, bucket);
        uint32_t at = (uint32_t)candidate->entry.hash & heavy->mask;
        while (heavy->places[at].number != NONE)
            at = (at + 1) & heavy->mask;
        heavy->places[at] = (struct place){(uint32_t)candidate->entry.hash, number};
    }
}

bool heavy_merge(struct heavy *heavy, const struct heavy *from)
{
    size_t most = (size_t)heavy->used + from->used;
    struct candidate *candidates = malloc((most + 1) * sizeof(*candidates));
    uint8_t *keys = malloc((size_t)heavy->room * heavy->key_max);

    if (!candidates || !keys) {
        free(candidates);
        free(keys);
        return false;
    }
    size_t count = unite(heavy, from, candidates);
    qsort_r(candidates, count, sizeof(candidates[0]), compare_candidates, heavy);
    heavy->total += from->total;
    heavy->floor += from->floor;
    if (count > heavy->room) {
        if (candidates[heavy->room].entry.count > heavy->floor)
            heavy->floor = candidates[heavy->room].entry.count;
        count = heavy->room;
    }
    clear(heavy);
    fill(heavy, candidates, count, keys);
    free(heavy->keys);
    heavy->keys = keys;
    free(candidates);
    return true;
}

/* Asking ----------------------------------------------------------------------------------------------- */

uint64_t heavy_total(const struct heavy *heavy)
{
    return heavy->total;
}

uint32_t heavy_used(const struct heavy *heavy)
{
    return heavy->used;
}

uint64_t heavy_floor(const struct heavy *heavy)
{
    return heavy->floor;
}

struct tl_bytes heavy_key(const struct heavy *heavy, const struct heavy_entry *entry)
{
    return tl_bytes(key_at(heavy, (uint32_t)(entry - heavy->entries)), kept_size(heavy, entry->whole_size));
}

static int compare_entries(const void *a, const void *b, void *context)
{
    const struct heavy *heavy = context;
    const struct heavy_entry *left = *(const struct heavy_entry *const *)a;
    const struct heavy_entry *right = *(const struct heavy_entry *const *)b;

    return compare(left, heavy_key(heavy, left).data, right, heavy_key(heavy, right).data, heavy->key_max);
}

bool heavy_sort(const struct heavy *heavy, size_t most, const struct heavy_entry ***ret_entries,
                size_t *ret_count)
{
    const struct heavy_entry **entries = malloc(((size_t)heavy->used + 1) * sizeof(*entries));

    if (!entries)
        return false;
    for (uint32_t i = 0; i < heavy->used; i++)
        entries[i] = &heavy->entries[i];
    qsort_r(entries, heavy->used, sizeof(*entries), compare_entries, (void *)(uintptr_t)heavy);
    *ret_entries = entries;
    *ret_count = heavy->used < most ? heavy->used : most;
    return true;
}
