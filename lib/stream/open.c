/* Sockets and files opened from endpoints. Invariant: what fails leaves no descriptor open and removes
 * nothing but a unix socket on which nobody listens. */
#include "look_up.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 512

static struct sockaddr_un unix_address(const struct tl_endpoint *endpoint)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    memcpy(address.sun_path, endpoint->path, strlen(endpoint->path));
    return address;
}

static int close_with(int fd, int error)
{
    close(fd);
    errno = error;
    return -1;
}

/* On Linux an interrupted connect(2) may be called again, and goes on waiting. */
static int connect_on(int fd, const struct sockaddr *address, socklen_t size)
{
    int result;

    do {
        result = connect(fd, address, size);
    } while (result != 0 && errno == EINTR);
    return result;
}

static int connect_unix(const struct tl_endpoint *endpoint, int flags)
{
    struct sockaddr_un address = unix_address(endpoint);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);

    if (fd >= 0 && connect_on(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
        return close_with(fd, errno);
    return fd;
}

/* Makes the path free: 0, or -1 with EADDRINUSE (somebody listens), EEXIST (no socket) or what the kernel
 * said. */
static int clear_stale(const struct tl_endpoint *endpoint)
{
    struct stat found;

    if (lstat(endpoint->path, &found) != 0)
        return errno == ENOENT ? 0 : -1;
    if (!S_ISSOCK(found.st_mode)) {
        errno = EEXIST;
        return -1;
    }
    int fd = connect_unix(endpoint, SOCK_NONBLOCK);
    if (fd >= 0)
        return close_with(fd, EADDRINUSE);
    if (errno == ECONNREFUSED)
        return unlink(endpoint->path);
    /* Its queue is full, or it is no stream socket: somebody is there all the same. */
    if (errno == EAGAIN || errno == EPROTOTYPE)
        errno = EADDRINUSE;
    return errno == ENOENT ? 0 : -1;
}

static int set_access(const char *path, const struct tl_listen_options *options)
{
    if (options->mode >= 0 && fchmodat(AT_FDCWD, path, (mode_t)options->mode, AT_SYMLINK_NOFOLLOW) != 0)
        return -1;
    if (options->owner < 0 && options->group < 0)
        return 0;
    return lchown(path, (uid_t)options->owner, (gid_t)options->group);
}

static int listen_unix(const struct tl_endpoint *endpoint, const struct tl_listen_options *options)
{
    struct sockaddr_un address = unix_address(endpoint);

    if (clear_stale(endpoint) != 0)
        return -1;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
        return close_with(fd, errno);
    /* The access is set before listen(), so nobody connects who may not. */
    if (set_access(endpoint->path, options) != 0 || listen(fd, BACKLOG) != 0) {
        int error = errno;
        unlink(endpoint->path);
        return close_with(fd, error);
    }
    return fd;
}

static int listen_address(const union tl_socket_address *address)
{
    int on = 1;
    int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (address->any.sa_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
    if (bind(fd, &address->any, tl__address_size(address)) != 0 || listen(fd, BACKLOG) != 0)
        return close_with(fd, errno);
    return fd;
}

static enum tl_status listen_tcp(const struct tl_endpoint *endpoint, int *ret_fds, size_t max,
                                 size_t *ret_count)
{
    struct tl_addresses addresses;
    size_t count = 0;
    int error = 0;
    enum tl_status status = tl__look_up(endpoint, AI_PASSIVE, &addresses);

    if (status != TL_OK)
        return status;
    for (size_t i = 0; i < addresses.count && count < max; i++) {
        int fd = listen_address(&addresses.list[i]);
        if (fd >= 0) {
            ret_fds[count++] = fd;
        } else if (errno != EAFNOSUPPORT && errno != EADDRNOTAVAIL) {
            error = errno;
            break;
        } else if (!error) {
            error = errno;
        }
    }
    if (count && (!error || error == EAFNOSUPPORT || error == EADDRNOTAVAIL)) {
        *ret_count = count;
        return TL_OK;
    }
    while (count) {
        close(ret_fds[--count]);
        ret_fds[count] = -1; /* so that nobody closes it again */
    }
    errno = error;
    return TL_SYSTEM;
}

enum tl_status tl_endpoint_listen(const struct tl_endpoint *endpoint, const struct tl_listen_options *options,
                                  int *ret_fds, size_t max, size_t *ret_count)
{
    static const struct tl_listen_options leave = {-1, -1, -1};

    if (max == 0)
        return TL_BAD_ARGUMENT;
    if (endpoint->kind == TL_ENDPOINT_TCP)
        return listen_tcp(endpoint, ret_fds, max, ret_count);
    if (endpoint->kind != TL_ENDPOINT_UNIX)
        return TL_BAD_ARGUMENT;
    int fd = listen_unix(endpoint, options ? options : &leave);
    if (fd < 0)
        return TL_SYSTEM;
    ret_fds[0] = fd;
    *ret_count = 1;
    return TL_OK;
}

static enum tl_status connect_tcp(const struct tl_endpoint *endpoint, int *ret_fd)
{
    struct tl_addresses addresses;
    int fd = -1;
    enum tl_status status = tl_endpoint_look_up(endpoint, true, &addresses);

    if (status != TL_OK)
        return status;
    for (size_t i = 0; i < addresses.count && fd < 0; i++) {
        const union tl_socket_address *at = &addresses.list[i];
        fd = socket(at->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd >= 0 && connect_on(fd, &at->any, tl__address_size(at)) != 0)
            fd = close_with(fd, errno);
    }
    if (fd < 0)
        return TL_SYSTEM;
    *ret_fd = fd;
    return TL_OK;
}

enum tl_status tl_endpoint_open(const struct tl_endpoint *endpoint, int *ret_fd)
{
    int fd = -1;

    switch (endpoint->kind) {
    case TL_ENDPOINT_UNIX: fd = connect_unix(endpoint, 0); break;
    case TL_ENDPOINT_TCP: return connect_tcp(endpoint, ret_fd);
    case TL_ENDPOINT_FILE: fd = open(endpoint->path, O_RDONLY | O_CLOEXEC); break;
    case TL_ENDPOINT_STANDARD: fd = STDIN_FILENO; break;
    }
    if (fd < 0)
        return TL_SYSTEM;
    *ret_fd = fd;
    return TL_OK;
}

static void print_inet_peer(const struct sockaddr_storage *peer, char *buffer, size_t size)
{
    char text[TL_ADDRESS_TEXT_SIZE];

    if (peer->ss_family == AF_INET6) {
        const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)peer;
        tl_address_print(tl_bytes(&six->sin6_addr, 16), text);
        snprintf(buffer, size, "tcp:[%s]:%u", text, ntohs(six->sin6_port));
    } else {
        const struct sockaddr_in *four = (const struct sockaddr_in *)peer;
        tl_address_print(tl_bytes(&four->sin_addr, 4), text);
        snprintf(buffer, size, "tcp:%s:%u", text, ntohs(four->sin_port));
    }
}

void tl_peer_print(int fd, char *buffer, size_t size)
{
    struct sockaddr_storage peer;
    socklen_t peer_size = sizeof(peer);
    struct ucred credentials;
    socklen_t credentials_size = sizeof(credentials);

    snprintf(buffer, size, "unknown");
    if (getpeername(fd, (struct sockaddr *)&peer, &peer_size) != 0)
        return;
    if (peer.ss_family == AF_INET || peer.ss_family == AF_INET6)
        print_inet_peer(&peer, buffer, size);
    else if (peer.ss_family == AF_UNIX &&
             getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &credentials_size) == 0)
        snprintf(buffer, size, "unix:pid %ld uid %ld", (long)credentials.pid, (long)credentials.uid);
}
