/* Reading sealed segments: blocks and the ledger. Invariant: what is given out was checked - whole data
 * frames, as many and as long as the contents say, under the checksum that they say. */
#include "sealed.h"

#include "place.h"
#include "seek_table.h"

#include <sys/stat.h>
#include <tapline/frame.h>
#include <zstd_errors.h>

#define DESCRIPTOR_HAS_CHECKSUM 0x04 /* RFC 8878 section 3.1.1.1.1 */

/* What one block may have the whole may have: times that are not known stay so. */
static void sum_up_times(struct tl_sealed_info *info)
{
    info->earliest_ms = info->block_count ? UINT64_MAX : 1;
    info->latest_ms = 0;
    for (size_t i = 0; i < info->block_count; i++) {
        const struct tl_sealed_block *block = &info->blocks[i];
        if (block->earliest_ms > block->latest_ms) {
            info->earliest_ms = 1;
            info->latest_ms = 0;
            return;
        }
        if (block->earliest_ms < info->earliest_ms)
            info->earliest_ms = block->earliest_ms;
        if (block->latest_ms > info->latest_ms)
            info->latest_ms = block->latest_ms;
    }
}

static void sum_up(struct tl_sealed *sealed)
{
    struct tl_sealed_info *info = &sealed->info;
    const struct contents *contents = &sealed->contents;

    info->blocks = contents_blocks(contents);
    info->block_count = contents_block_count(contents);
    info->origins = contents_origins(contents);
    info->origin_count = contents_origin_count(contents);
    info->losses = losses_entries(&contents->losses);
    info->loss_count = losses_count(&contents->losses);
    for (size_t i = 0; i < info->origin_count; i++) {
        info->frames += info->origins[i].frames;
        info->bytes += info->origins[i].bytes;
    }
    sum_up_times(info);
}

/* Forgets what was filled in. */
static void forget(struct tl_sealed *sealed)
{
    tl__contents_done(&sealed->contents);
    growing_free(&sealed->ledger_stream);
    sealed->ledger_offset = sealed->ledger_size = 0;
}

static enum tl_status fill(struct tl_sealed *sealed, const struct tl_archive_segment *segment)
{
    struct stat file;

    if (fstat(sealed->fd, &file) != 0)
        return TL_SYSTEM;
    sealed->info.file_size = (uint64_t)file.st_size;
    enum tl_status status = tl__sealed_take_table(sealed, &sealed->info.damage);
    if (status == TL_BAD_TEXT) {
        sealed->info.is_rebuilt = true;
        forget(sealed);
        status = tl__sealed_search(sealed);
    }
    if (status == TL_BAD_TEXT) {
        forget(sealed);
        status = tl__sealed_walk(sealed, segment);
    }
    if (status == TL_OK)
        sum_up(sealed);
    return status;
}

static void close_segment(struct tl_sealed *sealed)
{
    forget(sealed);
    memset(&sealed->info, 0, sizeof(sealed->info));
}

enum tl_status tl_sealed_reopen(int fd, const struct tl_archive_segment *segment, struct tl_sealed **sealed)
{
    if (!*sealed)
        *sealed = calloc(1, sizeof(**sealed));
    if (!*sealed)
        return TL_NO_MEMORY;
    close_segment(*sealed);
    (*sealed)->fd = fd;
    enum tl_status status = fill(*sealed, segment);
    if (status != TL_OK)
        close_segment(*sealed);
    return status;
}

enum tl_status tl_sealed_open(int fd, const struct tl_archive_segment *segment, struct tl_sealed **ret_sealed)
{
    struct tl_sealed *sealed = NULL;
    enum tl_status status = tl_sealed_reopen(fd, segment, &sealed);

    if (status == TL_OK)
        *ret_sealed = sealed;
    else
        tl_sealed_free(sealed);
    return status;
}

void tl_sealed_free(struct tl_sealed *sealed)
{
    if (!sealed)
        return;
    forget(sealed);
    growing_free(&sealed->packed);
    growing_free(&sealed->plain);
    ZSTD_freeDCtx(sealed->zstd);
    free(sealed);
}

const struct tl_sealed_info *tl_sealed_info(const struct tl_sealed *sealed)
{
    return &sealed->info;
}

bool tl__sealed_count(struct tl_bytes plain, uint64_t *ret_frames)
{
    struct tl_frame_decoder decoder;

    tl_frame_decoder_init(&decoder, TL_ARCHIVE_FRAME_MAX);
    *ret_frames = tl_frame_skim_data(&decoder, &plain);
    return plain.size == 0;
}

static enum tl_status need_zstd(struct tl_sealed *sealed)
{
    if (!sealed->zstd)
        sealed->zstd = ZSTD_createDCtx();
    return sealed->zstd ? TL_OK : TL_NO_MEMORY;
}

enum tl_status tl__sealed_uncompress(struct tl_sealed *sealed, struct tl_bytes frame, struct growing *to)
{
    unsigned long long size = ZSTD_getFrameContentSize(frame.data, frame.size);

    if (size == ZSTD_CONTENTSIZE_ERROR || !(frame.data[4] & DESCRIPTOR_HAS_CHECKSUM))
        return TL_BAD_CHECKSUM;
    if (size > SEALED_BLOCK_MAX)
        return TL_BAD_LENGTH;
    to->size = 0;
    if (!growing_room(to, (size_t)size + 1) || need_zstd(sealed) != TL_OK)
        return TL_NO_MEMORY;
    size_t got = ZSTD_decompressDCtx(sealed->zstd, to->data, (size_t)size, frame.data, frame.size);
    if (ZSTD_isError(got))
        return ZSTD_getErrorCode(got) == ZSTD_error_memory_allocation ? TL_NO_MEMORY : TL_BAD_CHECKSUM;
    to->size = got;
    return got == size ? TL_OK : TL_BAD_LENGTH;
}

enum tl_status tl__sealed_read_packed(struct tl_sealed *sealed, size_t number, struct tl_bytes *ret_packed,
                                      struct tl_bytes *ret_frames)
{
    uint64_t frames = 0;

    if (number >= sealed->info.block_count)
        return TL_BAD_ARGUMENT;
    const struct tl_sealed_block *block = &sealed->info.blocks[number];
    sealed->packed.size = 0;
    if (!growing_room(&sealed->packed, block->packed_size))
        return TL_NO_MEMORY;
    enum tl_status status = read_place(sealed->fd, block->offset, sealed->packed.data, block->packed_size);
    if (status != TL_OK)
        return status;
    struct tl_bytes packed = tl_bytes(sealed->packed.data, block->packed_size);
    status = tl__sealed_uncompress(sealed, packed, &sealed->plain);
    if (status == TL_OK &&
        get_le32(packed.data + packed.size - 4) != contents_checksum(&sealed->contents, number))
        status = TL_BAD_CHECKSUM;
    struct tl_bytes plain = tl_bytes(sealed->plain.data, sealed->plain.size);
    if (status == TL_OK &&
        (plain.size != block->size || !tl__sealed_count(plain, &frames) || frames != block->frames))
        status = TL_BAD_LENGTH;
    if (status != TL_OK)
        return status;
    *ret_packed = packed;
    *ret_frames = plain;
    return TL_OK;
}

enum tl_status tl_sealed_read(struct tl_sealed *sealed, size_t block, struct tl_bytes *ret_frames)
{
    struct tl_bytes packed;

    return tl__sealed_read_packed(sealed, block, &packed, ret_frames);
}

enum tl_status tl__sealed_read_stored(struct tl_sealed *sealed, uint64_t offset, uint64_t size,
                                      enum stored_kind kind, struct growing *ret_stream)
{
    enum tl_status status = need_zstd(sealed);

    return status == TL_OK ? tl__stored_read(sealed->zstd, sealed->fd, offset, size, kind, ret_stream)
                           : status;
}

enum tl_status tl_sealed_ledger(struct tl_sealed *sealed, struct tl_bytes *ret_stream)
{
    if (!sealed->ledger_size)
        return TL_END;
    if (!sealed->ledger_stream.data) {
        enum tl_status status = tl__sealed_read_stored(sealed, sealed->ledger_offset, sealed->ledger_size,
                                                       STORED_LEDGER, &sealed->ledger_stream);
        if (status != TL_OK)
            return status;
    }
    *ret_stream = tl_bytes(sealed->ledger_stream.data, sealed->ledger_stream.size);
    return TL_OK;
}
