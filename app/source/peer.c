/* Receives from one connection. Invariant: between turns a peer holds at most one frame that has begun, so
 * its memory is bounded by the frame limit; and no byte of it is copied more often than PEER_REST_SMALL
 * allows, however slowly it comes. */
#include "source/peer.h"

#include "source/foreign.h"

#include <tapline/dnstap.h>
#include <tapline/stream.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define LENGTH_SIZE 4
#define FOREIGN_MIN 5 /* bytes that tell what a foreign stream is */

struct peer *peer_new(int fd, uint32_t frame_limit)
{
    struct peer *peer = calloc(1, sizeof(*peer));

    if (!peer) {
        close(fd);
        return NULL;
    }
    peer->fd = fd;
    tl_frame_decoder_init(&peer->decoder, frame_limit);
    tl_receiver_init(&peer->receiver, tl_bytes_of_text(TL_DNSTAP_CONTENT_TYPE));
    tl_peer_print(fd, peer->name, sizeof(peer->name));
    return peer;
}

void peer_free(struct peer *peer)
{
    close(peer->fd);
    free(peer->rest);
    free(peer);
}

void peer_stop(struct peer *peer)
{
    shutdown(peer->fd, SHUT_RD);
    peer->is_stopped = true;
}

/* Receiving ------------------------------------------------------------------------------------------- */

static void receive(struct peer *peer, uint8_t *to, size_t size, size_t *ret_size)
{
    ssize_t got;

    *ret_size = 0;
    do {
        got = recv(peer->fd, to, size, MSG_DONTWAIT);
    } while (got < 0 && errno == EINTR);
    if (got > 0) {
        *ret_size = (size_t)got;
    } else if (got == 0) {
        peer->has_ended = true;
    } else if (errno != EAGAIN) {
        peer->has_ended = true;
        peer->error = errno;
    }
}

/* Room in `rest`, which doubles, up to `size`. */
static bool make_room(struct peer *peer, size_t size)
{
    size_t room = 2 * peer->rest_room < PEER_REST_SMALL ? PEER_REST_SMALL : 2 * peer->rest_room;

    if (peer->rest_room > peer->rest_size && peer->rest_room >= PEER_REST_SMALL)
        return true;
    room = room < size ? room : size;
    uint8_t *rest = realloc(peer->rest, room);
    if (!rest)
        return false;
    peer->rest = rest;
    peer->rest_room = room;
    return true;
}

static void receive_into_rest(struct peer *peer)
{
    size_t size = (size_t)LENGTH_SIZE + tl_be32(peer->rest), got = 0;

    if (!make_room(peer, size)) {
        peer->has_ended = true;
        peer->error = ENOMEM;
    } else {
        size_t end = peer->rest_room < size ? peer->rest_room : size;
        receive(peer, peer->rest + peer->rest_size, end - peer->rest_size, &got);
    }
    peer->rest_size += got;
    peer->left = tl_bytes(peer->rest, peer->rest_size);
    peer->is_in_rest = true;
}

void peer_receive(struct peer *peer, struct peer_buffer *buffer)
{
    size_t got;

    if (peer->rest_size > PEER_REST_SMALL) {
        receive_into_rest(peer);
        return;
    }
    if (peer->rest_size)
        memcpy(buffer->memory, peer->rest, peer->rest_size);
    receive(peer, buffer->memory + peer->rest_size, PEER_READ_SIZE, &got);
    peer->left = tl_bytes(buffer->memory, peer->rest_size + got);
    peer->is_in_rest = false;
}

/* Ends a turn: keeps the frame that has begun. */
static bool keep_rest(struct peer *peer)
{
    size_t size = peer->left.size;

    if (peer->is_in_rest && size) {
        peer->rest_size = size;
        return true;
    }
    if (size > peer->rest_room || (peer->rest_room > PEER_REST_SMALL && size <= PEER_REST_SMALL)) {
        free(peer->rest);
        peer->rest = malloc(size + !size);
        peer->rest_room = peer->rest ? size : 0;
        if (!peer->rest)
            return false;
    }
    if (size)
        memcpy(peer->rest, peer->left.data, size);
    peer->rest_size = size;
    return true;
}

/* Items ----------------------------------------------------------------------------------------------- */

static enum peer_step say(struct source_item *item, enum source_kind kind, uint64_t offset, uint64_t skipped,
                          const char *text)
{
    item->kind = kind;
    item->offset = offset;
    item->skipped = skipped;
    item->is_tail = false;
    item->text = text;
    return PEER_ITEM;
}

/* The stream is none that is taken here; all of it from `offset` on that was received is skipped. */
static enum peer_step refuse(struct peer *peer, struct peer_buffer *buffer, enum tl_status status,
                             const struct tl_control *control, uint64_t offset, struct source_item *item)
{
    const char *foreign =
        peer->receiver.state == TL_RECEIVER_OPENING && !offset ? source_foreign_name(peer->left) : NULL;
    int length = snprintf(buffer->text, sizeof(buffer->text), "refused: %s",
                          foreign ? foreign : tl_status_text(status));

    if (status == TL_BAD_CONTENT_TYPE)
        snprintf(buffer->text + length, sizeof(buffer->text) - (size_t)length, ", \"%.*s\"",
                 (int)control->content_types[0].size, (const char *)control->content_types[0].data);
    for (char *at = buffer->text; *at; at++)
        *at = *at < ' ' || *at > '~' ? '?' : *at;
    peer->is_over = true;
    return say(item, SOURCE_SKIPPED, offset, peer->decoder.offset - offset + peer->left.size, buffer->text);
}

static bool send_control(struct peer *peer, const struct tl_control *control)
{
    uint8_t frame[TL_CONTROL_FRAME_MAX];
    size_t size;

    /* A few bytes, and the only ones so far: a peer that has no room for them does not read at all. */
    return tl_control_encode(control, frame, sizeof(frame), &size) == TL_OK &&
           send(peer->fd, frame, size, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)size;
}

/* STOP came, and every frame before it was given out. */
static enum peer_step finish(struct peer *peer, struct source_item *item)
{
    struct tl_control finish = tl_control(TL_CONTROL_FINISH, tl_bytes(NULL, 0));

    peer->is_over = true;
    if (peer->receiver.bidirectional)
        send_control(peer, &finish);
    if (!peer->left.size)
        return PEER_CLOSED;
    return say(item, SOURCE_SKIPPED, peer->decoder.offset, peer->left.size, "sent more behind STOP");
}

/* PEER_OVER means here: nothing to say, go on. */
static enum peer_step take_control(struct peer *peer, struct peer_buffer *buffer,
                                   const struct tl_frame *frame, struct source_item *item)
{
    struct tl_control control, reply = {.type = 0};
    enum tl_status status = tl_control_decode(frame->payload, &control, NULL);

    if (status == TL_OK)
        status = tl_receiver_control(&peer->receiver, &control, &reply);
    if (status != TL_OK)
        return refuse(peer, buffer, status, &control, frame->offset, item);
    if (reply.type)
        send_control(peer, &reply); /* if that failed, it shows as the connection's end */
    return peer->receiver.state == TL_RECEIVER_STOPPED ? finish(peer, item) : PEER_OVER;
}

static enum peer_step take(struct peer *peer, struct peer_buffer *buffer, const struct tl_frame *frame,
                           struct source_item *item)
{
    switch (frame->kind) {
    case TL_FRAME_DATA:
        item->kind = SOURCE_FRAME;
        item->offset = frame->offset;
        item->frame = frame->payload;
        return PEER_ITEM;
    case TL_FRAME_CONTROL: return take_control(peer, buffer, frame, item);
    case TL_FRAME_OVERSIZED: break;
    }
    snprintf(buffer->text, sizeof(buffer->text),
             "a frame of %llu bytes, above the limit of %lu, was passed over",
             (unsigned long long)frame->size - LENGTH_SIZE, (unsigned long)peer->decoder.limit);
    return say(item, SOURCE_SKIPPED, frame->offset, frame->size, buffer->text);
}

/* What was received holds no more whole frames. */
static enum peer_step end_turn(struct peer *peer, struct peer_buffer *buffer, struct source_item *item)
{
    uint64_t begun = peer->decoder.offset - peer->decoder.frame_offset + peer->left.size;
    const char *reason = peer->error        ? strerror(peer->error)
                         : peer->is_stopped ? "listening was ended here"
                                            : "the peer closed it";

    if (!peer->has_ended && keep_rest(peer))
        return PEER_OVER;
    if (!peer->has_ended)
        reason = strerror(ENOMEM);
    peer->is_over = true;
    /* Without any bytes, somebody looked whether anything listens here. */
    if (!begun && !peer->error && (peer->is_stopped || !peer->decoder.offset))
        return PEER_CLOSED;
    snprintf(buffer->text, sizeof(buffer->text), "the connection ended %s: %s",
             begun ? "inside a frame" : "without STOP", reason);
    return say(item, begun ? SOURCE_SKIPPED : SOURCE_NOTICE, peer->decoder.frame_offset, begun, buffer->text);
}

/* Data before START, as every foreign stream has it. */
static bool is_foreign(const struct peer *peer)
{
    return peer->receiver.state != TL_RECEIVER_DATA && peer->left.size >= LENGTH_SIZE &&
           tl_be32(peer->left.data) != 0;
}

enum peer_step peer_next(struct peer *peer, struct peer_buffer *buffer, struct source_item *item)
{
    enum peer_step step = PEER_OVER;
    struct tl_frame frame;

    if (peer->is_over)
        return PEER_CLOSED;
    item->name = peer->name;
    while (step == PEER_OVER) {
        if (is_foreign(peer))
            return peer->left.size < FOREIGN_MIN && !peer->has_ended
                       ? end_turn(peer, buffer, item)
                       : refuse(peer, buffer, TL_UNEXPECTED_DATA, NULL, peer->decoder.offset, item);
        enum tl_status status = tl_frame_next(&peer->decoder, &peer->left, &frame);
        if (status == TL_MORE)
            return end_turn(peer, buffer, item);
        if (status != TL_OK)
            return refuse(peer, buffer, status, NULL, peer->decoder.frame_offset, item);
        step = take(peer, buffer, &frame, item);
    }
    return step;
}
