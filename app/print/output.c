/* The output buffer. Invariant: there is always room for PRINT_ROOM_MAX bytes after a flush, whether the
 * write succeeded or not; a failure is kept and reported, and nothing is written behind it. */
#include "print/output.h"

#include <tapline/stream.h>

#include <errno.h>
#include <stdlib.h>

/* Left free by print_output_flush: somebody may put a byte before he asks for room. */
#define ROOM_LEFT (2 * PRINT_ROOM_MAX)

bool print_output_init_gated(struct print_output *output, int fd, size_t size, const struct print_gate *gate)
{
    char *start = malloc(size);

    if (!start)
        return false;
    *output = (struct print_output){
        .fd = fd, .gate = gate, .status = TL_OK, .start = start, .at = start, .end = start + size};
    return true;
}

bool print_output_init(struct print_output *output, int fd)
{
    return print_output_init_gated(output, fd, PRINT_OUTPUT_SIZE, NULL);
}

void print_output_done(struct print_output *output)
{
    free(output->start);
}

void print_output_fail(struct print_output *output, enum tl_status status, int error)
{
    if (output->status != TL_OK)
        return;
    output->status = status;
    output->error = error;
    output->at = output->start;
}

static void write_out(struct print_output *output, struct tl_bytes bytes)
{
    if (output->status != TL_OK || !bytes.size)
        return;
    int error = output->gate ? output->gate->pass(output->gate->context) : 0;
    if (output->gate)
        bytes = print_behind(bytes, output->gate->skip);
    if (!error && tl_write(output->fd, bytes, NULL) != TL_OK)
        error = errno;
    if (error)
        print_output_fail(output, TL_SYSTEM, error);
}

/* Sees to it that at least `size` bytes are free; without memory the text is dropped, which leaves room. */
static void grow(struct print_output *output, size_t size)
{
    size_t used = (size_t)(output->at - output->start), has = (size_t)(output->end - output->start);
    size_t wanted = has;

    while (wanted - used < size)
        wanted *= 2;
    char *start = wanted == has ? output->start : realloc(output->start, wanted);
    if (!start) {
        print_output_fail(output, TL_NO_MEMORY, ENOMEM);
        return;
    }
    output->start = start;
    output->at = start + used;
    output->end = start + wanted;
}

enum tl_status print_output_flush(struct print_output *output)
{
    if (output->fd < 0 && output->status == TL_OK) {
        grow(output, ROOM_LEFT);
    } else {
        write_out(output, tl_bytes(output->start, (size_t)(output->at - output->start)));
        output->at = output->start;
    }
    if (output->status != TL_OK)
        errno = output->error;
    return output->status;
}

void print_bytes(struct print_output *output, struct tl_bytes bytes)
{
    if ((size_t)(output->end - output->at) < bytes.size)
        print_output_flush(output);
    if (output->fd < 0 && output->status == TL_OK)
        grow(output, bytes.size);
    if ((size_t)(output->end - output->at) < bytes.size) {
        write_out(output, bytes);
    } else if (bytes.size) {
        memcpy(output->at, bytes.data, bytes.size);
        output->at += bytes.size;
    }
}
