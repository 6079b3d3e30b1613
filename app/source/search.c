/* Looks for the next plausible frame, byte by byte. Invariant: the work is linear in the bytes read, whatever
 * they are: each of them pays in WORK_PER_BYTE, and a candidate is looked into only while there is credit. As
 * candidates cost the same however the bytes arrive, so do the frames that are found. */
#include "source/search.h"

#include "source/foreign.h"

#include <tapline/dnstap.h>

#include <stdio.h>

#define WORK_PER_BYTE 16
#define WORK_START    (4u << 20)
#define FOREIGN_MAX   (1u << 20) /* how far into a file without any frame the search for one goes */

void search_place(struct framing *framing, uint64_t offset)
{
    framing->decoder.offset = framing->decoder.frame_offset = offset;
    framing->decoder.skip = 0;
    framing->decoder.oversized = false;
}

void search_start(struct framing *framing, enum framing_why why, uint64_t frame_size)
{
    framing->mode_before = framing->mode;
    framing->mode = FRAMING_SEARCH;
    framing->why = why;
    framing->search_start = framing->decoder.offset;
    framing->frame_end = framing->decoder.offset + frame_size;
    framing->is_zeros = true;
}

bool search_spend(struct framing *framing, uint64_t work)
{
    if (framing->searched > WORK_START + WORK_PER_BYTE * framing->decoder.offset)
        return false;
    framing->searched += work;
    return true;
}

enum plausible search_judge(struct framing *framing)
{
    struct window *window = framing->window;
    enum plausible verdict = PLAUSIBLE_NO;
    size_t want = 0;
    uint64_t work = 0;

    if (!search_spend(framing, 0))
        return PLAUSIBLE_NO;
    for (;;) {
        struct plausible_place place = {window->left, window->end != TL_OK, framing->decoder.limit};
        verdict = plausible_frame(&place, &want, &work);
        if (verdict != PLAUSIBLE_MORE)
            break;
        if (window_fill(window, want, false) == TL_MORE)
            return PLAUSIBLE_MORE;
    }
    search_spend(framing, work);
    return verdict;
}

/* Passes over the byte at the window's front and those behind it where no frame can begin, but not over
 * `max`. */
static void advance(struct framing *framing, uint64_t max)
{
    struct tl_bytes *left = &framing->window->left;
    size_t size = left->size < max ? left->size : (size_t)max;
    size_t step = 1;

    if (framing->decoder.limit < 1u << 24) { /* then a length's first byte is zero */
        const uint8_t *zero = size > 1 ? memchr(left->data + 1, 0, size - 1) : NULL;
        step = zero ? (size_t)(zero - left->data) : size;
    }
    framing->is_zeros = framing->is_zeros && step == 1 && left->data[0] == 0;
    left->data += step;
    left->size -= step;
    search_place(framing, framing->decoder.offset + step);
}

/* The stretch ends here. */
static enum framing_step end(struct framing *framing, enum source_kind kind, const char *text,
                             enum framing_mode mode, struct source_item *item)
{
    item->kind = kind;
    item->offset = framing->search_start;
    item->skipped = framing->decoder.offset - framing->search_start;
    item->is_tail = false;
    item->error = 0;
    item->text = text;
    framing->mode = mode;
    framing->fault = TL_OK;
    framing->is_first = framing->is_first && mode == FRAMING_DONE;
    framing->is_stopped = false;
    return FRAMING_ITEM;
}

/* "is damaged WHERE", with the reason if one is known. */
static const char *damaged(struct framing *framing, const char *where, const char *behind)
{
    bool has_reason = framing->fault != TL_OK;

    snprintf(framing->text, sizeof(framing->text), "is damaged %s%s%s%s%s", where, has_reason ? " (" : "",
             has_reason ? tl_status_text(framing->fault) : "", has_reason ? ")" : "", behind);
    return framing->text;
}

/* A place that is a frame's was found. */
static enum framing_step end_at_frame(struct framing *framing, struct source_item *item)
{
    struct tl_bytes left = framing->window->left;
    bool is_start = tl_be32(left.data) == 0 && tl_be32(left.data + 8) != TL_CONTROL_STOP;

    return end(framing, SOURCE_SKIPPED,
               damaged(framing, "here", "; reading goes on at the next plausible frame"),
               is_start ? FRAMING_BORDER : FRAMING_DATA, item);
}

static enum framing_step end_at_oversized(struct framing *framing, struct source_item *item)
{
    snprintf(framing->text, sizeof(framing->text),
             "a frame of %llu bytes, above the limit of %lu, was passed over",
             (unsigned long long)(framing->frame_end - framing->search_start - 4),
             (unsigned long)framing->decoder.limit);
    return end(framing, SOURCE_SKIPPED, framing->text, framing->mode_before, item);
}

static enum framing_step refuse(struct framing *framing, struct source_item *item)
{
    const char *name = source_foreign_file_name(tl_bytes(framing->head, framing->head_size));

    snprintf(framing->text, sizeof(framing->text), "is no Frame Streams file%s%s%s", name ? " (" : "",
             name ? name : "", name ? ")" : "");
    return end(framing, SOURCE_FAILED, framing->text, FRAMING_DONE, item);
}

/* Of a file that ends inside its first frame: was that to be a control frame? */
static bool begins_with_control(const struct framing *framing)
{
    static const uint8_t escape[4];
    size_t size = framing->head_size < sizeof(escape) ? framing->head_size : sizeof(escape);

    return framing->why == FRAMING_CUT && memcmp(framing->head, escape, size) == 0;
}

static enum framing_step end_at_end(struct framing *framing, struct source_item *item)
{
    const char *text = framing->text;

    if (framing->is_first && !begins_with_control(framing)) {
        refuse(framing, item);
        item->is_tail = framing->is_zeros;
        return FRAMING_ITEM;
    }
    if (framing->why == FRAMING_CUT)
        text = "ends inside a frame";
    else if (framing->is_zeros)
        text = "holds only zero bytes from here to its end, as a power cut leaves them";
    else if (framing->why != FRAMING_OVERSIZED)
        text = damaged(framing, "from here to its end", "");
    else
        snprintf(framing->text, sizeof(framing->text),
                 "ends inside a frame of %llu bytes, above the limit of %lu, or is damaged from here on",
                 (unsigned long long)(framing->frame_end - framing->search_start - 4),
                 (unsigned long)framing->decoder.limit);
    end(framing, SOURCE_SKIPPED, text, FRAMING_BORDER, item);
    item->is_tail = framing->why == FRAMING_CUT || framing->is_zeros;
    return FRAMING_ITEM;
}

/* Keeps the first bytes of a file in which no frame was found yet. */
static bool keep_head(struct framing *framing)
{
    struct window *window = framing->window;

    if (window_fill(window, sizeof(framing->head), false) == TL_MORE)
        return false;
    framing->head_size =
        window->left.size < sizeof(framing->head) ? window->left.size : sizeof(framing->head);
    memcpy(framing->head, window->left.data, framing->head_size);
    return true;
}

/* How far the search may go at most before something ends it. */
static uint64_t bound(const struct framing *framing)
{
    if (framing->why == FRAMING_OVERSIZED)
        return framing->frame_end - framing->decoder.offset;
    if (framing->is_first)
        return framing->search_start + FOREIGN_MAX - framing->decoder.offset;
    return UINT64_MAX;
}

enum framing_step search_next(struct framing *framing, struct source_item *item)
{
    if (framing->is_first && framing->decoder.offset == framing->search_start && !keep_head(framing))
        return FRAMING_WAIT;
    for (;;) {
        uint64_t max = bound(framing);
        if (!max)
            return framing->why == FRAMING_OVERSIZED ? end_at_oversized(framing, item)
                                                     : refuse(framing, item);
        enum tl_status status = window_fill(framing->window, 1, false);
        if (status == TL_MORE)
            return FRAMING_WAIT;
        if (status != TL_OK)
            return end_at_end(framing, item);
        if (framing->decoder.offset > framing->search_start) {
            enum plausible verdict = search_judge(framing);
            if (verdict == PLAUSIBLE_MORE)
                return FRAMING_WAIT;
            if (verdict == PLAUSIBLE_YES)
                return end_at_frame(framing, item);
        }
        advance(framing, max);
    }
}
