/* state: what the files of this room share. The caller's threads touch lanes and the gate; all that is under
 * `struct route` is the sender thread's alone, but for counters, which others may read (atomically, relaxed).
 */
#ifndef SENDER_STATE_H
#define SENDER_STATE_H

#include <tapline/frame.h>
#include <tapline/ring.h>
#include <tapline/sender.h>
#include <tapline/stream.h>

#include <pthread.h>
#include <sys/types.h>

#define NEVER UINT64_MAX

/* What submit looks at. In a page that a fork wipes for the child: there, it is closed. */
struct gate {
    uint32_t open;
    uint32_t asleep; /* the thread sleeps, or is about to: who reaches a lane's wake_at wakes it */
};

enum lane_owner { LANE_FREE, LANE_NUMBERED, LANE_CLAIMED, LANE_SHARED };

struct tl_sender_lane {
    struct tl_ring ring;
    /* Written by the sender thread when it goes to sleep and when it wakes. */
    uint64_t wake_at
        __attribute__((aligned(64))); /* who puts the byte before this position wakes the thread */
    struct gate *gate;
    struct tl_sender *sender;
    bool shared;
    /* Written by the submitting threads, seldom. */
    uint32_t lock __attribute__((aligned(64))); /* of the shared lane */
    uint32_t owner;                             /* enum lane_owner */
    uint64_t dropped_full, dropped_too_long, dropped_contended, dropped_no_memory, dropped_stopped;
    /* The sender thread's. */
    uint64_t high_water __attribute__((aligned(64)));
    uint32_t ready; /* the ring is there; set once, by whoever opened the lane */
    void *memory;   /* of the ring */
};

/* Frames of one lane on their way through a connection: from mark to mark, written or to be written. */
struct stretch {
    uint32_t lane;
    bool given_up; /* its ring's room was wanted: it cannot be sent again */
    struct tl_ring_mark from, to;
    uint64_t end; /* bytes of the connection up to its last one, once it is written */
};

/* A power of two. A socket buffer of 208 KiB holds fewer than 300 of any size; where ACK is waited for, so
 * many blocks of 32 KiB are all that may be on their way. */
#define STRETCHES 512

/* How far a route has come in one lane: kept <= written <= taken, and written <= passed. */
struct cursor {
    struct tl_ring_mark taken; /* what is before it is in a stretch, or dropped */
    struct tl_ring_mark
        passed;         /* the furthest that was ever sent or dropped: what is before it is repeated */
    uint64_t written;   /* bytes before it were written whole on this connection */
    uint64_t kept;      /* the route needs nothing before this position */
    uint64_t published; /* passed.bytes, for tl_sender_flush */
};

struct endpoint {
    struct tl_sender_endpoint_statistics counts;
    struct tl_endpoint address;
    struct tl_sender_transport transport;
    bool has_transport;
    bool unidirectional;
    int given_fd;               /* -1: none (any more) */
    struct tl_look_up *look_up; /* of its name, for this attempt to connect or the next; NULL: none */
    int watch;                  /* inotify, of the folder of a unix socket that is awaited; -1: none */
};

#define LOSS_CAUSES (TL_LOSS_LAGGING + 1)

/* The connection of a route. */
struct link {
    enum tl_sender_link state;
    int fd; /* -1: none */
    struct tl_sender_end end;
    struct tl_frame_decoder decoder;
    uint8_t out[2 * TL_CONTROL_FRAME_MAX]; /* control frames, before any more data */
    size_t out_size, out_done;
    uint64_t written;           /* bytes */
    uint64_t confirmed;         /* of them */
    uint64_t acked;             /* of them, by the peer's own word */
    bool has_ack;               /* it has given it: it surely takes part in that */
    uint64_t told[LOSS_CAUSES]; /* frames dropped, as the peer was told last */
    uint64_t told_at;           /* bytes up to the end of that, or 0: it has it, or was told nothing */
    uint64_t sampled;           /* perhaps confirmed: see link_sample */
    uint64_t since;             /* when it came to SENDING */
    uint64_t moved;             /* when the peer last took something */
    uint64_t deadline;          /* of the present state, or NEVER */
    uint64_t answer_at;         /* when it must have come to SENDING */
    bool is_unix;
    bool blocked;                  /* wait until it can be written to */
    bool ended;                    /* the peer will say no more */
    bool refused;                  /* the peer reads what it has and takes no more: wait for its end */
    bool was_reset;                /* the peer left bytes unread */
    struct tl_addresses addresses; /* TCP */
};

struct route {
    struct tl_sender *sender;
    struct endpoint *endpoints;
    size_t endpoint_count, current, tried; /* tried: endpoints that failed in this round */
    struct cursor *cursors;                /* one a lane, the shared one last */
    struct stretch stretches[STRETCHES];   /* a ring of them, numbered without end */
    uint64_t first, next, end;             /* oldest unconfirmed; being written; behind the last */
    uint64_t done;                         /* bytes written of stretches[next] */
    uint64_t connection;                   /* bytes that the connection has taken */
    size_t turn;                           /* the lane that is asked first */
    uint64_t retry_at, retry_delay;
    uint64_t known[LOSS_CAUSES]; /* frames dropped, as a collector surely knows */
    uint64_t losses_at;          /* when to look for more */
    bool last_try;               /* stopping: this attempt is the last */
    uint8_t *unwrapped;          /* for a transport: room for the frame that goes over the ring's end */
    struct link link;
};

struct tl_sender {
    struct tl_sender_options options; /* defaults filled in; endpoints and texts are below */
    uint8_t content_type[TL_CONTENT_TYPE_SIZE_MAX];
    char *statistics_path, *statistics_new_path;
    size_t lane_count; /* without the shared one, which is lanes[lane_count] */
    size_t ring_size;
    struct tl_sender_lane *lanes;
    void *lanes_memory;
    struct endpoint endpoints[TL_SENDER_ENDPOINTS_MAX];
    size_t endpoint_count;
    struct route *routes;
    size_t route_count;
    struct gate *gate;
    pthread_key_t key; /* a thread's own lane */
    bool has_key;
    uint64_t id; /* taken by chance */
    int wake_fd, watch_fd;

    pthread_mutex_t mutex; /* of what follows */
    pthread_cond_t changed;
    enum stage { SENDER_NEW, SENDER_RUNNING, SENDER_ENDED, SENDER_STOPPED } stage; /* also read without it */
    bool abandoned; /* the thread frees everything when it ends */
    pid_t pid;      /* of the process that has the thread */
    pthread_t thread;

    uint64_t stop_at; /* 0: not stopping; else when it must have ended. Atomic. */
    uint64_t statistics_due;
    uint64_t statistics_failures;
    int statistics_error;
    struct tl_time started; /* when the statistics were first written */
};

static inline void count(uint64_t *counter, uint64_t more)
{
    __atomic_store_n(counter, __atomic_load_n(counter, __ATOMIC_RELAXED) + more, __ATOMIC_RELAXED);
}

static inline uint64_t counted(const uint64_t *counter)
{
    return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

static inline struct endpoint *current(struct route *route)
{
    return &route->endpoints[route->current];
}

static inline struct stretch *stretch_at(struct route *route, uint64_t number)
{
    return &route->stretches[number & (STRETCHES - 1)];
}

/* What was sent must be kept until the peer itself says that it has it. (What a unix peer has read it has:
 * there the kernel's word is enough, and comes earlier.) */
static inline bool link_awaits_acks(const struct link *link)
{
    return link->end.acknowledged && !link->is_unix;
}

static inline bool lane_is_ready(const struct tl_sender_lane *lane)
{
    return __atomic_load_n(&lane->ready, __ATOMIC_ACQUIRE);
}

#endif
