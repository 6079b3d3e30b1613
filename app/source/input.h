/* source/input: the uncompressed bytes of one open file, pipe or terminal. */
#ifndef SOURCE_INPUT_H
#define SOURCE_INPUT_H

#include "source/unpack.h"

#define INPUT_PACKED_SIZE 65536

/* Where an input stands; `fd` is borrowed. */
struct input {
    int fd;
    int stop_fd;      /* readable: what is there is read, and that is all; or -1 */
    bool is_regular;  /* reading it never waits */
    bool is_growing;  /* its end is not the end: more may come */
    bool is_stopped;  /* because of stop_fd: no more is waited for */
    uint64_t taken;   /* bytes read from `fd` */
    uint64_t limit;   /* is_stopped: of `taken`: what was there by then */
    const char *text; /* what went wrong, in static memory, when a status is no TL_OK, TL_MORE or TL_END */

    const struct unpack_kind *kind; /* NULL: plain */
    void *state;                    /* of the kind */
    uint8_t *packed;                /* INPUT_PACKED_SIZE bytes, if compressed */
    struct tl_bytes packed_left;
    enum tl_status
        fault;    /* of the compressed data: met, and to be told once what came before it is given out */
    bool is_full; /* the last output filled its room, so that more may be ready */

    bool is_known; /* what kind it is */
    uint8_t head[UNPACK_MAGIC_SIZE];
    size_t head_size, head_given;
};

/* `growing`: at its end wait for more instead of ending. */
void input_init(struct input *input, int fd, int stop_fd, bool growing);
void input_done(struct input *input);

/* Reads at least one byte, and at most `size`. TL_OK, TL_MORE if nothing is there now (or stop_fd is
 * readable, and what was there when that was seen is read), TL_END, TL_SYSTEM with errno and TL_BAD_TEXT or
 * TL_TRUNCATED for compressed data that is damaged or cut off; these with `text`. */
enum tl_status input_read(struct input *input, uint8_t *to, size_t size, size_t *ret_size);

/* Waits until something is there to be read, `stop_fd` becomes readable, a signal comes or a second has
 * passed. For inputs that are not regular. */
void input_wait(const struct input *input);

#endif
