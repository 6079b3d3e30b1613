/* Frames into a buffer, and the buffer out when it is full. Invariant: what is written ends with a whole
 * frame. */
#include "generate/framed.h"

#include "generate/wire.h"

#include <tapline/stream.h>

#include <stdlib.h>

bool framed_init(struct framed *framed, int fd)
{
    *framed = (struct framed){.fd = fd, .buffer = malloc(FRAMED_SIZE)};
    return framed->buffer != NULL;
}

void framed_done(struct framed *framed)
{
    free(framed->buffer);
    framed->buffer = NULL;
}

enum tl_status framed_flush(struct framed *framed)
{
    size_t used = framed->used;

    framed->used = 0;
    return tl_write(framed->fd, tl_bytes(framed->buffer, used), NULL);
}

enum tl_status framed_put(struct framed *framed, struct tl_bytes frame)
{
    if (FRAMED_SIZE - framed->used < 4 + frame.size) {
        enum tl_status status = framed_flush(framed);
        if (status != TL_OK)
            return status;
    }
    wire_put(wire_put32(framed->buffer + framed->used, (uint32_t)frame.size), frame.data, frame.size);
    framed->used += 4 + frame.size;
    framed->frames++;
    framed->bytes += 4 + frame.size;
    return TL_OK;
}

enum tl_status framed_control(struct framed *framed, const struct tl_control *control)
{
    uint8_t buffer[TL_CONTROL_FRAME_MAX];
    size_t size;
    enum tl_status status = tl_control_encode(control, buffer, sizeof(buffer), &size);

    if (status == TL_OK)
        status = framed_flush(framed);
    return status == TL_OK ? tl_write(framed->fd, tl_bytes(buffer, size), NULL) : status;
}
