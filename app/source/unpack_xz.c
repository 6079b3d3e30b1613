/* xz (xz-file-format.txt): streams one after the other with their padding of zero bytes. Invariant: the
 * decoder gets at most MEMORY_MAX, which is enough for `xz -9`. */
#include "source/unpack.h"

#include <errno.h>
#include <lzma.h>
#include <stdlib.h>

#define MEMORY_MAX (128u << 20)

struct xz_state {
    lzma_stream stream;
    bool is_inside; /* a stream has begun and is not complete */
};

static void *start(void)
{
    struct xz_state *state = malloc(sizeof(*state));

    if (!state)
        return NULL;
    state->stream = (lzma_stream)LZMA_STREAM_INIT;
    state->is_inside = false;
    if (lzma_stream_decoder(&state->stream, MEMORY_MAX, 0) == LZMA_OK)
        return state;
    free(state);
    errno = ENOMEM;
    return NULL;
}

static void stop(void *opaque)
{
    struct xz_state *state = opaque;

    if (state)
        lzma_end(&state->stream);
    free(state);
}

static const char *explain(lzma_ret result)
{
    switch (result) {
    case LZMA_MEM_ERROR: return "out of memory for the xz data";
    case LZMA_MEMLIMIT_ERROR:
        return "the xz data needs more than 128 MiB to unpack; unpack it with xz -d first";
    case LZMA_FORMAT_ERROR: return "no xz stream begins where one should";
    case LZMA_OPTIONS_ERROR: return "the xz data uses a filter that liblzma does not know";
    default: return "the xz data is damaged";
    }
}

/* Behind a complete stream: passes over the padding and begins the next one, if there is one. */
static lzma_ret begin(struct xz_state *state, struct tl_bytes *in)
{
    while (in->size && in->data[0] == 0) {
        in->data++;
        in->size--;
    }
    if (!in->size)
        return LZMA_OK;
    state->is_inside = true;
    return lzma_stream_decoder(&state->stream, MEMORY_MAX, 0);
}

static enum tl_status next(void *opaque, struct tl_bytes *in, uint8_t *to, size_t size, size_t *ret_size,
                           const char **ret_text)
{
    struct xz_state *state = opaque;
    lzma_stream *stream = &state->stream;
    lzma_ret result = LZMA_OK;

    *ret_size = 0;
    if (!state->is_inside)
        result = begin(state, in);
    if (state->is_inside && result == LZMA_OK) {
        stream->next_in = in->data;
        stream->avail_in = in->size;
        stream->next_out = to;
        stream->avail_out = size;
        result = lzma_code(stream, LZMA_RUN);
        in->data += in->size - stream->avail_in;
        in->size = stream->avail_in;
        *ret_size = size - stream->avail_out;
    }
    if (result == LZMA_STREAM_END)
        state->is_inside = false;
    if (result == LZMA_OK || result == LZMA_STREAM_END || result == LZMA_BUF_ERROR)
        return TL_OK;
    *ret_text = explain(result);
    return TL_BAD_TEXT;
}

static bool is_whole(const void *opaque)
{
    const struct xz_state *state = opaque;

    return !state->is_inside;
}

const struct unpack_kind unpack_xz = {"xz", start, stop, next, is_whole};
