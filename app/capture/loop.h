/* capture/loop: one thread that waits for sockets, signals and the writer, and hands what is ready to the
 * right room. Its life has three parts: receiving; draining, from the first SIGTERM on (drain.c); and
 * finishing, when only the writer is waited for. */
#ifndef CAPTURE_LOOP_H
#define CAPTURE_LOOP_H

#include "capture/capture.h"
#include "capture/listener.h"
#include "capture/peers.h"

struct loop {
    const struct capture_options *options;
    struct tl_archive *archive;   /* NULL: plain files */
    struct tl_counters *counters; /* the archive's */
    struct packer *packer;        /* the archive's */
    struct output_options output_options;
    struct queue queue;
    struct output output;
    struct writer writer;
    struct peers peers;
    struct listener listeners[LISTENER_SOCKETS_MAX];
    size_t listener_count;
    int all_fd;     /* epoll over everything */
    int control_fd; /* epoll over signals, tick and writer alone: waited for while nothing is received */
    int signal_fd, event_fd, tick_fd;
    uint32_t frame_limit;
    uint32_t peers_max;    /* connections at a time */
    uint64_t told_pieces;  /* pieces pushed when the writer was last told */
    uint64_t paused_since; /* monotonic ms; 0: receiving */
    uint64_t resumed_ms;   /* monotonic, end of the last pause */
    uint64_t drain_until;  /* monotonic ms; 0: not stopping */
    uint64_t moved_ms;     /* monotonic, when `moved_bytes` last changed: a stop does not wait for ever */
    uint64_t moved_bytes;
    uint32_t free_least;                 /* blocks of the queue at the worst moment */
    bool is_finishing;                   /* nothing is received any more */
    bool has_stopped_peers;              /* somebody awaits the end of its frames' writing */
    bool acknowledges, acknowledges_tcp; /* a peer takes part in that, or one has; over TCP */
    uint64_t acknowledged_ms;            /* monotonic, when all peers were last looked through for that */
    uint64_t acknowledged_bytes;         /* that were written then */
    int ack_wait;                        /* ms to the next time; -1: for ever */
    bool accepts;                        /* false while there is no room for new connections */
    struct process_limit accept_limit, pause_limit;
};

/* What accepting came to. */
enum loop_accept { LOOP_ACCEPTED, LOOP_NOBODY, LOOP_NO_ROOM };

/* Sets up signals and events. 0, or -1 with errno. */
int loop_open(struct loop *loop);
void loop_close(struct loop *loop);

/* Begins to accept; everything else that stays open is open by now. */
void loop_start(struct loop *loop);

/* Waits for something to do and does it. */
void loop_turn(struct loop *loop);

/* Takes the next of those who wait at a listener. */
enum loop_accept loop_accept(struct loop *loop, struct listener *listener);

/* Watches the listeners, or does not for a while. */
void loop_set_accepting(struct loop *loop, bool accepts);

/* What a step of a connection means for it. */
void loop_settle(struct loop *loop, struct connection *connection, enum connection_step step,
                 const char *why);

/* Logs the books as they are now. */
void loop_log_books(struct loop *loop);

/* acknowledge.c: tells the peers that take part what is kept, as far as it is due. */
void loop_acknowledge(struct loop *loop, uint64_t now_ms);

/* acknowledge.c: something came from the connection, and perhaps it takes part now. */
void loop_expect_acks(struct loop *loop, const struct connection *connection);

/* counting.c: enters what is counted in the archive's file of counters, if there is one. */
void loop_count(const struct loop *loop);

/* drain.c: the end begins; reads on what is there, without waiting; is anything left to read? */
void loop_begin_drain(struct loop *loop);
void loop_drain(struct loop *loop, uint64_t now_ms);
bool loop_is_drained(const struct loop *loop);

/* drain.c: true if the stop makes no progress: the queue is full and the disk too, or nobody reads the
 * output. */
bool loop_is_stuck(struct loop *loop, uint64_t now_ms);

static inline bool loop_has_stopped(const struct connection *connection)
{
    return connection->receiver.state == TL_RECEIVER_STOPPED;
}

#endif
