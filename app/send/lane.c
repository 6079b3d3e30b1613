/* Frames of a batch in memory. Invariant: a lane holds whole frames, `frames` of them. */
#include "send/lane.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY_MIN ((size_t)64 << 10)

static bool make_room(struct lane *lane, size_t size)
{
    size_t capacity = lane->capacity ? lane->capacity : CAPACITY_MIN;

    if (size <= lane->capacity - lane->used)
        return true;
    while (capacity - lane->used < size)
        capacity *= 2;
    uint8_t *bytes = realloc(lane->bytes, capacity);
    if (!bytes)
        return false;
    lane->bytes = bytes;
    lane->capacity = capacity;
    return true;
}

bool lane_put(struct lane *lane, struct tl_bytes frame)
{
    if (!make_room(lane, 4 + frame.size))
        return false;
    uint32_t length = htobe32((uint32_t)frame.size);
    memcpy(lane->bytes + lane->used, &length, 4);
    memcpy(lane->bytes + lane->used + 4, frame.data, frame.size);
    lane->used += 4 + frame.size;
    lane->frames++;
    return true;
}

uint64_t lane_frames_within(const struct lane *lane, size_t size)
{
    uint64_t frames = 0;

    for (size_t at = 0; size - at >= 4; frames++) {
        size_t length = 4 + (size_t)tl_be32(lane->bytes + at);
        if (length > size - at)
            break;
        at += length;
    }
    return frames;
}

void lane_clear(struct lane *lane)
{
    lane->used = 0;
    lane->frames = 0;
}

void lane_done(struct lane *lane)
{
    free(lane->bytes);
    *lane = (struct lane){0};
}
