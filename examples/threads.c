/* A program with eight threads, each with a lane of its own: threads ENDPOINT. What a thread cannot hand over
 * at once it does not wait for; it is counted. Each frame is a small dnstap message, which says when, by
 * which lane and as how manieth it was made. */
#include <tapline/dnstap.h>
#include <tapline/sender.h>

#include <pthread.h>
#include <stdio.h>
#include <time.h>

#define THREADS 8
#define FRAMES  1000

static void submit(struct tl_sender_lane *lane, const char *identity, const char *number)
{
    struct tl_dnstap message = {
        .type = TL_DNSTAP_TYPE_MESSAGE,
        .message_type = TL_DNSTAP_TOOL_QUERY,
        .query_time_sec = (uint64_t)time(NULL),
        .identity = tl_bytes_of_text(identity),
        .extra = tl_bytes_of_text(number),
        .present = 1u << TL_DNSTAP_F_TYPE | 1u << TL_DNSTAP_F_MESSAGE | 1u << TL_DNSTAP_F_MESSAGE_TYPE |
                   1u << TL_DNSTAP_F_QUERY_TIME_SEC | 1u << TL_DNSTAP_F_QUERY_TIME_NSEC |
                   1u << TL_DNSTAP_F_IDENTITY | 1u << TL_DNSTAP_F_EXTRA,
    };
    uint8_t frame[512];

    if (tl_dnstap_encode(&message, frame, sizeof(frame)) == TL_OK)
        tl_sender_submit(lane, tl_bytes(frame, tl_dnstap_size(&message)));
}

static void *work(void *lane)
{
    char identity[32], number[16];

    snprintf(identity, sizeof(identity), "lane %p", lane);
    for (int i = 0; i < FRAMES; i++) {
        snprintf(number, sizeof(number), "%d", i);
        submit(lane, identity, number);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    struct tl_sender_options options = {
        .endpoints = {{.address = argc > 1 ? argv[1] : NULL}},
        .lanes = THREADS,
        .ring_size = (size_t)1 << 20, /* per thread */
    };
    struct tl_sender_statistics statistics;
    struct tl_sender *sender;
    pthread_t threads[THREADS];

    if (tl_sender_new(&options, &sender) != TL_OK || tl_sender_start(sender) != TL_OK)
        return 1;
    for (int i = 0; i < THREADS; i++) {
        struct tl_sender_lane *lane = tl_sender_lane_claim(sender);
        if (!lane || pthread_create(&threads[i], NULL, work, lane) != 0)
            return 1;
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    tl_sender_stop(sender);
    tl_sender_statistics(sender, &statistics);
    char text[4096];
    tl_sender_statistics_print(&statistics, text, sizeof(text));
    fputs(text, stdout);
    tl_sender_free(sender);
    return statistics.endpoints[0].sent == THREADS * FRAMES ? 0 : 1;
}
