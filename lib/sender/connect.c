/* Sockets on their way to being connected. Invariant: none is ever waited for, and what fails leaves no
 * descriptor open. */
#include "connect.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define FLAGS          (SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK)
#define KEEPALIVE_IDLE 30 /* s */
#define KEEPALIVE_NEXT 10 /* s */
#define KEEPALIVE_LOST 3

static void close_fd(struct link *link)
{
    int error = errno;

    close(link->fd);
    link->fd = -1;
    errno = error;
}

static void set(int fd, int level, int option, int value)
{
    setsockopt(fd, level, option, &value, sizeof(value));
}

/* The socket never holds more than three eighths of a ring; half of one is kept for sending again. (The
 * kernel doubles the number, counts its overhead, and goes beyond the limit by half of it.) */
static void limit_buffer(int fd, size_t ring_size)
{
    set(fd, SOL_SOCKET, SO_SNDBUF, (int)(ring_size / 8));
}

static enum tl_status connect_unix(struct link *link, const struct tl_endpoint *endpoint, size_t ring_size)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    memcpy(address.sun_path, endpoint->path, strlen(endpoint->path));
    link->fd = socket(AF_UNIX, FLAGS, 0);
    if (link->fd < 0)
        return TL_SYSTEM;
    limit_buffer(link->fd, ring_size);
    /* On a unix socket this does not take time; EAGAIN is a listener whose queue is full. */
    if (connect(link->fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return TL_OK;
    close_fd(link);
    return TL_SYSTEM;
}

/* The addresses from link->address on, until one is connected or on its way. */
static enum tl_status try_addresses(struct link *link, bool *ret_now)
{
    for (; link->address; link->address = link->address->ai_next) {
        link->fd = socket(link->address->ai_family, FLAGS, 0);
        if (link->fd < 0)
            continue;
        set(link->fd, IPPROTO_TCP, TCP_NODELAY, 1); /* there are only long writes, and such as may not wait */
        set(link->fd, SOL_SOCKET, SO_KEEPALIVE, 1);
        set(link->fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE);
        set(link->fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_NEXT);
        set(link->fd, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_LOST);
        *ret_now = connect(link->fd, link->address->ai_addr, link->address->ai_addrlen) == 0;
        if (*ret_now || errno == EINPROGRESS)
            return TL_OK;
        close_fd(link);
    }
    return TL_SYSTEM;
}

/* A number does not need the resolver. */
static enum tl_status look_up(struct link *link, const struct tl_endpoint *endpoint)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST};
    const char *host = *endpoint->host ? endpoint->host : NULL;
    int result = getaddrinfo(host, endpoint->port, &hints, &link->addresses);

    if (result == EAI_NONAME && host) {
        hints.ai_flags = 0;
        result = getaddrinfo(host, endpoint->port, &hints, &link->addresses);
    }
    if (result != 0) {
        link->addresses = NULL;
        return result == EAI_SYSTEM ? TL_SYSTEM : TL_BAD_TEXT;
    }
    link->address = link->addresses;
    return TL_OK;
}

enum tl_status connect_begin(struct link *link, const struct tl_endpoint *endpoint, size_t ring_size,
                             bool *ret_now)
{
    if (endpoint->kind == TL_ENDPOINT_UNIX) {
        *ret_now = true;
        return connect_unix(link, endpoint, ring_size);
    }
    enum tl_status status = look_up(link, endpoint);
    return status == TL_OK ? try_addresses(link, ret_now) : status;
}

enum tl_status connect_go_on(struct link *link, bool *ret_now)
{
    int error = 0;
    socklen_t size = sizeof(error);

    if (getsockopt(link->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
        error = errno;
    *ret_now = error == 0;
    if (*ret_now)
        return TL_OK;
    errno = error;
    close_fd(link);
    link->address = link->address->ai_next;
    return try_addresses(link, ret_now);
}

void connect_done(struct link *link)
{
    if (link->addresses)
        freeaddrinfo(link->addresses);
    link->addresses = link->address = NULL;
}
