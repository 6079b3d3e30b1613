/* Frames copied one behind the other. Invariant: nothing in a batch points into the source. */
#include "cli/crew_batch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An item has three texts at most. */
#define TEXTS_ENOUGH (CREW_BATCH_TEXTS / 2)

bool crew_batch_init(struct crew_batch *batch, bool wants_origins)
{
    *batch = (struct crew_batch){.room = CREW_BATCH_BYTES + CREW_BATCH_BYTES / 4};
    batch->bytes = malloc(batch->room);
    batch->frames = malloc(CREW_BATCH_FRAMES * sizeof(*batch->frames));
    if (wants_origins)
        batch->origins = malloc(CREW_BATCH_FRAMES * sizeof(*batch->origins));
    return batch->bytes && batch->frames && (batch->origins || !wants_origins);
}

static void forget_texts(struct crew_batch *batch)
{
    for (size_t i = 0; i < CREW_BATCH_TEXTS; i++) {
        free(batch->texts[i]);
        batch->texts[i] = NULL;
    }
    batch->text_count = 0;
    batch->text_before = NULL;
}

void crew_batch_done(struct crew_batch *batch)
{
    forget_texts(batch);
    free(batch->bytes);
    free(batch->frames);
    free(batch->origins);
}

static uint32_t hash_of(const char *text)
{
    uint32_t hash = 2166136261u; /* FNV-1a */

    for (; *text; text++)
        hash = (hash ^ (uint8_t)*text) * 16777619u;
    return hash;
}

/* The text as it is kept here; nearly always that of the frame before. */
static const char *keep(struct crew_batch *batch, const char *text)
{
    if (batch->text_before && strcmp(batch->text_before, text) == 0)
        return batch->text_before;

    uint32_t at = hash_of(text) % CREW_BATCH_TEXTS;
    while (batch->texts[at] && strcmp(batch->texts[at], text) != 0)
        at = (at + 1) % CREW_BATCH_TEXTS;
    if (!batch->texts[at]) {
        batch->texts[at] = strdup(text);
        if (!batch->texts[at])
            return "?"; /* better than nothing of it */
        batch->text_count++;
    }
    batch->text_before = batch->texts[at];
    return batch->text_before;
}

static bool make_room(struct crew_batch *batch, size_t size)
{
    if (batch->room - batch->used >= size)
        return true;
    size_t room = batch->used + size;
    uint8_t *bytes = realloc(batch->bytes, room);
    if (!bytes)
        return false;
    batch->bytes = bytes;
    batch->room = room;
    return true;
}

static void keep_origin(struct crew_batch *batch, struct record_origin *to,
                        const struct record_origin *origin)
{
    *to = *origin;
    if (to->place)
        to->place = keep(batch, to->place);
    if (to->peer)
        to->peer = keep(batch, to->peer);
}

static bool add(struct crew_batch *batch, const struct source_item *item)
{
    struct crew_batch_frame *frame = &batch->frames[batch->count];

    if (!make_room(batch, item->frame.size))
        return false;
    if (item->frame.size)
        memcpy(batch->bytes + batch->used, item->frame.data, item->frame.size);
    if (batch->origins)
        keep_origin(batch, &batch->origins[batch->count], item->origin);
    *frame = (struct crew_batch_frame){batch->used,  item->frame.size,        item->offset,
                                       item->stored, keep(batch, item->name), false};
    batch->used += item->frame.size;
    batch->count++;
    return true;
}

static bool is_enough(const struct crew_batch *batch)
{
    return batch->used >= CREW_BATCH_BYTES || batch->count == CREW_BATCH_FRAMES ||
           batch->text_count >= TEXTS_ENOUGH;
}

bool crew_batch_fill(struct crew_batch *batch, struct source *source)
{
    struct source_item item;

    batch->used = batch->count = 0;
    if (batch->text_count >= TEXTS_ENOUGH / 2)
        forget_texts(batch);
    do {
        source_next(source, &item);
        if (item.kind == SOURCE_FRAME && !add(batch, &item))
            return false;
    } while (item.kind == SOURCE_FRAME && !is_enough(batch));
    batch->last = item;
    if (item.kind == SOURCE_NOTICE || item.kind == SOURCE_SKIPPED || item.kind == SOURCE_FAILED) {
        snprintf(batch->last_text, sizeof(batch->last_text), "%s", item.text);
        batch->last.text = batch->last_text;
        batch->last.name = keep(batch, item.name);
    }
    return true;
}

struct source_item crew_batch_item(const struct crew_batch *batch, size_t number)
{
    const struct crew_batch_frame *frame = &batch->frames[number];

    return (struct source_item){.kind = SOURCE_FRAME,
                                .name = frame->name,
                                .offset = frame->offset,
                                .frame = tl_bytes(batch->bytes + frame->at, frame->size),
                                .stored = frame->stored,
                                .origin = batch->origins ? &batch->origins[number] : NULL};
}
