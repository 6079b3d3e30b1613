/* capture/writer: the thread that drains the write queue into the output files. */
#ifndef CAPTURE_WRITER_H
#define CAPTURE_WRITER_H

#include "capture/output.h"

#include "pack/packer.h"

#include <pthread.h>

enum writer_sync { WRITER_SYNC_PERIOD, WRITER_SYNC_NEVER, WRITER_SYNC_ALWAYS };

struct writer_options {
    enum writer_sync sync;
    uint64_t sync_period_ms; /* of WRITER_SYNC_PERIOD */
    struct packer *packer;   /* is told what segments are finished; NULL: nobody is */
};

/* What the thread does while nobody tells it anything. */
enum writer_rest {
    WRITER_AWAKE,
    WRITER_LINGERING, /* for a moment, so that small pushes are written together */
    WRITER_ASLEEP,
};

struct writer {
    struct queue *queue;
    struct output *output; /* the thread's alone while it runs */
    struct writer_options options;
    int event_fd; /* written to when something was written and `is_awaited`, and at the end */
    pthread_t thread;

    pthread_mutex_t mutex;
    pthread_cond_t wake;
    bool stop;   /* under the mutex: write what is there, complete the file, end */
    bool rotate; /* under the mutex: the next file, please */

    _Atomic uint32_t rest;      /* enum writer_rest */
    _Atomic bool is_awaited;    /* the loop waits for progress */
    _Atomic bool is_watched;    /* the loop wants to be told of the next progress, once */
    _Atomic bool gives_up;      /* what cannot be written now never will */
    _Atomic bool has_failed;    /* ended with frames unwritten: they stay in the queue */
    _Atomic bool has_ended;     /* the thread only has to be joined */
    _Atomic uint64_t troubles;  /* failed attempts to write, open or sync */
    _Atomic uint64_t completed; /* files */
};

/* Starts the thread; all signals are blocked in it but SIGUSR2, which only interrupts its system calls. 0, or
 * -1 with errno. */
int writer_start(struct writer *writer, struct queue *queue, struct output *output,
                 const struct writer_options *options, int event_fd);

/* The loop pushed pieces, up to piece byte `out`. */
void writer_wake(struct writer *writer, uint64_t out);

/* Completes the file that is open and goes on with a new one. */
void writer_rotate(struct writer *writer);

/* Lets the thread write out the queue, complete the file and end: `has_ended` says when, and then the event.
 */
void writer_finish(struct writer *writer);

/* Lets it end although it makes no progress. To be repeated until `has_ended`. */
void writer_give_up(struct writer *writer);

/* Joins the thread after writer_finish. True if nothing is left in the queue. */
bool writer_stop(struct writer *writer);

#endif
