/* send/send: frames to collectors, each until it is confirmed. Frames are gathered into batches; a batch is
 * one session of each connection, in which its frames go round robin by frame, and it stays in memory until
 * FINISH has come from everywhere. Every destination gets every frame. One thread; nothing waits but
 * send_wait and send_settle. */
#ifndef SEND_SEND_H
#define SEND_SEND_H

#include "send/link.h"

#include <signal.h>

#define SEND_DESTINATIONS_MAX 8
#define SEND_CONNECTIONS_MAX  64
#define SEND_BATCH_DEFAULT    ((size_t)16 << 20)
#define SEND_TIMEOUT_DEFAULT  60000 /* ms */
#define SEND_GRACE_MS         5000  /* for the batch at hand, after `stop` */

struct send_options {
    const struct tl_endpoint *to; /* 1 to SEND_DESTINATIONS_MAX; copied */
    size_t to_count;
    size_t connections;                /* to each of them */
    size_t batch_size;                 /* bytes of frames */
    uint64_t timeout_ms;               /* a collector that keeps quiet for so long has failed */
    bool unidirectional;               /* START at once; nothing is ever confirmed */
    bool once;                         /* no second try */
    void (*before_log)(void);          /* called before a message is written; may be NULL */
    const volatile sig_atomic_t *stop; /* becomes true when waiting shall end */
};

struct send;

/* NULL without memory. */
struct send *send_new(const struct send_options *options);
void send_free(struct send *send);

/* Adds a frame to the batch, which is sent as that is possible at once. False without memory. */
bool send_put(struct send *send, struct tl_bytes frame);

/* Writes what is there, as far as that is possible at once. */
void send_step(struct send *send);

/* Is the batch as large as it may be, or a destination given up? Then send_settle. */
bool send_is_due(const struct send *send);

/* When the first frame of the batch was put, monotonic milliseconds; 0: it has none. */
uint64_t send_begun_ms(const struct send *send);

/* Sends and receives until that time (process_clock_ms), or until `stop`. */
void send_wait(struct send *send, uint64_t until_ms);

/* Ends the batch: waits until it is confirmed everywhere, and begins another. False if that will not be: it
 * was given up (`once`, `stop`, or a collector that never sends FINISH), and so nothing can be sent any more.
 */
bool send_settle(struct send *send);

/* Frames that were put. */
uint64_t send_frames(const struct send *send);

/* Bytes of them, with their lengths. */
uint64_t send_bytes(const struct send *send);

/* What became of them at one of the destinations; NULL: there are no more. */
const struct destination *send_destination(const struct send *send, size_t index);

#endif
