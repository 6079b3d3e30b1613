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
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MODE   0640
#define CONTROL_MAX 64 /* bytes of our START and STOP frames */

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

static int open_special(struct output *output, const char *path)
{
    uint8_t buffer[CONTROL_MAX];
    struct tl_bytes start = control_frame(TL_CONTROL_START, buffer);

    output->fd = strcmp(path, "-") == 0 ? dup(STDOUT_FILENO) : open(path, O_WRONLY | O_CLOEXEC);
    if (output->fd < 0)
        return -1;
    output->is_special = true;
    output->size = output->frames_start = start.size;
    return tl_write(output->fd, start, NULL) == TL_OK ? 0 : -1;
}

static bool is_special(const char *path)
{
    struct stat found;

    return strcmp(path, "-") == 0 ||
           (stat(path, &found) == 0 && !S_ISREG(found.st_mode) && !S_ISDIR(found.st_mode));
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
        int error = errno;
        enter_state(output, QUEUE_FILE_NONE);
        errno = error;
        return -1;
    }
    if (tl_write(output->fd, start, NULL) != TL_OK) {
        int error = errno;
        unlink(file.part);
        close(output->fd);
        output->fd = -1;
        enter_state(output, QUEUE_FILE_NONE);
        errno = error;
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

/* Resuming -------------------------------------------------------------------------------------------- */

/* Is the file at most our START frame? Then we made it, and it can be begun again. */
static bool is_our_beginning(int fd, uint64_t size)
{
    uint8_t expected[CONTROL_MAX], found[CONTROL_MAX];
    struct tl_bytes start = control_frame(TL_CONTROL_START, expected);

    return size <= start.size && pread(fd, found, (size_t)size, 0) == (ssize_t)size &&
           memcmp(found, expected, (size_t)size) == 0;
}

static int resume_open(struct output *output, const struct queue_file *file, uint64_t *ret_out)
{
    uint8_t buffer[CONTROL_MAX];
    struct tl_bytes start = control_frame(TL_CONTROL_START, buffer);
    struct stat found;

    output->fd = open(file->part, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (output->fd < 0)
        return -1;
    if (fstat(output->fd, &found) != 0 || !S_ISREG(found.st_mode))
        goto unusable;
    output->frames_start = file->start_offset;
    output->size = (uint64_t)found.st_size;
    if (output->size < file->start_offset) {
        if (!is_our_beginning(output->fd, output->size) ||
            pwrite(output->fd, start.data, start.size, 0) != (ssize_t)start.size)
            goto unusable;
        output->size = start.size;
    }
    if (lseek(output->fd, (off_t)output->size, SEEK_SET) < 0)
        goto unusable;
    enter_state(output, QUEUE_FILE_OPEN);
    *ret_out = file->start_out + (output->size - file->start_offset);
    return 0;
unusable:
    close(output->fd);
    output->fd = -1;
    return -1;
}

int output_resume(struct output *output, uint64_t *ret_out)
{
    const struct queue_file *file = valid_file(output);

    switch ((enum queue_file_state)file->state) {
    case QUEUE_FILE_OPENING:
    case QUEUE_FILE_OPEN: return resume_open(output, file, ret_out);
    case QUEUE_FILE_CLOSING:
        output->fd = open(file->part, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
        *ret_out = file->final_out;
        if (output->fd >= 0)
            output_close(output, file->final_out, true);
        return -1;        /* the pieces behind it belong into another file */
    case QUEUE_FILE_NONE: /* the file before was complete */
        if (file->final_out > *ret_out)
            *ret_out = file->final_out;
        break;
    }
    return -1;
}

/* Writing --------------------------------------------------------------------------------------------- */

ssize_t output_write(struct output *output, const struct iovec *stretches, int count)
{
    ssize_t size = writev(output->fd, stretches, count);

    if (size > 0)
        output->size += (uint64_t)size;
    return size;
}

bool output_has_frames(const struct output *output)
{
    return output->size > output->frames_start;
}

bool output_is_due(const struct output *output, size_t more, time_t now)
{
    if (output->is_closing)
        return true;
    if (output->is_special || !output_has_frames(output))
        return false;
    return (output->period_end && now >= output->period_end) ||
           (output->options.rotate_size && output->size + more > output->options.rotate_size);
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
    enum tl_status status = tl_write(output->fd, control_frame(TL_CONTROL_STOP, buffer), NULL);
    int error = errno;

    close(output->fd);
    output->fd = -1;
    errno = error;
    return status == TL_OK ? 0 : -1;
}

/* The name without the suffix may have been taken meanwhile; then the next number is. */
static int drop_suffix(struct queue_file *file)
{
    uint32_t number = 0;

    while (renameat2(AT_FDCWD, file->part, AT_FDCWD, file->path, RENAME_NOREPLACE) != 0) {
        char path[PATH_MAX];
        if (errno == EINVAL || errno == ENOSYS) /* a file system without that flag */
            return access(file->path, F_OK) == 0 ? -1 : rename(file->part, file->path);
        if (errno != EEXIST)
            return -1;
        snprintf(path, sizeof(path), "%s", file->path);
        if (output_name_make_free(path, &number) != 0)
            return -1;
        snprintf(file->path, sizeof(file->path), "%s", path);
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
    if ((sync && fsync(output->fd) != 0) || drop_suffix(file) != 0)
        return -1;
    if (sync)
        output_name_sync_folder(file->path);
    enter_state(output, QUEUE_FILE_NONE);
    close(output->fd);
    output->fd = -1;
    output->is_closing = false;
    return 0;
}
