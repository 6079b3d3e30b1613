/* Opening a sealed segment by its seek table and its contents. Invariant: they are taken only if they agree -
 * every block lies in the file, has room for its frames, and belongs whole to one origin. */
#include "sealed.h"

#include "seek_table.h"
#include "stored.h"

#define PACKED_MIN 14 /* bytes of a zstd frame with a size and a checksum: head 6, a block 4, sum 4 */

/* What the seek table lists besides the blocks: START in front; STOP, ledger, contents behind. */
#define BEFORE_BLOCKS 1
#define BEHIND_BLOCKS 3

static enum tl_status damaged(const char *what, const char **ret_damage)
{
    *ret_damage = what;
    return TL_BAD_TEXT;
}

static bool is_block(const struct seek_entry *entry)
{
    return entry->size >= SEALED_FRAME_MIN && entry->size <= SEALED_BLOCK_MAX &&
           entry->packed_size >= PACKED_MIN && entry->packed_size <= ZSTD_compressBound(SEALED_BLOCK_MAX);
}

/* Completes the contents' blocks, `count` of them, by the seek table's. */
static enum tl_status place_blocks(struct tl_sealed *sealed, const struct seek_entry *entries, size_t count)
{
    struct tl_sealed_block *blocks = sealed_blocks(sealed);
    uint64_t offset = entries[0].packed_size, first_frame = 0;

    for (size_t i = 0; i < count; i++) {
        const struct seek_entry *entry = &entries[BEFORE_BLOCKS + i];
        if (!is_block(entry) || blocks[i].frames > entry->size / SEALED_FRAME_MIN)
            return TL_BAD_TEXT;
        if (!growing_put(&sealed->checksums, &entry->checksum, sizeof(entry->checksum)))
            return TL_NO_MEMORY;
        blocks[i].offset = offset;
        blocks[i].packed_size = entry->packed_size;
        blocks[i].size = entry->size;
        blocks[i].first_frame = first_frame;
        first_frame += blocks[i].frames;
        offset += entry->packed_size;
    }
    return TL_OK;
}

/* Are the bytes of each origin those of its blocks? (Of the frames this is known.) */
static bool origins_fit(const struct tl_sealed *sealed, size_t count)
{
    const struct tl_sealed_block *block = sealed_blocks(sealed), *end = count ? block + count : block;
    const struct tl_sealed_origin *origin = sealed_origins(sealed);

    for (size_t i = 0; i < sealed->contents.origins.size / sizeof(*origin); i++, origin++) {
        uint64_t bytes = 0;
        for (; block < end && block->first_frame < origin->first_frame + origin->frames; block++)
            bytes += block->size;
        if (bytes != origin->bytes)
            return false;
    }
    return true;
}

static enum tl_status take_entries(struct tl_sealed *sealed, const struct seek_entry *entries, size_t count,
                                   const char **ret_damage)
{
    if (count < BEFORE_BLOCKS + BEHIND_BLOCKS || entries[count - 2].size || entries[count - 1].size)
        return damaged("the seek table lists other frames than a sealed segment has", ret_damage);
    size_t blocks = count - BEFORE_BLOCKS - BEHIND_BLOCKS;
    uint64_t size = entries[count - 1].packed_size;
    uint64_t offset = sealed->info.file_size - SEEK_TABLE_HEAD_SIZE - count * SEEK_TABLE_ENTRY_SIZE -
                      SEEK_TABLE_FOOTER_SIZE - size;
    sealed->ledger_size = entries[count - 2].packed_size;
    sealed->ledger_offset = offset - sealed->ledger_size;
    enum tl_status status =
        tl__stored_read(sealed->fd, offset, size, STORED_CONTENTS, &sealed->contents_stream);
    if (status == TL_OK) {
        struct tl_bytes stream = tl_bytes(sealed->contents_stream.data, sealed->contents_stream.size);
        status = tl__contents_decode(stream, &sealed->contents);
    }
    if (status == TL_NO_MEMORY || status == TL_SYSTEM)
        return status;
    if (status != TL_OK)
        return damaged("the contents are damaged", ret_damage);
    if (sealed->contents.blocks.size != blocks * sizeof(struct tl_sealed_block))
        return damaged("the contents have another number of blocks than the seek table", ret_damage);
    status = place_blocks(sealed, entries, blocks);
    if (status == TL_OK && !origins_fit(sealed, blocks))
        status = TL_BAD_TEXT;
    return status == TL_BAD_TEXT ? damaged("the contents do not fit the seek table", ret_damage) : status;
}

enum tl_status tl__sealed_take_contents(struct tl_sealed *sealed, const char **ret_damage)
{
    struct seek_entry *entries;
    size_t count;
    enum tl_status status =
        tl__seek_table_read(sealed->fd, sealed->info.file_size, &entries, &count, ret_damage);

    if (status != TL_OK)
        return status;
    status = take_entries(sealed, entries, count, ret_damage);
    free(entries);
    return status;
}
