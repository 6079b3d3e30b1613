/* Sealed segments into one. Invariant: everything of an input - frames, runs, losses, connections, bytes that
 * were no frames - is handed on or the whole is given up, before anything but a temporary file exists. */
#include "pack/rewrite.h"

#include "pack/entries.h"
#include "pack/segment.h"
#include "record/record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

struct work {
    struct tl_archive *archive;
    struct tl_sealer *sealer;
    const struct rewrite_options *options;
    struct rewrite_result *result;
    size_t index; /* of the input at hand */
};

struct input {
    int fd;
    struct tl_sealed *sealed;
    const struct tl_sealed_info *info;
    struct entries entries;
    struct arrivals arrivals;
    size_t block; /* the next one */
};

/* Outcomes
 * --------------------------------------------------------------------------------------------------- */

static enum rewrite damaged(struct work *work, const char *what, enum tl_status status)
{
    work->result->damaged = work->index;
    if (status == TL_OK)
        snprintf(work->result->text, REWRITE_TEXT_SIZE, "%s", what);
    else
        snprintf(work->result->text, REWRITE_TEXT_SIZE, "%s: %s", what,
                 status == TL_SYSTEM ? strerror(errno) : tl_status_text(status));
    return REWRITE_DAMAGED;
}

/* The output could not be written. */
static enum rewrite failed(struct work *work, enum tl_status status)
{
    int error = errno;

    if (status == TL_SYSTEM && (error == ENOSPC || error == EDQUOT))
        return REWRITE_FULL;
    snprintf(work->result->text, REWRITE_TEXT_SIZE, "%s",
             status == TL_SYSTEM ? strerror(error) : tl_status_text(status));
    return REWRITE_FAILED;
}

/* Input
 * ------------------------------------------------------------------------------------------------------ */

static enum rewrite input_open(struct work *work, const struct tl_archive_segment *segment,
                               struct input *input)
{
    char name[TL_ARCHIVE_NAME_SIZE];
    struct tl_bytes stream;
    enum tl_status status;

    *input = (struct input){.fd = -1};
    tl_archive_name(segment, TL_ARCHIVE_ROWS, name);
    input->fd = openat(tl_archive_folder(work->archive), name, O_RDONLY | O_CLOEXEC);
    if (input->fd < 0) {
        bool is_gone = errno == ENOENT;
        enum rewrite outcome = damaged(work, "it cannot be opened", TL_SYSTEM);
        return is_gone ? REWRITE_GONE : outcome;
    }
    status = tl_sealed_open(input->fd, segment, &input->sealed);
    if (status != TL_OK)
        return damaged(work, "it cannot be read", status);
    input->info = tl_sealed_info(input->sealed);
    if (input->info->is_rebuilt)
        return damaged(work, input->info->damage, TL_OK);
    status = tl_sealed_ledger(input->sealed, &stream);
    if (status != TL_OK)
        return damaged(work, "its ledger cannot be read", status);
    entries_init(&input->entries, stream);
    arrivals_init(&input->arrivals, stream);
    return REWRITE_DONE;
}

static void input_close(struct input *input)
{
    tl_sealed_free(input->sealed);
    if (input->fd >= 0)
        close(input->fd);
}

/* Ledger
 * ----------------------------------------------------------------------------------------------------- */

static enum rewrite hand_on(struct work *work, const struct tl_ledger_entry *entry)
{
    enum tl_status status = tl_sealer_enter(work->sealer, entry);

    return status == TL_OK ? REWRITE_DONE : failed(work, status);
}

/* Begins the next origin: all its entries, up to its end. */
static enum rewrite enter_origin(struct work *work, struct input *input,
                                 const struct tl_sealed_origin *origin)
{
    struct tl_ledger_entry entry;
    enum tl_status status = entries_next(&input->entries, &entry);
    enum rewrite outcome = REWRITE_DONE;

    if (status != TL_OK || entry.kind != TL_LEDGER_SEGMENT || entry.segment != origin->number)
        return damaged(work, "its ledger lacks an origin that its contents have",
                       status == TL_END ? TL_OK : status);
    status = tl_sealer_begin(work->sealer, entry.segment, entry.at_ms, entry.run_ms, entry.text);
    if (status != TL_OK)
        return failed(work, status);
    while (outcome == REWRITE_DONE) {
        status = entries_next(&input->entries, &entry);
        if (status != TL_OK)
            return damaged(work, "its ledger ends in the middle of an origin",
                           status == TL_END ? TL_OK : status);
        if (entry.kind == TL_LEDGER_END)
            break;
        if (entry.kind == TL_LEDGER_UNKNOWN) /* it would be lost */
            return damaged(work, "its ledger has entries that only a newer program knows", TL_OK);
        outcome = hand_on(work, &entry);
    }
    tl_sealer_skip(work->sealer, origin->skipped);
    return outcome;
}

/* Frames
 * ----------------------------------------------------------------------------------------------------- */

static enum rewrite copy_block(struct work *work, struct input *input)
{
    enum tl_status status = tl_sealer_copy(work->sealer, input->sealed, input->block);

    if (status == TL_BAD_CHECKSUM || status == TL_BAD_LENGTH)
        return damaged(work, "a block of it cannot be read", status);
    return status == TL_OK ? REWRITE_DONE : failed(work, status);
}

static enum rewrite put_block(struct work *work, struct input *input, uint64_t origin)
{
    struct tl_frame_decoder decoder;
    struct tl_frame frame;
    struct tl_bytes bytes;
    struct record record;
    enum tl_status status = tl_sealed_read(input->sealed, input->block, &bytes);

    if (status != TL_OK)
        return damaged(work, "a block of it cannot be read", status);
    tl_frame_decoder_init(&decoder, TL_ARCHIVE_FRAME_MAX);
    while (tl_frame_next(&decoder, &bytes, &frame) == TL_OK && frame.kind == TL_FRAME_DATA) {
        struct tl_ledger_run run = arrivals_next(&input->arrivals, origin);
        record_open(&record, frame.payload, 0);
        status = tl_sealer_put(work->sealer, frame.payload, record_stored_ms(&record, run.arrival_ms));
        if (status != TL_OK)
            return failed(work, status);
    }
    return bytes.size || decoder.skip ? damaged(work, "a block of it does not consist of frames", TL_OK)
                                      : REWRITE_DONE;
}

/* All frames of an origin. No block has frames of two. */
static enum rewrite move_frames(struct work *work, struct input *input, const struct tl_sealed_origin *origin)
{
    const struct tl_sealed_info *info = input->info;
    uint64_t end = origin->first_frame + origin->frames;
    enum rewrite outcome = REWRITE_DONE;

    for (; outcome == REWRITE_DONE && input->block < info->block_count; input->block++) {
        const struct tl_sealed_block *block = &info->blocks[input->block];
        if (block->first_frame >= end)
            break;
        if (block->first_frame + block->frames > end)
            return damaged(work, "a block of it has frames of two origins", TL_OK);
        if (work->options->goes_on && !work->options->goes_on(work->options->user, block->packed_size))
            return REWRITE_STOPPED;
        outcome =
            work->options->copies_blocks ? copy_block(work, input) : put_block(work, input, origin->number);
    }
    return outcome;
}

/* Segments
 * --------------------------------------------------------------------------------------------------- */

static enum rewrite take_input(struct work *work, const struct tl_archive_segment *segment)
{
    struct input input;
    enum rewrite outcome = input_open(work, segment, &input);

    for (size_t i = 0; outcome == REWRITE_DONE && i < input.info->origin_count; i++) {
        outcome = enter_origin(work, &input, &input.info->origins[i]);
        if (outcome == REWRITE_DONE)
            outcome = move_frames(work, &input, &input.info->origins[i]);
    }
    if (outcome == REWRITE_DONE)
        work->result->frames += input.info->frames;
    input_close(&input);
    return outcome;
}

/* What the new file has replaced goes, but for a file of the same name, whose place it has taken. */
static void remove_inputs(struct work *work, const struct tl_archive_segment *inputs, size_t count)
{
    char name[TL_ARCHIVE_NAME_SIZE];

    for (size_t i = 0; i < count && count > 1; i++) {
        if (segment_remove(work->archive, &inputs[i]) == 0)
            continue;
        int error = errno;
        tl_archive_name(&inputs[i], TL_ARCHIVE_ROWS, name);
        snprintf(work->result->text, REWRITE_TEXT_SIZE, "%s cannot be removed: %s", name, strerror(error));
    }
}

enum rewrite rewrite(struct tl_archive *archive, const struct tl_archive_segment *inputs, size_t count,
                     const struct rewrite_options *options, struct rewrite_result *ret_result)
{
    struct work work = {.archive = archive, .options = options, .result = ret_result};
    enum rewrite outcome = REWRITE_DONE;

    *ret_result = (struct rewrite_result){0};
    enum tl_status status =
        tl_sealer_new(archive, inputs[0].first, inputs[0].stamp, &options->sealer, &work.sealer);
    if (status != TL_OK)
        return failed(&work, status);
    for (; outcome == REWRITE_DONE && work.index < count; work.index++)
        outcome = take_input(&work, &inputs[work.index]);
    if (outcome == REWRITE_DONE) {
        status = tl_sealer_commit(work.sealer, &ret_result->segment, &ret_result->size);
        outcome = status == TL_OK ? REWRITE_DONE : failed(&work, status);
    }
    tl_sealer_free(work.sealer);
    if (outcome == REWRITE_DONE)
        remove_inputs(&work, inputs, count);
    return outcome;
}
