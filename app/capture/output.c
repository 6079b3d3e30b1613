/* One output file after the other. Invariant: the queue_file in the head that `head->file` points to is true
 * before each system call that changes the file, so that repeating the call is right whenever the process
 * dies. */
#include "capture/output.h"

#include "capture/output_name.h"
#include "capture/output_state.h"

#include <tapline/dnstap.h>
#include <tapline/frame.h>
#include <tapline/stream.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

int output_init(struct output *output, const struct output_options *options, struct queue_head *head)
{
    memset(output, 0, sizeof(*output));
    output->options = *options;
    if (!options->content_type.size)
        output->options.content_type = tl_bytes_of_text(TL_DNSTAP_CONTENT_TYPE);
    output->head = head;
    output->fd = -1;
    if (!options->archive)
        return 0;
    output->ledger = hot_ledger_new();
    if (output->ledger)
        return 0;
    errno = ENOMEM;
    return -1;
}

void output_done(struct output *output)
{
    if (output->fd >= 0)
        close(output->fd);
    output->fd = -1;
    hot_ledger_free(output->ledger);
    output->ledger = NULL;
}

const char *output_name(const struct queue_file *file)
{
    return file->segment ? file->part : file->path;
}

/* Opening --------------------------------------------------------------------------------------------- */

static bool is_special(const char *path)
{
    struct stat found;

    return strcmp(path, "-") == 0 ||
           (stat(path, &found) == 0 && !S_ISREG(found.st_mode) && !S_ISDIR(found.st_mode));
}

/* A FIFO that nobody reads must not hold up the start: O_NONBLOCK for the opening alone. */
static int open_device(const char *path)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK);
    int flags = fd >= 0 ? fcntl(fd, F_GETFL) : -1;

    if (flags >= 0)
        fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
    return fd;
}

static int open_special(struct output *output, const char *path)
{
    uint8_t buffer[OUTPUT_CONTROL_MAX];
    struct tl_bytes start = output_control_frame(output, TL_CONTROL_START, buffer);

    output->fd = strcmp(path, "-") == 0 ? fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3) : open_device(path);
    if (output->fd < 0)
        return -1;
    output->is_special = true;
    output->size = output->frames_start = start.size;
    if (tl_write(output->fd, start, NULL) == TL_OK)
        return 0;
    output_close_keeping_errno(output);
    return -1;
}

int output_open(struct output *output, uint64_t start_out, char *ret_path)
{
    output->frames = 0;
    if (output->options.archive)
        return output_segment_open(output, start_out, ret_path);
    if (output_name_of(output->options.pattern, time(NULL), output->options.utc, ret_path) != 0)
        return -1;
    if (is_special(ret_path))
        return open_special(output, ret_path);
    return output_plain_open(output, start_out, ret_path);
}

const char *output_trouble_text(int error)
{
    switch (error) {
    case EISDIR: return "that is a folder; name a file in it, such as %Y%m%dT%H%M%S.fstrm";
    case ENXIO: return "nobody reads that FIFO; start its reader first";
    default: return strerror(error);
    }
}

/* Writing --------------------------------------------------------------------------------------------- */

/* Standard output may be non-blocking, for it is somebody else's as well. Then being tried again is all that
 * a full pipe asks for, as after an interruption. */
static void await_room(const struct output *output)
{
    struct pollfd room = {.fd = output->fd, .events = POLLOUT};

    poll(&room, 1, -1);
    errno = EINTR;
}

ssize_t output_write(struct output *output, const struct iovec *stretches, int count)
{
    ssize_t size = writev(output->fd, stretches, count);

    if (size < 0 && errno == EAGAIN)
        await_room(output);
    if (size > 0)
        output->size += (uint64_t)size;
    return size;
}

bool output_is_segment(const struct output *output)
{
    return output->fd >= 0 && output->ledger && output->ledger->fd >= 0;
}

bool output_has_frames(const struct output *output)
{
    return output->size > output->frames_start;
}

bool output_has_content(const struct output *output)
{
    return output_has_frames(output) || (output_is_segment(output) && output->ledger->has_entries);
}

uint64_t output_through(const struct output *output, const struct queue *queue)
{
    uint64_t written = atomic_load_explicit(&queue->head->written_pieces, memory_order_relaxed);

    if (!output->ledger)
        return UINT64_MAX;
    return output->ledger->noted > written ? output->ledger->noted : written + LEDGER_PIECES_MAX;
}

bool output_is_between(const struct output *output, const struct queue *queue)
{
    uint64_t written = atomic_load_explicit(&queue->head->written_pieces, memory_order_relaxed);

    return queue_is_at_border(queue) && (!output->ledger || output->ledger->noted <= written);
}

int output_enter(struct output *output, const struct queue *queue, uint64_t through)
{
    if (!output_is_segment(output))
        return 0;
    if (hot_ledger_enter(output->ledger, queue, through) != 0)
        return -1;
    if (!output->period_end && output->options.rotate_period && output->ledger->has_entries)
        output->period_end = time(NULL) + (time_t)output->options.rotate_period;
    return 0;
}

uint64_t output_room(const struct output *output)
{
    uint64_t used = (output->fd >= 0 ? output->size : OUTPUT_START_ROOM) + OUTPUT_STOP_SIZE;

    if (!output->options.rotate_size || output->is_special)
        return UINT64_MAX;
    return output->options.rotate_size > used ? output->options.rotate_size - used : 0;
}

bool output_is_due(const struct output *output, size_t more, time_t now)
{
    if (output->is_closing)
        return true;
    if (output->is_special || output->fd < 0)
        return false;
    if (output->period_end && now >= output->period_end)
        return output_has_content(output) || more;
    if (output_is_segment(output) && output->ledger->size >= LEDGER_SIZE_DUE)
        return true;
    return more > output_room(output) && output_has_frames(output);
}

int output_sync(struct output *output)
{
    if (output->fd < 0 || output->is_special)
        return 0;
    if (output_is_segment(output) && fdatasync(output->ledger->fd) != 0)
        return -1;
    return fdatasync(output->fd);
}

/* Closing --------------------------------------------------------------------------------------------- */

static int close_special(struct output *output)
{
    uint8_t buffer[OUTPUT_CONTROL_MAX];
    struct tl_bytes stop = output_control_frame(output, TL_CONTROL_STOP, buffer);
    ssize_t put = write(output->fd, stop.data, stop.size); /* once: it may have to be interrupted */

    if (put < 0 && errno == EAGAIN)
        await_room(output);
    /* Who does not read any more misses nothing. */
    if (put != (ssize_t)stop.size && errno != EPIPE)
        return -1;
    output->size += stop.size;
    close(output->fd);
    output->fd = -1;
    return 0;
}

int output_close(struct output *output, uint64_t end_out, uint64_t end_piece, bool sync)
{
    uint8_t buffer[OUTPUT_CONTROL_MAX];
    struct tl_bytes stop = output_control_frame(output, TL_CONTROL_STOP, buffer);
    struct queue_file *file = output_file(output);

    if (output->fd < 0)
        return 0;
    if (output->is_special)
        return close_special(output);
    output->is_closing = true;
    file->final_out = end_out;
    file->final_piece = end_piece;
    output_enter_state(output, QUEUE_FILE_CLOSING);
    off_t end = (off_t)(file->start_offset + (end_out - file->start_out));
    ssize_t put = pwrite(output->fd, stop.data, stop.size, end);
    if (put != (ssize_t)stop.size) {
        if (put >= 0)
            errno = ENOSPC;
        return -1;
    }
    if ((file->segment ? output_segment_complete(output, sync) : output_plain_complete(output, sync)) != 0)
        return -1;
    output_enter_state(output, QUEUE_FILE_NONE);
    output->size += stop.size;
    close(output->fd);
    output->fd = -1;
    output->is_closing = false;
    return 0;
}

void output_discard(struct output *output)
{
    close(output->fd);
    output->fd = -1;
    output_remove(output);
}
