/* Owners and their sets, found again. A section of few owners is searched from the last one; of many, by
 * hash: a message of thousands of records must not cost the square of their number, and the seed keeps its
 * sender from choosing names that collide. Invariant: owners, and the sets of each, are linked in the order
 * of their first records. */
#include "print/bind_message.h"

#include <stdlib.h>

#define SEARCHED  8u /* as many are searched one by one */
#define SLOTS_MIN 64u

static inline uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

bool bind_names_equal(struct tl_bytes wire, size_t a, size_t b)
{
    const uint8_t *data = wire.data;

    for (;;) {
        a = bind_behind_pointers(data, a);
        b = bind_behind_pointers(data, b);
        if (a == b)
            return true;
        unsigned size = data[a];
        if (data[b] != size)
            return false;
        if (size == 0)
            return true;
        for (unsigned i = 1; i <= size; i++) {
            if (data[a + i] != data[b + i] && lower(data[a + i]) != lower(data[b + i]))
                return false;
        }
        a += size + 1;
        b += size + 1;
    }
}

static inline uint64_t mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 29;
}

static uint64_t hash_name(const struct bind_message *message, size_t at)
{
    const uint8_t *data = message->dns.wire.data;
    uint64_t hash = message->seed;

    for (;;) {
        at = bind_behind_pointers(data, at);
        unsigned size = data[at];
        hash = mix(hash, size);
        if (size == 0)
            return mix(hash, message->seed);
        for (unsigned i = 1; i <= size; i++)
            hash = mix(hash, lower(data[at + i]));
        at += size + 1;
    }
}

static uint64_t hash_set(const struct bind_message *message, const struct bind_set *set)
{
    uint64_t hash = mix(message->seed, set->owner);
    return mix(mix(hash, (uint64_t)set->type << 32 | (uint32_t)set->rclass << 16 | set->covers), hash);
}

void bind_group_begin(struct bind_message *message)
{
    message->first_owner = message->owner_count;
    message->first_set = message->set_count;
    message->owner_index.mask = message->set_index.mask = 0;
}

/* Room for one more of `count` things of `size` bytes. */
static bool grow(void *array, uint32_t count, uint32_t *capacity, size_t size)
{
    void **memory = array;
    uint32_t wanted = *capacity ? *capacity * 2 : 64;

    if (__builtin_expect(count < *capacity, 1))
        return true;
    void *larger = realloc(*memory, wanted * size);
    if (!larger)
        return false;
    *memory = larger;
    *capacity = wanted;
    return true;
}

uint32_t bind_new_rr(struct bind_message *message)
{
    if (!grow(&message->rrs, message->rr_count, &message->rr_capacity, sizeof(*message->rrs)))
        return BIND_NONE;
    return message->rr_count++;
}

static uint32_t *free_slot(struct bind_index *index, uint64_t hash)
{
    size_t at = hash & index->mask;

    while (index->slots[at] != BIND_NONE)
        at = (at + 1) & index->mask;
    return &index->slots[at];
}

/* Empties the index and makes it large enough for twice as many as `count`. */
static bool clear_index(struct bind_index *index, size_t count)
{
    size_t slots = SLOTS_MIN;

    while (slots < 4 * count)
        slots *= 2;
    if (slots > index->capacity) {
        uint32_t *larger = realloc(index->slots, slots * sizeof(*larger));
        if (!larger)
            return false;
        index->slots = larger;
        index->capacity = slots;
    }
    memset(index->slots, 0xff, slots * sizeof(*index->slots));
    index->mask = slots - 1;
    return true;
}

static bool is_full(const struct bind_index *index, size_t count)
{
    return index->mask + 1 < 2 * count;
}

static bool index_owners(struct bind_message *message)
{
    if (!clear_index(&message->owner_index, message->owner_count - message->first_owner + 1))
        return false;
    for (uint32_t i = message->first_owner; i < message->owner_count; i++) {
        struct bind_owner *owner = &message->owners[i];
        owner->hash = hash_name(message, owner->start);
        *free_slot(&message->owner_index, owner->hash) = i;
    }
    return true;
}

static uint32_t new_owner(struct bind_message *message, size_t offset, size_t start, uint64_t hash)
{
    if (!grow(&message->owners, message->owner_count, &message->owner_capacity, sizeof(*message->owners)))
        return BIND_NONE;
    message->owners[message->owner_count] = (struct bind_owner){offset, start, BIND_NONE, BIND_NONE, 0, hash};
    return message->owner_count++;
}

/* The same among many. */
static __attribute__((noinline)) uint32_t indexed_owner(struct bind_message *message, size_t offset,
                                                        size_t start)
{
    struct bind_index *index = &message->owner_index;
    uint64_t hash = hash_name(message, start);
    uint32_t number;

    if (is_full(index, message->owner_count - message->first_owner + 1) && !index_owners(message))
        return BIND_NONE;
    for (size_t at = hash & index->mask; (number = index->slots[at]) != BIND_NONE;
         at = (at + 1) & index->mask) {
        const struct bind_owner *owner = &message->owners[number];
        if (owner->hash == hash && bind_names_equal(message->dns.wire, owner->start, start))
            return number;
    }
    number = new_owner(message, offset, start, hash);
    if (number != BIND_NONE)
        *free_slot(index, hash) = number;
    return number;
}

uint32_t bind_owner_of(struct bind_message *message, size_t offset, bool is_new)
{
    size_t start = bind_behind_pointers(message->dns.wire.data, offset);

    if (!is_new) {
        if (message->owner_count - message->first_owner > SEARCHED)
            return indexed_owner(message, offset, start);
        for (uint32_t i = message->owner_count; i-- > message->first_owner;) {
            if (bind_names_equal(message->dns.wire, message->owners[i].start, start))
                return i;
        }
    }
    return new_owner(message, offset, start, 0);
}

static bool index_sets(struct bind_message *message)
{
    if (!clear_index(&message->set_index, message->set_count - message->first_set + 1))
        return false;
    for (uint32_t i = message->first_set; i < message->set_count; i++)
        *free_slot(&message->set_index, hash_set(message, &message->sets[i])) = i;
    return true;
}

static uint32_t new_set(struct bind_message *message, const struct bind_set *set)
{
    struct bind_owner *owner = &message->owners[set->owner];
    struct bind_index *index = &message->set_index;
    uint32_t number = message->set_count;

    if (!grow(&message->sets, number, &message->set_capacity, sizeof(*message->sets)))
        return BIND_NONE;
    if (index->mask && is_full(index, number - message->first_set + 1) && !index_sets(message))
        return BIND_NONE;
    message->sets[number] = *set;
    if (index->mask)
        *free_slot(index, hash_set(message, set)) = number;
    if (owner->count++ == 0)
        owner->first = number;
    else
        message->sets[owner->last].next = number;
    owner->last = number;
    return message->set_count++;
}

static inline bool is_same_set(const struct bind_set *a, const struct bind_set *b)
{
    return a->owner == b->owner && a->type == b->type && a->rclass == b->rclass && a->covers == b->covers;
}

static __attribute__((noinline)) uint32_t indexed_set(struct bind_message *message,
                                                      const struct bind_set *set)
{
    struct bind_index *index = &message->set_index;
    uint32_t number;

    if (!index->mask && !index_sets(message))
        return BIND_NONE;
    for (size_t at = hash_set(message, set) & index->mask; (number = index->slots[at]) != BIND_NONE;
         at = (at + 1) & index->mask) {
        if (is_same_set(&message->sets[number], set))
            return number;
    }
    return new_set(message, set);
}

uint32_t bind_set_of(struct bind_message *message, uint32_t owner, const struct tl_dns_record *record,
                     uint16_t covers, bool is_new)
{
    const struct bind_owner *of = &message->owners[owner];
    struct bind_set set = {.type = record->type,
                           .rclass = record->rclass,
                           .covers = covers,
                           .ttl = record->ttl,
                           .owner = owner,
                           .first = BIND_NONE,
                           .last = BIND_NONE,
                           .next = BIND_NONE};

    if (!is_new) {
        if (of->count > SEARCHED)
            return indexed_set(message, &set);
        for (uint32_t i = of->first; i != BIND_NONE; i = message->sets[i].next) {
            if (is_same_set(&message->sets[i], &set))
                return i;
        }
    }
    return new_set(message, &set);
}

void bind_set_add(struct bind_message *message, uint32_t set, uint32_t rr)
{
    struct bind_set *to = &message->sets[set];

    message->rrs[rr].next = BIND_NONE;
    if (to->first == BIND_NONE)
        to->first = rr;
    else
        message->rrs[to->last].next = rr;
    to->last = rr;
    bind_set_lower(message, set, message->rrs[rr].record.ttl);
}
