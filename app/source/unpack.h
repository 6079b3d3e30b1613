/* source/unpack: one way to undo any compression. Each kind is one file and one table of functions; unpack.c
 * knows by which bytes a file says what it is. Objects hold bounded memory, whatever the input claims. */
#ifndef SOURCE_UNPACK_H
#define SOURCE_UNPACK_H

#include <tapline/core.h>

#define UNPACK_MAGIC_SIZE 6 /* bytes that always decide */

struct unpack_kind {
    const char *name; /* "zstd" */

    /* NULL with errno. */
    void *(*start)(void);
    void (*stop)(void *state); /* NULL is fine */

    /* Takes from the front of `*in` and writes up to `size` bytes, one of the two at least while the input is
     * sound and there is room and input; members that follow each other are one. TL_OK, or what is wrong:
     * `*ret_text` is then a sentence in static memory. `*ret_size` is set in any case. */
    enum tl_status (*next)(void *state, struct tl_bytes *in, uint8_t *to, size_t size, size_t *ret_size,
                           const char **ret_text);

    /* Would it be sound if the input ended here? */
    bool (*is_whole)(const void *state);
};

extern const struct unpack_kind unpack_zstd;
extern const struct unpack_kind unpack_gzip;
extern const struct unpack_kind unpack_xz;

/* By the first bytes of a file: TL_OK with the kind, or with NULL if it is not compressed; TL_MORE if more
 * bytes must be seen. */
enum tl_status unpack_find(struct tl_bytes first_bytes, const struct unpack_kind **ret_kind);

#endif
