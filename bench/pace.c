/* pace FILE SOCKET RATE SECONDS CONNECTIONS: sends the data frames of a Frame Streams file, over and over, to
 * a collector at a fixed rate, as a name server does: what it cannot get rid of waits in a queue of QUEUE
 * frames, and what does not fit into that is lost. Each frame gets the time of its sending (CLOCK_MONOTONIC,
 * nanoseconds, 8 bytes, this machine's order) as one more `extra` field at its end, where lag finds it.
 * Prints the seconds it took, frames and bytes that were sent, and frames that were lost. Invariant: sent +
 * lost = RATE * SECONDS. */
#include "sending.h"

#include <arpa/inet.h>
#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define QUEUE      16384 /* frames; what a BIND that is tuned for dnstap has */
#define STAMP_SIZE 10    /* tag, length, time */
#define BATCH_SIZE ((size_t)1 << 20)
#define TICK_NS    1000000

struct peer {
    int fd;
    struct tl_sender_end end;
};

struct recording {
    struct tl_bytes all; /* whole data frames */
    size_t at;
};

static uint64_t nanoseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Copies the next frame with a stamp behind it. Returns its size. */
static size_t put_frame(struct recording *recording, uint64_t now, uint8_t *to)
{
    uint32_t word;

    if (recording->at == recording->all.size)
        recording->at = 0;
    const uint8_t *from = recording->all.data + recording->at;
    memcpy(&word, from, 4);
    uint32_t size = ntohl(word);
    word = htonl(size + STAMP_SIZE);
    memcpy(to, &word, 4);
    memcpy(to + 4, from + 4, size);
    to[4 + size] = 3 << 3 | 2;
    to[5 + size] = 8;
    memcpy(to + 6 + size, &now, 8);
    recording->at += 4 + size;
    return 4 + size + STAMP_SIZE;
}

/* Sends `count` frames over one connection. Returns the bytes. */
static uint64_t send_batch(int fd, struct recording *recording, uint64_t count)
{
    static uint8_t buffer[2 * BATCH_SIZE];
    uint64_t now = nanoseconds(), total = 0;
    size_t used = 0;

    for (; count; count--) {
        used += put_frame(recording, now, buffer + used);
        if (used >= BATCH_SIZE || count == 1) {
            send_all(fd, tl_bytes(buffer, used));
            total += used;
            used = 0;
        }
    }
    return total;
}

static void sleep_until(uint64_t when)
{
    struct timespec to = {(time_t)(when / 1000000000u), (long)(when % 1000000000u)};

    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &to, NULL);
}

static struct peer *connect_all(const char *address, size_t count)
{
    struct peer *peers = calloc(count, sizeof(*peers));

    if (!peers)
        err(1, "connections");
    for (size_t i = 0; i < count; i++)
        peers[i].fd = start_sending(address, &peers[i].end);
    return peers;
}

int main(int argc, char **argv)
{
    uint64_t sent = 0, lost = 0, bytes = 0, frames;
    size_t turn = 0;

    if (argc != 6)
        errx(2, "usage: pace FILE SOCKET RATE SECONDS CONNECTIONS");
    uint64_t rate = strtoull(argv[3], NULL, 10), total = rate * strtoull(argv[4], NULL, 10);
    size_t count = strtoull(argv[5], NULL, 10);
    struct recording recording = {data_frames(map_file(argv[1]), UINT64_MAX, &frames), 0};
    struct peer *peers = connect_all(argv[2], count);
    /* With many connections each gets a few frames at a time, as from servers that have little to do. */
    uint64_t most = count > 1 ? 10 : QUEUE;

    uint64_t start = nanoseconds();
    for (uint64_t tick = 1; sent + lost < total; tick++) {
        sleep_until(start + tick * TICK_NS);
        uint64_t due = (uint64_t)((double)(nanoseconds() - start) * 1e-9 * (double)rate);
        due = (due < total ? due : total) - sent - lost;
        if (due > QUEUE) {
            lost += due - QUEUE;
            due = QUEUE;
        }
        for (uint64_t left = due, part; left; left -= part, turn++) {
            part = left < most ? left : most;
            bytes += send_batch(peers[turn % count].fd, &recording, part);
        }
        sent += due;
    }
    for (size_t i = 0; i < count; i++)
        stop_sending(peers[i].fd, &peers[i].end);
    printf("%.6f %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", (double)(nanoseconds() - start) * 1e-9, sent, bytes,
           lost);
    free(peers);
    return 0;
}
