/* One file as uncompressed bytes. Invariant: how the bytes arrive - in which pieces, how slowly - changes
 * nothing of what is given out. */
#include "source/input.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define WAIT_MS 1000

void input_init(struct input *input, int fd, int stop_fd, bool growing)
{
    struct stat found;

    memset(input, 0, sizeof(*input));
    input->fd = fd;
    input->stop_fd = stop_fd;
    input->is_regular = fstat(fd, &found) == 0 && S_ISREG(found.st_mode);
    input->is_growing = growing && input->is_regular;
}

void input_done(struct input *input)
{
    if (input->kind)
        input->kind->stop(input->state);
    free(input->packed);
    input->kind = NULL;
    input->state = NULL;
    input->packed = NULL;
}

/* Told to stop: takes note of how much is there. More than that may come without end. */
static void stop(struct input *input)
{
    struct stat found;
    int waiting = 0;

    input->is_stopped = true;
    input->limit = input->taken;
    if (!input->is_regular)
        input->limit += ioctl(input->fd, FIONREAD, &waiting) == 0 && waiting > 0 ? (uint64_t)waiting : 0;
    else if (fstat(input->fd, &found) == 0)
        input->limit = (uint64_t)found.st_size;
}

/* May read(2) be called: does it not wait, and is it not more than we shall read? A plain file that is read
 * once needs no call to know. */
static bool is_ready(struct input *input)
{
    struct pollfd fds[2] = {{.fd = input->stop_fd, .events = POLLIN},
                            {.fd = input->is_regular ? -1 : input->fd, .events = POLLIN}};

    if (input->is_regular && (!input->is_growing || input->stop_fd < 0))
        return true;
    if (!input->is_stopped && poll(fds, 2, 0) < 0)
        return false; /* EINTR, or no memory for the moment */
    if (!input->is_stopped && fds[0].revents)
        stop(input);
    if (input->is_stopped)
        return input->taken < input->limit;
    return input->is_regular || fds[1].revents;
}

void input_wait(const struct input *input)
{
    struct pollfd fds[2] = {{.fd = input->stop_fd, .events = POLLIN}, {.fd = input->fd, .events = POLLIN}};

    poll(fds, 2, WAIT_MS);
}

static enum tl_status read_raw(struct input *input, uint8_t *to, size_t size, size_t *ret_size)
{
    ssize_t got;

    if (!is_ready(input))
        return TL_MORE;
    if (input->is_stopped && (input->is_growing || !input->is_regular) && size > input->limit - input->taken)
        size = (size_t)(input->limit - input->taken);
    do {
        got = read(input->fd, to, size);
    } while (got < 0 && errno == EINTR);
    if (got < 0 && errno == EAGAIN)
        return TL_MORE;
    if (got < 0) {
        input->text = "reading failed";
        return TL_SYSTEM;
    }
    if (got == 0)
        return input->is_growing ? TL_MORE : TL_END;
    input->taken += (uint64_t)got;
    *ret_size = (size_t)got;
    return TL_OK;
}

/* Reads until it is clear what kind of file this is. */
static enum tl_status recognise(struct input *input)
{
    size_t got;

    while (unpack_find(tl_bytes(input->head, input->head_size), &input->kind) == TL_MORE) {
        enum tl_status status =
            read_raw(input, input->head + input->head_size, sizeof(input->head) - input->head_size, &got);
        if (status == TL_END)
            break; /* too short to be compressed */
        if (status != TL_OK)
            return status;
        input->head_size += got;
    }
    input->is_known = true;
    if (!input->kind)
        return TL_OK;
    input->packed = malloc(INPUT_PACKED_SIZE);
    input->state = input->packed ? input->kind->start() : NULL;
    if (!input->state) {
        input_done(input);
        input->text = "unpacking failed";
        errno = ENOMEM;
        return TL_SYSTEM;
    }
    memcpy(input->packed, input->head, input->head_size);
    input->packed_left = tl_bytes(input->packed, input->head_size);
    input->head_given = input->head_size;
    return TL_OK;
}

/* The bytes that recognise() looked at. */
static size_t give_head(struct input *input, uint8_t *to, size_t size)
{
    size_t left = input->head_size - input->head_given;
    size_t given = left < size ? left : size;

    memcpy(to, input->head + input->head_given, given);
    input->head_given += given;
    return given;
}

static enum tl_status read_packed_input(struct input *input)
{
    size_t got;
    enum tl_status status = read_raw(input, input->packed, INPUT_PACKED_SIZE, &got);

    if (status == TL_OK)
        input->packed_left = tl_bytes(input->packed, got);
    if (status == TL_END && !input->kind->is_whole(input->state)) {
        input->text = "the compressed data is cut off";
        return TL_TRUNCATED;
    }
    return status;
}

static enum tl_status unpack(struct input *input, uint8_t *to, size_t size, size_t *ret_size)
{
    while (input->fault == TL_OK) {
        if (!input->packed_left.size && !input->is_full) {
            enum tl_status status = read_packed_input(input);
            if (status != TL_OK)
                return status;
        }
        size_t got = 0;
        input->fault = input->kind->next(input->state, &input->packed_left, to, size, &got, &input->text);
        input->is_full = got == size;
        if (got) {
            *ret_size = got;
            return TL_OK;
        }
    }
    return input->fault;
}

enum tl_status input_read(struct input *input, uint8_t *to, size_t size, size_t *ret_size)
{
    if (!input->is_known) {
        enum tl_status status = recognise(input);
        if (status != TL_OK)
            return status;
    }
    if (input->kind)
        return unpack(input, to, size, ret_size);
    if (input->head_given < input->head_size) {
        *ret_size = give_head(input, to, size);
        return TL_OK;
    }
    return read_raw(input, to, size, ret_size);
}
