/* send/link: one connection to a collector, through which one lane goes. Nothing here waits: who owns links
 * polls their descriptors. A batch is one Frame Streams session: READY, ACCEPT, START, the frames, STOP,
 * FINISH. Only FINISH says that the collector has them; whatever happens before means that the whole lane is
 * sent again, over a new connection. */
#ifndef SEND_LINK_H
#define SEND_LINK_H

#include "send/lane.h"
#include "send/look_up.h"

#include <tapline/frame.h>
#include <tapline/stream.h>

#define LINK_RETRY_MIN  10   /* ms */
#define LINK_RETRY_MAX  1000 /* ms */
#define LINK_SILENT_MAX 5    /* sessions that ended behind STOP, from a collector that never sent FINISH */

/* Where links lead; one for all that lead to the same place. */
struct destination {
    struct tl_endpoint endpoint;
    char name[TL_ENDPOINT_PATH_SIZE + 8]; /* for messages */
    bool unidirectional;                  /* START at once, and no answers */
    bool once;                            /* a failure is final */
    uint64_t timeout_ms;                  /* for whatever the collector has to do */
    void (*before_log)(void);             /* called before a message; may be NULL */
    struct look_up look_up;               /* of the endpoint */

    uint64_t confirmed; /* frames: FINISH was received */
    uint64_t unasked;   /* unidirectional: frames of sessions that ended in order */
    uint64_t repeated;  /* frames that were written to a connection that broke, and are sent again */
    uint64_t sessions;  /* that came as far as START */
    uint64_t breaks;    /* of these, those that ended before FINISH */
    bool is_away;       /* which was said */
    bool is_given_up;   /* which was said, too */
};

enum link_state {
    LINK_DOWN,       /* nothing to send yet, or waiting for `due_ms` */
    LINK_CONNECTING, /* looking up a name (no `fd` yet), or connect(2) */
    LINK_GREETING,   /* ACCEPT is due */
    LINK_SENDING,
    LINK_STOPPING, /* STOP was given out, FINISH is due */
    LINK_SETTLED,  /* the lane is confirmed */
    LINK_GIVEN_UP, /* it never will be */
};

struct link {
    struct destination *to;  /* borrowed, as is */
    const struct lane *lane; /* this */
    enum link_state state;
    bool is_closing;               /* nothing will be added to the lane */
    int fd;                        /* or -1 */
    struct tl_addresses addresses; /* TCP */
    uint64_t connected_by_ms;      /* CONNECTING: or it has failed */
    size_t sent;                   /* bytes of the lane over this connection */
    struct tl_sender_end end;
    struct tl_frame_decoder decoder;   /* of what the collector says */
    uint8_t out[TL_CONTROL_FRAME_MAX]; /* a control frame, which goes before anything else */
    size_t out_size, out_done;
    unsigned silent;   /* sessions in a row that ended between STOP and FINISH */
    unsigned delay_ms; /* after the next failure */
    uint64_t due_ms;   /* DOWN: try again; else the collector must have done something */
};

void link_init(struct link *link, struct destination *to, const struct lane *lane);

/* Gets on as far as is possible at once. `now_ms` of process_clock_ms. What goes wrong is logged. */
void link_step(struct link *link, uint64_t now_ms);

/* Nothing will be added to the lane: it is to be confirmed. */
static inline void link_close_batch(struct link *link)
{
    link->is_closing = true;
}

/* The lane was emptied: another batch begins. */
void link_begin_batch(struct link *link);

/* True if nothing more will happen: the batch is confirmed, given up, or has no frames. */
bool link_is_settled(const struct link *link);

/* True if the collector is not there: nothing came of the last attempt to connect. */
static inline bool link_is_away(const struct link *link)
{
    return link->state == LINK_DOWN || (link->state == LINK_CONNECTING && link->to->is_away);
}

/* What to poll, and for what (0: nothing), and when link_step is due anyway. */
int link_fd(const struct link *link);
short link_events(const struct link *link);
static inline uint64_t link_due(const struct link *link)
{
    return link->state == LINK_DOWN && !link->lane->frames ? UINT64_MAX : link->due_ms;
}

/* Ends it for good, whatever it is at; a session that is not over is broken off. */
void link_give_up(struct link *link);

#endif
