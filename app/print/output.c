/* The output buffer. Invariant: there is always room for PRINT_ROOM_MAX bytes after a flush, whether the
 * write succeeded or not; a failure is kept and reported, and nothing is written behind it. */
#include "print/output.h"

#include <tapline/stream.h>

#include <errno.h>
#include <stdlib.h>

bool print_output_init(struct print_output *output, int fd)
{
    char *start = malloc(PRINT_OUTPUT_SIZE);

    if (!start)
        return false;
    *output = (struct print_output){
        .fd = fd, .status = TL_OK, .start = start, .at = start, .end = start + PRINT_OUTPUT_SIZE};
    return true;
}

void print_output_done(struct print_output *output)
{
    free(output->start);
}

static void write_out(struct print_output *output, struct tl_bytes bytes)
{
    if (output->status != TL_OK)
        return;
    output->status = tl_write(output->fd, bytes, NULL);
    if (output->status != TL_OK)
        output->error = errno;
}

enum tl_status print_output_flush(struct print_output *output)
{
    write_out(output, tl_bytes(output->start, (size_t)(output->at - output->start)));
    output->at = output->start;
    if (output->status != TL_OK)
        errno = output->error;
    return output->status;
}

void print_bytes(struct print_output *output, struct tl_bytes bytes)
{
    if ((size_t)(output->end - output->at) < bytes.size)
        print_output_flush(output);
    if ((size_t)(output->end - output->at) < bytes.size) {
        write_out(output, bytes);
    } else if (bytes.size) {
        memcpy(output->at, bytes.data, bytes.size);
        output->at += bytes.size;
    }
}
