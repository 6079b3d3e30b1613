/* Walks over a ledger's stream. Invariant: runs that follow something damaged are never taken for those of
 * other frames: from there on, who brought a frame is not known. */
#include "pack/entries.h"

void entries_init(struct entries *entries, struct tl_bytes stream)
{
    *entries = (struct entries){.left = stream};
    tl_frame_decoder_init(&entries->decoder, TL_LEDGER_ENTRY_MAX);
}

static enum tl_status take_control(struct entries *entries, struct tl_bytes payload)
{
    struct tl_bytes type = tl_bytes_of_text(TL_LEDGER_CONTENT_TYPE);
    struct tl_control control;
    enum tl_status status = tl_control_decode(payload, &control, NULL);

    if (status != TL_OK)
        return status;
    if (control.type == TL_CONTROL_START && !entries->is_started) {
        entries->is_started = true;
        return control.content_type_count && tl_bytes_equal(control.content_types[0], type)
                   ? TL_OK
                   : TL_BAD_CONTENT_TYPE;
    }
    if (control.type != TL_CONTROL_STOP || !entries->is_started || entries->is_stopped)
        return TL_UNEXPECTED_CONTROL;
    entries->is_stopped = true;
    return TL_OK;
}

enum tl_status entries_next(struct entries *entries, struct tl_ledger_entry *ret_entry)
{
    struct tl_frame frame;
    enum tl_status status;

    entries->is_cut = false;
    do {
        status = tl_frame_next(&entries->decoder, &entries->left, &frame);
        if (status == TL_MORE) {
            entries->is_cut = entries->left.size || entries->decoder.skip;
            return entries->is_cut ? TL_TRUNCATED : TL_END;
        }
        if (status == TL_OK && frame.kind == TL_FRAME_CONTROL)
            status = take_control(entries, frame.payload);
    } while (status == TL_OK && frame.kind == TL_FRAME_CONTROL);
    if (status != TL_OK)
        return status;
    if (!entries->is_started || entries->is_stopped)
        return TL_UNEXPECTED_DATA;
    return frame.kind == TL_FRAME_DATA ? tl_ledger_decode(frame.payload, ret_entry) : TL_FRAME_TOO_LONG;
}

void arrivals_init(struct arrivals *arrivals, struct tl_bytes stream)
{
    *arrivals = (struct arrivals){0};
    entries_init(&arrivals->entries, stream);
}

/* To the next entry RUNS of the origin, or its end. */
static void next_packed(struct arrivals *arrivals)
{
    struct tl_ledger_entry entry;
    enum tl_status status;

    arrivals->packed = tl_bytes(NULL, 0);
    arrivals->last_ms = 0;
    while ((status = entries_next(&arrivals->entries, &entry)) == TL_OK) {
        if (entry.kind == TL_LEDGER_RUNS) {
            arrivals->packed = entry.packed;
            return;
        }
        if (entry.kind == TL_LEDGER_SEGMENT) {
            arrivals->next_origin = entry.segment;
            break;
        }
    }
    arrivals->is_at_end = true;
    if (status != TL_OK)
        arrivals->next_origin = UINT64_MAX; /* nothing that follows is asked for */
}

/* Begins with the runs of `origin`, if they are still to come. */
static void turn_to(struct arrivals *arrivals, uint64_t origin)
{
    arrivals->run.frames = 0;
    arrivals->origin = origin;
    while (!arrivals->is_at_end || arrivals->next_origin < origin) {
        arrivals->is_at_end = false;
        next_packed(arrivals);
    }
    if (arrivals->next_origin == origin) {
        arrivals->is_at_end = false;
        next_packed(arrivals);
    }
}

struct tl_ledger_run arrivals_next(struct arrivals *arrivals, uint64_t origin)
{
    struct tl_ledger_run *run = &arrivals->run;

    if (arrivals->origin != origin)
        turn_to(arrivals, origin);
    while (!run->frames && !arrivals->is_at_end) {
        enum tl_status status = tl_ledger_next_run(&arrivals->packed, &arrivals->last_ms, run);
        if (status == TL_OK)
            continue;
        run->frames = 0;
        do {
            next_packed(arrivals);
        } while (status != TL_END && !arrivals->is_at_end);
    }
    if (!run->frames)
        return (struct tl_ledger_run){.frames = 1};
    run->frames--;
    return (struct tl_ledger_run){run->connection, 1, run->arrival_ms};
}
