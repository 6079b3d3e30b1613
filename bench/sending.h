/* sending: what the programs of the benchmarks share - a recording in memory, a connection to a collector,
 * and clocks. What goes wrong ends the program. */
#ifndef BENCH_SENDING_H
#define BENCH_SENDING_H

#include <tapline/core.h>
#include <tapline/frame.h>

/* The file in memory, for as long as the program runs. */
struct tl_bytes map_file(const char *path);

/* The bytes of the first data frames of a file, at most `limit` of them, and how many they are. */
struct tl_bytes data_frames(struct tl_bytes file, uint64_t limit, uint64_t *ret_count);

/* Connects, and shakes hands up to START. Returns the socket. */
int start_sending(const char *endpoint, struct tl_sender_end *end);

void send_all(int fd, struct tl_bytes bytes);

/* STOP; returns when the collector has answered with FINISH, so that it has had everything. */
void stop_sending(int fd, struct tl_sender_end *end);

/* CLOCK_MONOTONIC. */
double seconds(void);

/* CLOCK_PROCESS_CPUTIME_ID. */
double cpu_seconds(void);

#endif
