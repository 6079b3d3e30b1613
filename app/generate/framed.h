/* generate/framed: Frame Streams into a file descriptor, in long writes. */
#ifndef GENERATE_FRAMED_H
#define GENERATE_FRAMED_H

#include <tapline/frame.h>

#define FRAMED_SIZE ((size_t)512 * 1024)

struct framed {
    int fd; /* borrowed */
    uint8_t *buffer;
    size_t used;
    uint64_t frames, bytes; /* of data frames put so far, with their length words */
};

/* False without memory. */
bool framed_init(struct framed *framed, int fd);
void framed_done(struct framed *framed);

/* A data frame; its payload is smaller than FRAMED_SIZE - 4. TL_SYSTEM with errno. */
enum tl_status framed_put(struct framed *framed, struct tl_bytes frame);

/* A control frame, and all that was put before it, go out at once. */
enum tl_status framed_control(struct framed *framed, const struct tl_control *control);

/* What was put goes out. */
enum tl_status framed_flush(struct framed *framed);

#endif
