/* Opening a sealed segment by its contents. Invariant: they are taken only if every block that they name lies
 * in the file before them; and as sound only if the seek table says the same. */
#include "sealed.h"

#include "seek_table.h"

/* What the seek table lists besides the blocks: START in front; STOP, ledger, contents behind. */
#define BEFORE_BLOCKS 1
#define BEHIND_BLOCKS 3

static enum tl_status damaged(const char *what, const char **ret_damage)
{
    *ret_damage = what;
    return TL_BAD_TEXT;
}

enum tl_status tl__sealed_take_contents(struct tl_sealed *sealed, uint64_t offset, uint64_t size)
{
    struct growing stream = {NULL, 0, 0};
    enum tl_status status = tl__sealed_read_stored(sealed, offset, size, STORED_CONTENTS, &stream);

    if (status == TL_OK)
        status = tl__contents_decode(tl_bytes(stream.data, stream.size), offset, &sealed->contents);
    growing_free(&stream);
    return status == TL_OK || status == TL_NO_MEMORY || status == TL_SYSTEM ? status : TL_BAD_TEXT;
}

/* Does the seek table say the same of the blocks? */
static bool fits(const struct seek_entry *entries, const struct contents *contents)
{
    const struct tl_sealed_block *block = contents_blocks(contents);
    uint64_t offset = entries[0].packed_size;

    for (size_t i = 0; i < contents_block_count(contents); i++, block++) {
        const struct seek_entry *entry = &entries[BEFORE_BLOCKS + i];
        if (block->offset != offset || block->packed_size != entry->packed_size ||
            block->size != entry->size || contents_checksum(contents, i) != entry->checksum)
            return false;
        offset += entry->packed_size;
    }
    return true;
}

static enum tl_status take_entries(struct tl_sealed *sealed, const struct seek_entry *entries, size_t count,
                                   const char **ret_damage)
{
    if (count < BEFORE_BLOCKS + BEHIND_BLOCKS || entries[count - 2].size || entries[count - 1].size)
        return damaged("the seek table lists other frames than a sealed segment has", ret_damage);
    uint64_t size = entries[count - 1].packed_size;
    uint64_t offset = sealed->info.file_size - SEEK_TABLE_HEAD_SIZE - count * SEEK_TABLE_ENTRY_SIZE -
                      SEEK_TABLE_FOOTER_SIZE - size;
    enum tl_status status = tl__sealed_take_contents(sealed, offset, size);
    if (status != TL_OK)
        return status == TL_BAD_TEXT ? damaged("the contents are damaged", ret_damage) : status;
    sealed->ledger_size = entries[count - 2].packed_size;
    sealed->ledger_offset = offset - sealed->ledger_size;
    if (contents_block_count(&sealed->contents) != count - BEFORE_BLOCKS - BEHIND_BLOCKS)
        return damaged("the seek table has another number of blocks than the contents", ret_damage);
    if (!fits(entries, &sealed->contents))
        return damaged("the seek table does not fit the contents", ret_damage);
    return TL_OK;
}

enum tl_status tl__sealed_take_table(struct tl_sealed *sealed, const char **ret_damage)
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
