/* handing ADDRESS FRAMES RING SEED: hands frames that can be told apart to a sender with small rings, in
 * bursts that often do not fit, until so many were taken; waits for the end of standard input, stops the
 * sender and prints its statistics. Invariant: the marks of the frames that were taken are LANE/0, LANE/1, …
 * without a gap. For acknowledge.py and the test of losses end to end. */
#include <tapline/sender.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LANES 2

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

/* A dnstap frame of the form that capturing.py makes: the mark and dots in its extra field. */
static struct tl_bytes make(uint8_t *buffer, unsigned lane, uint32_t number, size_t filler)
{
    char mark[32];
    size_t length = (size_t)snprintf(mark, sizeof(mark), "%u/%u.", lane, number), size = length + filler;
    uint8_t *at = buffer;

    *at++ = 0x1a;
    *at++ = (uint8_t)(size & 127) | 128;
    *at++ = (uint8_t)(size >> 7);
    memcpy(at, mark, length);
    memset(at + length, '.', filler);
    at += size;
    memcpy(at, "\x72\x02\x08\x05\x78\x01", 6);
    return tl_bytes(buffer, (size_t)(at + 6 - buffer));
}

static void hand_over(struct tl_sender *sender, uint32_t frames, uint32_t random)
{
    uint32_t taken[LANES] = {0}, all = 0;
    uint8_t buffer[2048];

    while (all < frames) {
        unsigned lane = next_random(&random) % LANES;
        for (uint32_t burst = next_random(&random) % 400; burst && all < frames; burst--) {
            struct tl_bytes frame = make(buffer, lane, taken[lane], 100 + next_random(&random) % 300);
            if (tl_sender_submit(tl_sender_lane(sender, lane), frame) != TL_OK)
                continue;
            taken[lane]++;
            all++;
        }
        usleep(next_random(&random) % 2000);
    }
}

int main(int argc, char **argv)
{
    struct tl_sender_statistics statistics;
    struct tl_sender *sender;
    char text[8192];

    if (argc != 5)
        errx(2, "usage: handing ADDRESS FRAMES RING SEED");
    struct tl_sender_options options = {.endpoints = {{.address = argv[1]}},
                                        .lanes = LANES,
                                        .ring_size = strtoul(argv[3], NULL, 10),
                                        .delay_ms = 2,
                                        .retry_ms = 20,
                                        .close_ms = 60000};
    if (tl_sender_new(&options, &sender) != TL_OK || tl_sender_start(sender) != TL_OK)
        err(1, "%s", argv[1]);
    hand_over(sender, (uint32_t)strtoul(argv[2], NULL, 10), (uint32_t)strtoul(argv[4], NULL, 10));
    puts("handed");
    fflush(stdout);
    while (read(0, text, sizeof(text)) > 0)
        ;
    enum tl_status status = tl_sender_stop(sender);
    tl_sender_statistics(sender, &statistics);
    tl_sender_statistics_print(&statistics, text, sizeof(text));
    fputs(text, stdout);
    tl_sender_free(sender);
    return status != TL_OK;
}
