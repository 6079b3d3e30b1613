/* Seconds and what happened in them. Invariant: a second that is counted one by one is not before `settled`,
 * or what came for it too late made the result a bound. */
#include "analysis/rush.h"

#include <stdlib.h>
#include <string.h>

static uint32_t find(const struct rush *rush, uint64_t second)
{
    uint32_t at = (uint32_t)(second * 0x9e3779b97f4a7c15u >> 32) % RUSH_PLACES;

    while (rush->places[at] && rush->seconds[rush->places[at] - 1].second != second)
        at = (at + 1) % RUSH_PLACES;
    return at;
}

static bool is_busier(struct rush_second a, struct rush_second b)
{
    return a.count > b.count || (a.count == b.count && a.second < b.second);
}

static int compare(const void *a, const void *b)
{
    const struct rush_second *left = a, *right = b;
    return (left->second > right->second) - (left->second < right->second);
}

/* The earliest half of them. */
static void settle(struct rush *rush)
{
    uint32_t half = rush->used / 2;

    qsort(rush->seconds, rush->used, sizeof(rush->seconds[0]), compare);
    for (uint32_t i = 0; i < half; i++) {
        if (is_busier(rush->seconds[i], rush->busiest))
            rush->busiest = rush->seconds[i];
    }
    if (rush->seconds[half].second > rush->settled)
        rush->settled = rush->seconds[half].second;
    rush->used -= half;
    rush->last = 0;
    memmove(rush->seconds, rush->seconds + half, rush->used * sizeof(rush->seconds[0]));
    memset(rush->places, 0, sizeof(rush->places));
    for (uint32_t i = 0; i < rush->used; i++)
        rush->places[find(rush, rush->seconds[i].second)] = (uint16_t)(i + 1);
}

void rush_add(struct rush *rush, uint64_t second, uint64_t count)
{
    if (rush->last < rush->used && rush->seconds[rush->last].second == second) {
        rush->seconds[rush->last].count += count;
        return;
    }
    uint32_t at = find(rush, second);
    if (!rush->places[at]) {
        if (rush->used == RUSH_SECONDS) {
            settle(rush);
            at = find(rush, second);
        }
        rush->is_bound = rush->is_bound || second < rush->settled;
        rush->seconds[rush->used] = (struct rush_second){second, 0};
        rush->places[at] = (uint16_t)++rush->used;
    }
    rush->last = rush->places[at] - 1u;
    rush->seconds[rush->last].count += count;
}

/* What is settled in one of them may also have been in the other, unless all of that is later. */
static bool may_meet(const struct rush *settled, const struct rush *other)
{
    if (!settled->settled)
        return false;
    for (uint32_t i = 0; i < other->used; i++) {
        if (other->seconds[i].second < settled->settled)
            return true;
    }
    return other->settled != 0;
}

void rush_merge(struct rush *rush, const struct rush *from)
{
    rush->is_bound = rush->is_bound || from->is_bound || may_meet(rush, from) || may_meet(from, rush);
    if (is_busier(from->busiest, rush->busiest))
        rush->busiest = from->busiest;
    if (from->settled > rush->settled)
        rush->settled = from->settled;
    for (uint32_t i = 0; i < from->used; i++)
        rush_add(rush, from->seconds[i].second, from->seconds[i].count);
}

void rush_clear(struct rush *rush)
{
    memset(rush->places, 0, sizeof(rush->places));
    rush->busiest = (struct rush_second){0};
    rush->settled = 0;
    rush->is_bound = false;
    rush->used = rush->last = 0;
}

struct rush_second rush_peak(const struct rush *rush)
{
    struct rush_second peak = rush->busiest;

    for (uint32_t i = 0; i < rush->used; i++) {
        if (is_busier(rush->seconds[i], peak))
            peak = rush->seconds[i];
    }
    return peak;
}

bool rush_is_exact(const struct rush *rush)
{
    return !rush->is_bound;
}
