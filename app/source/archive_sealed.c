/* A sealed segment. Invariant: `frame` counts every frame of the blocks before `left` and of what was taken
 * from it, read or not, so that damage and blocks that are passed over change no name. */
#include "source/archive_sealed.h"

#include <tapline/dnstap.h>

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define START_SIZE (4 + 4 + 4 + 4 + 4 + sizeof(TL_DNSTAP_CONTENT_TYPE) - 1) /* of the first control frame */

void archive_sealed_init(struct archive_sealed *sealed)
{
    memset(sealed, 0, sizeof(*sealed));
    sealed->fd = -1;
}

void archive_sealed_close(struct archive_sealed *sealed)
{
    struct tl_sealed *kept = sealed->sealed;

    if (sealed->fd < 0)
        return;
    close(sealed->fd);
    archive_sealed_init(sealed);
    sealed->sealed = kept;
}

void archive_sealed_done(struct archive_sealed *sealed)
{
    archive_sealed_close(sealed);
    tl_sealed_free(sealed->sealed);
    sealed->sealed = NULL;
}

/* Is it lost which frames are whose? */
static bool are_origins_lost(const struct archive_sealed *sealed)
{
    const struct tl_sealed_info *info = sealed->info;

    return info->is_rebuilt && info->origins[info->origin_count - 1].number < sealed->last;
}

/* The first frame of the file that is `from` or behind it; if that is not known, all of them: again rather
 * than never. */
static uint64_t find_frame(const struct archive_sealed *sealed, struct tl_frame_name from)
{
    const struct tl_sealed_info *info = sealed->info;

    for (size_t i = 0; i < info->origin_count; i++) {
        const struct tl_sealed_origin *origin = &info->origins[i];
        if (origin->number > from.segment)
            return origin->first_frame;
        if (origin->number == from.segment)
            return origin->first_frame + (from.number < origin->frames ? from.number : origin->frames);
    }
    return are_origins_lost(sealed) ? 0 : info->frames;
}

/* The origin of a frame: the last one that begins at or before it. Frames only ascend. */
static size_t origin_of(const struct archive_sealed *sealed, uint64_t frame)
{
    const struct tl_sealed_info *info = sealed->info;
    size_t i = sealed->origin;

    while (i + 1 < info->origin_count && info->origins[i + 1].first_frame <= frame)
        i++;
    return i;
}

static struct tl_frame_name name_of(const struct archive_sealed *sealed, uint64_t frame)
{
    const struct tl_sealed_origin *origin = &sealed->info->origins[origin_of(sealed, frame)];

    return (struct tl_frame_name){origin->number, frame - origin->first_frame};
}

enum tl_status archive_sealed_open(struct archive_sealed *sealed, int fd,
                                   const struct tl_archive_segment *segment, struct tl_frame_name from)
{
    archive_sealed_close(sealed);
    enum tl_status status = tl_sealed_reopen(fd, segment, &sealed->sealed);
    if (status == TL_OK && !tl_sealed_info(sealed->sealed)->origin_count)
        status = TL_BAD_LENGTH; /* then no frame would have a name */
    if (status != TL_OK) {
        int error = errno;
        close(fd);
        errno = error;
        return status;
    }
    sealed->fd = fd;
    sealed->info = tl_sealed_info(sealed->sealed);
    sealed->offset = START_SIZE;
    sealed->last = segment->last;
    sealed->frame = find_frame(sealed, from);
    const struct tl_sealed_block *blocks = sealed->info->blocks;
    for (; sealed->block < sealed->info->block_count; sealed->block++) {
        const struct tl_sealed_block *block = &blocks[sealed->block];
        if (block->first_frame + block->frames > sealed->frame || !block->frames)
            break;
        sealed->offset += block->size;
    }
    return TL_OK;
}

struct tl_frame_name archive_sealed_end(const struct archive_sealed *sealed)
{
    const struct tl_sealed_origin *last = &sealed->info->origins[sealed->info->origin_count - 1];

    return (struct tl_frame_name){last->number, last->frames};
}

static enum archive_step tell_damage(struct archive_sealed *sealed, struct source_item *item)
{
    sealed->is_damage_told = true;
    snprintf(sealed->text, sizeof(sealed->text),
             "is damaged at its end (%s); its blocks were found by walking over it%s", sealed->info->damage,
             are_origins_lost(sealed) ? ", and of which segment each frame is was lost" : "");
    *item = (struct source_item){.kind = SOURCE_FAILED, .text = sealed->text};
    return ARCHIVE_ITEM;
}

/* A block that cannot be read. */
static enum archive_step pass_over(struct archive_sealed *sealed, const struct tl_sealed_block *block,
                                   enum tl_status status, struct source_item *item)
{
    const char *reason = status == TL_SYSTEM ? strerror(errno) : tl_status_text(status);
    uint64_t behind = block->first_frame + block->frames;
    char first[TL_FRAME_NAME_SIZE], last[TL_FRAME_NAME_SIZE];
    int length = snprintf(sealed->text, sizeof(sealed->text), "block %zu of %zu cannot be read (%s)",
                          sealed->block + 1, sealed->info->block_count, reason);

    if (behind > sealed->frame) {
        tl_frame_name_print(name_of(sealed, sealed->frame), first);
        tl_frame_name_print(name_of(sealed, behind - 1), last);
        snprintf(sealed->text + length, sizeof(sealed->text) - (size_t)length,
                 "; without the frames %s to %s, %llu", first, last,
                 (unsigned long long)(behind - sealed->frame));
        sealed->frame = behind;
    }
    *item = (struct source_item){
        .kind = SOURCE_SKIPPED, .offset = sealed->offset, .skipped = block->size, .text = sealed->text};
    sealed->offset += block->size;
    sealed->block++;
    return ARCHIVE_ITEM;
}

/* Turns to the next block. */
static enum archive_step next_block(struct archive_sealed *sealed, const struct span *span,
                                    struct source_item *item)
{
    if (sealed->block == sealed->info->block_count)
        return ARCHIVE_END;
    const struct tl_sealed_block *block = &sealed->info->blocks[sealed->block];
    enum span_part part = span_part(span, block->earliest_ms, block->latest_ms);
    enum tl_status status = TL_OK;
    if (part != SPAN_NONE)
        status = tl_sealed_read(sealed->sealed, sealed->block, &sealed->left);
    if (status != TL_OK)
        return pass_over(sealed, block, status, item);

    uint64_t passed = sealed->frame > block->first_frame ? sealed->frame - block->first_frame : 0;
    tl_frame_decoder_init(&sealed->decoder, UINT32_MAX);
    sealed->decoder.offset = sealed->decoder.frame_offset = sealed->offset;
    sealed->is_sure = part == SPAN_ALL;
    sealed->offset += block->size;
    sealed->block++;
    if (part == SPAN_NONE)
        sealed->frame = block->first_frame + block->frames;
    struct tl_frame frame;
    while (passed-- && tl_frame_next(&sealed->decoder, &sealed->left, &frame) == TL_OK)
        ; /* begun in its middle */
    return ARCHIVE_AGAIN;
}

enum archive_step archive_sealed_next(struct archive_sealed *sealed, const struct span *span,
                                      struct source_item *item, struct tl_frame_name *ret_name)
{
    struct tl_frame frame;

    while (tl_frame_next(&sealed->decoder, &sealed->left, &frame) != TL_OK) {
        if (sealed->info->is_rebuilt && !sealed->is_damage_told)
            return tell_damage(sealed, item);
        enum archive_step step = next_block(sealed, span, item);
        if (step != ARCHIVE_AGAIN)
            return step;
    }
    sealed->origin = origin_of(sealed, sealed->frame);
    item->kind = SOURCE_FRAME;
    item->offset = frame.offset;
    item->frame = frame.payload;
    *ret_name = name_of(sealed, sealed->frame++);
    return ARCHIVE_ITEM;
}
