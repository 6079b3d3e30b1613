/* The list of names. Invariant: no name is in it twice, or Zipf's law would not hold for it. */
#include "generate/names.h"

#include "generate/random.h"

#include <tapline/dns.h>

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NO_ENTRY UINT32_MAX

/* The list in the making: room, and where each name is, by a hash of its bytes. */
struct making {
    struct names *names;
    size_t wire_room;
    uint32_t entry_room;
    uint32_t *slots; /* twice as many as entries fit, a power of two */
};

static bool find_new_slots(struct making *making, uint32_t count)
{
    free(making->slots);
    making->slots = malloc(count * sizeof(*making->slots));
    if (making->slots)
        memset(making->slots, 0xff, count * sizeof(*making->slots));
    return making->slots != NULL;
}

static uint32_t hash_of(struct tl_bytes name)
{
    uint64_t hash = name.size;

    for (size_t i = 0; i < name.size; i++)
        hash = (hash ^ name.data[i]) * 0x100000001b3u; /* FNV-1a */
    return (uint32_t)random_mix(hash);
}

static struct tl_bytes bytes_of(const struct names *names, uint32_t rank)
{
    return tl_bytes(names->wire + names->entries[rank].offset, names->entries[rank].size);
}

/* Where `name` is, or the free slot where it belongs. */
static uint32_t *find_slot(const struct making *making, struct tl_bytes name)
{
    uint32_t mask = making->entry_room * 2 - 1;

    for (uint32_t at = hash_of(name) & mask;; at = (at + 1) & mask) {
        uint32_t rank = making->slots[at];
        if (rank == NO_ENTRY || tl_bytes_equal(bytes_of(making->names, rank), name))
            return &making->slots[at];
    }
}

static bool grow_entries(struct making *making)
{
    struct names *names = making->names;
    uint32_t room = making->entry_room ? making->entry_room * 2 : 4096;
    struct names_entry *entries = realloc(names->entries, room * sizeof(*entries));

    if (!entries)
        return false;
    names->entries = entries;
    making->entry_room = room;
    if (!find_new_slots(making, room * 2))
        return false;
    for (uint32_t rank = 0; rank < names->count; rank++)
        *find_slot(making, bytes_of(names, rank)) = rank;
    return true;
}

static bool grow_wire(struct making *making)
{
    size_t room = making->wire_room ? making->wire_room * 2 : 65536;
    uint8_t *wire = realloc(making->names->wire, room);

    if (!wire)
        return false;
    making->names->wire = wire;
    making->wire_room = room;
    return true;
}

/* What is true of the name of a rank. The ranks are spread evenly over all combinations (multiples of
 * irrational numbers, modulo 1), so that the few that make up most of the traffic have their shares as well.
 * The head never fails. */
static uint8_t traits_of(uint64_t seed, uint32_t rank)
{
    uint32_t aaaa =
        (uint32_t)((rank + seed % 1009) * 2654435769u); /* of 2^32: golden ratio, then roots of 2 and 3 */
    uint32_t https = (uint32_t)((rank + seed % 1013) * 1779033703u);
    uint32_t alias = (uint32_t)((rank + seed % 1019) * 3144134277u);
    uint64_t rare = random_mix(seed ^ random_mix(rank));
    unsigned traits =
        (aaaa < RANDOM_SHARE(0.55) ? NAME_HAS_AAAA : 0) | (https < RANDOM_SHARE(0.42) ? NAME_HAS_HTTPS : 0) |
        (alias < RANDOM_SHARE(0.22) ? NAME_IS_ALIAS : 0) | ((rare & 7) == 0 ? NAME_IS_SIGNED : 0);

    if (rank >= 100 && (uint32_t)(rare >> 32) < RANDOM_SHARE(0.07))
        return NAME_IS_ABSENT | (traits & NAME_IS_SIGNED);
    if (rank >= 100 && (rare >> 8 & 0xff) == 0)
        traits |= NAME_IS_BROKEN;
    return (uint8_t)traits;
}

enum outcome_of_adding { ADDED, KNOWN, NO_MEMORY };

static enum outcome_of_adding add(struct making *making, struct tl_bytes name, uint8_t zone)
{
    struct names *names = making->names;

    if (names->count == making->entry_room && !grow_entries(making))
        return NO_MEMORY;
    if (names->wire_size + name.size > making->wire_room && !grow_wire(making))
        return NO_MEMORY;
    uint32_t *slot = find_slot(making, name);
    if (*slot != NO_ENTRY)
        return KNOWN;
    memcpy(names->wire + names->wire_size, name.data, name.size);
    names->entries[names->count] = (struct names_entry){(uint32_t)names->wire_size, (uint8_t)name.size, zone,
                                                        traits_of(names->seed, names->count)};
    names->wire_size += name.size;
    *slot = names->count++;
    return ADDED;
}

static bool finish(struct making *making, bool is_done)
{
    free(making->slots);
    if (!is_done)
        names_done(making->names);
    return is_done;
}

/* A fifth as many domains as names; each has one name first, then the popular ones get most of the others. */
bool names_make_up(struct names *names, uint64_t seed, uint32_t count)
{
    struct making making = {.names = names};
    uint32_t domains = count / 5 + 1;
    uint64_t bits = seed;
    bool is_known = false; /* the last one was: another kind of name, then */

    *names = (struct names){.seed = seed};
    while (names->count < count) {
        uint8_t wire[NAME_SIZE_MAX + 1], zone;
        bits = random_mix(bits);
        bool is_first = names->count % 5 == 0 && !is_known;
        uint64_t share = (bits >> 40) * (bits >> 40) >> 24; /* of 2^24 */
        uint64_t domain = is_first ? names->count / 5 : share * domains >> 24;
        uint8_t *end = name_of_service(wire, seed, domain, bits, is_first, &zone);
        enum outcome_of_adding outcome = add(&making, tl_bytes(wire, (size_t)(end - wire)), zone);
        if (outcome == NO_MEMORY)
            return finish(&making, false);
        is_known = outcome == KNOWN;
    }
    return finish(&making, true);
}

/* Where the zone of a name from a file begins: the last two labels, or three where the one before a country
 * is as short as "co". */
static uint8_t zone_of(const uint8_t *wire)
{
    uint8_t starts[128];
    unsigned labels = 0;

    for (unsigned at = 0; wire[at]; at += wire[at] + 1u)
        starts[labels++] = (uint8_t)at;
    if (labels < 3)
        return 0;
    bool is_country = wire[starts[labels - 1]] == 2 && wire[starts[labels - 2]] <= 3;
    return starts[labels - 2 - is_country];
}

static enum outcome_of_adding add_text(struct making *making, struct tl_bytes text,
                                       enum tl_status *ret_status)
{
    uint8_t wire[TL_DNS_NAME_SIZE_MAX];
    size_t size;

    *ret_status = tl_dns_name_parse(text, wire, &size);
    if (*ret_status != TL_OK)
        return KNOWN;
    for (size_t i = 0; i < size; i++)
        wire[i] = (uint8_t)tolower(wire[i]); /* a length byte is below 'A' */
    return add(making, tl_bytes(wire, size), zone_of(wire));
}

static bool read_lines(struct making *making, FILE *file, char ret_text[NAMES_TEXT_SIZE])
{
    char *line = NULL;
    size_t room = 0;
    uint64_t number = 0;
    bool is_done = true;

    while (is_done && getline(&line, &room, file) > 0 && making->names->count < NAMES_COUNT_MAX) {
        enum tl_status status = TL_OK;
        size_t size = strcspn(line, " ,\t\r\n");
        number++;
        if (!size || *line == '#')
            continue;
        if (add_text(making, tl_bytes(line, size), &status) == NO_MEMORY)
            is_done = snprintf(ret_text, NAMES_TEXT_SIZE, "out of memory") < 0;
        if (status != TL_OK)
            is_done = snprintf(ret_text, NAMES_TEXT_SIZE, "line %llu is no domain name: %s",
                               (unsigned long long)number, tl_status_text(status)) < 0;
    }
    if (is_done && ferror(file))
        is_done = snprintf(ret_text, NAMES_TEXT_SIZE, "%s", strerror(errno)) < 0;
    free(line);
    return is_done;
}

bool names_read(struct names *names, uint64_t seed, const char *path, char ret_text[NAMES_TEXT_SIZE])
{
    struct making making = {.names = names};
    FILE *file = fopen(path, "re");

    *names = (struct names){.seed = seed};
    if (!file) {
        snprintf(ret_text, NAMES_TEXT_SIZE, "%s", strerror(errno));
        return false;
    }
    bool is_done = read_lines(&making, file, ret_text);
    fclose(file);
    if (is_done && !names->count)
        is_done = snprintf(ret_text, NAMES_TEXT_SIZE, "there is no name in it") < 0;
    return finish(&making, is_done);
}

void names_done(struct names *names)
{
    free(names->entries);
    free(names->wire);
    *names = (struct names){0};
}
