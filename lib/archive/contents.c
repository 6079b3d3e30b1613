/* Contents of sealed segments. Invariant: what is given out adds up - origins ascend, and each has the frames
 * of its blocks, no more and no fewer. */
#include "contents.h"

#include "stored.h"
#include "varint.h"

void tl__contents_put_block(struct tl_builder *packed, const struct tl_sealed_block *block, uint64_t *last_ms)
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
    tl_builder_put(packed, tl_builder_bytes(&whole));
    *last_ms = earliest;
}

/* The origin that is being decoded. */
struct decoding {
    struct contents *to;
    struct tl_sealed_origin origin; /* number 0: none is open */
    uint64_t last_number;
    uint64_t first_frame; /* of what comes next, over the whole file */
};

static bool take_block(struct tl_cursor *from, uint64_t *last_ms, struct tl_sealed_block *ret_block)
{
    uint64_t frames = take_varint(from), zigzag = take_varint(from), span = take_varint(from);

    if (from->status != TL_OK || frames == 0 || frames > UINT32_MAX)
        return false;
    *ret_block = (struct tl_sealed_block){.frames = frames, .earliest_ms = 1, .latest_ms = 0};
    if (span) {
        *last_ms = ret_block->earliest_ms = zigzag_apply(zigzag, *last_ms);
        ret_block->latest_ms = *last_ms + (span - 1);
    }
    return !span || ret_block->latest_ms >= ret_block->earliest_ms;
}

static enum tl_status add_blocks(struct decoding *decoding, struct tl_bytes packed)
{
    struct tl_cursor from = tl_cursor(packed);
    struct tl_sealed_block block;
    uint64_t last_ms = 0;

    while (tl_cursor_left(&from)) {
        if (!decoding->origin.number || !take_block(&from, &last_ms, &block))
            return TL_BAD_TEXT;
        if (!growing_put(&decoding->to->blocks, &block, sizeof(block)))
            return TL_NO_MEMORY;
        decoding->origin.frames += block.frames;
    }
    return TL_OK;
}

static enum tl_status begin_origin(struct decoding *decoding, const struct tl_ledger_entry *entry)
{
    if (decoding->origin.number || entry->segment <= decoding->last_number)
        return TL_BAD_TEXT;
    decoding->origin = (struct tl_sealed_origin){
        .number = entry->segment, .opened_ms = entry->at_ms, .first_frame = decoding->first_frame};
    return TL_OK;
}

static enum tl_status end_origin(struct decoding *decoding, const struct tl_ledger_entry *entry)
{
    struct tl_sealed_origin *origin = &decoding->origin;

    if (!origin->number || entry->segment != origin->number || entry->frames != origin->frames)
        return TL_BAD_TEXT;
    origin->bytes = entry->bytes;
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
    case TL_LEDGER_BLOCKS: return add_blocks(decoding, entry->packed);
    case TL_LEDGER_END: return end_origin(decoding, entry);
    case TL_LEDGER_LOSS:
        return growing_put(&decoding->to->losses, entry, sizeof(*entry)) ? TL_OK : TL_NO_MEMORY;
    default: return TL_OK;
    }
}

enum tl_status tl__contents_decode(struct tl_bytes stream, struct contents *contents)
{
    struct decoding decoding = {.to = contents};
    struct tl_ledger_entry entry;
    enum tl_status status;

    *contents = (struct contents){.origins = {NULL}};
    while ((status = tl__stored_next(&stream, &entry)) == TL_OK) {
        status = add_entry(&decoding, &entry);
        if (status != TL_OK)
            return status;
    }
    return status == TL_END && !decoding.origin.number ? TL_OK : TL_BAD_TEXT;
}

void tl__contents_done(struct contents *contents)
{
    growing_free(&contents->origins);
    growing_free(&contents->blocks);
    growing_free(&contents->losses);
}
