/* source/peer: one connection: what came of its stream, and what it is told. */
#ifndef SOURCE_PEER_H
#define SOURCE_PEER_H

#include "source/source.h"

#include <tapline/frame.h>

#define PEER_NAME_SIZE 128
#define PEER_READ_SIZE 262144 /* at most so much is read in one turn, so that the others get theirs */

/* Memory that the peers read into in turn. */
struct peer_buffer {
    uint8_t *memory; /* PEER_BUFFER_SIZE bytes */
    char text[SOURCE_TEXT_SIZE];
};

#define PEER_REST_SMALL  16384 /* a rest up to here is copied in front of what is read */
#define PEER_BUFFER_SIZE (PEER_REST_SMALL + PEER_READ_SIZE)

struct peer {
    struct peer *next, *before; /* in the list of all */
    int fd;
    struct tl_frame_decoder decoder;
    struct tl_receiver receiver;
    struct tl_bytes left; /* of this turn: read, and not taken; in the shared buffer or in `rest` */
    uint8_t *rest;        /* between turns: a frame that has begun */
    size_t rest_size, rest_room;
    bool is_in_rest; /* `left` is */
    bool has_ended;  /* the peer closed, or `error` (errno) came */
    bool is_stopped; /* from our side: what the kernel holds is still read */
    bool is_over;    /* all was said */
    int error;
    char name[PEER_NAME_SIZE];
};

enum peer_step {
    PEER_ITEM,
    PEER_OVER,   /* the turn is: nothing more is there now */
    PEER_CLOSED, /* the connection is: nothing more is to be said of it */
};

/* Takes over `fd`. NULL without memory; then it is closed. */
struct peer *peer_new(int fd, uint32_t frame_limit);
void peer_free(struct peer *peer);

/* Takes no more from the peer; what the kernel already holds can still be received. */
void peer_stop(struct peer *peer);

/* Begins a turn: receives once. The connection's end and its errors become items of the turn. */
void peer_receive(struct peer *peer, struct peer_buffer *buffer);

/* The next item of this turn. */
enum peer_step peer_next(struct peer *peer, struct peer_buffer *buffer, struct source_item *ret_item);

#endif
