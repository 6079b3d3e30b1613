/* Rebuilding what the seek table and the contents of a sealed segment would say, by walking over the file
 * from frame to frame. Where none begins, the walk goes on at the next place that looks like one. Invariant:
 * what is entered as a block was uncompressed once, its checksum was right, and it is whole data frames. */
#include "sealed.h"

#include "place.h"
#include "seek_table.h"

#include <tapline/frame.h>

#define HEAD_MAX   18 /* bytes of a zstd frame's head */
#define WINDOW_MIN (4u << 20)

struct walk {
    struct tl_sealed *sealed;
    uint64_t offset;                         /* in the file, of the window */
    struct growing window;                   /* bytes of the file */
    size_t at;                               /* in the window: where the walk is */
    uint64_t frames, bytes;                  /* of the blocks that were found */
    bool found;                              /* anything of a sealed segment */
    bool only_stored;                        /* passes over all but ledger and contents */
    uint64_t contents_offset, contents_size; /* of the last that were found; 0: none */
};

static const uint8_t *here(const struct walk *walk)
{
    return walk->window.data + walk->at;
}

static size_t ahead(const struct walk *walk)
{
    return walk->window.size - walk->at;
}

static uint64_t left_in_file(const struct walk *walk)
{
    return walk->sealed->info.file_size - walk->offset - walk->at;
}

/* Makes the window hold `size` bytes from where the walk is, or what the file has. It then holds as many
 * again if it can, so that the cost of moving it stays in proportion. */
static enum tl_status look_ahead(struct walk *walk, size_t size)
{
    uint64_t left = left_in_file(walk);
    size_t wanted = 2 * size > WINDOW_MIN ? 2 * size : WINDOW_MIN, kept = ahead(walk);

    if (kept >= size || kept >= left)
        return TL_OK;
    wanted = wanted < left ? wanted : (size_t)left;
    if (kept)
        memmove(walk->window.data, here(walk), kept);
    walk->offset += walk->at;
    walk->at = 0;
    walk->window.size = kept;
    void *room = growing_room(&walk->window, wanted - kept);
    if (!room)
        return TL_NO_MEMORY;
    enum tl_status status = read_place(walk->sealed->fd, walk->offset + kept, room, wanted - kept);
    if (status == TL_OK)
        walk->window.size = wanted;
    return status;
}

/* Moves on, also beyond the window. */
static void pass(struct walk *walk, uint64_t size)
{
    if (size <= ahead(walk)) {
        walk->at += (size_t)size;
        return;
    }
    walk->offset += walk->at + size;
    walk->at = walk->window.size = 0;
}

/* Frames ------------------------------------------------------------------------------------------------ */

/* The size of the zstd frame that begins here, 0 if none does. Its bytes are in the window then. */
static enum tl_status measure(struct walk *walk, size_t *ret_size)
{
    enum tl_status status = look_ahead(walk, HEAD_MAX);

    *ret_size = 0;
    if (status != TL_OK || ahead(walk) < SEALED_PACKED_MIN)
        return status;
    unsigned long long content = ZSTD_getFrameContentSize(here(walk), ahead(walk));
    if (content > SEALED_BLOCK_MAX)
        return TL_OK;
    status = look_ahead(walk, HEAD_MAX + ZSTD_compressBound((size_t)content));
    size_t size = status == TL_OK ? ZSTD_findFrameCompressedSize(here(walk), ahead(walk)) : 0;
    if (!ZSTD_isError(size) && size >= SEALED_PACKED_MIN)
        *ret_size = size;
    return status;
}

static enum tl_status add_block(struct walk *walk, size_t packed_size, uint64_t frames)
{
    struct tl_sealed *sealed = walk->sealed;
    struct tl_sealed_block block = {.offset = walk->offset + walk->at, .packed_size = (uint32_t)packed_size};
    uint32_t checksum = get_le32(here(walk) + packed_size - 4);

    block.size = (uint32_t)sealed->plain.size;
    block.first_frame = walk->frames;
    block.frames = frames;
    block.earliest_ms = 1;
    if (!growing_put(&sealed->contents.blocks, &block, sizeof(block)) ||
        !growing_put(&sealed->contents.checksums, &checksum, sizeof(checksum)))
        return TL_NO_MEMORY;
    walk->frames += frames;
    walk->bytes += block.size;
    return TL_OK;
}

static bool is_control(struct tl_bytes plain)
{
    return plain.size >= 8 && plain.size <= TL_CONTROL_FRAME_MAX && tl_be32(plain.data) == 0;
}

/* A zstd frame is a block if it consists of data frames; START and STOP are passed over. `*ret_size` is 0 if
 * it is neither, or damaged. */
static enum tl_status take_zstd_frame(struct walk *walk, uint64_t *ret_size)
{
    struct tl_sealed *sealed = walk->sealed;
    uint64_t frames;
    size_t size;
    enum tl_status status = measure(walk, &size);

    *ret_size = 0;
    if (status != TL_OK || size == 0)
        return status;
    status = tl__sealed_uncompress(sealed, tl_bytes(here(walk), size), &sealed->plain);
    if (status != TL_OK)
        return status == TL_NO_MEMORY ? status : TL_OK;
    struct tl_bytes plain = tl_bytes(sealed->plain.data, sealed->plain.size);
    if (plain.size && tl__sealed_count(plain, &frames))
        status = add_block(walk, size, frames);
    else if (!is_control(plain))
        return TL_OK;
    walk->found = true;
    *ret_size = size;
    return status;
}

static bool is_stored(const uint8_t *head, enum stored_kind kind)
{
    return get_le32(head) == STORED_MAGIC(kind) && memcmp(head + 8, stored_tag(kind), 8) == 0;
}

/* Returns the size of a skippable frame that a sealed segment has, 0 if this is none. Ours are known by their
 * tags. */
static uint64_t take_skippable(struct walk *walk)
{
    const uint8_t *head = here(walk);
    uint64_t size = 8 + (uint64_t)get_le32(head + 4), offset = walk->offset + walk->at;

    if (size > left_in_file(walk))
        return 0;
    if (get_le32(head) == SEEK_TABLE_MAGIC)
        return size;
    if (ahead(walk) < STORED_HEAD_SIZE || size < STORED_HEAD_SIZE)
        return 0;
    if (is_stored(head, STORED_LEDGER)) {
        walk->sealed->ledger_offset = offset;
        walk->sealed->ledger_size = size;
    } else if (is_stored(head, STORED_CONTENTS)) {
        walk->contents_offset = offset;
        walk->contents_size = size;
    } else {
        return 0;
    }
    walk->found = true;
    return size;
}

/* Could a frame of a sealed segment begin with these four bytes? */
static bool is_magic(const struct walk *walk, uint32_t magic)
{
    return magic == STORED_MAGIC(STORED_LEDGER) || magic == STORED_MAGIC(STORED_CONTENTS) ||
           (!walk->only_stored && (magic == ZSTD_MAGICNUMBER || magic == SEEK_TABLE_MAGIC));
}

static enum tl_status search(struct walk *walk)
{
    while (left_in_file(walk) >= 8) {
        enum tl_status status = look_ahead(walk, 8);
        if (status != TL_OK)
            return status;
        for (; ahead(walk) >= 8; walk->at++) {
            if (is_magic(walk, get_le32(here(walk))))
                return TL_OK;
        }
    }
    pass(walk, left_in_file(walk));
    return TL_OK;
}

static enum tl_status walk_on(struct walk *walk)
{
    uint64_t size = 0;
    enum tl_status status = search(walk);

    if (status != TL_OK || left_in_file(walk) < 8)
        return status;
    status = look_ahead(walk, STORED_HEAD_SIZE);
    if (status == TL_OK && get_le32(here(walk)) == ZSTD_MAGICNUMBER)
        status = take_zstd_frame(walk, &size);
    else if (status == TL_OK)
        size = take_skippable(walk);
    pass(walk, size ? size : 1);
    return status;
}

/* Origins ----------------------------------------------------------------------------------------------- */

/* The origin of a ledger that is being read. */
struct ledger_origin {
    struct tl_sealed_origin origin; /* number 0: none is open */
    uint64_t last_number, first_frame;
};

static enum tl_status begin_origin(struct ledger_origin *at, const struct tl_ledger_entry *entry)
{
    if (at->origin.number || entry->segment <= at->last_number)
        return TL_BAD_TEXT;
    at->origin = (struct tl_sealed_origin){.number = entry->segment,
                                           .opened_ms = entry->at_ms,
                                           .run_ms = entry->run_ms,
                                           .first_frame = at->first_frame};
    return TL_OK;
}

static enum tl_status end_origin(struct ledger_origin *at, const struct tl_ledger_entry *entry,
                                 struct growing *origins)
{
    if (!at->origin.number || entry->segment != at->origin.number ||
        entry->frames > UINT64_MAX - at->first_frame)
        return TL_BAD_TEXT;
    at->origin.frames = entry->frames;
    at->origin.bytes = entry->bytes;
    at->origin.skipped = entry->skipped;
    if (!growing_put(origins, &at->origin, sizeof(at->origin)))
        return TL_NO_MEMORY;
    at->last_number = at->origin.number;
    at->first_frame += entry->frames;
    at->origin.number = 0;
    return TL_OK;
}

/* What a ledger says of origins and losses. */
static enum tl_status take_ledger(struct tl_sealed *sealed, struct tl_bytes stream)
{
    struct ledger_origin at = {.last_number = 0};
    struct tl_ledger_entry entry;
    enum tl_status status;

    while ((status = tl__stored_next(&stream, &entry)) == TL_OK) {
        if (entry.kind == TL_LEDGER_LOSS)
            status = tl__losses_add(&sealed->contents.losses, &entry);
        else if (entry.kind == TL_LEDGER_SEGMENT)
            status = begin_origin(&at, &entry);
        else if (entry.kind == TL_LEDGER_END)
            status = end_origin(&at, &entry, &sealed->contents.origins);
        if (status != TL_OK)
            return status;
    }
    return status == TL_END && !at.origin.number ? TL_OK : TL_BAD_TEXT;
}

/* The ledger's origins hold if every frame of theirs was found, so that all keep their names. */
static bool origins_fit(const struct contents *contents)
{
    const struct tl_sealed_origin *origin = contents_origins(contents);
    const struct tl_sealed_block *block = contents_blocks(contents);
    size_t origins = contents_origin_count(contents), blocks = contents_block_count(contents);

    if (!origins)
        return false;
    for (; origins; origins--, origin++) {
        uint64_t frames = 0, bytes = 0;
        for (; blocks && frames < origin->frames; blocks--, block++) {
            frames += block->frames;
            bytes += block->size;
        }
        if (frames != origin->frames || bytes != origin->bytes)
            return false;
    }
    return blocks == 0;
}

static enum tl_status enter_origins(struct walk *walk, const struct tl_archive_segment *segment)
{
    struct tl_sealed *sealed = walk->sealed;
    struct tl_sealed_origin all = {.number = segment->first,
                                   .opened_ms = segment->stamp * 1000,
                                   .frames = walk->frames,
                                   .bytes = walk->bytes};
    struct tl_bytes stream;
    enum tl_status status = tl_sealed_ledger(sealed, &stream);

    if (status == TL_OK)
        status = take_ledger(sealed, stream);
    if (status == TL_NO_MEMORY || status == TL_SYSTEM)
        return status;
    if (status == TL_OK && origins_fit(&sealed->contents))
        return TL_OK;
    sealed->contents.origins.size = 0; /* its losses hold none the less */
    return growing_put(&sealed->contents.origins, &all, sizeof(all)) ? TL_OK : TL_NO_MEMORY;
}

static enum tl_status walk_to_the_end(struct walk *walk)
{
    enum tl_status status = TL_OK;

    while (status == TL_OK && left_in_file(walk))
        status = walk_on(walk);
    growing_free(&walk->window);
    return status == TL_OK && !walk->found ? TL_BAD_TEXT : status;
}

enum tl_status tl__sealed_search(struct tl_sealed *sealed)
{
    struct walk walk = {.sealed = sealed, .only_stored = true};
    enum tl_status status = walk_to_the_end(&walk);

    if (status != TL_OK)
        return status;
    return walk.contents_size ? tl__sealed_take_contents(sealed, walk.contents_offset, walk.contents_size)
                              : TL_BAD_TEXT;
}

enum tl_status tl__sealed_walk(struct tl_sealed *sealed, const struct tl_archive_segment *segment)
{
    struct walk walk = {.sealed = sealed};
    enum tl_status status = walk_to_the_end(&walk);

    return status == TL_OK ? enter_origins(&walk, segment) : status;
}
