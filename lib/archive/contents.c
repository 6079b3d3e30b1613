/* Contents of sealed segments. Invariant: what is given out adds up - origins ascend, and each has the frames
 * and bytes of its blocks, no more and no fewer; no block is larger than one may be. */
#include "contents.h"

#include "stored.h"
#include "varint.h"

#include <zstd.h>

void tl__contents_put_block(struct tl_builder *packed, const struct tl_sealed_block *block, uint32_t checksum,
                            uint64_t *last_ms)
{
    uint8_t memory[CONTENTS_BLOCK_MAX];
    struct tl_builder whole = tl_builder(memory, sizeof(memory));
    uint64_t span = block->latest_ms - block->earliest_ms + 1;
    /* (All of time has no length that fits: to call it not known is as true.) */
    bool is_known = block->earliest_ms <= block->latest_ms && span != 0;
    uint64_t earliest = is_known ? block->earliest_ms : *last_ms;

    put_varint(&whole, block->frames);
    put_varint(&whole, zigzag_of(earliest, *last_ms));
    put_varint(&whole, is_known ? span : 0);
    put_varint(&whole, block->size);
    put_varint(&whole, block->packed_size);
    put_varint(&whole, checksum);
    tl_builder_put(packed, tl_builder_bytes(&whole));
    *last_ms = earliest;
}

/* The origin that is being decoded. */
struct decoding {
    struct contents *to;
    struct tl_sealed_origin origin; /* number 0: none is open */
    uint64_t last_number;
    uint64_t first_frame; /* of what comes next, over the whole file */
    uint64_t offset;      /* where the last block ends */
    uint64_t end;         /* where all must end */
};

static bool has_room(const struct tl_sealed_block *block, uint64_t size, uint64_t packed_size)
{
    return size >= SEALED_FRAME_MIN && size <= SEALED_BLOCK_MAX && packed_size >= SEALED_PACKED_MIN &&
           packed_size <= ZSTD_compressBound(SEALED_BLOCK_MAX) && block->frames &&
           block->frames <= size / SEALED_FRAME_MIN;
}

static bool take_block(struct tl_cursor *from, uint64_t *last_ms, struct tl_sealed_block *block,
                       uint32_t *ret_checksum)
{
    block->frames = take_varint(from);
    uint64_t zigzag = take_varint(from), span = take_varint(from), size = take_varint(from),
             packed_size = take_varint(from), checksum = take_varint(from);

    if (from->status != TL_OK || !has_room(block, size, packed_size) || checksum > UINT32_MAX)
        return false;
    block->size = (uint32_t)size;
    block->packed_size = (uint32_t)packed_size;
    block->earliest_ms = 1;
    block->latest_ms = 0;
    if (span) {
        *last_ms = block->earliest_ms = zigzag_apply(zigzag, *last_ms);
        block->latest_ms = *last_ms + (span - 1);
    }
    *ret_checksum = (uint32_t)checksum;
    return !span || block->latest_ms >= block->earliest_ms;
}

static enum tl_status add_blocks(struct decoding *decoding, const struct tl_ledger_entry *entry)
{
    struct tl_cursor from = tl_cursor(entry->packed);
    struct tl_sealed_origin *origin = &decoding->origin;
    struct tl_sealed_block block;
    uint32_t checksum;
    uint64_t last_ms = 0;

    if (!origin->number || entry->bytes < decoding->offset || entry->bytes > decoding->end)
        return TL_BAD_TEXT;
    decoding->offset = entry->bytes;
    while (tl_cursor_left(&from)) {
        if (!take_block(&from, &last_ms, &block, &checksum) ||
            block.packed_size > decoding->end - decoding->offset)
            return TL_BAD_TEXT;
        block.offset = decoding->offset;
        block.first_frame = decoding->first_frame + origin->frames;
        if (!growing_put(&decoding->to->blocks, &block, sizeof(block)) ||
            !growing_put(&decoding->to->checksums, &checksum, sizeof(checksum)))
            return TL_NO_MEMORY;
        origin->frames += block.frames;
        origin->bytes += block.size;
        decoding->offset += block.packed_size;
    }
    return TL_OK;
}

static enum tl_status begin_origin(struct decoding *decoding, const struct tl_ledger_entry *entry)
{
    if (decoding->origin.number || entry->segment <= decoding->last_number)
        return TL_BAD_TEXT;
    decoding->origin = (struct tl_sealed_origin){.number = entry->segment,
                                                 .opened_ms = entry->at_ms,
                                                 .run_ms = entry->run_ms,
                                                 .first_frame = decoding->first_frame};
    return TL_OK;
}

static enum tl_status end_origin(struct decoding *decoding, const struct tl_ledger_entry *entry)
{
    struct tl_sealed_origin *origin = &decoding->origin;

    if (!origin->number || entry->segment != origin->number || entry->frames != origin->frames ||
        entry->bytes != origin->bytes)
        return TL_BAD_TEXT;
    origin->skipped = entry->skipped;
    if (!growing_put(&decoding->to->origins, origin, sizeof(*origin)))
        return TL_NO_MEMORY;
    decoding->last_number = origin->number;
    decoding->first_frame += origin->frames;
    origin->number = 0;
    return TL_OK;
}

static enum tl_status add_entry(struct decoding *decoding, const struct tl_ledger_entry *entry)
{
    switch (entry->kind) {
    case TL_LEDGER_SEGMENT: return begin_origin(decoding, entry);
    case TL_LEDGER_BLOCKS: return add_blocks(decoding, entry);
    case TL_LEDGER_END: return end_origin(decoding, entry);
    case TL_LEDGER_LOSS: return tl__losses_add(&decoding->to->losses, entry);
    default: return TL_OK;
    }
}

enum tl_status tl__contents_decode(struct tl_bytes stream, uint64_t end, struct contents *contents)
{
    struct decoding decoding = {.to = contents, .end = end};
    struct tl_ledger_entry entry;
    enum tl_status status;

    *contents = (struct contents){.origins = {NULL}};
    while ((status = tl__stored_next(&stream, &entry)) == TL_OK) {
        status = add_entry(&decoding, &entry);
        if (status != TL_OK)
            return status;
    }
    return status == TL_END && !decoding.origin.number && contents->origins.size ? TL_OK : TL_BAD_TEXT;
}

void tl__contents_done(struct contents *contents)
{
    growing_free(&contents->origins);
    growing_free(&contents->blocks);
    growing_free(&contents->checksums);
    tl__losses_done(&contents->losses);
}
