/* A blocking reader and writer. Invariant: EINTR and short counts are never the caller's business. */
#include <tapline/stream.h>

#include <errno.h>
#include <poll.h>
#include <unistd.h>

static bool is_transient(int fd, short events)
{
    if (errno == EINTR)
        return true;
    if (errno != EAGAIN)
        return false;
    struct pollfd wait = {.fd = fd, .events = events};
    return poll(&wait, 1, -1) >= 0 || errno == EINTR;
}

enum tl_status tl_read(int fd, void *buffer, size_t size, size_t *ret_size)
{
    ssize_t got;

    do {
        got = read(fd, buffer, size);
    } while (got < 0 && is_transient(fd, POLLIN));
    if (got < 0)
        return TL_SYSTEM;
    if (got == 0)
        return TL_END;
    *ret_size = (size_t)got;
    return TL_OK;
}

enum tl_status tl_write(int fd, struct tl_bytes bytes, size_t *ret_size)
{
    size_t done = 0;
    enum tl_status status = TL_OK;

    while (done < bytes.size) {
        ssize_t put = write(fd, bytes.data + done, bytes.size - done);
        if (put >= 0) {
            done += (size_t)put;
        } else if (!is_transient(fd, POLLOUT)) {
            status = TL_SYSTEM;
            break;
        }
    }
    if (ret_size)
        *ret_size = done;
    return status;
}
