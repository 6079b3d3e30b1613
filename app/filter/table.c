/* Open addressing over strings that lie one behind the other. The upper half of a hash is
 * kept, and says where to look. Invariant: at most two thirds of the slots are
 * taken, so that every search comes to an empty one. */
#include "filter/table.h"

#include <stdlib.h>

#define SLOTS_MIN   16
#define STRINGS_MIN 256
#define SIZE_BYTES  2

static uint64_t load(const uint8_t *at, size_t size)
{
    uint64_t word = 0;

    memcpy(&word, at, size);
    return word;
}

/* One to seven bytes, without a loop. */
static uint64_t load_rest(const uint8_t *at, size_t size)
{
    if (size >= 4)
        return load(at, 4) | load(at + size - 4, 4) << 32;
    return at[0] | (uint64_t)at[size / 2] << 8 | (uint64_t)at[size - 1] << 16;
}

static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 29;
}

uint64_t filter_hash(uint64_t hash, struct tl_bytes bytes)
{
    const uint8_t *at = bytes.data;
    size_t left = bytes.size;

    hash ^= bytes.size << 56;
    for (; left >= 8; at += 8, left -= 8)
        hash = mix(hash, load(at, 8));
    return left ? mix(hash, load_rest(at, left)) : hash;
}

static struct tl_bytes string_of(const struct filter_table *table, const struct filter_slot *slot)
{
    const uint8_t *at = table->strings + slot->string - 1;

    return tl_bytes(at + SIZE_BYTES, tl_be16(at));
}

/* The slot where the string is or belongs. */
static size_t find(const struct filter_table *table, struct tl_bytes string, uint64_t hash)
{
    uint32_t part = (uint32_t)(hash >> 32);
    size_t mask = table->slot_count - 1, at = part & mask;

    for (;; at = (at + 1) & mask) {
        const struct filter_slot *slot = &table->slots[at];
        if (!slot->string || (slot->hash == part && tl_bytes_equal(string_of(table, slot), string)))
            return at;
    }
}

bool filter_table_has(const struct filter_table *table, struct tl_bytes string, uint64_t hash)
{
    return table->count && table->slots[find(table, string, hash)].string;
}

static bool grow_slots(struct filter_table *table)
{
    size_t count = table->slot_count ? 2 * table->slot_count : SLOTS_MIN;
    struct filter_slot *slots;

    if (3 * (table->count + 1) <= 2 * table->slot_count)
        return true;
    if (!(slots = calloc(count, sizeof(*slots))))
        return false;
    for (size_t i = 0; i < table->slot_count; i++) {
        struct filter_slot slot = table->slots[i];
        if (!slot.string)
            continue;
        size_t at = slot.hash & (count - 1);
        while (slots[at].string)
            at = (at + 1) & (count - 1);
        slots[at] = slot;
    }
    free(table->slots);
    table->slots = slots;
    table->slot_count = count;
    return true;
}

static bool grow_strings(struct filter_table *table, size_t size)
{
    size_t room = table->strings_room ? table->strings_room : STRINGS_MIN;
    uint8_t *strings;

    while (room - table->strings_size < size)
        room *= 2;
    if (room == table->strings_room)
        return true;
    if (table->strings_size + size >= UINT32_MAX || !(strings = realloc(table->strings, room)))
        return false;
    table->strings = strings;
    table->strings_room = room;
    return true;
}

bool filter_table_add(struct filter_table *table, struct tl_bytes string, uint64_t hash)
{
    if (filter_table_has(table, string, hash))
        return true;
    if (string.size > FILTER_STRING_MAX || !grow_slots(table) ||
        !grow_strings(table, SIZE_BYTES + string.size))
        return false;
    uint8_t *to = table->strings + table->strings_size;
    table->slots[find(table, string, hash)] =
        (struct filter_slot){(uint32_t)(hash >> 32), (uint32_t)table->strings_size + 1};
    to[0] = (uint8_t)(string.size >> 8);
    to[1] = (uint8_t)string.size;
    if (string.size)
        memcpy(to + SIZE_BYTES, string.data, string.size);
    table->strings_size += SIZE_BYTES + string.size;
    table->count++;
    return true;
}

void filter_table_trim(struct filter_table *table)
{
    uint8_t *strings = table->strings_size ? realloc(table->strings, table->strings_size) : NULL;

    if (!strings) /* it stays as large as it is */
        return;
    table->strings = strings;
    table->strings_room = table->strings_size;
}

void filter_table_done(struct filter_table *table)
{
    free(table->strings);
    free(table->slots);
    memset(table, 0, sizeof(*table));
}
