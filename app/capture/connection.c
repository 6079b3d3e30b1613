/* One connection: receive, follow the lengths, push stretches of whole data frames. Invariant: every byte
 * received is behind `walked`, in a piece or counted as skipped, or still in the chain; nothing is decoded
 * but lengths and control frames. */
#include "capture/connection.h"

#include "source/foreign.h"

#include <tapline/dnstap.h>

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static uint64_t *counter(struct connection *connection, enum books_counter which)
{
    return &connection->peer->books.count[which];
}

void connection_init(struct connection *connection, int fd, bool is_unix, struct queue_peer *peer,
                     uint32_t frame_limit, uint64_t now_ms)
{
    memset(connection, 0, sizeof(*connection));
    connection->fd = fd;
    connection->is_unix = is_unix;
    connection->peer = peer;
    connection->chain = queue_chain();
    connection->fresh = 1;
    connection->opened_ms = connection->heard_ms = now_ms;
    tl_frame_decoder_init(&connection->decoder, frame_limit);
    tl_receiver_init(&connection->receiver, tl_bytes_of_text(TL_DNSTAP_CONTENT_TYPE));
}

/* Pushes the whole data frames walked so far. */
static void push_whole(struct connection *connection, struct queue *queue)
{
    if (connection->whole <= connection->peer->walked)
        return;
    *counter(connection, BOOKS_FRAMES_IN) += connection->frames;
    queue_push(queue, &connection->chain, connection->peer, connection->whole, connection->frames);
    connection->frames = 0;
}

/* Everything up to the decoder's place is skipped for `cause`. */
static void skip_walked(struct connection *connection, struct queue *queue, enum books_counter cause)
{
    uint64_t to = connection->decoder.offset;

    *counter(connection, cause) += to - connection->peer->walked;
    queue_skip(queue, &connection->chain, connection->peer, to);
}

static bool send_control(struct connection *connection, const struct tl_control *control)
{
    uint8_t frame[TL_CONTROL_FRAME_MAX];
    size_t size;

    /* A few bytes as the first or last ones sent: a peer whose buffer has no room for them does not read at
     * all. */
    return tl_control_encode(control, frame, sizeof(frame), &size) == TL_OK &&
           send(connection->fd, frame, size, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)size;
}

/* What the sender dropped. That it is pushed is known before the control frame is passed. */
static enum tl_status take_loss(struct connection *connection, struct queue *queue, struct tl_bytes payload)
{
    struct queue_lost lost[QUEUE_LOST_MAX];
    struct tl_loss loss;
    enum tl_status status = tl_loss_decode(payload, &loss);

    if (status != TL_OK)
        return status;
    uint32_t count = senders_take(connection->senders, &loss, lost);
    if (count)
        queue_push_lost(queue, connection->peer, connection->decoder.offset, lost, count);
    return TL_OK;
}

static enum tl_status take_control(struct connection *connection, struct queue *queue,
                                   struct tl_bytes payload)
{
    struct tl_control control, reply;
    enum tl_status status = tl_control_decode(payload, &control, NULL);
    bool has_started = connection->receiver.state == TL_RECEIVER_DATA;

    if (status == TL_OK && control.type == TL_CONTROL_LOSS && has_started &&
        connection->receiver.acknowledges)
        return take_loss(connection, queue, payload);
    if (status == TL_OK)
        status = tl_receiver_control(&connection->receiver, &control, &reply);
    if (status == TL_BAD_CONTENT_TYPE && control.content_type_count)
        snprintf(connection->why, sizeof(connection->why),
                 "it offers the content type \"%.*s\", and only \"%.*s\" is taken",
                 (int)control.content_types[0].size, (const char *)control.content_types[0].data,
                 (int)connection->receiver.content_type.size,
                 (const char *)connection->receiver.content_type.data);
    if (status != TL_OK)
        return status;
    /* Before `walked` passes START or STOP. */
    connection->peer->tells_losses = connection->receiver.acknowledges;
    connection->peer->has_started |= connection->receiver.state == TL_RECEIVER_DATA;
    connection->peer->has_stopped |= connection->receiver.state == TL_RECEIVER_STOPPED;
    queue_settle();
    /* A failed answer shows as the peer's end of the stream; what it sends meanwhile is kept. */
    if (reply.type)
        send_control(connection, &reply);
    if (!has_started && connection->receiver.state == TL_RECEIVER_DATA)
        connection_begin_acks(connection);
    return TL_OK;
}

/* A frame that is no plain data frame was walked over. */
static enum tl_status take_other(struct connection *connection, struct queue *queue,
                                 const struct tl_frame *frame)
{
    enum tl_status status = TL_OK;

    push_whole(connection, queue);
    if (frame->kind == TL_FRAME_CONTROL)
        status = take_control(connection, queue, frame->payload);
    if (status != TL_OK)
        return status;
    if (frame->kind == TL_FRAME_OVERSIZED) {
        ++*counter(connection, BOOKS_FRAMES_IN);
        ++*counter(connection, BOOKS_FRAMES_SKIPPED);
        skip_walked(connection, queue, BOOKS_SKIPPED_OVERSIZED);
    } else {
        skip_walked(connection, queue, BOOKS_SKIPPED_CONTROL);
    }
    connection->whole = connection->peer->walked;
    return TL_OK;
}

/* Nearly all frames are plain data frames that lie whole in a block: a loop of its own makes them cheap. */
static void walk_data(struct connection *connection, struct tl_bytes *stretch)
{
    if (connection->receiver.state != TL_RECEIVER_DATA)
        return;
    uint64_t frames = tl_frame_skim_data(&connection->decoder, stretch);
    if (!frames)
        return;
    connection->frames += frames;
    connection->whole = connection->decoder.offset;
}

/* Walks over one stretch: TL_MORE at its end, TL_FULL if the queue has no room, TL_END after STOP, or the
 * fault. */
static enum tl_status walk_stretch(struct connection *connection, struct queue *queue,
                                   struct tl_bytes stretch)
{
    struct tl_frame frame;

    for (;;) {
        walk_data(connection, &stretch);
        enum tl_status status = tl_frame_skim(&connection->decoder, &stretch, &frame);
        if (status == TL_MORE) {
            bool is_inside_data = connection->decoder.skip > 0;
            return is_inside_data
                       ? tl_receiver_data(&connection->receiver) == TL_OK ? TL_MORE : TL_UNEXPECTED_DATA
                       : TL_MORE;
        }
        if (status != TL_OK)
            return status;
        if (frame.kind == TL_FRAME_DATA) {
            if (connection->receiver.state != TL_RECEIVER_DATA)
                return TL_UNEXPECTED_DATA;
            connection->whole = frame.offset + frame.size;
            connection->frames++;
            continue;
        }
        if (!connection->peer->has_started && frame.kind == TL_FRAME_OVERSIZED)
            return TL_UNEXPECTED_DATA;
        status = take_other(connection, queue, &frame);
        if (status != TL_OK)
            return status;
        if (connection->receiver.state == TL_RECEIVER_STOPPED)
            return TL_END;
        if (!queue_has_room(queue))
            return TL_FULL;
    }
}

/* Says what oversized frames cost, once the last of them has passed. */
static void push_oversized(struct connection *connection, struct queue *queue)
{
    if (!connection->decoder.oversized)
        queue_push_loss(queue, connection->peer, BOOKS_SKIPPED_OVERSIZED);
}

/* An oversized frame in progress is not kept while it comes. */
static void skip_oversized(struct connection *connection, struct queue *queue)
{
    if (!connection->decoder.skip || !connection->decoder.oversized)
        return;
    connection->peer->skip_until = connection->decoder.offset + connection->decoder.skip;
    queue_settle();
    skip_walked(connection, queue, BOOKS_SKIPPED_OVERSIZED);
    connection->whole = connection->peer->walked;
}

static enum connection_step refuse(struct connection *connection, struct queue *queue, enum tl_status status,
                                   const char **ret_why)
{
    struct tl_bytes start = queue_bytes(queue, &connection->chain, 0);
    const char *foreign =
        connection->receiver.state == TL_RECEIVER_OPENING ? source_foreign_name(start) : NULL;

    *ret_why = foreign ? foreign : *connection->why ? connection->why : tl_status_text(status);
    return CONNECTION_REFUSED;
}

enum connection_step connection_walk(struct connection *connection, struct queue *queue, const char **ret_why)
{
    enum tl_status status = TL_MORE;

    while (status == TL_MORE) {
        if (!queue_has_room(queue))
            return CONNECTION_STARVED;
        struct tl_bytes stretch = queue_bytes(queue, &connection->chain, connection->decoder.offset);
        if (!stretch.size)
            break;
        status = walk_stretch(connection, queue, stretch);
    }
    push_whole(connection, queue);
    push_oversized(connection, queue);
    if (status == TL_MORE) {
        skip_oversized(connection, queue);
        return CONNECTION_GOES_ON;
    }
    if (status == TL_FULL)
        return CONNECTION_STARVED;
    if (status == TL_END) {
        connection->finish_at = queue->out;
        return CONNECTION_STOPPED;
    }
    return refuse(connection, queue, status, ret_why);
}

/* How many blocks the next receive gets: twice as many after one that filled them, fewer after one that did
 * not. */
static void adapt(struct connection *connection, size_t size)
{
    size_t offered = (size_t)connection->fresh * QUEUE_BLOCK_SIZE;

    if (size >= offered && connection->fresh < QUEUE_READ_BLOCKS)
        connection->fresh *= 2;
    else if (size < offered / 4 && connection->fresh > 1)
        connection->fresh /= 2;
}

enum connection_step connection_receive(struct connection *connection, struct queue *queue, uint64_t now_ms,
                                        const char **ret_why)
{
    ssize_t size =
        queue_receive(queue, &connection->chain, connection->peer, connection->fd, connection->fresh);

    if (size > 0) {
        *counter(connection, BOOKS_BYTES_IN) = connection->chain.received;
        connection->heard_ms = now_ms;
        adapt(connection, (size_t)size);
        return connection_walk(connection, queue, ret_why);
    }
    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return CONNECTION_IDLE;
    if (size < 0 && errno == ENOBUFS)
        return CONNECTION_STARVED;
    /* recvmmsg(2) reports an error of the socket, once, before the bytes that came before it: those are next.
     */
    if (size < 0 && !connection->error) {
        connection->error = errno;
        return CONNECTION_GOES_ON;
    }
    *ret_why = connection->error ? strerror(connection->error) : NULL;
    return CONNECTION_ENDED;
}

void connection_finish(struct connection *connection)
{
    struct tl_control finish = tl_control(TL_CONTROL_FINISH, tl_bytes(NULL, 0));

    if (connection->receiver.bidirectional && connection_complete_ack(connection))
        send_control(connection, &finish);
}

void connection_done(struct connection *connection, struct queue *queue, enum books_counter cause)
{
    uint64_t left = connection->chain.received - connection->peer->walked;

    if (connection->decoder.oversized && connection->peer->has_started)
        cause = BOOKS_SKIPPED_OVERSIZED; /* before START that is what other protocols look like */
    /* Frames that were walked and could not be pushed any more, or that came before START. */
    *counter(connection, BOOKS_FRAMES_IN) += connection->frames;
    *counter(connection, BOOKS_FRAMES_SKIPPED) += connection->frames;
    *counter(connection, cause) += left;
    queue_skip(queue, &connection->chain, connection->peer, connection->chain.received);
    queue_push_loss(queue, connection->peer, BOOKS_SKIPPED_OVERSIZED);
    queue_push_loss(queue, connection->peer, cause);
    queue_push_loss(queue, connection->peer, BOOKS_LEFT);
    close(connection->fd);
    connection->fd = -1;
}
