/* A program with eight threads, each with a lane of its own: threads ENDPOINT. What a thread cannot hand over
 * at once it does not wait for; it is counted. Here each frame is text, which is not dnstap: the content type
 * says so. */
#include <tapline/sender.h>

#include <pthread.h>
#include <stdio.h>

#define THREADS 8
#define FRAMES  1000

static void *work(void *lane)
{
    char frame[64];

    for (int i = 0; i < FRAMES; i++) {
        int size = snprintf(frame, sizeof(frame), "frame %d of lane %p", i, lane);
        tl_sender_submit(lane, tl_bytes(frame, (size_t)size));
    }
    return NULL;
}

int main(int argc, char **argv)
{
    struct tl_sender_options options = {
        .endpoints = {{.address = argc > 1 ? argv[1] : NULL}},
        .lanes = THREADS,
        .ring_size = (size_t)1 << 20, /* per thread */
        .content_type = tl_bytes_of_text(argc > 2 ? argv[2] : TL_SENDER_CONTENT_DEFAULT),
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
