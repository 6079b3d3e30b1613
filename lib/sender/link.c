/* The connection of a route. Invariant: the bytes of a connection are control frames and then whole frames of
 * the lanes, each byte once, whatever the kernel takes at a time. */
#include "link.h"

#include "connect.h"
#include "losses.h"
#include "route.h"
#include "transport.h"

#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define PIECES_MAX  64
#define WRITE_BYTES ((uint64_t)256 << 10) /* a socket takes less */
#define END_AWAITED 1000000000u           /* ns: for the end of a peer that takes no more */

void link_init(struct link *link)
{
    memset(link, 0, sizeof(*link));
    link->fd = -1;
    link->deadline = NEVER;
}

/* Handshake ------------------------------------------------------------------------------------------- */

static void put_control(struct link *link, const struct tl_control *control)
{
    size_t size = 0;

    /* There is room: what was put before has been written when the peer answers. */
    if (tl_control_encode(control, link->out + link->out_size, sizeof(link->out) - link->out_size, &size) ==
        TL_OK)
        link->out_size += size;
}

static void come_to_sending(struct route *route, uint64_t now)
{
    struct link *link = &route->link;

    link->state = TL_SENDER_LINK_SENDING;
    link->deadline = NEVER;
    link->since = link->moved = now;
    count(&current(route)->counts.connections, 1);
}

static struct tl_bytes content_type(const struct route *route)
{
    return route->sender->options.content_type;
}

static void greet(struct route *route, uint64_t now)
{
    struct link *link = &route->link;
    struct tl_control first;

    connect_set_up(link, route->sender->ring_size);
    link->deadline = link->answer_at;
    tl_frame_decoder_init(&link->decoder, 0);
    tl_sender_end_init(&link->end, !current(route)->unidirectional, content_type(route), &first);
    tl_sender_end_offer(&link->end, &first);
    put_control(link, &first);
    if (link->end.state == TL_SENDER_DATA)
        come_to_sending(route, now);
    else
        link->state = TL_SENDER_LINK_GREETING;
}

/* A connection on which START was sent by somebody else. */
static void take_over(struct route *route, uint64_t now)
{
    struct link *link = &route->link;
    struct tl_control first;
    int kind = 0;
    socklen_t size = sizeof(kind);

    link->fd = current(route)->given_fd;
    current(route)->given_fd = -1;
    link->is_unix = getsockopt(link->fd, SOL_SOCKET, SO_DOMAIN, &kind, &size) == 0 && kind == AF_UNIX;
    tl_frame_decoder_init(&link->decoder, 0);
    tl_sender_end_init(&link->end, !current(route)->unidirectional, content_type(route), &first);
    link->end.state = TL_SENDER_DATA;
    come_to_sending(route, now);
}

/* What became of an attempt to connect, which had a socket before or only looked up a name. */
static enum tl_status take_connect(struct route *route, enum tl_status status, bool had_socket, uint64_t now)
{
    struct link *link = &route->link;

    if (status != TL_OK && status != TL_MORE)
        return status;
    if (!had_socket)
        link->answer_at = now + (uint64_t)route->sender->options.answer_ms * 1000000u;
    if (status == TL_OK)
        greet(route, now);
    else
        link->deadline =
            link->fd < 0 ? link->answer_at : tl_connect_due(&link->addresses, now, link->answer_at);
    return TL_OK;
}

static enum tl_status go_on_connecting(struct route *route, uint64_t now)
{
    struct link *link = &route->link;
    bool had_socket = link->fd >= 0;

    return take_connect(route, connect_go_on(link, current(route), now >= link->deadline), had_socket, now);
}

enum tl_status link_open(struct route *route, uint64_t now)
{
    struct link *link = &route->link;
    struct endpoint *endpoint = current(route);

    link_init(link);
    link->state = TL_SENDER_LINK_CONNECTING;
    if (endpoint->given_fd >= 0) {
        take_over(route, now);
        return TL_OK;
    }
    if (endpoint->has_transport) {
        enum tl_status status = transport_open(endpoint);
        if (status == TL_OK)
            come_to_sending(route, now);
        return status;
    }
    link->is_unix = endpoint->address.kind == TL_ENDPOINT_UNIX;
    return take_connect(route, connect_begin(link, endpoint), false, now);
}

/* Reading --------------------------------------------------------------------------------------------- */

/* The first `connection` bytes are the peer's. */
static void confirm(struct route *route, uint64_t connection, uint64_t now)
{
    struct link *link = &route->link;

    if (connection <= link->confirmed)
        return;
    link->confirmed = connection;
    link->moved = now;
    route_confirm(route, connection);
    losses_confirm(route, connection);
}

static enum tl_status take_ack(struct route *route, struct tl_bytes payload, uint64_t now)
{
    struct link *link = &route->link;
    uint64_t acked;
    enum tl_status status = tl_ack_decode(payload, &acked);

    if (status != TL_OK)
        return status;
    if (acked < link->acked || acked > link->written)
        return TL_BAD_ACK;
    link->acked = acked;
    link->has_ack = true;
    count(&current(route)->counts.acks, 1);
    confirm(route, acked, now);
    return TL_OK;
}

static enum tl_status take_control(struct route *route, struct tl_bytes payload, uint64_t now)
{
    struct link *link = &route->link;
    struct tl_control control, reply;
    enum tl_status status = tl_control_decode(payload, &control, NULL);

    if (status == TL_OK && control.type == TL_CONTROL_ACK && link->end.acknowledged)
        return take_ack(route, payload, now);
    if (status == TL_OK)
        status = tl_sender_end_control(&link->end, &control, &reply);
    if (status != TL_OK || !reply.type)
        return status;
    put_control(link, &reply);
    come_to_sending(route, now);
    return TL_OK;
}

static enum tl_status take_bytes(struct route *route, struct tl_bytes bytes, uint64_t now)
{
    enum tl_status status;
    struct tl_frame frame;

    while ((status = tl_frame_skim(&route->link.decoder, &bytes, &frame)) == TL_OK) {
        if (frame.kind != TL_FRAME_CONTROL)
            return TL_UNEXPECTED_DATA;
        status = take_control(route, frame.payload, now);
        if (status != TL_OK)
            return status;
    }
    if (status != TL_MORE)
        return status;
    /* Who begins with a length speaks something else, and may never come to the end of it. */
    return route->link.decoder.skip ? TL_UNEXPECTED_DATA : TL_OK;
}

/* On a unix socket the peer may have closed only its writing side; that it is gone is said otherwise. */
static enum tl_status take_end(struct link *link, short found)
{
    return link->is_unix && !(found & POLLHUP) && link->state == TL_SENDER_LINK_SENDING ? TL_OK : TL_END;
}

static enum tl_status receive(struct route *route, short found, uint64_t now)
{
    struct link *link = &route->link;
    uint8_t buffer[4096];

    for (unsigned turn = 0; turn < 16; turn++) {
        ssize_t got = recv(link->fd, buffer, sizeof(buffer), MSG_DONTWAIT);
        if (got > 0) {
            enum tl_status status = take_bytes(route, tl_bytes(buffer, (size_t)got), now);
            if (status != TL_OK)
                return status;
        } else if (got == 0) {
            link->ended = true;
            return take_end(link, found);
        } else if (errno == EAGAIN) {
            return found & POLLHUP ? TL_END : TL_OK;
        } else if (errno != EINTR) {
            link->was_reset |= errno == ECONNRESET;
            return TL_SYSTEM;
        }
    }
    return TL_OK;
}

int link_fd(const struct route *route)
{
    const struct link *link = &route->link;

    return link->state == TL_SENDER_LINK_CONNECTING ? connect_fd(link, &route->endpoints[route->current])
                                                    : link->fd;
}

short link_events(const struct route *route)
{
    const struct link *link = &route->link;

    if (link->state == TL_SENDER_LINK_CONNECTING)
        return connect_events(link);
    return (short)((link->ended ? 0 : POLLIN) | (link->blocked && !link->refused ? POLLOUT : 0));
}

enum tl_status link_step(struct route *route, short found, uint64_t now)
{
    struct link *link = &route->link;
    enum tl_status status = TL_OK;

    if (link->state == TL_SENDER_LINK_CONNECTING)
        return go_on_connecting(route, now);
    if (found & (POLLIN | POLLHUP | POLLERR))
        status = receive(route, found, now);
    if (found & POLLOUT)
        link->blocked = false;
    if (status == TL_OK && now >= link->deadline)
        status = link->refused ? TL_END : TL_TIME_UP;
    return status;
}

/* Writing --------------------------------------------------------------------------------------------- */

void link_sample(struct route *route)
{
    struct link *link = &route->link;
    int unread = 0;

    link->sampled = 0;
    if (!link_awaits_acks(link) && (route->first < route->next || link->told_at) &&
        ioctl(link->fd, SIOCOUTQ, &unread) == 0 && unread >= 0 && link->written > (uint64_t)unread)
        link->sampled = link->written - (uint64_t)unread;
}

void link_believe_sample(struct route *route, uint64_t now)
{
    const struct link *link = &route->link;

    confirm(route, link->sampled, now);
}

/* A unix peer that has shut down its reading side refuses more, but may well read what it has: a collector
 * that stops in good order does. What it has read is known when it is gone. */
static enum tl_status take_refusal(struct link *link, uint64_t now)
{
    if (errno == EPIPE && link->is_unix) {
        link->refused = true;
        link->deadline = now + END_AWAITED;
        return TL_OK;
    }
    link->was_reset |= errno == ECONNRESET;
    return TL_SYSTEM;
}

static int pieces_to_write(struct route *route, struct iovec *pieces, uint64_t most, uint64_t *ret_size)
{
    struct link *link = &route->link;
    int found = 0;

    if (link->out_done < link->out_size)
        pieces[found++] = (struct iovec){link->out + link->out_done, link->out_size - link->out_done};
    if (link->state == TL_SENDER_LINK_SENDING)
        found += route_pieces(route, pieces + found, PIECES_MAX - 1, most);
    *ret_size = 0;
    for (int i = 0; i < found; i++)
        *ret_size += pieces[i].iov_len;
    return found;
}

static void wrote(struct route *route, uint64_t size, uint64_t now)
{
    struct link *link = &route->link;
    uint64_t control = link->out_size - link->out_done;

    control = control < size ? control : size;
    link->out_done += control;
    if (link->out_done == link->out_size)
        link->out_done = link->out_size = 0;
    link->written += size;
    link->moved = now;
    if (size > control) {
        count(&current(route)->counts.writes, 1);
        route_wrote(route, size - control, link->written);
    }
}

static ssize_t send_pieces(int fd, struct iovec *pieces, int count)
{
    struct msghdr message = {.msg_iov = pieces, .msg_iovlen = (size_t)count};
    ssize_t put;

    do
        put = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (put < 0 && errno == EINTR);
    return put;
}

/* LOSS goes between two frames. False: not yet. */
static bool put_losses(struct route *route, uint64_t now)
{
    if (route->link.out_size || route->done)
        return false;
    losses_put(route, now);
    return true;
}

/* One that accepts whatever it is offered does not take part: then the kernel's word has to do. */
static void doubt_acks(struct route *route, uint64_t now)
{
    struct link *link = &route->link;

    if (link->end.acknowledged && !link->has_ack && link->state == TL_SENDER_LINK_SENDING &&
        now - link->since > (uint64_t)route->sender->options.answer_ms * 1000000u)
        link->end.acknowledged = false;
}

/* Once: between two writes the other routes get their turn, and the sample is looked at. */
static enum tl_status write_to_socket(struct route *route, uint64_t now)
{
    struct link *link = &route->link;
    struct iovec pieces[PIECES_MAX];
    uint64_t most = route->sender->ring_size / 8, size;

    if (link->blocked || link->refused)
        return TL_OK;
    doubt_acks(route, now);
    most = most < WRITE_BYTES ? most : WRITE_BYTES;
    if (link->state == TL_SENDER_LINK_SENDING)
        route_take(route, most);
    if (losses_are_due(route, now, false) && !put_losses(route, now))
        most = 1; /* no more than the stretch that is being written */
    int found = pieces_to_write(route, pieces, most, &size);
    if (found) {
        ssize_t put = send_pieces(link->fd, pieces, found);
        if (put < 0 && errno != EAGAIN)
            return take_refusal(link, now);
        if (put > 0)
            wrote(route, (uint64_t)put, now);
        link->blocked = put < 0 || (uint64_t)put < size;
    }
    link_sample(route);
    return TL_OK;
}

enum tl_status link_write(struct route *route, uint64_t now)
{
    if (!current(route)->has_transport)
        return write_to_socket(route, now);
    return route->link.state == TL_SENDER_LINK_SENDING ? transport_write(route, now) : TL_OK;
}

/* Ending ---------------------------------------------------------------------------------------------- */

enum tl_status link_stop(struct route *route, uint64_t deadline)
{
    struct link *link = &route->link;
    struct tl_control stop;

    link->state = TL_SENDER_LINK_STOPPING;
    if (link->fd < 0)
        return TL_OK;
    link->deadline = deadline;
    if (losses_are_due(route, 0, true))
        put_losses(route, 0);
    enum tl_status status = tl_sender_end_stop(&link->end, &stop);
    if (status == TL_OK)
        put_control(link, &stop);
    return status;
}

bool link_is_finished(const struct route *route)
{
    const struct link *link = &route->link;

    if (link->state != TL_SENDER_LINK_STOPPING || link->out_done < link->out_size)
        return false;
    if (link->fd < 0)
        return true;
    /* One that does not answer is known to have read everything by the kernel's word alone. */
    return link->end.state == TL_SENDER_DONE && (link->end.bidirectional || route->first == route->next);
}

/* A unix socket whose peer closed it says ECONNRESET if that left bytes unread, and nothing if not. */
bool link_is_read_up(struct route *route)
{
    struct link *link = &route->link;
    struct pollfd look = {.fd = link->fd};
    int error = 0;
    socklen_t size = sizeof(error);

    if (link->fd < 0 || !link->is_unix || link->was_reset)
        return false;
    return poll(&look, 1, 0) == 1 && (look.revents & POLLHUP) &&
           getsockopt(link->fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
}

void link_hear_out(struct route *route, uint64_t now)
{
    if (route->link.fd >= 0 && route->link.end.acknowledged)
        receive(route, 0, now);
}

/* The peer is to see the end even if a child has the descriptor too. */
void link_close(struct route *route, bool in_order)
{
    struct link *link = &route->link;
    enum tl_sender_link state = link->state;

    if (link->fd >= 0) {
        shutdown(link->fd, SHUT_RDWR);
        close(link->fd);
    } else if (current(route)->has_transport && state >= TL_SENDER_LINK_SENDING) {
        transport_close(current(route), in_order);
    }
    link_init(link);
}
