/* source/window: the stretch of an input that is in memory: large reads into one buffer, which grows only as
 * far as a caller's wish makes it. */
#ifndef SOURCE_WINDOW_H
#define SOURCE_WINDOW_H

#include "source/input.h"

#define WINDOW_SIZE 262144 /* stays in the second-level cache between read(2) and the decoder */

struct window {
    struct input *input;  /* borrowed */
    struct tl_bytes left; /* read, and not yet taken: the owner moves it on */
    uint8_t *memory;
    size_t room;
    uint8_t *retired;   /* memory that slices given out earlier still point into */
    enum tl_status end; /* TL_OK while bytes may come; then why none do: TL_END or what went wrong */
    int error;          /* errno of TL_SYSTEM */
};

void window_init(struct window *window);
void window_done(struct window *window);

/* Begins with another input; the memory stays. */
void window_open(struct window *window, struct input *input);

/* Reads until at least `size` bytes are left. TL_OK; TL_MORE if they are not there now; otherwise
 * `window->end`. The slices of `left` given out before are void, unless `keep`: then they last until
 * window_release. */
enum tl_status window_fill(struct window *window, size_t size, bool keep);

void window_release(struct window *window);

#endif
