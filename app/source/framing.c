/* Walks from frame to frame; what is no frame is search.c's. Invariant: between two steps the decoder is at
 * the window's front, and no byte before it will be told of again. */
#include "source/framing.h"

#include "source/search.h"

#include <tapline/dnstap.h>

#include <stdio.h>

#define LENGTH_SIZE  4 /* of a data frame's head */
#define CONTROL_HEAD 8 /* escape and length */

#define LIKELY(condition) __builtin_expect(!!(condition), 1)

void framing_open(struct framing *framing, struct window *window, uint32_t frame_limit, bool is_sure)
{
    memset(framing, 0, sizeof(*framing));
    framing->window = window;
    framing->is_sure = is_sure;
    framing->mode = FRAMING_BORDER;
    framing->is_first = true;
    tl_frame_decoder_init(&framing->decoder, frame_limit);
}

bool framing_is_complete(const struct framing *framing)
{
    return framing->mode == FRAMING_BORDER && framing->is_stopped && !framing->window->left.size;
}

static enum framing_step notice(struct source_item *item, uint64_t offset, const char *text)
{
    item->kind = SOURCE_NOTICE;
    item->offset = offset;
    item->text = text;
    return FRAMING_ITEM;
}

/* Back to the frame's first byte. */
static void rewind_to(struct framing *framing, uint64_t offset)
{
    size_t size = (size_t)(framing->decoder.offset - offset);

    framing->window->left.data -= size;
    framing->window->left.size += size;
    search_place(framing, offset);
}

/* The data frames of another content type end at `offset`. */
static enum framing_step end_other(struct framing *framing, uint64_t offset, struct source_item *item)
{
    item->kind = SOURCE_SKIPPED;
    item->offset = offset - framing->passed;
    item->skipped = framing->passed;
    item->is_tail = false;
    item->text = "frames of another content type were passed over";
    framing->passed = 0;
    return FRAMING_ITEM;
}

/* Control frames -------------------------------------------------------------------------------------- */

static enum framing_step refuse_content_type(struct framing *framing, struct tl_bytes type, uint64_t offset,
                                             struct source_item *item)
{
    int length = snprintf(framing->text, sizeof(framing->text),
                          "holds a stream of content type \"%.*s\", not \"" TL_DNSTAP_CONTENT_TYPE "\"",
                          (int)type.size, (const char *)type.data);
    for (int i = 0; i < length; i++)
        framing->text[i] = framing->text[i] < ' ' || framing->text[i] > '~' ? '?' : framing->text[i];
    framing->mode = FRAMING_OTHER;
    item->kind = SOURCE_FAILED;
    item->offset = offset;
    item->skipped = 0;
    item->is_tail = false;
    item->error = 0;
    item->text = framing->text;
    return FRAMING_ITEM;
}

static enum framing_step take_start(struct framing *framing, const struct tl_control *control,
                                    uint64_t offset, struct source_item *item)
{
    bool is_inside = framing->mode != FRAMING_BORDER;
    bool is_stopped = framing->is_stopped;

    framing->mode = FRAMING_DATA;
    framing->is_stopped = false;
    if (control->content_type_count &&
        !tl_bytes_equal(control->content_types[0], tl_bytes_of_text(TL_DNSTAP_CONTENT_TYPE)))
        return refuse_content_type(framing, control->content_types[0], offset, item);
    if (is_inside)
        return notice(item, offset, "another stream begins here, without STOP before it");
    return is_stopped ? notice(item, offset, "another stream follows STOP here") : FRAMING_AGAIN;
}

static enum framing_step take_control(struct framing *framing, const struct tl_frame *frame,
                                      struct source_item *item)
{
    struct tl_control control;
    enum tl_status status = tl_control_decode(frame->payload, &control, NULL);

    if (framing->passed) { /* told of first, and before this frame */
        rewind_to(framing, frame->offset);
        return end_other(framing, frame->offset, item);
    }
    if (status != TL_OK) {
        rewind_to(framing, frame->offset);
        framing->fault = status;
        search_start(framing, FRAMING_DAMAGED, 0);
        return FRAMING_AGAIN;
    }
    framing->is_first = false;
    if (control.type == TL_CONTROL_START)
        return take_start(framing, &control, frame->offset, item);
    if (control.type == TL_CONTROL_STOP) {
        framing->mode = FRAMING_BORDER;
        framing->is_stopped = true;
    }
    return FRAMING_AGAIN; /* the other ones say nothing in a file, and unknown ones must be passed over */
}

/* Everything else ------------------------------------------------------------------------------------- */

/* A data frame where START is due. */
static enum framing_step take_unstarted(struct framing *framing, struct source_item *item)
{
    bool is_first = framing->is_first;

    switch (search_judge(framing)) {
    case PLAUSIBLE_MORE: return FRAMING_WAIT;
    case PLAUSIBLE_NO: search_start(framing, FRAMING_UNSTARTED, 0); return FRAMING_AGAIN;
    case PLAUSIBLE_YES: break;
    }
    framing->is_first = false;
    framing->is_stopped = false;
    framing->mode = FRAMING_DATA;
    return notice(item, framing->decoder.offset,
                  is_first ? "begins without START; its frames are read all the same"
                           : "frames without START begin here; they are read all the same");
}

static enum framing_step take_data(struct framing *framing, const struct tl_frame *frame,
                                   struct source_item *item)
{
    if (framing->mode == FRAMING_OTHER) {
        framing->passed += frame->size;
        return FRAMING_AGAIN;
    }
    rewind_to(framing, frame->offset);
    return take_unstarted(framing, item);
}

/* A length above the limit. */
static enum framing_step meet_oversized(struct framing *framing, uint64_t offset)
{
    rewind_to(framing, offset);
    if (framing->mode == FRAMING_BORDER)
        search_start(framing, FRAMING_UNSTARTED, 0);
    else
        search_start(framing, FRAMING_OVERSIZED, LENGTH_SIZE + (uint64_t)tl_be32(framing->window->left.data));
    return FRAMING_AGAIN;
}

/* A control frame whose length cannot be one. */
static enum framing_step meet_bad_control(struct framing *framing, struct source_item *item)
{
    if (framing->passed)
        return end_other(framing, framing->decoder.offset, item);
    framing->fault = TL_BAD_CONTROL_LENGTH;
    search_start(framing, framing->mode == FRAMING_BORDER ? FRAMING_UNSTARTED : FRAMING_DAMAGED, 0);
    return FRAMING_AGAIN;
}

/* Nothing more comes, and the frame at the window's front is not whole. */
static enum framing_step meet_end(struct framing *framing, struct source_item *item)
{
    struct tl_bytes *left = &framing->window->left;

    if (framing->mode == FRAMING_OTHER) {
        uint64_t end = framing->decoder.offset + left->size;
        framing->passed += end - framing->decoder.frame_offset;
        *left = tl_bytes(left->data + left->size, 0);
        search_place(framing, end);
        return framing->passed ? end_other(framing, end, item) : FRAMING_END;
    }
    if (!left->size)
        return FRAMING_END;
    search_start(framing, FRAMING_CUT, 0);
    return FRAMING_AGAIN;
}

/* How many bytes must be at the window's front for the next step. */
static size_t wanted(const struct framing *framing)
{
    struct tl_bytes left = framing->window->left;

    if (framing->decoder.skip)
        return 1;
    if (left.size < LENGTH_SIZE)
        return LENGTH_SIZE;
    if (tl_be32(left.data))
        return (size_t)LENGTH_SIZE + tl_be32(left.data);
    return left.size < CONTROL_HEAD ? CONTROL_HEAD : CONTROL_HEAD + (size_t)tl_be32(left.data + 4);
}

static enum framing_step fill(struct framing *framing, struct source_item *item)
{
    switch (window_fill(framing->window, wanted(framing), false)) {
    case TL_OK: return FRAMING_AGAIN;
    case TL_MORE: return FRAMING_WAIT;
    default: return meet_end(framing, item);
    }
}

/* What stands behind the last frame, at whose first byte the window's front is? */
static enum plausible judge_successor(struct framing *framing, size_t size)
{
    struct window *window = framing->window;
    size_t want;

    for (;;) {
        struct plausible_place place = {tl_bytes(window->left.data + size, window->left.size - size),
                                        window->end != TL_OK, framing->decoder.limit};
        enum plausible verdict = plausible_successor(&place, &want);
        if (verdict != PLAUSIBLE_MORE)
            return verdict;
        while (window_fill(window, size + want, true) == TL_MORE) {
            if (window->input->is_growing || window->input->is_stopped)
                return PLAUSIBLE_MORE; /* that may take long: better a frame that stands */
            input_wait(window->input);
        }
    }
}

/* The frame of `size` bytes that was just read does not decode, and does not look whole. If what follows it
 * is no plausible frame either, the framing was lost before it: it is taken back, and the next plausible one
 * is sought. True then; otherwise the frame stands and is merely undecodable. Of a pipe this waits for what
 * follows. */
static bool suspect(struct framing *framing, size_t size)
{
    struct tl_bytes *left = &framing->window->left;
    uint64_t end = framing->decoder.offset;

    if (!search_spend(framing, 0))
        return false;
    rewind_to(framing, end - size);
    if (judge_successor(framing, size) == PLAUSIBLE_NO) {
        uint32_t next = left->size >= size + LENGTH_SIZE ? tl_be32(left->data + size) : 0;
        search_spend(framing, size + (next <= framing->decoder.limit ? next : 0));
        search_start(framing, FRAMING_DAMAGED, 0);
        return true;
    }
    left->data += size;
    left->size -= size;
    search_place(framing, end);
    return false;
}

static enum framing_step walk(struct framing *framing, struct source_item *item)
{
    struct tl_frame frame;
    enum tl_status status = tl_frame_next(&framing->decoder, &framing->window->left, &frame);

    if (LIKELY(status == TL_OK && frame.kind == TL_FRAME_DATA && framing->mode == FRAMING_DATA)) {
        item->kind = SOURCE_FRAME;
        item->offset = frame.offset;
        /* Not as one struct: the compiler would load at once what was just stored in halves, and stall. */
        item->frame.data = frame.payload.data;
        item->frame.size = (size_t)frame.size - LENGTH_SIZE;
        return framing->is_sure || LIKELY(plausible_payload(item->frame)) ||
                       !suspect(framing, (size_t)frame.size)
                   ? FRAMING_ITEM
                   : FRAMING_AGAIN;
    }
    if (status == TL_BAD_CONTROL_LENGTH)
        return meet_bad_control(framing, item);
    if (status == TL_OK && frame.kind == TL_FRAME_CONTROL)
        return take_control(framing, &frame, item);
    if (framing->mode != FRAMING_OTHER) {
        if (status == TL_OK && frame.kind == TL_FRAME_OVERSIZED)
            return meet_oversized(framing, frame.offset);
        if (framing->decoder.skip)
            return meet_oversized(framing, framing->decoder.frame_offset);
    }
    return status == TL_OK ? take_data(framing, &frame, item) : fill(framing, item);
}

enum framing_step framing_next(struct framing *framing, struct source_item *item)
{
    enum framing_step step = FRAMING_AGAIN;

    if (framing->window->retired)
        window_release(framing->window);
    while (step == FRAMING_AGAIN) {
        if (LIKELY(framing->mode < FRAMING_SEARCH))
            step = walk(framing, item);
        else
            step = framing->mode == FRAMING_SEARCH ? search_next(framing, item) : FRAMING_END;
    }
    return step;
}
