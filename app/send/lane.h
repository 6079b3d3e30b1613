/* send/lane: the frames of a batch that go through one connection, as they go over the wire. They stay in
 * memory until the batch is confirmed, to be sent again if it is not. */
#ifndef SEND_LANE_H
#define SEND_LANE_H

#include <tapline/core.h>

struct lane {
    uint8_t *bytes; /* data frames, each with its length before it */
    size_t used, capacity;
    uint64_t frames;
};

/* Appends a frame. False without memory; the lane is as it was then. */
bool lane_put(struct lane *lane, struct tl_bytes frame);

/* How many whole frames its first `size` bytes hold. */
uint64_t lane_frames_within(const struct lane *lane, size_t size);

/* Empties it; the memory stays for the next batch. */
void lane_clear(struct lane *lane);

void lane_done(struct lane *lane);

#endif
