/* Writing sealed segments: frames are gathered into a block, a full block is compressed and written, and
 * ledger and contents are kept, compressed, until the commit. Invariant: after a failure
 * nothing more is written, and the failure is what every call returns. */
#include "contents.h"
#include "losses.h"
#include "sealed.h"
#include "sealer_file.h"
#include "stored.h"

#include <errno.h>
#include <tapline/dnstap.h>
#include <tapline/frame.h>
#include <zstd.h>

#define BLOCK_SIZE_MIN   (16u << 10)
#define BLOCK_SIZE_MAX   (8u << 20)
#define BLOCKS_ENTRY_MAX 60000 /* bytes of `packed` in an entry BLOCKS */

struct tl_sealer {
    struct sealer_file file;
    uint64_t first; /* origin that was begun */
    enum tl_status status;

    size_t block_size;
    ZSTD_CCtx *zstd;
    struct tl_sealed_block block; /* in the making; `size` says how many bytes of it are in `plain` */
    uint8_t *plain, *packed;
    size_t plain_size, packed_size;

    struct tl_sealed_origin origin; /* number 0: none was begun */
    uint64_t covered;               /* frames of the origin that entries RUNS name */
    uint64_t arrival_ms;            /* of the last of them */
    struct losses losses;
    struct tl_builder blocks; /* of an entry BLOCKS in the making */
    uint64_t blocks_offset;   /* in the file, of the first of them */
    uint64_t blocks_last_ms;
    uint8_t blocks_memory[BLOCKS_ENTRY_MAX];
    struct stored_writer ledger, contents;
};

static enum tl_status fail(struct tl_sealer *sealer, enum tl_status status)
{
    if (sealer->status == TL_OK)
        sealer->status = status;
    return sealer->status;
}

/* Compresses `plain` into one zstd frame. Its checksum, the last four bytes, is the one that the seek table
 * wants. */
static enum tl_status write_compressed(struct tl_sealer *sealer, struct tl_bytes plain)
{
    size_t size = ZSTD_compress2(sealer->zstd, sealer->packed, sealer->packed_size, plain.data, plain.size);

    if (ZSTD_isError(size))
        return TL_NO_MEMORY; /* the only thing that can be missing */
    return tl__sealer_file_put(&sealer->file, tl_bytes(sealer->packed, size), plain.size,
                               get_le32(sealer->packed + size - 4));
}

static enum tl_status write_control(struct tl_sealer *sealer, enum tl_control_type type,
                                    struct tl_bytes content_type)
{
    struct tl_control control = tl_control(type, content_type);
    uint8_t wire[TL_CONTROL_FRAME_MAX];
    size_t size = 0;

    tl_control_encode(&control, wire, sizeof(wire), &size);
    return write_compressed(sealer, tl_bytes(wire, size));
}

/* New and free ------------------------------------------------------------------------------------------ */

static enum tl_status allocate(struct tl_sealer *sealer, const struct tl_sealer_options *options)
{
    size_t frame_size = 4 + (size_t)TL_ARCHIVE_FRAME_MAX;

    sealer->plain_size = sealer->block_size > frame_size ? sealer->block_size : frame_size;
    sealer->packed_size = ZSTD_compressBound(sealer->plain_size);
    sealer->plain = malloc(sealer->plain_size);
    sealer->packed = malloc(sealer->packed_size);
    sealer->zstd = ZSTD_createCCtx();
    enum tl_status status = tl__stored_init(&sealer->ledger, STORED_LEDGER);
    if (status == TL_OK)
        status = tl__stored_init(&sealer->contents, STORED_CONTENTS);
    if (status != TL_OK || !sealer->plain || !sealer->packed || !sealer->zstd)
        return TL_NO_MEMORY;
    ZSTD_CCtx_setParameter(sealer->zstd, ZSTD_c_compressionLevel,
                           options->level ? options->level : TL_SEALER_LEVEL);
    ZSTD_CCtx_setParameter(sealer->zstd, ZSTD_c_checksumFlag, 1);
    return TL_OK;
}

static enum tl_status start(struct tl_sealer *sealer, const struct tl_sealer_options *options)
{
    enum tl_status status = allocate(sealer, options);

    if (status == TL_OK)
        status = tl__sealer_file_make(&sealer->file);
    if (status == TL_OK)
        status = write_control(sealer, TL_CONTROL_START, tl_bytes_of_text(TL_DNSTAP_CONTENT_TYPE));
    return status;
}

enum tl_status tl_sealer_new(struct tl_archive *archive, uint64_t first, uint64_t stamp,
                             const struct tl_sealer_options *options, struct tl_sealer **ret_sealer)
{
    size_t block_size = options->block_size ? options->block_size : TL_SEALER_BLOCK_SIZE;

    if (first == 0 || block_size < BLOCK_SIZE_MIN || block_size > BLOCK_SIZE_MAX || options->level < 0 ||
        options->level > ZSTD_maxCLevel())
        return TL_BAD_ARGUMENT;
    struct tl_sealer *sealer = calloc(1, sizeof(*sealer));
    if (!sealer)
        return TL_NO_MEMORY;
    sealer->file = (struct sealer_file){.archive = archive, .segment = {first, first, stamp, true}, .fd = -1};
    sealer->block_size = block_size;
    sealer->block.earliest_ms = UINT64_MAX;
    sealer->blocks = tl_builder(sealer->blocks_memory, sizeof(sealer->blocks_memory));
    enum tl_status status = start(sealer, options);
    if (status == TL_OK)
        *ret_sealer = sealer;
    else
        tl_sealer_free(sealer);
    return status;
}

void tl_sealer_free(struct tl_sealer *sealer)
{
    int reason = errno;

    if (!sealer)
        return;
    tl__sealer_file_done(&sealer->file);
    free(sealer->plain);
    free(sealer->packed);
    ZSTD_freeCCtx(sealer->zstd);
    tl__losses_done(&sealer->losses);
    tl__stored_done(&sealer->ledger);
    tl__stored_done(&sealer->contents);
    free(sealer);
    errno = reason;
}

/* Blocks ------------------------------------------------------------------------------------------------ */

static enum tl_status flush_entry(struct tl_sealer *sealer)
{
    struct tl_ledger_entry entry = {.kind = TL_LEDGER_BLOCKS,
                                    .bytes = sealer->blocks_offset,
                                    .packed = tl_builder_bytes(&sealer->blocks)};

    if (!entry.packed.size)
        return TL_OK;
    enum tl_status status = tl__stored_put(&sealer->contents, &entry);
    sealer->blocks = tl_builder(sealer->blocks_memory, sizeof(sealer->blocks_memory));
    sealer->blocks_last_ms = 0;
    return status;
}

/* Enters the block that was written last into the contents. Frames and times are those of `of`. */
static enum tl_status enter_block(struct tl_sealer *sealer, const struct tl_sealed_block *of)
{
    const struct seek_entry *last = &sealer->file.last;
    struct tl_sealed_block block = *of;
    enum tl_status status = TL_OK;

    block.packed_size = last->packed_size;
    block.size = last->size;
    if (sealer->blocks.end - sealer->blocks.at < CONTENTS_BLOCK_MAX)
        status = flush_entry(sealer);
    if (sealer->blocks.at == sealer->blocks.start)
        sealer->blocks_offset = sealer->file.size - block.packed_size;
    tl__contents_put_block(&sealer->blocks, &block, last->checksum, &sealer->blocks_last_ms);
    sealer->origin.frames += block.frames;
    sealer->origin.bytes += block.size;
    return status;
}

static enum tl_status flush_block(struct tl_sealer *sealer)
{
    if (!sealer->block.size)
        return TL_OK;
    enum tl_status status = write_compressed(sealer, tl_bytes(sealer->plain, sealer->block.size));
    if (status == TL_OK)
        status = enter_block(sealer, &sealer->block);
    sealer->block = (struct tl_sealed_block){.earliest_ms = UINT64_MAX};
    return status;
}

enum tl_status tl_sealer_put(struct tl_sealer *sealer, struct tl_bytes frame, uint64_t time_ms)
{
    struct tl_sealed_block *block = &sealer->block;

    if (frame.size > TL_ARCHIVE_FRAME_MAX)
        return TL_FRAME_TOO_LONG;
    if (!frame.size || !sealer->origin.number)
        return TL_BAD_ARGUMENT;
    if (block->size + 4 + frame.size > sealer->block_size && sealer->status == TL_OK)
        fail(sealer, flush_block(sealer));
    if (sealer->status != TL_OK)
        return sealer->status;
    uint8_t *to = sealer->plain + block->size;
    to[0] = (uint8_t)(frame.size >> 24);
    to[1] = (uint8_t)(frame.size >> 16);
    to[2] = (uint8_t)(frame.size >> 8);
    to[3] = (uint8_t)frame.size;
    memcpy(to + 4, frame.data, frame.size);
    block->size += 4 + (uint32_t)frame.size;
    block->frames++;
    if (time_ms < block->earliest_ms)
        block->earliest_ms = time_ms;
    if (time_ms > block->latest_ms)
        block->latest_ms = time_ms;
    return TL_OK;
}

enum tl_status tl_sealer_copy(struct tl_sealer *sealer, struct tl_sealed *from, size_t number)
{
    struct tl_bytes packed, plain;

    if (!sealer->origin.number)
        return TL_BAD_ARGUMENT;
    if (sealer->status != TL_OK)
        return sealer->status;
    enum tl_status status = tl__sealed_read_packed(from, number, &packed, &plain);
    if (status != TL_OK)
        return status;
    status = flush_block(sealer);
    if (status == TL_OK)
        status =
            tl__sealer_file_put(&sealer->file, packed, plain.size, get_le32(packed.data + packed.size - 4));
    if (status == TL_OK)
        status = enter_block(sealer, &tl_sealed_info(from)->blocks[number]);
    return fail(sealer, status);
}

/* Origins and their ledger ------------------------------------------------------------------------------ */

static enum tl_status cover(struct tl_sealer *sealer)
{
    uint8_t memory[3 * 10];
    struct tl_builder packed = tl_builder(memory, sizeof(memory));
    struct tl_ledger_run run = {0, sealer->origin.frames - sealer->covered, sealer->arrival_ms};
    uint64_t last_ms = 0;

    if (sealer->covered >= sealer->origin.frames)
        return TL_OK;
    tl_ledger_put_run(&packed, &run, &last_ms);
    struct tl_ledger_entry entry = {.kind = TL_LEDGER_RUNS, .packed = tl_builder_bytes(&packed)};
    return tl__stored_put(&sealer->ledger, &entry);
}

static enum tl_status put_into_both(struct tl_sealer *sealer, const struct tl_ledger_entry *entry)
{
    enum tl_status status = tl__stored_put(&sealer->ledger, entry);
    return status == TL_OK ? tl__stored_put(&sealer->contents, entry) : status;
}

static enum tl_status end_origin(struct tl_sealer *sealer)
{
    if (!sealer->origin.number)
        return TL_OK;
    enum tl_status status = flush_block(sealer);
    if (status == TL_OK)
        status = flush_entry(sealer);
    if (status == TL_OK)
        status = cover(sealer);
    struct tl_ledger_entry entry = {.kind = TL_LEDGER_END,
                                    .segment = sealer->origin.number,
                                    .frames = sealer->origin.frames,
                                    .bytes = sealer->origin.bytes,
                                    .skipped = sealer->origin.skipped};
    return status == TL_OK ? put_into_both(sealer, &entry) : status;
}

enum tl_status tl_sealer_begin(struct tl_sealer *sealer, uint64_t number, uint64_t opened_ms, uint64_t run_ms,
                               struct tl_bytes program)
{
    struct tl_ledger_entry entry = {
        .kind = TL_LEDGER_SEGMENT, .segment = number, .at_ms = opened_ms, .run_ms = run_ms, .text = program};

    if (number <= sealer->origin.number)
        return TL_BAD_ARGUMENT;
    if (sealer->status != TL_OK)
        return sealer->status;
    enum tl_status status = end_origin(sealer);
    if (sealer->origin.number == 0)
        sealer->first = number;
    sealer->origin = (struct tl_sealed_origin){.number = number};
    sealer->covered = 0;
    sealer->arrival_ms = opened_ms;
    return fail(sealer, status == TL_OK ? put_into_both(sealer, &entry) : status);
}

static enum tl_status note_runs(struct tl_sealer *sealer, struct tl_bytes packed)
{
    struct tl_ledger_run run;
    uint64_t last_ms = 0, covered = sealer->covered, arrival_ms = sealer->arrival_ms;
    enum tl_status status;

    while ((status = tl_ledger_next_run(&packed, &last_ms, &run)) == TL_OK) {
        covered = run.frames < UINT64_MAX - covered ? covered + run.frames : UINT64_MAX;
        arrival_ms = run.arrival_ms;
    }
    if (status != TL_END)
        return status;
    sealer->covered = covered;
    sealer->arrival_ms = arrival_ms;
    return TL_OK;
}

enum tl_status tl_sealer_enter(struct tl_sealer *sealer, const struct tl_ledger_entry *entry)
{
    enum tl_status status = sealer->status;

    if (!sealer->origin.number)
        return TL_BAD_ARGUMENT;
    if (status != TL_OK)
        return status;
    switch (entry->kind) {
    case TL_LEDGER_RUNS: status = note_runs(sealer, entry->packed); break;
    case TL_LEDGER_LOSS: status = fail(sealer, tl__losses_add(&sealer->losses, entry)); break;
    case TL_LEDGER_CONNECTION:
    case TL_LEDGER_CLOSED: break;
    default: return TL_BAD_ARGUMENT;
    }
    return status == TL_OK ? fail(sealer, tl__stored_put(&sealer->ledger, entry)) : status;
}

void tl_sealer_skip(struct tl_sealer *sealer, uint64_t bytes)
{
    sealer->origin.skipped += bytes;
}

/* Commit ------------------------------------------------------------------------------------------------ */

static enum tl_status write_stored(struct tl_sealer *sealer, struct stored_writer *writer)
{
    enum tl_status status = tl__stored_end(writer);

    if (status != TL_OK)
        return status;
    return tl__sealer_file_put(&sealer->file, tl_bytes(writer->bytes.data, writer->bytes.size), 0,
                               CHECKSUM_OF_NOTHING);
}

static enum tl_status put_losses(struct tl_sealer *sealer)
{
    enum tl_status status = TL_OK;

    for (size_t i = 0; status == TL_OK && i < losses_count(&sealer->losses); i++)
        status = tl__stored_put(&sealer->contents, &losses_entries(&sealer->losses)[i]);
    return status;
}

static enum tl_status complete(struct tl_sealer *sealer)
{
    enum tl_status status = end_origin(sealer);

    if (status == TL_OK)
        status = put_losses(sealer);
    if (status == TL_OK)
        status = write_control(sealer, TL_CONTROL_STOP, tl_bytes(NULL, 0));
    if (status == TL_OK)
        status = write_stored(sealer, &sealer->ledger);
    if (status == TL_OK)
        status = write_stored(sealer, &sealer->contents);
    return status;
}

enum tl_status tl_sealer_commit(struct tl_sealer *sealer, struct tl_archive_segment *ret_segment,
                                uint64_t *ret_size)
{
    struct tl_archive_segment named = sealer->file.segment;

    if (!sealer->origin.number)
        return TL_BAD_ARGUMENT;
    if (sealer->status != TL_OK)
        return sealer->status;
    named.first = sealer->first;
    named.last = sealer->origin.number;
    enum tl_status status = fail(sealer, complete(sealer));
    if (status == TL_OK)
        status = fail(sealer, tl__sealer_file_commit(&sealer->file, &named));
    if (status != TL_OK)
        return status;
    sealer->status = TL_BAD_ARGUMENT; /* there is nothing to be done with it any more */
    if (ret_segment)
        *ret_segment = named;
    if (ret_size)
        *ret_size = sealer->file.size;
    return TL_OK;
}
