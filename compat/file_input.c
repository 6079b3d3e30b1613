/* A file that is read. Invariant: `at` to `end` in the buffer is what was read from the file and not given
 * out. */
#include "file.h"
#include "rdwr.h"

#include <tapline/stream.h>

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define BUFFER_SIZE ((size_t)256 << 10)

struct file_input {
    int fd; /* -1: not open */
    size_t at, end;
    char *path;
    uint8_t buffer[BUFFER_SIZE];
};

static fstrm_res input_open(void *object)
{
    struct file_input *input = object;

    if (input->fd > STDIN_FILENO)
        close(input->fd); /* opened twice */
    input->fd = strcmp(input->path, "-") == 0 ? STDIN_FILENO : open(input->path, O_RDONLY | O_CLOEXEC);
    input->at = input->end = 0;
    return input->fd < 0 ? fstrm_res_failure : fstrm_res_success;
}

static fstrm_res input_close(void *object)
{
    struct file_input *input = object;
    int fd = input->fd;

    input->fd = -1;
    return fd > STDIN_FILENO && close(fd) != 0 ? fstrm_res_failure : fstrm_res_success;
}

static fstrm_res fill(struct file_input *input)
{
    size_t size = 0;
    enum tl_status status = tl_read(input->fd, input->buffer, BUFFER_SIZE, &size);

    if (status != TL_OK)
        return status == TL_END ? fstrm_res_stop : fstrm_res_failure;
    input->at = 0;
    input->end = size;
    return fstrm_res_success;
}

static fstrm_res input_read(void *object, void *data, size_t size)
{
    struct file_input *input = object;
    uint8_t *to = data;

    while (size) {
        if (input->at == input->end) {
            fstrm_res result = fill(input);
            if (result != fstrm_res_success)
                return result;
        }
        size_t part = input->end - input->at < size ? input->end - input->at : size;
        memcpy(to, input->buffer + input->at, part);
        input->at += part;
        to += part;
        size -= part;
    }
    return fstrm_res_success;
}

static fstrm_res input_destroy(void *object)
{
    struct file_input *input = object;

    input_close(input);
    free(input->path);
    free(input);
    return fstrm_res_success;
}

struct fstrm_rdwr *file_input(const char *path)
{
    struct file_input *input = malloc(sizeof(*input));
    char *copy = strdup(path);
    struct fstrm_rdwr *rdwr = fstrm_rdwr_init(input);

    if (!input || !copy || !rdwr) {
        free(input);
        free(copy);
        free(rdwr);
        return NULL;
    }
    input->fd = -1;
    input->at = input->end = 0;
    input->path = copy;
    rdwr->destroy = input_destroy;
    rdwr->open = input_open;
    rdwr->close = input_close;
    rdwr->read = input_read;
    return rdwr;
}
