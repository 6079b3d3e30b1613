/* A sealed segment: its parts, its ledger, its blocks, and whether they agree. Invariant: what one part says
 * is held against what the blocks hold, never against another part that was made from it. */
#include "pack/verify_sealed.h"

#include "pack/entries.h"
#include "pack/finding.h"
#include "pack/verify_ledger.h"
#include "pack/verify_table.h"
#include "record/record.h"

#include <errno.h>
#include <stdlib.h>

struct check {
    struct verify *verify;
    const char *place;
    struct tl_sealed *sealed;
    const struct tl_sealed_info *info;
    struct arrivals arrivals;
    size_t origin;          /* of the next frame, in info->origins */
    uint64_t origin_bytes;  /* of its frames so far, with length words */
    bool origin_has_losses; /* some of them cannot be read */
    uint64_t unreadable_blocks;
};

/* Names -----------------------------------------------------------------------------------------------------
 */

static struct tl_frame_name name_of(const struct tl_sealed_info *info, uint64_t frame)
{
    for (size_t i = info->origin_count; i-- > 0;) {
        if (frame >= info->origins[i].first_frame)
            return (struct tl_frame_name){info->origins[i].number, frame - info->origins[i].first_frame};
    }
    return (struct tl_frame_name){0, frame};
}

/* The frames of a block by their names. */
static const char *names_of(const struct tl_sealed_info *info, const struct tl_sealed_block *block,
                            char ret_text[FINDING_NAMES_SIZE])
{
    uint64_t last = block->first_frame + (block->frames ? block->frames - 1 : 0);

    return finding_names(name_of(info, block->first_frame), name_of(info, last), ret_text);
}

/* Contents --------------------------------------------------------------------------------------------------
 */

static void check_name(struct check *check, const struct verify_sealed_options *options)
{
    const struct tl_sealed_info *info = check->info;

    if (!options->has_name || info->is_rebuilt || !info->origin_count)
        return;
    uint64_t first = info->origins[0].number, last = info->origins[info->origin_count - 1].number;
    if (first != options->named.first || last != options->named.last)
        finding_say(check->verify, VERIFY_DAMAGE, check->place,
                    "holds the origins %llu to %llu, its name says otherwise", (unsigned long long)first,
                    (unsigned long long)last);
}

/* Origins ascend without a gap, and they and the blocks count the same frames. */
static void check_contents(struct check *check)
{
    const struct tl_sealed_info *info = check->info;
    uint64_t frames = 0;

    for (size_t i = 0; i < info->origin_count; i++) {
        const struct tl_sealed_origin *origin = &info->origins[i];
        if (i && origin->number != origin[-1].number + 1)
            finding_say(check->verify, VERIFY_DAMAGE, check->place, "origin %llu is followed by %llu",
                        (unsigned long long)origin[-1].number, (unsigned long long)origin->number);
        if (origin->first_frame != frames)
            finding_say(check->verify, VERIFY_DAMAGE, check->place,
                        "origin %llu begins with frame %llu of the file, its contents say %llu",
                        (unsigned long long)origin->number, (unsigned long long)frames,
                        (unsigned long long)origin->first_frame);
        frames += origin->frames;
    }
    for (size_t i = 0; i < info->block_count; i++)
        frames -= info->blocks[i].frames;
    if (frames)
        finding_say(check->verify, VERIFY_DAMAGE, check->place,
                    "its contents count another number of frames in its origins than in its blocks");
}

static void check_ledger(struct check *check)
{
    struct tl_bytes stream = tl_bytes(NULL, 0);
    enum tl_status status = tl_sealed_ledger(check->sealed, &stream);

    if (status == TL_OK)
        verify_ledger_sealed(check->verify, check->place, stream, check->info);
    else
        finding_say(
            check->verify, VERIFY_DAMAGE, check->place,
            "its ledger cannot be read (%s): who brought the frames and what was lost then is not known any "
            "more%s",
            status == TL_END ? "there is none" : tl_status_text(status),
            check->info->is_rebuilt ? ", nor whether more frames were there" : "; the frames need it not");
    arrivals_init(&check->arrivals, status == TL_OK ? stream : tl_bytes(NULL, 0));
}

/* Blocks ----------------------------------------------------------------------------------------------------
 */

/* The origin of the frames before ends here. */
static void end_origin(struct check *check)
{
    const struct tl_sealed_origin *origin = &check->info->origins[check->origin];

    if (!check->info->is_rebuilt && !check->origin_has_losses && check->origin_bytes != origin->bytes)
        finding_say(check->verify, VERIFY_DAMAGE, check->place,
                    "the frames of origin %llu have %llu bytes, its contents say %llu",
                    (unsigned long long)origin->number, (unsigned long long)check->origin_bytes,
                    (unsigned long long)origin->bytes);
    check->origin++;
    check->origin_bytes = 0;
    check->origin_has_losses = false;
}

/* To the origin of this frame of the file. */
static void turn_to(struct check *check, uint64_t frame)
{
    const struct tl_sealed_info *info = check->info;

    while (check->origin < info->origin_count &&
           frame >= info->origins[check->origin].first_frame + info->origins[check->origin].frames)
        end_origin(check);
}

static uint64_t origin_number(const struct check *check)
{
    return check->origin < check->info->origin_count ? check->info->origins[check->origin].number : 0;
}

/* A block's frames as they are found. */
struct tally {
    uint64_t frames, bytes;
    uint64_t earliest_ms, latest_ms;
};

/* False if the framing is broken. */
static bool walk(struct check *check, const struct tl_sealed_block *block, struct tl_bytes bytes,
                 struct tally *tally)
{
    struct tl_frame_decoder decoder;
    struct tl_frame frame;
    struct record record;

    *tally = (struct tally){.earliest_ms = UINT64_MAX};
    tl_frame_decoder_init(&decoder, TL_ARCHIVE_FRAME_MAX);
    while (tl_frame_next(&decoder, &bytes, &frame) == TL_OK && frame.kind == TL_FRAME_DATA) {
        turn_to(check, block->first_frame + tally->frames);
        struct tl_ledger_run run = arrivals_next(&check->arrivals, origin_number(check));
        record_open(&record, frame.payload, 0);
        uint64_t time_ms = record_stored_ms(&record, run.arrival_ms);
        tally->earliest_ms = time_ms < tally->earliest_ms ? time_ms : tally->earliest_ms;
        tally->latest_ms = time_ms > tally->latest_ms ? time_ms : tally->latest_ms;
        tally->frames++;
        tally->bytes += frame.size;
        check->origin_bytes += frame.size;
    }
    return !bytes.size && !decoder.skip;
}

/* The frames of a block that cannot be read pass by. */
static void pass(struct check *check, const struct tl_sealed_block *block)
{
    uint64_t frames = block->frames < block->size ? block->frames : block->size; /* whatever is said of it */

    for (uint64_t i = 0; i < frames; i++) {
        turn_to(check, block->first_frame + i);
        arrivals_next(&check->arrivals, origin_number(check));
        check->origin_has_losses = true;
    }
    check->verify->sums.lost_frames += block->frames;
    check->verify->sums.lost_blocks++;
    check->unreadable_blocks++;
}

static void say_unreadable(struct check *check, size_t index, const char *why)
{
    const struct tl_sealed_block *block = &check->info->blocks[index];
    char names[FINDING_NAMES_SIZE];

    finding_say(
        check->verify, VERIFY_DAMAGE, check->place,
        "block %zu of %zu, %llu bytes at %llu, cannot be read (%s): frames %s are lost, %llu of %llu bytes; "
        "the other blocks do not need it",
        index + 1, check->info->block_count, (unsigned long long)block->packed_size,
        (unsigned long long)block->offset, why, names_of(check->info, block, names),
        (unsigned long long)block->frames, (unsigned long long)block->size);
}

static void check_times(struct check *check, size_t index, const struct tally *tally)
{
    const struct tl_sealed_block *block = &check->info->blocks[index];
    char said[FINDING_TIMES_SIZE], found[FINDING_TIMES_SIZE];

    if (block->earliest_ms > block->latest_ms || !tally->frames ||
        (block->earliest_ms == tally->earliest_ms && block->latest_ms == tally->latest_ms))
        return;
    finding_say(check->verify, VERIFY_DAMAGE, check->place,
                "block %zu of %zu holds frames of %s, its contents say %s: a search by time can miss them",
                index + 1, check->info->block_count,
                finding_times(tally->earliest_ms, tally->latest_ms, found),
                finding_times(block->earliest_ms, block->latest_ms, said));
}

static void check_block(struct check *check, size_t index)
{
    const struct tl_sealed_block *block = &check->info->blocks[index];
    struct tl_bytes bytes;
    struct tally tally;
    enum tl_status status = tl_sealed_read(check->sealed, index, &bytes);

    if (status != TL_OK) {
        say_unreadable(check, index, status == TL_SYSTEM ? strerror(errno) : tl_status_text(status));
        pass(check, block);
        return;
    }
    if (!walk(check, block, bytes, &tally) || tally.frames != block->frames)
        finding_say(check->verify, VERIFY_DAMAGE, check->place,
                    "block %zu of %zu holds %llu whole frames, its contents say %llu", index + 1,
                    check->info->block_count, (unsigned long long)tally.frames,
                    (unsigned long long)block->frames);
    else
        check_times(check, index, &tally);
    check->verify->sums.blocks++;
    check->verify->sums.frames += tally.frames;
    check->verify->sums.bytes += tally.bytes;
}

/* False if verify was stopped. */
static bool check_blocks(struct check *check)
{
    struct verify *verify = check->verify;

    for (size_t i = 0; i < check->info->block_count; i++) {
        if (!verify->goes_on(verify->user, check->place, &verify->sums))
            return false;
        check_block(check, i);
    }
    if (check->info->origin_count)
        turn_to(check, UINT64_MAX);
    return true;
}

/* All -------------------------------------------------------------------------------------------------------
 */

static void say_rebuilt(struct check *check, const struct verify_sealed_options *options)
{
    const struct tl_sealed_info *info = check->info;
    bool has_times = info->earliest_ms <= info->latest_ms;
    bool has_names = info->origin_count > 1 || options->named.first == options->named.last;

    finding_say(check->verify, VERIFY_DAMAGE, check->place,
                "%s; its blocks were looked for, and what was found can be read%s%s", info->damage,
                has_times ? "" : ", but not by time",
                has_names ? "" : ", but all under the first origin's name");
}

static bool check_all(struct check *check, int fd, const struct verify_sealed_options *options)
{
    const struct tl_sealed_info *info = check->info;

    if (info->is_rebuilt)
        say_rebuilt(check, options);
    else
        verify_table(check->verify, check->place, fd, info);
    check_name(check, options);
    check_contents(check);
    check_ledger(check);
    bool is_done = check_blocks(check);
    for (size_t i = 0; options->origin && i < info->origin_count; i++)
        options->origin(options->user, info->origins[i].number, info->origins[i].frames);
    check->verify->sums.file_bytes += info->file_size;
    return is_done;
}

bool verify_sealed(struct verify *verify, const char *place, int fd,
                   const struct verify_sealed_options *options)
{
    struct check check = {.verify = verify, .place = place};
    enum tl_status status = tl_sealed_open(fd, &options->named, &check.sealed);

    verify->sums.sealed++;
    if (status != TL_OK) {
        finding_say(verify, VERIFY_DAMAGE, place, "cannot be read at all: %s",
                    status == TL_SYSTEM     ? strerror(errno)
                    : status == TL_BAD_TEXT ? "there is nothing of a sealed segment in it"
                                            : tl_status_text(status));
        return true;
    }
    check.info = tl_sealed_info(check.sealed);
    bool is_done = check_all(&check, fd, options);
    tl_sealed_free(check.sealed);
    return is_done;
}
