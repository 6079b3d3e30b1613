/* print/output: the one large buffer that text is formatted into and written from. Whoever formats asks for
 * room once, for the longest thing that can come, and then stores without further checks. */
#ifndef PRINT_OUTPUT_H
#define PRINT_OUTPUT_H

#include <tapline/core.h>

#define PRINT_OUTPUT_SIZE ((size_t)256 * 1024)
#define PRINT_ROOM_MAX    ((size_t)64 * 1024)

/* Called before every write, on the thread that formats: returns when it is this output's turn to write, with
 * 0; or with an errno, which is then that of the write that is not made. */
struct print_gate {
    int (*pass)(void *context);
    void *context; /* borrowed */
    size_t *skip;  /* bytes that are still to be dropped of what is written first, by whoever does; looked at
                      in one's turn.  Borrowed */
};

struct print_output {
    int fd; /* -1: into memory, as much as comes */
    const struct print_gate *gate;
    enum tl_status status; /* TL_OK; TL_SYSTEM once a write has failed, TL_NO_MEMORY once there was none to
                              hold the text: all further text is dropped */
    int error;             /* errno of that */
    char *start, *at, *end;
};

/* False without memory. `fd` is borrowed; -1: nothing is written, the buffer grows instead. */
bool print_output_init(struct print_output *output, int fd);

/* The same with a buffer of `size` bytes, at least 2 * PRINT_ROOM_MAX, and a gate (borrowed; NULL: none). */
bool print_output_init_gated(struct print_output *output, int fd, size_t size, const struct print_gate *gate);
void print_output_done(struct print_output *output);

/* Writes what is buffered, or sees to it that the memory has room. TL_SYSTEM with errno, TL_NO_MEMORY. */
enum tl_status print_output_flush(struct print_output *output);

/* From now on everything is dropped, and `status` and `error` are said to whoever flushes. */
void print_output_fail(struct print_output *output, enum tl_status status, int error);

/* Where to store up to `size` (at most PRINT_ROOM_MAX) bytes; then set `output->at` behind them. Never NULL.
 */
static inline char *print_room(struct print_output *output, size_t size)
{
    if (__builtin_expect((size_t)(output->end - output->at) < size, 0))
        print_output_flush(output);
    return output->at;
}

/* What is behind the first `*skip` bytes, which are then those that are still to be dropped. */
static inline struct tl_bytes print_behind(struct tl_bytes bytes, size_t *skip)
{
    size_t size = *skip < bytes.size ? *skip : bytes.size;

    *skip -= size;
    return size ? tl_bytes(bytes.data + size, bytes.size - size) : bytes;
}

/* Appends bytes, however many. */
void print_bytes(struct print_output *output, struct tl_bytes bytes);

#endif
