/* print/output: the one large buffer that text is formatted into and written from. Whoever formats asks for
 * room once, for the longest thing that can come, and then stores without further checks. */
#ifndef PRINT_OUTPUT_H
#define PRINT_OUTPUT_H

#include <tapline/core.h>

#define PRINT_OUTPUT_SIZE ((size_t)256 * 1024)
#define PRINT_ROOM_MAX    ((size_t)64 * 1024)

struct print_output {
    int fd;
    enum tl_status status; /* TL_OK, or TL_SYSTEM once a write has failed: all further text is dropped */
    int error;             /* errno of that write */
    char *start, *at, *end;
};

/* False without memory. `fd` is borrowed. */
bool print_output_init(struct print_output *output, int fd);
void print_output_done(struct print_output *output);

/* Writes what is buffered. TL_SYSTEM with errno. */
enum tl_status print_output_flush(struct print_output *output);

/* Where to store up to `size` (at most PRINT_ROOM_MAX) bytes; then set `output->at` behind them. Never NULL.
 */
static inline char *print_room(struct print_output *output, size_t size)
{
    if (__builtin_expect((size_t)(output->end - output->at) < size, 0))
        print_output_flush(output);
    return output->at;
}

/* Appends bytes, however many. */
void print_bytes(struct print_output *output, struct tl_bytes bytes);

#endif
