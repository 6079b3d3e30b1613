/* Ledger streams into and out of skippable frames. Invariant: the memory that is taken follows what really
 * came out of the decompressor, never what a head claims. */
#include "stored.h"

#include "place.h"
#include "seek_table.h"

#include <tapline/frame.h>
#include <zstd_errors.h>

#define LEVEL 3
#define WINDOW_LOG                                                                                           \
    18 /* a ledger repeats itself within 256 KiB, and so costs little memory while it is made */
#define WINDOW_LOG_MAX 23
#define PIECE          65536

/* Writing ----------------------------------------------------------------------------------------------- */

static enum tl_status compress(struct stored_writer *writer, struct tl_bytes plain, ZSTD_EndDirective end)
{
    ZSTD_inBuffer in = {plain.data, plain.size, 0};
    size_t left;

    do {
        void *room = growing_room(&writer->bytes, PIECE);
        if (!room)
            return TL_NO_MEMORY;
        ZSTD_outBuffer out = {room, writer->bytes.capacity - writer->bytes.size, 0};
        left = ZSTD_compressStream2(writer->zstd, &out, &in, end);
        writer->bytes.size += out.pos;
        if (ZSTD_isError(left))
            return TL_NO_MEMORY; /* the only thing that can be missing */
    } while (end == ZSTD_e_end ? left : in.pos < in.size);
    writer->plain += plain.size;
    return TL_OK;
}

static enum tl_status put_control(struct stored_writer *writer, enum tl_control_type type,
                                  struct tl_bytes content_type, ZSTD_EndDirective end)
{
    struct tl_control control = tl_control(type, content_type);
    size_t size = 0;

    tl_control_encode(&control, writer->entry, sizeof(writer->entry), &size);
    return compress(writer, tl_bytes(writer->entry, size), end);
}

enum tl_status tl__stored_init(struct stored_writer *writer, enum stored_kind kind)
{
    writer->kind = kind;
    writer->bytes = (struct growing){NULL, 0, 0};
    writer->plain = 0;
    writer->zstd = ZSTD_createCCtx();
    if (!writer->zstd || !growing_room(&writer->bytes, PIECE))
        return TL_NO_MEMORY;
    ZSTD_CCtx_setParameter(writer->zstd, ZSTD_c_compressionLevel, LEVEL);
    ZSTD_CCtx_setParameter(writer->zstd, ZSTD_c_windowLog, WINDOW_LOG);
    ZSTD_CCtx_setParameter(writer->zstd, ZSTD_c_checksumFlag, 1);
    writer->bytes.size = STORED_HEAD_SIZE;
    return put_control(writer, TL_CONTROL_START, tl_bytes_of_text(TL_LEDGER_CONTENT_TYPE), ZSTD_e_continue);
}

void tl__stored_done(struct stored_writer *writer)
{
    ZSTD_freeCCtx(writer->zstd);
    writer->zstd = NULL;
    growing_free(&writer->bytes);
}

enum tl_status tl__stored_put(struct stored_writer *writer, const struct tl_ledger_entry *entry)
{
    size_t size = 0;
    enum tl_status status = tl_ledger_encode(entry, writer->entry, sizeof(writer->entry), &size);

    if (status == TL_OK && writer->plain + size > stored_stream_max(writer->kind) - TL_CONTROL_FRAME_MAX)
        status = TL_FULL;
    if (status == TL_OK)
        status = compress(writer, tl_bytes(writer->entry, size), ZSTD_e_continue);
    return status;
}

enum tl_status tl__stored_end(struct stored_writer *writer)
{
    enum tl_status status = put_control(writer, TL_CONTROL_STOP, tl_bytes(NULL, 0), ZSTD_e_end);

    if (status != TL_OK)
        return status;
    if (writer->bytes.size - 8 > UINT32_MAX)
        return TL_FULL;
    set_le32(writer->bytes.data, STORED_MAGIC(writer->kind));
    set_le32(writer->bytes.data + 4, (uint32_t)(writer->bytes.size - 8));
    memcpy(writer->bytes.data + 8, stored_tag(writer->kind), 8);
    return TL_OK;
}

/* Reading ----------------------------------------------------------------------------------------------- */

/* A stream on its way out of the file. */
struct stored_reader {
    int fd;
    uint64_t offset, left; /* of the zstd frame's bytes that were not read yet */
    uint64_t most;         /* bytes of the stream */
    ZSTD_DCtx *zstd;
    uint8_t *piece;
    struct growing stream;
};

static enum tl_status check_head(int fd, uint64_t offset, uint64_t size, enum stored_kind kind)
{
    uint8_t head[STORED_HEAD_SIZE];

    if (size < sizeof(head))
        return TL_BAD_CHECKSUM;
    enum tl_status status = read_place(fd, offset, head, sizeof(head));
    if (status != TL_OK)
        return status;
    bool is_ours = get_le32(head) == STORED_MAGIC(kind) && get_le32(head + 4) == size - 8 &&
                   memcmp(head + 8, stored_tag(kind), 8) == 0;
    return is_ours ? TL_OK : TL_BAD_CHECKSUM;
}

static enum tl_status status_of(size_t code)
{
    return ZSTD_getErrorCode(code) == ZSTD_error_memory_allocation ? TL_NO_MEMORY : TL_BAD_CHECKSUM;
}

/* Uncompresses a piece of the file. `*hint` is zero once the frame is complete. */
static enum tl_status uncompress(struct stored_reader *reader, size_t size, size_t *hint)
{
    ZSTD_inBuffer in = {reader->piece, size, 0};
    bool is_filled = false;

    while (*hint && (in.pos < in.size || is_filled)) {
        void *room = growing_room(&reader->stream, PIECE);
        if (!room)
            return TL_NO_MEMORY;
        ZSTD_outBuffer out = {room, PIECE, 0};
        *hint = ZSTD_decompressStream(reader->zstd, &out, &in);
        if (ZSTD_isError(*hint))
            return status_of(*hint);
        reader->stream.size += out.pos;
        is_filled = out.pos == out.size;
        if (reader->stream.size > reader->most)
            return TL_BAD_LENGTH;
    }
    return in.pos == in.size ? TL_OK : TL_BAD_CHECKSUM;
}

static enum tl_status read_pieces(struct stored_reader *reader)
{
    size_t hint = 1;

    while (reader->left) {
        size_t size = reader->left < PIECE ? (size_t)reader->left : PIECE;
        enum tl_status status = read_place(reader->fd, reader->offset, reader->piece, size);
        if (status == TL_OK)
            status = uncompress(reader, size, &hint);
        if (status != TL_OK)
            return status;
        reader->offset += size;
        reader->left -= size;
    }
    return hint ? TL_BAD_CHECKSUM : TL_OK;
}

enum tl_status tl__stored_read(ZSTD_DCtx *zstd, int fd, uint64_t offset, uint64_t size, enum stored_kind kind,
                               struct growing *ret_stream)
{
    enum tl_status status = check_head(fd, offset, size, kind);

    if (status != TL_OK)
        return status;
    struct stored_reader reader = {.zstd = zstd,
                                   .fd = fd,
                                   .offset = offset + STORED_HEAD_SIZE,
                                   .left = size - STORED_HEAD_SIZE,
                                   .most = stored_stream_max(kind)};
    reader.piece = malloc(PIECE);
    ZSTD_DCtx_reset(zstd, ZSTD_reset_session_only);
    ZSTD_DCtx_setParameter(zstd, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
    status = reader.piece ? read_pieces(&reader) : TL_NO_MEMORY;
    free(reader.piece);
    if (status == TL_OK)
        *ret_stream = reader.stream;
    else
        growing_free(&reader.stream);
    return status;
}

enum tl_status tl__stored_next(struct tl_bytes *rest, struct tl_ledger_entry *ret_entry)
{
    struct tl_frame_decoder decoder;
    struct tl_frame frame;
    struct tl_control control;
    enum tl_status status;

    tl_frame_decoder_init(&decoder, TL_LEDGER_ENTRY_MAX);
    do {
        status = tl_frame_next(&decoder, rest, &frame);
        if (status == TL_MORE)
            return TL_TRUNCATED;
        if (status == TL_OK && frame.kind == TL_FRAME_OVERSIZED)
            return TL_FRAME_TOO_LONG;
        if (status == TL_OK && frame.kind == TL_FRAME_DATA)
            return tl_ledger_decode(frame.payload, ret_entry);
        if (status == TL_OK)
            status = tl_control_decode(frame.payload, &control, NULL);
    } while (status == TL_OK && control.type != TL_CONTROL_STOP);
    return status == TL_OK ? TL_END : status;
}
