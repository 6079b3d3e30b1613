/* Sockets as transports. Invariant: the descriptor is non-blocking, and nothing waits without looking at its
 * time: a peer that accepts nothing, answers nothing or reads no STOP holds nobody up. Only data frames wait
 * for a slow reader as long as it takes, as a program that writes for itself expects. A failure leaves its
 * errno, a success the one that was. */
#include "socket.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PIECES_AT_ONCE 256
#define RETRY_MS       10

static const char kind;

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* When `milliseconds` from now are over; -1 if they never are (0). */
static int64_t deadline_of(unsigned milliseconds)
{
    return milliseconds ? now_ms() + milliseconds : -1;
}

/* False, with errno, when the time is up or poll(2) fails. */
static bool await(int fd, short events, int64_t deadline)
{
    struct pollfd wait = {.fd = fd, .events = events};

    for (;;) {
        int64_t left = deadline < 0 ? -1 : deadline - now_ms();
        if (deadline >= 0 && left <= 0) {
            errno = ETIMEDOUT;
            return false;
        }
        int ready = poll(&wait, 1, left > 1000000 ? 1000000 : (int)left);
        if (ready > 0)
            return true;
        if (ready < 0 && errno != EINTR)
            return false;
    }
}

static bool has_connected(int fd)
{
    int error = 0;
    socklen_t size = sizeof(error);

    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
        return false;
    errno = error;
    return error == 0;
}

/* On unix sockets EAGAIN is a full backlog, in which there is no place to wait. */
static bool connect_by(int fd, const struct socket_link *link, int64_t deadline)
{
    while (connect(fd, (const struct sockaddr *)&link->address, link->address_size) != 0) {
        if (errno == EINPROGRESS)
            return await(fd, POLLOUT, deadline) && has_connected(fd);
        if ((errno != EAGAIN && errno != EINTR) || (deadline >= 0 && now_ms() >= deadline))
            return errno == EISCONN;
        if (errno == EAGAIN)
            poll(NULL, 0, RETRY_MS);
    }
    return true;
}

static fstrm_res socket_close(void *object)
{
    struct socket_link *link = object;
    int fd = link->fd;

    link->fd = -1;
    return fd >= 0 && close(fd) != 0 ? fstrm_res_failure : fstrm_res_success;
}

static fstrm_res socket_open(void *object)
{
    struct socket_link *link = object;
    int error = errno;

    socket_close(link);
    int fd = socket(link->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return fstrm_res_failure;
    link->fd = fd; /* already now: a child that is forked meanwhile has to close it */
    if (!connect_by(fd, link, deadline_of(link->answer_ms))) {
        socket_close(link);
        return fstrm_res_failure;
    }
    errno = error;
    return fstrm_res_success;
}

static fstrm_res socket_read(void *object, void *data, size_t size)
{
    struct socket_link *link = object;
    int64_t deadline = deadline_of(link->answer_ms);
    char *to = data;
    int error = errno;

    while (size) {
        ssize_t got = recv(link->fd, to, size, 0);
        if (got == 0) {
            errno = ECONNRESET;
            return fstrm_res_failure;
        }
        if (got < 0) {
            if (errno == EINTR || (errno == EAGAIN && await(link->fd, POLLIN, deadline)))
                continue;
            return fstrm_res_failure;
        }
        to += got;
        size -= (size_t)got;
    }
    errno = error;
    return fstrm_res_success;
}

/* Where a long write stands: piece, and bytes of it that are out. */
struct progress {
    const struct iovec *pieces;
    int count;
    int piece;
    size_t offset;
};

/* The next pieces that are still to be written. */
static int rest_of(const struct progress *progress, struct iovec *rest)
{
    int count = 0;

    for (int i = progress->piece; i < progress->count && count < PIECES_AT_ONCE; i++) {
        size_t skip = i == progress->piece ? progress->offset : 0;
        rest[count].iov_base = (char *)progress->pieces[i].iov_base + skip;
        rest[count++].iov_len = progress->pieces[i].iov_len - skip;
    }
    return count;
}

static void advance(struct progress *progress, size_t size)
{
    progress->offset += size;
    while (progress->piece < progress->count && progress->offset >= progress->pieces[progress->piece].iov_len)
        progress->offset -= progress->pieces[progress->piece++].iov_len;
}

/* A single piece is a control frame: those have a time. */
static fstrm_res socket_write(void *object, const struct iovec *pieces, int count)
{
    struct socket_link *link = object;
    unsigned patience = count == 1 ? link->answer_ms : link->stall_ms;
    struct progress progress = {pieces, count, 0, 0};
    struct iovec rest[PIECES_AT_ONCE];
    int error = errno;

    advance(&progress, 0);
    while (progress.piece < count) {
        struct msghdr message = {.msg_iov = rest, .msg_iovlen = (size_t)rest_of(&progress, rest)};
        ssize_t sent = sendmsg(link->fd, &message, MSG_NOSIGNAL);
        if (sent >= 0)
            advance(&progress, (size_t)sent);
        else if (errno != EINTR && !(errno == EAGAIN && await(link->fd, POLLOUT, deadline_of(patience))))
            return fstrm_res_failure;
    }
    errno = error;
    return fstrm_res_success;
}

static fstrm_res socket_destroy(void *object)
{
    socket_close(object);
    free(object);
    return fstrm_res_success;
}

static struct fstrm_rdwr *socket_rdwr(struct socket_link *link)
{
    struct fstrm_rdwr *rdwr = fstrm_rdwr_init(link);

    if (!rdwr)
        return NULL;
    rdwr->destroy = socket_destroy;
    rdwr->open = socket_open;
    rdwr->close = socket_close;
    rdwr->read = socket_read;
    rdwr->write = socket_write;
    rdwr->kind = &kind;
    return rdwr;
}

struct fstrm_writer *socket_writer(const struct sockaddr *address, socklen_t size, unsigned answer_ms,
                                   const struct fstrm_writer_options *options)
{
    struct socket_link *link = calloc(1, sizeof(*link));

    if (!link)
        return NULL;
    memcpy(&link->address, address, size);
    link->address_size = size;
    link->answer_ms = answer_ms;
    link->fd = -1;
    struct fstrm_rdwr *rdwr = socket_rdwr(link);
    if (!rdwr) {
        free(link);
        return NULL;
    }
    struct fstrm_writer *writer = fstrm_writer_init(options, &rdwr);
    fstrm_rdwr_destroy(&rdwr);
    return writer;
}

struct socket_link *socket_of(const struct fstrm_rdwr *rdwr)
{
    return rdwr->kind == &kind ? rdwr->object : NULL;
}
