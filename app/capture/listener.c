/* Listening sockets. Invariant: a path is removed only while it is the very socket that was bound here. */
#include "capture/listener.h"

#include "process/listening.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* The endpoint with the address and port that the kernel chose. */
static void name_inet(struct listener *listener)
{
    struct sockaddr_storage bound;
    socklen_t size = sizeof(bound);
    char address[TL_ADDRESS_TEXT_SIZE];

    if (getsockname(listener->fd, (struct sockaddr *)&bound, &size) != 0)
        return;
    if (bound.ss_family == AF_INET6) {
        const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)&bound;
        tl_address_print(tl_bytes(&six->sin6_addr, 16), address);
        snprintf(listener->name, sizeof(listener->name), "tcp:[%s]:%u", address, ntohs(six->sin6_port));
    } else {
        const struct sockaddr_in *four = (const struct sockaddr_in *)&bound;
        tl_address_print(tl_bytes(&four->sin_addr, 4), address);
        snprintf(listener->name, sizeof(listener->name), "tcp:%s:%u", address, ntohs(four->sin_port));
    }
}

static void name_unix(struct listener *listener, const struct tl_endpoint *endpoint)
{
    struct stat found;

    listener->is_unix = true;
    snprintf(listener->path, sizeof(listener->path), "%s", endpoint->path);
    snprintf(listener->name, sizeof(listener->name), "unix:%s", endpoint->path);
    if (lstat(endpoint->path, &found) == 0) {
        listener->device = (unsigned long)found.st_dev;
        listener->inode = (unsigned long)found.st_ino;
    }
}

int listener_open(const struct tl_endpoint *endpoint, const struct tl_listen_options *options,
                  struct listener *listeners, size_t *count, const char **ret_text)
{
    int fds[LISTENER_SOCKETS_MAX];
    size_t opened = 0;
    enum tl_status status =
        tl_endpoint_listen(endpoint, options, fds, LISTENER_SOCKETS_MAX - *count, &opened);

    if (status != TL_OK) {
        *ret_text = *count == LISTENER_SOCKETS_MAX ? "too many listening sockets"
                                                   : process_listening_text(status, endpoint);
        return -1;
    }
    for (size_t i = 0; i < opened; i++) {
        struct listener *listener = &listeners[(*count)++];
        memset(listener, 0, sizeof(*listener));
        listener->fd = fds[i];
        if (endpoint->kind == TL_ENDPOINT_UNIX)
            name_unix(listener, endpoint);
        else
            name_inet(listener);
    }
    return 0;
}

static void remove_path(struct listener *listener)
{
    struct stat found;

    if (listener->inode && lstat(listener->path, &found) == 0 &&
        (unsigned long)found.st_dev == listener->device && (unsigned long)found.st_ino == listener->inode)
        unlink(listener->path);
    listener->inode = 0;
}

void listener_stop(struct listener *listener)
{
    /* The path goes first: while somebody listens there, no successor takes it over. A TCP listener would
     * throw away its queue at a shutdown; it is closed once that is accepted. */
    if (!listener->is_unix || listener->fd < 0)
        return;
    remove_path(listener);
    shutdown(listener->fd, SHUT_RD);
}

void listener_close(struct listener *listener)
{
    if (listener->fd < 0)
        return;
    if (listener->is_unix)
        remove_path(listener);
    close(listener->fd);
    listener->fd = -1;
}
