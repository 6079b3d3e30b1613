/* zstd (RFC 8878): any number of frames and skippable frames. Invariant: the window, and so the memory, is
 * bounded by the library's own limit for streams (128 MiB). */
#include "source/unpack.h"

#include <errno.h>
#include <stdlib.h>
#include <zstd.h>
#include <zstd_errors.h>

struct zstd_state {
    ZSTD_DStream *stream;
    bool is_whole; /* the last frame is complete, and nothing came behind it */
};

static void *start(void)
{
    struct zstd_state *state = malloc(sizeof(*state));
    ZSTD_DStream *stream = ZSTD_createDStream();

    if (!state || !stream) {
        ZSTD_freeDStream(stream);
        free(state);
        errno = ENOMEM;
        return NULL;
    }
    state->stream = stream;
    state->is_whole = true;
    return state;
}

static void stop(void *opaque)
{
    struct zstd_state *state = opaque;

    if (state)
        ZSTD_freeDStream(state->stream);
    free(state);
}

static const char *explain(size_t code)
{
    switch (ZSTD_getErrorCode(code)) {
    case ZSTD_error_frameParameter_windowTooLarge:
        return "the zstd data needs a window above 128 MiB (zstd --long); unpack it with zstd -d --long=31 "
               "first";
    case ZSTD_error_dictionary_wrong:
        return "the zstd data needs a dictionary; unpack it with zstd -d -D first";
    case ZSTD_error_prefix_unknown: return "no zstd frame begins where one should";
    case ZSTD_error_memory_allocation: return "out of memory for the zstd data";
    default: return "the zstd data is damaged";
    }
}

static enum tl_status next(void *opaque, struct tl_bytes *in, uint8_t *to, size_t size, size_t *ret_size,
                           const char **ret_text)
{
    struct zstd_state *state = opaque;
    ZSTD_inBuffer from = {in->data, in->size, 0};
    ZSTD_outBuffer out = {to, size, 0};
    /* Without input, what it still holds comes out; but a frame that was complete would be begun anew. */
    size_t hint = state->is_whole && !in->size ? 0 : ZSTD_decompressStream(state->stream, &out, &from);

    in->data += from.pos;
    in->size -= from.pos;
    *ret_size = out.pos;
    if (ZSTD_isError(hint)) {
        *ret_text = explain(hint);
        return TL_BAD_TEXT;
    }
    state->is_whole = hint == 0;
    return TL_OK;
}

static bool is_whole(const void *opaque)
{
    const struct zstd_state *state = opaque;

    return state->is_whole;
}

const struct unpack_kind unpack_zstd = {"zstd", start, stop, next, is_whole};
