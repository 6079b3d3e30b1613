/* hand: what the two programs that hand frames over have in common with what they are compared by: one is
 * linked with libtapline, the other with libfstrm. */
#ifndef BENCH_HAND_H
#define BENCH_HAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Opens a sender to "unix:PATH" for so many threads, each with a queue of its own, or all with the same. */
void hand_open(const char *address, unsigned threads, bool shared);

/* Hands over one frame from thread number `thread`, which is built in memory of the sender's choice: libfstrm
 * wants an allocated one and frees it. False: it was dropped. */
bool hand_over(unsigned thread, const uint8_t *frame, size_t size);

/* How many frames of the benchmark's size each thread may put into its empty queue, and all surely fit. */
unsigned hand_burst(void);

/* Waits until all is sent. */
void hand_close(void);

#endif
