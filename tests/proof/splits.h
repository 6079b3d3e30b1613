/* Proof: one stream in every split that is worth trying - whole, cut once at each byte, and in equal chunks
 * of every size. A piece lies flush against an unreadable page and is gone when the next one comes.
 *
 *     struct splits splits = splits_new(data, size);
 *     while (splits_next(&splits)) {
 *         // a fresh subject
 *         while (splits_piece(&splits, &piece))
 *             // feed it
 *         // what came out must not depend on the split
 *     }
 *     splits_free(&splits); */
#ifndef PROOF_SPLITS_H
#define PROOF_SPLITS_H

#include "proof/guarded.h"

#include <tapline/core.h>

struct splits {
    const uint8_t *data; /* borrowed */
    size_t size;
    size_t way;   /* which split this is, from 1; 0 before the first */
    size_t first; /* size of its first piece */
    size_t chunk; /* size of the others */
    size_t done;  /* bytes of it that were given out */
    struct guarded room;
};

static inline struct splits splits_new(const void *data, size_t size)
{
    struct splits splits = {.data = (const uint8_t *)data, .size = size};

    splits.room = guarded_new(data, size);
    return splits;
}

static inline void splits_free(struct splits *splits)
{
    guarded_free(&splits->room);
}

/* Goes to the next split: the whole, `size` - 1 single cuts, `size` - 1 chunk sizes. False after the last. */
static inline bool splits_next(struct splits *splits)
{
    size_t cuts = splits->size ? splits->size - 1 : 0;

    splits->done = 0;
    splits->way++;
    splits->first = splits->chunk = splits->size;
    if (splits->way > 1 && splits->way <= 1 + cuts)
        splits->first = splits->way - 1;
    else if (splits->way > 1)
        splits->first = splits->chunk = splits->way - 1 - cuts;
    return splits->way <= 1 + 2 * cuts;
}

/* The next piece of this split. False after the last. */
static inline bool splits_piece(struct splits *splits, struct tl_bytes *ret_piece)
{
    size_t left = splits->size - splits->done;
    size_t wanted = splits->done ? splits->chunk : splits->first;
    size_t size = wanted < left ? wanted : left;
    uint8_t *to = splits->room.data + splits->size - size;

    if (!left)
        return false;
    memset(splits->room.data, 0xA5, splits->size);
    memcpy(to, splits->data + splits->done, size);
    splits->done += size;
    *ret_piece = tl_bytes(to, size);
    return true;
}

#endif
