/* A file that is written. Invariant: `good` bytes of the file are whole frames, and the buffer holds whole
 * ones that follow. What else was written when the disk became full is taken back, and when the file is
 * opened again after that, it goes on behind `good`: nothing that was stored is lost, and no reader meets
 * half a frame. */
#include "file.h"
#include "rdwr.h"

#include <tapline/stream.h>

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER_SIZE ((size_t)64 << 10)

static const char kind;

struct file_output {
    int fd; /* -1: not open */
    char *path;
    bool has_failed; /* the last use ended in a write that failed, or could not be tried */
    bool is_resumed; /* opened behind what is there: the START that comes first is there already */
    dev_t device;
    ino_t inode; /* 0: no regular file that we opened, nothing can be taken back */
    off_t good;
    size_t used; /* of the buffer */
    uint8_t buffer[BUFFER_SIZE];
};

/* Opens the file that failed, if it is still at its path, behind what is good of it. */
static int open_again(struct file_output *output)
{
    struct stat found;
    int fd = open(output->path, O_WRONLY | O_CLOEXEC);

    if (fd < 0)
        return -1;
    if (fstat(fd, &found) == 0 && found.st_dev == output->device && found.st_ino == output->inode &&
        ftruncate(fd, output->good) == 0 && lseek(fd, output->good, SEEK_SET) == output->good)
        return fd;
    close(fd);
    return -1;
}

static int open_new(struct file_output *output)
{
    struct stat found;

    output->good = 0;
    output->inode = 0;
    if (strcmp(output->path, "-") == 0)
        return STDOUT_FILENO;
    int fd = open(output->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd >= 0 && fstat(fd, &found) == 0 && S_ISREG(found.st_mode)) {
        output->device = found.st_dev;
        output->inode = found.st_ino;
    }
    return fd;
}

static fstrm_res release(struct file_output *output)
{
    int fd = output->fd;

    output->fd = -1;
    return fd > STDERR_FILENO && close(fd) != 0 ? fstrm_res_failure : fstrm_res_success;
}

static fstrm_res output_open(void *object)
{
    struct file_output *output = object;

    release(output);
    output->used = 0;
    output->is_resumed = false;
    if (output->has_failed && output->inode && output->good) {
        output->fd = open_again(output);
        output->is_resumed = output->fd >= 0;
    }
    if (output->fd < 0)
        output->fd = open_new(output);
    if (output->fd < 0)
        return fstrm_res_failure;
    output->has_failed = false;
    return fstrm_res_success;
}

/* Writes whole frames; what of them was written in vain is taken back. */
static fstrm_res put(struct file_output *output, struct tl_bytes frames)
{
    if (tl_write(output->fd, frames, NULL) == TL_OK) {
        output->good += (off_t)frames.size;
        return fstrm_res_success;
    }
    output->has_failed = true;
    if (output->inode && ftruncate(output->fd, output->good) != 0)
        output->inode = 0; /* then half a frame stays, and nothing is put behind it */
    return fstrm_res_failure;
}

static fstrm_res output_flush(void *object)
{
    struct file_output *output = object;
    struct tl_bytes frames = tl_bytes(output->buffer, output->used);

    output->used = 0;
    return output->has_failed ? fstrm_res_failure : put(output, frames);
}

static void take(uint8_t *to, const struct iovec *pieces, int count)
{
    for (int i = 0; i < count; i++) {
        if (pieces[i].iov_len)
            memcpy(to, pieces[i].iov_base, pieces[i].iov_len);
        to += pieces[i].iov_len;
    }
}

/* Frames that the buffer is too small for. */
static fstrm_res put_large(struct file_output *output, const struct iovec *pieces, int count, size_t size)
{
    uint8_t *frames = malloc(size);

    if (!frames) {
        output->has_failed = true;
        return fstrm_res_failure;
    }
    take(frames, pieces, count);
    fstrm_res result = put(output, tl_bytes(frames, size));
    free(frames);
    return result;
}

static fstrm_res output_write(void *object, const struct iovec *pieces, int count)
{
    struct file_output *output = object;
    size_t size = 0;

    if (output->is_resumed) {
        output->is_resumed = false;
        return fstrm_res_success;
    }
    for (int i = 0; i < count; i++)
        size += pieces[i].iov_len;
    if (size > BUFFER_SIZE - output->used && output_flush(output) != fstrm_res_success)
        return fstrm_res_failure;
    if (size > BUFFER_SIZE)
        return put_large(output, pieces, count, size);
    take(output->buffer + output->used, pieces, count);
    output->used += size;
    return fstrm_res_success;
}

static struct rdwr_bytes output_bytes(void *object)
{
    const struct file_output *output = object;

    return (struct rdwr_bytes){.taken = (uint64_t)output->good + output->used, .out = (uint64_t)output->good};
}

static fstrm_res output_close(void *object)
{
    struct file_output *output = object;
    fstrm_res result = output_flush(output);
    fstrm_res closed = release(output);

    return result == fstrm_res_success ? closed : result;
}

static fstrm_res output_destroy(void *object)
{
    struct file_output *output = object;

    release(output);
    free(output->path);
    free(output);
    return fstrm_res_success;
}

struct fstrm_rdwr *file_output(const char *path)
{
    struct file_output *output = calloc(1, sizeof(*output));
    char *copy = strdup(path);
    struct fstrm_rdwr *rdwr = fstrm_rdwr_init(output);

    if (!output || !copy || !rdwr) {
        free(output);
        free(copy);
        free(rdwr);
        return NULL;
    }
    output->fd = -1;
    output->path = copy;
    rdwr->destroy = output_destroy;
    rdwr->open = output_open;
    rdwr->close = output_close;
    rdwr->write = output_write;
    rdwr->flush = output_flush;
    rdwr->bytes = output_bytes;
    rdwr->kind = &kind;
    return rdwr;
}
