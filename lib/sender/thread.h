/* thread: the sender's thread. */
#ifndef SENDER_THREAD_H
#define SENDER_THREAD_H

#include "state.h"

/* CLOCK_MONOTONIC, nanoseconds. */
uint64_t sender_now(void);

/* So much in a lane is worth being woken for. */
uint64_t sender_wake_bytes(const struct tl_sender *sender);

/* Runs until stop_at is set and all routes are closed. */
void sender_run(struct tl_sender *sender);

#endif
