/* One output file after the other. Invariant: the queue_file in the head that `head->file` points to is true
 * before each system call that changes the file, so that repeating the call is right whenever the process
 * dies. */
#include "capture/output.h"

#include "capture/output_name.h"

#include <tapline/dnstap.h>
#include <tapline/frame.h>
#include <tapline/stream.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MODE   0640
#define CONTROL_MAX 64 /* bytes of our START and STOP frames */
#define STOP_SIZE   12

static struct tl_bytes control_frame(enum tl_control_type type, uint8_t *buffer)
{
    struct tl_bytes content_type =
        type == TL_CONTROL_START ? tl_bytes_of_text(TL_DNSTAP_CONTENT_TYPE) : tl_bytes(NULL, 0);
    struct tl_control control = tl_control(type, content_type);
    size_t size = 0;

    tl_control_encode(&control, buffer, CONTROL_MAX, &size);
    return tl_bytes(buffer, size);
}

static struct queue_file *valid_file(const struct output *output)
{
    return &output->head->files[output->head->file];
}

/* Enters a whole new state: into the slot that is not valid, then makes that one valid. */
static void enter_file(struct output *output, const struct queue_file *file)
{
    uint32_t other = 1 - output->head->file;

    output->head->files[other] = *file;
    queue_settle();
    atomic_store_explicit(&output->head->file, other, memory_order_release);
    queue_settle();
}

static void enter_state(struct output *output, enum queue_file_state state)
{
    queue_settle();
    valid_file(output)->state = state;
    queue_settle();
}

void output_init(struct output *output, const struct output_options *options, struct queue_head *head)
{
    memset(output, 0, sizeof(*output));
    output->options = *options;
    output->head = head;
    output->fd = -1;
}

/* Opening --------------------------------------------------------------------------------------------- */

static bool is_special(const char *path)
{
    struct stat found;

    return strcmp(path, "-") == 0 ||
           (stat(path, &found) == 0 && !S_ISREG(found.st_mode) && !S_ISDIR(found.st_mode));
}

static bool is_folder(const char *path)
{
    struct stat found;
    size_t length = strlen(path);

    return (length && path[length - 1] == '/') || (stat(path, &found) == 0 && S_ISDIR(found.st_mode));
}

static void close_keeping_errno(struct output *output)
{
    int error = errno;

    close(output->fd);
    output->fd = -1;
    errno = error;
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
    uint8_t buffer[CONTROL_MAX];
    struct tl_bytes start = control_frame(TL_CONTROL_START, buffer);

    output->fd = strcmp(path, "-") == 0 ? fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3) : open_device(path);
    if (output->fd < 0)
        return -1;
    output->is_special = true;
    output->size = output->frames_start = start.size;
    if (tl_write(output->fd, start, NULL) == TL_OK)
        return 0;
    close_keeping_errno(output);
    return -1;
}

/* The file that was begun is none, errno stays. */
static void remove_part(struct output *output)
{
    int error = errno;

    unlink(valid_file(output)->part);
    enter_state(output, QUEUE_FILE_NONE);
    errno = error;
}

/* A fresh file with its START frame; both names are free at this moment. */
static int create(struct output *output, uint64_t start_out, const char *path)
{
    uint8_t buffer[CONTROL_MAX];
    struct tl_bytes start = control_frame(TL_CONTROL_START, buffer);
    struct queue_file file = {.state = QUEUE_FILE_OPENING,
                              .start_out = start_out,
                              .final_out = start_out,
                              .start_offset = start.size};

    snprintf(file.path, sizeof(file.path), "%s", path);
    if (snprintf(file.part, sizeof(file.part), "%s" OUTPUT_PART, path) >= (int)sizeof(file.part)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    enter_file(output, &file);
    output->fd = open(file.part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
    if (output->fd < 0) {
        enter_state(output, QUEUE_FILE_NONE);
        return -1;
    }
    if (tl_write(output->fd, start, NULL) != TL_OK) {
        close_keeping_errno(output);
        remove_part(output);
        return -1;
    }
    enter_state(output, QUEUE_FILE_OPEN);
    output->size = output->frames_start = start.size;
    return 0;
}

int output_open(struct output *output, uint64_t start_out, char *ret_path)
{
    time_t now = time(NULL);
    uint32_t number = 0;

    if (output_name_of(output->options.pattern, now, output->options.utc, ret_path) != 0)
        return -1;
    if (is_special(ret_path))
        return open_special(output, ret_path);
    if (is_folder(ret_path)) {
        errno = EISDIR;
        return -1;
    }
    if (output_name_make_folders(ret_path) != 0)
        return -1;
    do {
        if (output_name_of(output->options.pattern, now, output->options.utc, ret_path) != 0 ||
            output_name_make_free(ret_path, &number) != 0)
            return -1;
    } while (create(output, start_out, ret_path) != 0 && errno == EEXIST);
    if (output->fd < 0)
        return -1;
    output->period_end = output_name_period_end(output->options.rotate_period, now, output->options.utc);
    return 0;
}

const char *output_trouble_text(int error)
{
    switch (error) {
    case EISDIR: return "that is a folder; name a file in it, such as %Y%m%dT%H%M%S.fstrm";
    case ENXIO: return "nobody reads that FIFO; start its reader first";
    default: return strerror(error);
    }
}

/* Resuming -------------------------------------------------------------------------------------------- */

/* Is the file at most our START frame? Then we made it, and it can be begun again. */
static bool is_our_beginning(int fd, uint64_t size)
{
    uint8_t expected[CONTROL_MAX], found[CONTROL_MAX];
    struct tl_bytes start = control_frame(TL_CONTROL_START, expected);

    return size <= start.size && pread(fd, found, (size_t)size, 0) == (ssize_t)size &&
           memcmp(found, expected, (size_t)size) == 0;
}

/* The file's size, with its START frame completed if the process died over that. -1 if it is not ours. */
static int64_t check_beginning(int fd, const struct queue_file *file)
{
    uint8_t buffer[CONTROL_MAX];
    struct tl_bytes start = control_frame(TL_CONTROL_START, buffer);
    struct stat found;

    if (file->start_offset != start.size || fstat(fd, &found) != 0 || !S_ISREG(found.st_mode))
        return -1;
    if ((uint64_t)found.st_size >= start.size)
        return is_our_beginning(fd, start.size) ? found.st_size : -1;
    if (!is_our_beginning(fd, (uint64_t)found.st_size))
        return -1;
    return pwrite(fd, start.data, start.size, 0) == (ssize_t)start.size ? (int64_t)start.size : -1;
}

static enum output_resumed resume_open(struct output *output, const struct queue_file *file, uint64_t *out)
{
    output->fd = open(file->part, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (output->fd < 0)
        return errno == ENOENT ? OUTPUT_NONE : OUTPUT_TROUBLE;
    int64_t size = check_beginning(output->fd, file);
    if (size < 0 || lseek(output->fd, size, SEEK_SET) < 0) {
        close_keeping_errno(output);
        return OUTPUT_NONE;
    }
    output->frames_start = file->start_offset;
    output->size = (uint64_t)size;
    enter_state(output, QUEUE_FILE_OPEN);
    *out = file->start_out + ((uint64_t)size - file->start_offset);
    return OUTPUT_GOES_ON;
}

static enum output_resumed resume_closing(struct output *output, const struct queue_file *file, uint64_t *out)
{
    uint64_t final_out = file->final_out;

    output->fd = open(file->part, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (output->fd < 0 && errno != ENOENT)
        return OUTPUT_TROUBLE;
    if (output->fd >= 0 && check_beginning(output->fd, file) < 0)
        close_keeping_errno(output);
    if (output->fd >= 0 && output_close(output, final_out, true) != 0) {
        close_keeping_errno(output);
        return OUTPUT_TROUBLE;
    }
    *out = final_out;
    return OUTPUT_NONE; /* the pieces behind it belong into another file */
}

enum output_resumed output_resume(struct output *output, uint64_t *out)
{
    const struct queue_file *file = valid_file(output);

    switch ((enum queue_file_state)file->state) {
    case QUEUE_FILE_OPENING:
    case QUEUE_FILE_OPEN: return resume_open(output, file, out);
    case QUEUE_FILE_CLOSING: return resume_closing(output, file, out);
    case QUEUE_FILE_NONE: /* the file before was complete */
        if (file->final_out > *out)
            *out = file->final_out;
        break;
    }
    return OUTPUT_NONE;
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

bool output_has_frames(const struct output *output)
{
    return output->size > output->frames_start;
}

uint64_t output_room(const struct output *output)
{
    uint64_t used = (output->fd >= 0 ? output->size : CONTROL_MAX) + STOP_SIZE;

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
        return output_has_frames(output) || more;
    return more > output_room(output) && output_has_frames(output);
}

int output_sync(struct output *output)
{
    if (output->fd < 0 || output->is_special)
        return 0;
    return fdatasync(output->fd);
}

/* Closing --------------------------------------------------------------------------------------------- */

static int close_special(struct output *output)
{
    uint8_t buffer[CONTROL_MAX];
    struct tl_bytes stop = control_frame(TL_CONTROL_STOP, buffer);
    ssize_t put = write(output->fd, stop.data, stop.size); /* once: it may have to be interrupted */

    if (put < 0 && errno == EAGAIN)
        await_room(output);
    /* Who does not read any more misses nothing. */
    if (put != (ssize_t)stop.size && errno != EPIPE)
        return -1;
    close(output->fd);
    output->fd = -1;
    return 0;
}

/* Enters another final name; the head's slot that is valid is never changed in place. */
static void enter_path(struct output *output, const char *path)
{
    struct queue_file file = *valid_file(output);

    snprintf(file.path, sizeof(file.path), "%s", path);
    enter_file(output, &file);
}

static int rename_to_free(const char *part, const char *path)
{
    if (renameat2(AT_FDCWD, part, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -1;
    /* A file system without that flag. */
    if (access(path, F_OK) == 0) {
        errno = EEXIST;
        return -1;
    }
    return rename(part, path);
}

/* The name without the suffix may have been taken meanwhile; then the next number is. A file that somebody
 * moved away has no name here any more, and is as complete as it can be. */
static int drop_suffix(struct output *output)
{
    char path[PATH_MAX];
    uint32_t number = 0;

    while (rename_to_free(valid_file(output)->part, valid_file(output)->path) != 0) {
        if (errno == ENOENT && access(valid_file(output)->part, F_OK) != 0) {
            enter_path(output, "");
            return 0;
        }
        if (errno != EEXIST)
            return -1;
        snprintf(path, sizeof(path), "%s", valid_file(output)->path);
        if (output_name_make_free(path, &number) != 0)
            return -1;
        enter_path(output, path);
    }
    return 0;
}

int output_close(struct output *output, uint64_t end_out, bool sync)
{
    uint8_t buffer[CONTROL_MAX];
    struct tl_bytes stop = control_frame(TL_CONTROL_STOP, buffer);
    struct queue_file *file = valid_file(output);

    if (output->fd < 0)
        return 0;
    if (output->is_special)
        return close_special(output);
    output->is_closing = true;
    file->final_out = end_out;
    enter_state(output, QUEUE_FILE_CLOSING);
    off_t end = (off_t)(file->start_offset + (end_out - file->start_out));
    ssize_t put = pwrite(output->fd, stop.data, stop.size, end);
    if (put != (ssize_t)stop.size) {
        if (put >= 0)
            errno = ENOSPC;
        return -1;
    }
    if ((sync && fsync(output->fd) != 0) || drop_suffix(output) != 0)
        return -1;
    if (sync && *valid_file(output)->path)
        output_name_sync_folder(valid_file(output)->path);
    enter_state(output, QUEUE_FILE_NONE);
    close(output->fd);
    output->fd = -1;
    output->is_closing = false;
    return 0;
}

void output_discard(struct output *output)
{
    close(output->fd);
    output->fd = -1;
    remove_part(output);
}
