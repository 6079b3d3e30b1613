/* Property: whatever a peer answers, in whatever pieces, a sender's steps end, what it sends is a stream of
 * whole frames in their order behind READY and START, what it tells of losses is right, and its books
 * agree when it is stopped. The first byte
 * of the input chooses how the peer takes part, the rest is what it says. The steps of the sender's thread
 * are taken here, one by one, so that nothing depends on time. */
#include "sender/drive.h"
#include "sender/statistics.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define FRAMES  20u
#define SIZE    300u
#define DROPPED 3u           /* as too long: to be told to a peer that takes part */
#define STEP    60000000000u /* ns from step to step: every deadline passes */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[] = "/tmp/tapline-fuzz-XXXXXX";
static char address[64];

static void demand(bool condition)
{
    if (!condition)
        abort();
}

static void remove_folder(void)
{
    unlink(address + strlen("unix:"));
    rmdir(folder);
}

static int listen_once(void)
{
    static int fd = -1;
    struct sockaddr_un name = {.sun_family = AF_UNIX};

    if (fd >= 0)
        return fd;
    demand(mkdtemp(folder) != NULL);
    snprintf(address, sizeof(address), "unix:%s/sock", folder);
    snprintf(name.sun_path, sizeof(name.sun_path), "%s/sock", folder);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    demand(fd >= 0 && bind(fd, (struct sockaddr *)&name, sizeof(name)) == 0 && listen(fd, 10) == 0);
    atexit(remove_folder);
    return fd;
}

struct peer {
    int listening, fd;
    struct tl_frame_decoder decoder;
    struct tl_receiver receiver;
    uint32_t next; /* number of the frame to come */
    size_t held;
    uint8_t buffer[65536];
};

static void look_at_frame(struct peer *peer, const struct tl_frame *frame)
{
    struct tl_control control, reply;
    uint32_t number;

    if (frame->kind == TL_FRAME_DATA) {
        demand(frame->payload.size == SIZE);
        memcpy(&number, frame->payload.data, sizeof(number));
        /* In order; after a break from an earlier one on. */
        demand(number <= peer->next && number < FRAMES);
        peer->next = number + 1;
        return;
    }
    demand(frame->kind == TL_FRAME_CONTROL && tl_control_decode(frame->payload, &control, NULL) == TL_OK);
    if (control.type == TL_CONTROL_LOSS) {
        struct tl_loss loss;
        demand(tl_receiver_data(&peer->receiver) == TL_OK && tl_loss_decode(frame->payload, &loss) == TL_OK);
        demand(loss.count == 1 && loss.lost[0].cause == TL_LOSS_TOO_LONG && loss.lost[0].before == 0 &&
               loss.lost[0].total == DROPPED);
        return;
    }
    demand(control.type == TL_CONTROL_READY || control.type == TL_CONTROL_START ||
           control.type == TL_CONTROL_STOP);
    demand(tl_receiver_control(&peer->receiver, &control, &reply) == TL_OK);
}

static void read_all(struct peer *peer)
{
    struct tl_frame frame;
    ssize_t got;

    while (peer->fd >= 0 && (got = recv(peer->fd, peer->buffer + peer->held,
                                        sizeof(peer->buffer) - peer->held, MSG_DONTWAIT)) > 0) {
        struct tl_bytes in = tl_bytes(peer->buffer, peer->held + (size_t)got);
        enum tl_status status;
        while ((status = tl_frame_next(&peer->decoder, &in, &frame)) == TL_OK)
            look_at_frame(peer, &frame);
        demand(status == TL_MORE);
        memmove(peer->buffer, in.data, in.size);
        peer->held = in.size;
    }
}

static void take_connection(struct peer *peer)
{
    if (peer->fd >= 0)
        return;
    peer->fd = accept4(peer->listening, NULL, NULL, SOCK_CLOEXEC);
    tl_frame_decoder_init(&peer->decoder, 0);
    tl_receiver_init(&peer->receiver, tl_bytes_of_text(TL_SENDER_CONTENT_DEFAULT));
    peer->held = 0;
}

static void hang_up(struct peer *peer)
{
    if (peer->fd >= 0)
        close(peer->fd);
    peer->fd = -1;
}

static short look(const struct route *route)
{
    struct pollfd found = {.fd = route->link.fd, .events = POLLIN | POLLOUT};

    return poll(&found, 1, 0) == 1 ? found.revents : 0;
}

static void check_books(struct tl_sender *sender)
{
    struct tl_sender_statistics all;

    tl_sender_statistics(sender, &all);
    const struct tl_sender_endpoint_statistics *of = &all.endpoints[0];
    demand(all.submitted == FRAMES + DROPPED && all.lanes.accepted == FRAMES);
    demand(of->reported == 0 || of->reported == DROPPED);
    demand(of->link == TL_SENDER_LINK_CLOSED && of->waiting == 0);
    demand(of->sent + of->dropped_at_close == FRAMES && of->confirmed + of->unconfirmed == of->sent);
}

/* The peer says the next piece, or goes; its socket is looked at before and after. */
static void talk(struct peer *peer, struct tl_bytes *left, unsigned piece)
{
    size_t size = piece < left->size ? piece : left->size;

    take_connection(peer);
    read_all(peer);
    if (peer->fd < 0)
        return;
    if (send(peer->fd, left->data, size, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        hang_up(peer);
    *left = tl_bytes(left->data + size, left->size - size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct peer peer;
    struct tl_sender *sender;
    static const uint8_t too_long[TL_SENDER_RING_MIN];
    uint8_t frame[SIZE] = {0};
    uint64_t now = 1000000000u;

    if (size < 1)
        return 0;
    peer = (struct peer){.listening = listen_once(), .fd = -1};
    struct tl_bytes left = tl_bytes(data + 1, size - 1);
    unsigned piece = 1 + (data[0] & 63);
    struct tl_sender_options options = {.endpoints = {{.address = address, .unidirectional = data[0] >> 7}},
                                        .ring_size = TL_SENDER_RING_MIN};
    demand(tl_sender_new(&options, &sender) == TL_OK);
    for (uint32_t i = 0; i < FRAMES; i++) {
        memcpy(frame, &i, sizeof(i));
        demand(tl_sender_submit(tl_sender_lane(sender, 0), tl_bytes(frame, sizeof(frame))) == TL_OK);
    }
    for (unsigned i = 0; i < DROPPED; i++)
        demand(tl_sender_submit(tl_sender_lane(sender, 0), tl_bytes(too_long, sizeof(too_long))) ==
               TL_FRAME_TOO_LONG);
    struct route *route = &sender->routes[0];
    for (unsigned step = 0; left.size && step < 2000; step++) {
        drive(route, look(route), now);
        talk(&peer, &left, piece);
        if (data[0] & 64 && step % 16 == 15)
            hang_up(&peer);
        now += route->link.state == TL_SENDER_LINK_DOWN ? STEP : 1;
    }
    sender->stop_at = now + STEP;
    for (unsigned step = 0; step < 10; step++, now += 1000) {
        drive(route, look(route), now);
        talk(&peer, &left, piece);
    }
    drive(route, look(route), now + STEP);
    read_all(&peer);
    check_books(sender);
    hang_up(&peer);
    for (int fd; (fd = accept4(peer.listening, NULL, NULL, SOCK_CLOEXEC)) >= 0;)
        close(fd);
    tl_sender_free(sender);
    return 0;
}
