/* hand SOCKET PATTERN RATE SECONDS THREADS [shared]: hands frames of SIZE bytes to a sender, from THREADS
 * threads, each with a queue of its own, or all with one.
 *     even   RATE frames a second in all, evenly
 *     burst  the same, in bursts of BURST
 *     flat   as many as there is time for
 *     cost   in bursts that fit into the queue, with pauses in which it empties: what one hand-over costs
 * Prints how many were handed over, how many of them dropped, the seconds it took to get rid of all, the CPU
 * time of the threads that hand over, and that of all the others: of the sender's thread. Invariant: a frame
 * is dropped or it is expected to arrive. */
#include "hand.h"

#include <err.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SIZE     200
#define BURST    2000
#define SPIN_NS  60000u /* below this, waiting is done awake: sleeping is not so exact */
#define PAUSE_NS 3000000
#define LATE_NS  1000000u

struct work {
    pthread_t thread;
    unsigned number;
    const char *pattern;
    double rate, seconds;
    uint64_t handed, dropped, cost; /* cost: ns of hand_over alone */
    uint64_t cpu;
};

static uint64_t clock_of(clockid_t which)
{
    struct timespec now;

    clock_gettime(which, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void wait_until(uint64_t when)
{
    uint64_t now = clock_of(CLOCK_MONOTONIC);

    if (when > now + SPIN_NS) {
        struct timespec to = {(time_t)((when - SPIN_NS / 2) / 1000000000u),
                              (long)((when - SPIN_NS / 2) % 1000000000u)};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &to, NULL);
    }
    while (clock_of(CLOCK_MONOTONIC) < when)
        ;
}

static void hand_some(struct work *work, uint64_t count)
{
    uint8_t frame[SIZE] = {0};

    for (; count; count--) {
        memcpy(frame, &work->handed, sizeof(work->handed));
        work->dropped += !hand_over(work->number, frame, sizeof(frame));
        work->handed++;
    }
}

/* A thread that comes late, because the machine had others to run, goes on from there: what it missed does
 * not become a burst. */
static void hand_paced(struct work *work, uint64_t step)
{
    uint64_t due = clock_of(CLOCK_MONOTONIC), total = (uint64_t)(work->rate * work->seconds);
    uint64_t interval = (uint64_t)((double)step / work->rate * 1e9);

    while (work->handed < total) {
        uint64_t now = clock_of(CLOCK_MONOTONIC);
        due = due + interval + LATE_NS < now ? now : due + interval;
        wait_until(due);
        hand_some(work, step);
    }
}

static void hand_flat(struct work *work)
{
    uint64_t end = clock_of(CLOCK_MONOTONIC) + (uint64_t)(work->seconds * 1e9);

    while (clock_of(CLOCK_MONOTONIC) < end)
        hand_some(work, 1000);
}

static void hand_at_leisure(struct work *work)
{
    uint64_t end = clock_of(CLOCK_MONOTONIC) + (uint64_t)(work->seconds * 1e9);
    struct timespec pause = {0, PAUSE_NS};

    while (clock_of(CLOCK_MONOTONIC) < end) {
        uint64_t before = clock_of(CLOCK_THREAD_CPUTIME_ID);
        hand_some(work, hand_burst());
        work->cost += clock_of(CLOCK_THREAD_CPUTIME_ID) - before;
        nanosleep(&pause, NULL);
    }
}

static void *run(void *argument)
{
    struct work *work = argument;

    if (strcmp(work->pattern, "even") == 0)
        hand_paced(work, 1);
    else if (strcmp(work->pattern, "burst") == 0)
        hand_paced(work, BURST);
    else if (strcmp(work->pattern, "flat") == 0)
        hand_flat(work);
    else
        hand_at_leisure(work);
    work->cpu = clock_of(CLOCK_THREAD_CPUTIME_ID);
    return NULL;
}

int main(int argc, char **argv)
{
    struct work works[64], sum = {0};
    struct timespec moment = {0, 300000000};

    if (argc < 6 || argc > 7)
        errx(2, "usage: hand SOCKET PATTERN RATE SECONDS THREADS [shared]");
    unsigned threads = (unsigned)strtoul(argv[5], NULL, 10);
    if (threads < 1 || threads > 64)
        errx(2, "THREADS is 1 to 64");
    hand_open(argv[1], threads, argc == 7);
    nanosleep(&moment, NULL); /* until it is connected */
    uint64_t start = clock_of(CLOCK_MONOTONIC), spent = clock_of(CLOCK_PROCESS_CPUTIME_ID);
    for (unsigned i = 0; i < threads; i++) {
        works[i] = (struct work){.number = i, .pattern = argv[2], .seconds = strtod(argv[4], NULL)};
        works[i].rate = strtod(argv[3], NULL) / threads;
        if (pthread_create(&works[i].thread, NULL, run, &works[i]) != 0)
            errx(1, "thread");
    }
    for (unsigned i = 0; i < threads; i++) {
        pthread_join(works[i].thread, NULL);
        sum.handed += works[i].handed;
        sum.dropped += works[i].dropped;
        sum.cost += works[i].cost;
        sum.cpu += works[i].cpu;
    }
    hand_close();
    printf("%" PRIu64 " %" PRIu64 " %.6f %.6f %.6f\n", sum.handed, sum.dropped,
           (double)(clock_of(CLOCK_MONOTONIC) - start) * 1e-9, (double)(sum.cost ? sum.cost : sum.cpu) * 1e-9,
           (double)(clock_of(CLOCK_PROCESS_CPUTIME_ID) - spent - sum.cpu) * 1e-9);
    return 0;
}
