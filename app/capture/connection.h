/* capture/connection: one peer - its socket, its handshake, and its stream on the way into the queue. */
#ifndef CAPTURE_CONNECTION_H
#define CAPTURE_CONNECTION_H

#include "capture/senders.h"

#include <tapline/frame.h>

#define CONNECTION_ACK_BYTES ((uint64_t)128 << 10) /* so much is worth an ACK at once */

struct connection {
    int fd;
    bool is_unix;
    bool is_draining; /* the capture stops: what the kernel holds is read, no more is wanted */
    struct queue_peer *peer;
    struct queue_chain chain;
    struct tl_frame_decoder decoder;
    struct tl_receiver receiver;
    uint64_t whole;          /* stream offset behind the last whole data frame */
    uint64_t frames;         /* data frames between the peer's `walked` and `whole` */
    uint64_t finish_at;      /* STOP came: piece bytes that must be written before FINISH goes out */
    uint64_t opened_ms;      /* monotonic */
    uint64_t heard_ms;       /* of the last byte */
    int error;               /* errno that the socket had reported; 0: none */
    char why[160];           /* why it was refused, if that takes more than a fixed sentence */
    uint32_t fresh;          /* blocks to offer to the next receive: adapts to what comes */
    struct senders *senders; /* what it may tell of frames that it dropped; NULL: it takes no part in that */
    uint64_t acked;          /* stream offset of the last ACK */
    uint64_t acked_ms;       /* when that was */
    uint8_t ack[32];         /* an ACK of which the socket took only the beginning */
    uint32_t ack_size, ack_done;
};

/* What a step came to. */
enum connection_step {
    CONNECTION_GOES_ON, /* more may come */
    CONNECTION_IDLE,    /* the socket is empty now */
    CONNECTION_STARVED, /* the queue has no room: try again after queue_reclaim */
    CONNECTION_STOPPED, /* STOP came: connection_finish once `finish_at` is written */
    CONNECTION_ENDED,   /* the peer closed, or the socket failed */
    CONNECTION_REFUSED, /* the peer does not speak Frame Streams of that content type: `ret_why` */
};

/* Takes over `fd` for `peer`, which queue_open_peer() gave out. */
void connection_init(struct connection *connection, int fd, bool is_unix, struct queue_peer *peer,
                     uint32_t frame_limit, uint64_t now_ms);

/* Receives once and walks over what came. `*ret_why` is set for CONNECTION_ENDED (NULL after a plain end) and
 * REFUSED: valid until the next call for any connection. */
enum connection_step connection_receive(struct connection *connection, struct queue *queue, uint64_t now_ms,
                                        const char **ret_why);

/* Walks on over bytes that were received before the queue had no room. */
enum connection_step connection_walk(struct connection *connection, struct queue *queue,
                                     const char **ret_why);

/* Says to a peer that takes part how much of its stream is kept, if that is due: much more than was said
 * before, or a little for some time; `is_last`: in any case. Returns in how many ms it will be due, 0 if
 * there is nothing that waits for its time, or for room in the socket. */
uint64_t connection_acknowledge(struct connection *connection, const struct queue *queue, uint64_t now_ms,
                                bool is_last);

/* True if the peer takes part and has brought what is not yet known to be kept. */
bool connection_awaits_ack(const struct connection *connection, const struct queue *queue);

/* START has come: a peer that takes part is told so, with the first ACK. */
void connection_begin_acks(struct connection *connection);

/* Sends the rest of an ACK that was sent in part. False if the socket takes no more. */
bool connection_complete_ack(struct connection *connection);

/* Answers STOP with FINISH, if the peer awaits that. */
void connection_finish(struct connection *connection);

/* Closes the socket, enters what is left of the stream under `cause`, pushes what was lost, and gives back
 * the queue's blocks. The peer's entry stays the caller's, who closes it. */
void connection_done(struct connection *connection, struct queue *queue, enum books_counter cause);

#endif
