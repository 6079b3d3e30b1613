/* What archives say was lost. Invariant: a loss is in the sum of its cause once for each segment that tells
 * of it. */
#include "cli/stats_losses.h"

#include "process/log.h"

#include <stdlib.h>
#include <string.h>

static struct survey_lost *find(struct stats_losses *losses, const struct survey_loss *loss)
{
    for (size_t i = 0; i < losses->count; i++) {
        struct survey_lost *item = &losses->items[i];
        if (item->is_at_most == loss->is_at_most && strcmp(item->cause, loss->cause) == 0)
            return item;
    }
    struct survey_lost *item = survey_add((void **)&losses->items, &losses->count, sizeof(*item));
    if (item) {
        memcpy(item->cause, loss->cause, sizeof(item->cause));
        item->is_at_most = loss->is_at_most;
    }
    return item;
}

static bool add_segment(struct stats_losses *losses, const struct survey_segment *segment)
{
    for (size_t i = 0; i < segment->loss_count; i++) {
        struct survey_lost *item = find(losses, &segment->losses[i]);
        if (!item)
            return false;
        item->frames += segment->losses[i].frames;
        item->bytes += segment->losses[i].bytes;
    }
    return true;
}

static bool add_archive(struct stats_losses *losses, const char *path, const struct span *span)
{
    struct survey survey = {.now_ms = 0};
    struct tl_archive *archive;
    char text[TL_ARCHIVE_TEXT_SIZE];
    bool has_memory = true;

    if (tl_archive_open(path, &archive, text) != TL_OK) {
        process_log("%s: %s", path, text);
        losses->are_known = false;
        return true;
    }
    losses->are_known = survey_take(&survey, archive) && losses->are_known;
    for (size_t i = 0; i < survey.segments.count && has_memory; i++) {
        const struct survey_segment *segment = &survey.segments.items[i];
        if (span_part(span, segment->earliest_ms, segment->latest_ms) != SPAN_NONE)
            has_memory = add_segment(losses, segment);
    }
    survey_done(&survey);
    tl_archive_close(archive);
    return has_memory;
}

static int compare(const void *a, const void *b)
{
    const struct survey_lost *left = a, *right = b;
    int by_cause = strcmp(left->cause, right->cause);

    return by_cause ? by_cause : left->is_at_most - right->is_at_most;
}

bool stats_losses_take(struct stats_losses *ret_losses, const char *const *paths, size_t path_count,
                       const struct span *span)
{
    *ret_losses = (struct stats_losses){.are_known = true};
    for (size_t i = 0; i < path_count; i++) {
        if (tl_archive_is(paths[i]) && !add_archive(ret_losses, paths[i], span))
            return false;
    }
    if (ret_losses->count)
        qsort(ret_losses->items, ret_losses->count, sizeof(ret_losses->items[0]), compare);
    return true;
}

void stats_losses_done(struct stats_losses *losses)
{
    free(losses->items);
}
