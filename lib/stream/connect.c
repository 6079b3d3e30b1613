/* Sockets on their way to being connected. Invariant: none is ever waited for, and what fails leaves no
 * descriptor open. */
#include "look_up.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define FLAGS (SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK)

static void close_fd(int *fd, int error)
{
    close(*fd);
    *fd = -1;
    errno = error;
}

/* On a unix socket this does not take time; EAGAIN is a listener whose queue is full. */
static enum tl_status connect_unix(const struct tl_endpoint *endpoint, int *ret_fd)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, FLAGS, 0);

    if (fd < 0)
        return TL_SYSTEM;
    memcpy(address.sun_path, endpoint->path, strlen(endpoint->path)); /* tl_endpoint_parse: it fits */
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
        close_fd(&fd, errno);
        return TL_SYSTEM;
    }
    *ret_fd = fd;
    return TL_OK;
}

/* The addresses that were not tried, until one is connected or on its way. */
static enum tl_status try_addresses(struct tl_addresses *addresses, int *fd)
{
    while (addresses->tried < addresses->count) {
        const union tl_socket_address *address = &addresses->list[addresses->tried++];
        *fd = socket(address->any.sa_family, FLAGS, 0);
        if (*fd < 0)
            continue;
        if (connect(*fd, &address->any, tl__address_size(address)) == 0)
            return TL_OK;
        if (errno == EINPROGRESS)
            return TL_MORE;
        close_fd(fd, errno);
    }
    return TL_SYSTEM;
}

enum tl_status tl_connect_begin(const struct tl_endpoint *endpoint, struct tl_addresses *addresses, int *fd)
{
    if (endpoint->kind == TL_ENDPOINT_UNIX)
        return connect_unix(endpoint, fd);
    if (endpoint->kind != TL_ENDPOINT_TCP || addresses->count == 0)
        return TL_BAD_ARGUMENT;
    addresses->tried = 0;
    return try_addresses(addresses, fd);
}

/* 0: connected; EINPROGRESS: not yet; or why not. */
static int outcome_of(int fd)
{
    struct pollfd look = {.fd = fd, .events = POLLOUT};
    int error = 0;
    socklen_t size = sizeof(error);

    if (poll(&look, 1, 0) < 1)
        return EINPROGRESS;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

enum tl_status tl_connect_next(struct tl_addresses *addresses, bool is_late, int *fd)
{
    int outcome = outcome_of(*fd);

    if (outcome == 0)
        return TL_OK;
    if (outcome == EINPROGRESS && !is_late)
        return TL_MORE;
    bool is_last = addresses->tried == addresses->count;
    close_fd(fd, outcome);
    if (is_last && outcome == EINPROGRESS)
        return TL_TIME_UP;
    return try_addresses(addresses, fd);
}

uint64_t tl_connect_due(const struct tl_addresses *addresses, uint64_t now, uint64_t until)
{
    uint64_t left = addresses->count - addresses->tried + 1;

    return until > now ? now + (until - now) / left : now;
}
