/* Fills the buffer. Invariant: memory is at most what the largest wish takes, doubled, and it grows only as
 * bytes come in, not as lengths claim. */
#include "source/window.h"

#include <errno.h>
#include <stdlib.h>

#define WINDOW_STEP 65536 /* by which it grows at least */

void window_init(struct window *window)
{
    memset(window, 0, sizeof(*window));
}

void window_done(struct window *window)
{
    window_release(window);
    free(window->memory);
    window->memory = NULL;
    window->room = 0;
}

void window_open(struct window *window, struct input *input)
{
    window->input = input;
    window->left = tl_bytes(window->memory, 0);
    window->end = TL_OK;
}

void window_release(struct window *window)
{
    free(window->retired);
    window->retired = NULL;
}

/* Moves what is left to the front of memory of `room` bytes. */
static bool move(struct window *window, size_t room, bool keep)
{
    uint8_t *memory = window->memory;

    if (room != window->room || keep) {
        memory = malloc(room);
        if (!memory)
            return false;
    }
    if (window->left.size)
        memmove(memory, window->left.data, window->left.size);
    if (memory != window->memory) {
        if (keep && !window->retired)
            window->retired = window->memory;
        else
            free(window->memory);
    }
    window->memory = memory;
    window->room = room;
    window->left.data = memory;
    return true;
}

/* Room behind what is left, for `size` bytes in all or as many of them as doubling the memory gives. */
static bool make_room(struct window *window, size_t size, bool keep)
{
    size_t room = window->room ? window->room : WINDOW_SIZE;
    size_t used = window->left.size ? (size_t)(window->left.data - window->memory) + window->left.size : 0;

    if (window->left.size == room) {
        size_t wished = (size + WINDOW_STEP - 1) / WINDOW_STEP * WINDOW_STEP;
        room = wished < 2 * room ? wished : 2 * room;
    }
    if (room != window->room)
        return move(window, room, keep);
    if (window->left.data == window->memory || (keep && size - window->left.size <= room - used))
        return true;
    return move(window, room, keep);
}

enum tl_status window_fill(struct window *window, size_t size, bool keep)
{
    while (window->left.size < size) {
        if (window->end != TL_OK)
            return window->end;
        if (!make_room(window, size, keep)) {
            window->input->text = "out of memory";
            window->error = ENOMEM;
            return window->end = TL_SYSTEM;
        }
        size_t used = (size_t)(window->left.data - window->memory) + window->left.size, got;
        enum tl_status status = input_read(window->input, window->memory + used, window->room - used, &got);
        if (status == TL_MORE)
            return TL_MORE;
        if (status != TL_OK) {
            window->error = errno;
            return window->end = status;
        }
        window->left.size += got;
    }
    return TL_OK;
}
