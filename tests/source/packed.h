/* Compressed samples, made with the compressors' own libraries. */
#ifndef SOURCE_PACKED_H
#define SOURCE_PACKED_H

#include "source/sample.h"

#define ZLIB_CONST
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

static inline void pack_zstd(struct sample *to, const void *data, size_t size)
{
    ZSTD_CCtx *context = ZSTD_createCCtx();

    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1); /* as the program zstd does */
    size_t packed = ZSTD_compress2(context, to->data + to->size, sizeof(to->data) - to->size, data, size);
    ZSTD_freeCCtx(context);
    if (ZSTD_isError(packed))
        abort();
    to->size += packed;
}

static inline void pack_gzip(struct sample *to, const void *data, size_t size)
{
    z_stream stream = {.next_in = data, .avail_in = (uInt)size, .next_out = to->data + to->size};

    stream.avail_out = (uInt)(sizeof(to->data) - to->size);
    if (deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK ||
        deflate(&stream, Z_FINISH) != Z_STREAM_END)
        abort();
    to->size = (size_t)(stream.next_out - to->data);
    deflateEnd(&stream);
}

static inline void pack_xz(struct sample *to, const void *data, size_t size)
{
    if (lzma_easy_buffer_encode(0, LZMA_CHECK_CRC64, NULL, data, size, to->data, &to->size,
                                sizeof(to->data)) != LZMA_OK)
        abort();
}

/* Every compression. */
struct pack {
    const char *name;
    void (*pack)(struct sample *to, const void *data, size_t size);
};

static const struct pack packs[] = {{"zstd", pack_zstd}, {"gzip", pack_gzip}, {"xz", pack_xz}};

#define PACKS (sizeof(packs) / sizeof(packs[0]))

#endif
