/* capture/writer: the thread that drains the write queue into the output files. */
#ifndef CAPTURE_WRITER_H
#define CAPTURE_WRITER_H

#include "capture/output.h"

#include <pthread.h>

enum writer_sync { WRITER_SYNC_PERIOD, WRITER_SYNC_NEVER, WRITER_SYNC_ALWAYS };

struct writer_options {
    enum writer_sync sync;
    uint64_t sync_period_ms; /* of WRITER_SYNC_PERIOD */
};

struct writer {
    struct queue *queue;
    struct output *output; /* the thread's alone while it runs */
    struct writer_options options;
    int event_fd; /* written to when something was written and `is_awaited` */
    pthread_t thread;

    pthread_mutex_t mutex;
    pthread_cond_t wake;
    bool stop;   /* under the mutex: write what is there, complete the file, end */
    bool rotate; /* under the mutex: the next file, please */

    _Atomic bool is_asleep;
    _Atomic bool is_awaited;   /* the loop waits for progress */
    _Atomic bool has_failed;   /* ended with frames unwritten: they stay in the queue */
    _Atomic uint64_t troubles; /* failed attempts to write, open or sync */
};

/* Starts the thread; all signals are blocked in it. 0, or -1 with errno. */
int writer_start(struct writer *writer, struct queue *queue, struct output *output,
                 const struct writer_options *options, int event_fd);

/* The loop pushed pieces. */
void writer_wake(struct writer *writer);

/* Completes the file that is open and goes on with a new one. */
void writer_rotate(struct writer *writer);

/* Writes out the queue, completes the file and ends the thread. True if nothing is left in the queue. */
bool writer_stop(struct writer *writer);

#endif
