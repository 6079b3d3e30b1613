/* lane: the lanes of a sender beside <tapline/sender.h>. */
#ifndef SENDER_LANE_H
#define SENDER_LANE_H

#include "state.h"

/* What a thread that ends does with its lane (the destructor of sender->key). */
void lane_forget(void *lane);

/* From now on the ring's memory is not there in a child. */
void lane_keep_from_children(struct tl_sender_lane *lane);

void lane_free(struct tl_sender_lane *lane);

/* Wakes the thread, asleep or not. */
void sender_wake(struct tl_sender *sender);

#endif
