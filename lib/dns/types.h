/* Where a type stands in the tables made from types.def: the low numbers by themselves, and the few high ones
 * behind them. Invariant: a table made with TYPES_SLOT and TYPES_COUNT has a place for every type of the
 * list.
 */
#ifndef TL_DNS_TYPES_H
#define TL_DNS_TYPES_H

#include <stdbool.h>

#define TYPES_LOW_COUNT  265
#define TYPES_HIGH_FIRST 32768
#define TYPES_HIGH_COUNT 2
#define TYPES_COUNT      (TYPES_LOW_COUNT + TYPES_HIGH_COUNT)

#define TYPES_SLOT(type) ((type) < TYPES_HIGH_FIRST ? (type) : (type)-TYPES_HIGH_FIRST + TYPES_LOW_COUNT)

/* The place of `type`, or TYPES_COUNT if the tables have none. A place may be empty: not all are assigned. */
static inline unsigned types_slot(unsigned type)
{
    if (type < TYPES_LOW_COUNT)
        return type;
    if (type - TYPES_HIGH_FIRST < TYPES_HIGH_COUNT)
        return type - TYPES_HIGH_FIRST + TYPES_LOW_COUNT;
    return TYPES_COUNT;
}

/* The type whose place is `slot`. */
static inline unsigned types_at(unsigned slot)
{
    return slot < TYPES_LOW_COUNT ? slot : slot - TYPES_LOW_COUNT + TYPES_HIGH_FIRST;
}

/* Whether BIND 9.18 (49) and 9.20 (27) do not know the type: NXNAME, CLA, IPN. */
static inline bool type_is_newer_than_bind(unsigned type)
{
    return type == 128 || type == 263 || type == 264;
}

#endif
