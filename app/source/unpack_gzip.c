/* gzip (RFC 1952): members one after the other, and the zero bytes that tapes and block devices leave behind
 * them. Invariant: a member counts only once its checksum was right. */
#define ZLIB_CONST /* next_in is only read */

#include "source/unpack.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

#define GZIP_WINDOW (15 + 16) /* the largest window, in a gzip member (zlib.h, inflateInit2) */

struct gzip_state {
    z_stream stream;
    bool is_inside; /* a member has begun and is not complete */
};

static void *start(void)
{
    struct gzip_state *state = calloc(1, sizeof(*state));

    if (state && inflateInit2(&state->stream, GZIP_WINDOW) == Z_OK)
        return state;
    free(state);
    errno = ENOMEM;
    return NULL;
}

static void stop(void *opaque)
{
    struct gzip_state *state = opaque;

    if (state)
        inflateEnd(&state->stream);
    free(state);
}

/* Between two members. */
static void skip_zeros(struct tl_bytes *in)
{
    while (in->size && in->data[0] == 0) {
        in->data++;
        in->size--;
    }
}

static enum tl_status next(void *opaque, struct tl_bytes *in, uint8_t *to, size_t size, size_t *ret_size,
                           const char **ret_text)
{
    struct gzip_state *state = opaque;
    z_stream *stream = &state->stream;

    *ret_size = 0;
    if (!state->is_inside) {
        skip_zeros(in);
        if (!in->size)
            return TL_OK;
        inflateReset(stream);
        state->is_inside = true;
    }
    stream->next_in = in->data;
    stream->avail_in = in->size < UINT_MAX ? (uInt)in->size : UINT_MAX;
    stream->next_out = to;
    stream->avail_out = size < UINT_MAX ? (uInt)size : UINT_MAX;
    int result = inflate(stream, Z_NO_FLUSH);
    in->size -= (size_t)(stream->next_in - in->data);
    in->data = stream->next_in;
    *ret_size = (size_t)(stream->next_out - to);
    if (result == Z_STREAM_END)
        state->is_inside = false;
    if (result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR)
        return TL_OK;
    *ret_text = result == Z_MEM_ERROR ? "out of memory for the gzip data" : "the gzip data is damaged";
    return TL_BAD_TEXT;
}

static bool is_whole(const void *opaque)
{
    const struct gzip_state *state = opaque;

    return !state->is_inside;
}

const struct unpack_kind unpack_gzip = {"gzip", start, stop, next, is_whole};
