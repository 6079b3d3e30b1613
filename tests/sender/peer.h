/* A collector in the hands of a test, step by step: every call waits until it is done, and the watchdog ends
 * a test that waits in vain. Frames are numbered: a lane's number and a count in their first eight bytes,
 * then bytes that follow from both, so that one that is damaged or out of place is recognised. */
#ifndef SENDER_PEER_H
#define SENDER_PEER_H

#include "proof/test.h"

#include "proof/folder.h"

#include <tapline/frame.h>
#include <tapline/sender.h>
#include <tapline/stream.h>

#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define WATCHDOG     240 /* s */
#define NUMBERED_MIN 8
#define LANES_SEEN   16

static inline void watchdog(void)
{
    alarm(WATCHDOG);
}

/* A frame of `size` bytes. */
static inline struct tl_bytes numbered(uint8_t *buffer, size_t size, uint32_t lane, uint32_t number)
{
    memcpy(buffer, &lane, 4);
    memcpy(buffer + 4, &number, 4);
    for (size_t i = NUMBERED_MIN; i < size; i++)
        buffer[i] = (uint8_t)(number * 31 + lane + i);
    return tl_bytes(buffer, size);
}

/* What has come in over any number of connections. */
struct seen {
    uint64_t frames;           /* all */
    uint64_t again;            /* of these, such as had come before */
    uint64_t damaged;          /* not as numbered() makes them */
    uint64_t jumps;            /* numbers that were left out */
    uint32_t next[LANES_SEEN]; /* behind the highest number of each lane */
};

static inline void see(struct seen *seen, struct tl_bytes frame)
{
    uint32_t lane, number;

    seen->frames++;
    if (frame.size < NUMBERED_MIN) {
        seen->damaged++;
        return;
    }
    memcpy(&lane, frame.data, 4);
    memcpy(&number, frame.data + 4, 4);
    for (size_t i = NUMBERED_MIN; i < frame.size; i++) {
        if (frame.data[i] != (uint8_t)(number * 31 + lane + i)) {
            seen->damaged++;
            return;
        }
    }
    if (lane >= LANES_SEEN) {
        seen->damaged++;
    } else if (number < seen->next[lane]) {
        seen->again++;
    } else {
        seen->jumps += number - seen->next[lane];
        seen->next[lane] = number + 1;
    }
}

#define PEER_BUFFER ((size_t)4 << 20)

struct peer {
    int listening, fd;
    bool ended;          /* by the sender, or by STOP */
    bool takes_part;     /* in acknowledgements: see peer_ack */
    struct tl_loss loss; /* the last one that was told */
    unsigned losses;     /* how many were */
    struct tl_receiver receiver;
    struct tl_frame_decoder decoder;
    uint8_t *buffer;
    size_t held;
    struct seen *seen;
};

/* Listens at an address; "tcp:127.0.0.1:0" and the like get a port, which is then in `address`. */
static inline struct peer peer_listen(char *address, struct seen *seen)
{
    struct peer peer = {.fd = -1, .seen = seen, .buffer = malloc(PEER_BUFFER)};
    struct tl_endpoint endpoint;
    struct sockaddr_in bound;
    socklen_t size = sizeof(bound);
    size_t count;

    assert_non_null(peer.buffer);
    assert_int_equal(tl_endpoint_parse(address, &endpoint), TL_OK);
    assert_int_equal(tl_endpoint_listen(&endpoint, NULL, &peer.listening, 1, &count), TL_OK);
    if (endpoint.kind == TL_ENDPOINT_TCP) {
        assert_int_equal(getsockname(peer.listening, (struct sockaddr *)&bound, &size), 0);
        sprintf(address, "tcp:127.0.0.1:%u", ntohs(bound.sin_port));
    }
    return peer;
}

/* A connection is new. */
static inline void peer_begin(struct peer *peer)
{
    tl_frame_decoder_init(&peer->decoder, 0);
    tl_receiver_init(&peer->receiver, tl_bytes_of_text(TL_SENDER_CONTENT_DEFAULT));
    peer->receiver.may_acknowledge = peer->takes_part;
    peer->held = 0;
    peer->ended = false;
}

/* The next connection, without a word. */
static inline void peer_connect(struct peer *peer)
{
    struct pollfd wait = {.fd = peer->listening, .events = POLLIN};

    while ((peer->fd = accept(peer->listening, NULL, NULL)) < 0)
        poll(&wait, 1, -1);
    peer_begin(peer);
}

static inline void peer_say(struct peer *peer, struct tl_control control)
{
    uint8_t wire[TL_CONTROL_FRAME_MAX];
    size_t size;

    assert_int_equal(tl_control_encode(&control, wire, sizeof(wire), &size), TL_OK);
    if (send(peer->fd, wire, size, MSG_NOSIGNAL) < 0)
        peer->ended = true;
}

/* Says that it has the first `offset` bytes of the stream. */
static inline void peer_ack(struct peer *peer, uint64_t offset)
{
    uint8_t wire[TL_CONTROL_FRAME_MAX];
    size_t size;

    assert_int_equal(tl_ack_encode(offset, wire, sizeof(wire), &size), TL_OK);
    if (send(peer->fd, wire, size, MSG_NOSIGNAL) < 0)
        peer->ended = true;
}

/* What the last LOSS said of a cause; 0 and 0 if nothing. */
static inline struct tl_lost peer_lost(const struct peer *peer, enum tl_loss_cause cause)
{
    for (uint32_t i = 0; i < peer->loss.count; i++) {
        if (peer->loss.lost[i].cause == (uint32_t)cause)
            return peer->loss.lost[i];
    }
    return (struct tl_lost){0, 0, 0};
}

static inline void peer_take_frame(struct peer *peer, const struct tl_frame *frame)
{
    struct tl_control control, reply;

    if (frame->kind == TL_FRAME_DATA) {
        assert_int_equal(tl_receiver_data(&peer->receiver), TL_OK);
        see(peer->seen, frame->payload);
        return;
    }
    assert_int_equal(frame->kind, TL_FRAME_CONTROL);
    assert_int_equal(tl_control_decode(frame->payload, &control, NULL), TL_OK);
    if (control.type == TL_CONTROL_LOSS) {
        assert_true(peer->receiver.acknowledges);
        assert_int_equal(peer->receiver.state, TL_RECEIVER_DATA);
        assert_int_equal(tl_loss_decode(frame->payload, &peer->loss), TL_OK);
        peer->losses++;
        return;
    }
    assert_int_equal(tl_receiver_control(&peer->receiver, &control, &reply), TL_OK);
    if (reply.type)
        peer_say(peer, reply);
    peer->ended |= peer->receiver.state == TL_RECEIVER_STOPPED;
}

/* Reads once, at most `size` bytes. False: the connection is at its end, or broken. */
static inline bool peer_read(struct peer *peer, size_t size)
{
    struct tl_frame frame;
    enum tl_status status;

    if (peer->ended)
        return false;
    size = size < PEER_BUFFER - peer->held ? size : PEER_BUFFER - peer->held;
    ssize_t got = recv(peer->fd, peer->buffer + peer->held, size, 0);
    if (got <= 0)
        return false;
    struct tl_bytes in = tl_bytes(peer->buffer, peer->held + (size_t)got);
    while ((status = tl_frame_next(&peer->decoder, &in, &frame)) == TL_OK)
        peer_take_frame(peer, &frame);
    assert_int_equal(status, TL_MORE);
    memmove(peer->buffer, in.data, in.size);
    peer->held = in.size;
    return true;
}

/* Reads if there is anything to be read within a moment. */
static inline void peer_read_if_any(struct peer *peer)
{
    struct pollfd wait = {.fd = peer->fd, .events = POLLIN};

    if (poll(&wait, 1, 1) == 1)
        peer_read(peer, PEER_BUFFER);
}

/* The next connection, as far as START. */
static inline void peer_greet(struct peer *peer)
{
    peer_connect(peer);
    while (peer->receiver.state != TL_RECEIVER_DATA) {
        if (!peer_read(peer, 64)) {
            close(peer->fd);
            peer_connect(peer);
        }
    }
}

/* Reads on until so many frames have come in all. False: the end came first. */
static inline bool peer_read_until(struct peer *peer, uint64_t frames)
{
    while (peer->seen->frames < frames) {
        if (!peer_read(peer, PEER_BUFFER))
            return false;
    }
    return true;
}

/* Reads to the end, and answers STOP. */
static inline void peer_finish(struct peer *peer)
{
    while (peer_read(peer, PEER_BUFFER))
        ;
    if (peer->receiver.state == TL_RECEIVER_STOPPED && peer->receiver.bidirectional)
        peer_say(peer, tl_control(TL_CONTROL_FINISH, tl_bytes(NULL, 0)));
}

static inline void peer_hang_up(struct peer *peer)
{
    if (peer->fd >= 0)
        close(peer->fd);
    peer->fd = -1;
}

static inline void peer_close(struct peer *peer)
{
    peer_hang_up(peer);
    if (peer->listening >= 0)
        close(peer->listening);
    peer->listening = -1;
    free(peer->buffer);
    peer->buffer = NULL;
}

/* tl_sender_stop beside the test, which has to answer it. */
static inline void *stop_run(void *sender)
{
    return (void *)(intptr_t)tl_sender_stop((struct tl_sender *)sender);
}

static inline pthread_t stop_begin(struct tl_sender *sender)
{
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, stop_run, sender), 0);
    return thread;
}

static inline enum tl_status stop_end(pthread_t thread)
{
    void *status;

    assert_int_equal(pthread_join(thread, &status), 0);
    return (enum tl_status)(intptr_t)status;
}

static inline struct tl_sender *start_sender(const struct tl_sender_options *options)
{
    struct tl_sender *sender = NULL;

    assert_int_equal(tl_sender_new(options, &sender), TL_OK);
    assert_int_equal(tl_sender_start(sender), TL_OK);
    return sender;
}

/* Stops it, to a peer that reads to the end and answers STOP. */
static inline void stop_in_order(struct tl_sender *sender, struct peer *peer)
{
    pthread_t stop = stop_begin(sender);

    peer_finish(peer);
    assert_int_equal(stop_end(stop), TL_OK);
}

/* Waits until the lane has room for the frame. */
static inline void submit_patiently(struct tl_sender_lane *lane, struct tl_bytes frame)
{
    while (tl_sender_lane_room(lane) < frame.size)
        usleep(50);
    assert_int_equal(tl_sender_submit(lane, frame), TL_OK);
}

/* Submits numbered frames of `size` bytes; all must be taken. */
static inline void submit_all(struct tl_sender_lane *lane, uint32_t number, uint32_t from, uint32_t to,
                              size_t size)
{
    uint8_t buffer[65536];

    for (; from < to; from++)
        assert_int_equal(tl_sender_submit(lane, numbered(buffer, size, number, from)), TL_OK);
}

/* Of a sender that is stopped: whatever was submitted is accounted for, once for each endpoint (`each`) or
 * once. */
static inline struct tl_sender_statistics assert_books(struct tl_sender *sender, uint64_t submitted,
                                                       bool each)
{
    struct tl_sender_statistics all;
    uint64_t sum = 0, sent = 0, read = 0;

    tl_sender_statistics(sender, &all);
    assert_int_equal(all.submitted, submitted);
    for (size_t i = 0; i < all.endpoint_count; i++) {
        const struct tl_sender_endpoint_statistics *of = &all.endpoints[i];
        uint64_t settled = of->sent + of->dropped_oldest + of->dropped_lagging + of->dropped_at_close;
        assert_int_equal(of->waiting, 0);
        assert_int_equal(of->link, TL_SENDER_LINK_CLOSED);
        if (each) {
            assert_int_equal(of->confirmed + of->unconfirmed, of->sent);
            assert_int_equal(settled, all.lanes.accepted);
        }
        read += of->confirmed + of->unconfirmed;
        sent += of->sent;
        sum += settled;
    }
    if (!each) {
        assert_int_equal(read, sent);
        assert_int_equal(sum, all.lanes.accepted);
    }
    return all;
}

#endif
