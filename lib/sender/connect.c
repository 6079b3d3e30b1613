/* Sockets on their way to being connected. Invariant: an endpoint has one look-up at most, which outlives the
 * attempts: a resolver that needs longer than one of them is not asked again and again. */
#include "connect.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>

#define KEEPALIVE_IDLE 30 /* s */
#define KEEPALIVE_NEXT 10 /* s */
#define KEEPALIVE_LOST 3

/* TL_MORE: it is being looked up. */
static enum tl_status find_addresses(struct endpoint *endpoint, struct tl_addresses *ret_addresses)
{
    struct tl_look_up *look_up = endpoint->look_up;
    enum tl_status status;

    if (!look_up) {
        status = tl_endpoint_look_up(&endpoint->address, false, ret_addresses);
        if (status == TL_BAD_TEXT)
            status = tl_look_up_start(&endpoint->address, &endpoint->look_up);
        return status == TL_OK && endpoint->look_up ? TL_MORE : status;
    }
    status = tl_look_up_result(look_up, ret_addresses);
    if (status == TL_MORE)
        return status;
    int error = errno;
    endpoint->look_up = NULL; /* first: a child that is forked here must not free it again */
    tl_look_up_free(look_up);
    errno = error;
    return status;
}

enum tl_status connect_begin(struct link *link, struct endpoint *endpoint)
{
    enum tl_status status = TL_OK;

    if (endpoint->address.kind == TL_ENDPOINT_TCP)
        status = find_addresses(endpoint, &link->addresses);
    return status == TL_OK ? tl_connect_begin(&endpoint->address, &link->addresses, &link->fd) : status;
}

enum tl_status connect_go_on(struct link *link, struct endpoint *endpoint, bool is_late)
{
    if (link->fd >= 0)
        return tl_connect_next(&link->addresses, is_late, &link->fd);
    enum tl_status status = connect_begin(link, endpoint);
    return status == TL_MORE && link->fd < 0 && is_late ? TL_TIME_UP : status;
}

int connect_fd(const struct link *link, const struct endpoint *endpoint)
{
    return link->fd < 0 && endpoint->look_up ? tl_look_up_fd(endpoint->look_up) : link->fd;
}

short connect_events(const struct link *link)
{
    return link->fd < 0 ? POLLIN : POLLOUT;
}

static void set(int fd, int level, int option, int value)
{
    setsockopt(fd, level, option, &value, sizeof(value));
}

void connect_set_up(const struct link *link, size_t ring_size)
{
    if (link->is_unix) {
        /* The socket never holds more than three eighths of a ring; half of one is kept for sending again.
         * (The kernel doubles the number, counts its overhead, and goes beyond the limit by half of it.) */
        set(link->fd, SOL_SOCKET, SO_SNDBUF, (int)(ring_size / 8));
        return;
    }
    set(link->fd, IPPROTO_TCP, TCP_NODELAY, 1); /* there are only long writes, and such as may not wait */
    set(link->fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set(link->fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE);
    set(link->fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_NEXT);
    set(link->fd, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_LOST);
}
