/* capture/peers: all connections of a capture, and the books over them. */
#ifndef CAPTURE_PEERS_H
#define CAPTURE_PEERS_H

#include "capture/connection.h"

#include "process/log.h"

struct peers {
    struct queue *queue;
    struct tl_bytes content_type; /* that is taken; borrowed. Dnstap, unless it is changed after peers_init */
    struct senders *senders;      /* what those who take part tell; NULL: nobody is asked to. Not peers' */
    struct connection *connections[QUEUE_PEERS]; /* by entry of the queue's table; NULL: none is open there */
    uint32_t count;
    uint32_t highest; /* there are none from here on */
    uint64_t serial;  /* connections ever */
    uint64_t refused; /* of them, those that did not speak Frame Streams of that content type */
    uint64_t pauses;  /* times that receiving stopped because the queue was full */
    uint64_t paused_ms;
    uint64_t hidden_max_unix, hidden_max_tcp;
    struct process_limit limit; /* of lines about connections that brought nothing */
};

void peers_init(struct peers *peers, struct queue *queue);
void peers_done(struct peers *peers);

/* Takes over an accepted socket. NULL, and the socket closed, if there is no entry or no memory left. */
struct connection *peers_add(struct peers *peers, int fd, bool is_unix, const char *listener,
                             uint32_t frame_limit, uint64_t now_ms);

/* Closes a connection, logs its books with the reason, and adds them to the total. Its entry of the queue's
 * table is free when that has been written. */
void peers_remove(struct peers *peers, struct connection *connection, enum books_counter cause,
                  const char *why);

/* Gives up the incomplete frame that holds the most blocks, with its connection. False if nobody holds any.
 */
bool peers_evict(struct peers *peers);

/* The run's: of all that are gone and of those that are open. */
struct books peers_books(const struct peers *peers);

/* Logs the books of every open connection and of the whole run. */
void peers_log_books(const struct peers *peers, uint64_t troubles);

#endif
