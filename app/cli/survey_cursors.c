/* How far the consumers of an archive are. Invariant: what a cursor is behind and what it missed do not
 * overlap - the one is in the archive, the other is not. */
#include "cli/survey.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void add_origin(struct survey_cursor *cursor, const struct survey_origin *origin)
{
    struct tl_frame_name next = cursor->cursor.next;
    uint64_t delivered = origin->number == next.segment ? next.number : 0;

    if (origin->number < next.segment || origin->frames <= delivered)
        return;
    cursor->behind_segments++;
    cursor->behind_frames += origin->frames - delivered;
}

static void find_behind(struct survey_cursor *cursor, const struct survey_segments *segments)
{
    for (size_t i = segments->count; i > 0; i--) {
        const struct survey_segment *segment = &segments->items[i - 1];
        if (segment->segment.last < cursor->cursor.next.segment)
            return;
        for (size_t k = 0; k < segment->origin_count; k++)
            add_origin(cursor, &segment->origins[k]);
    }
}

/* (Of a merged segment it is not known how many frames each of its origins had.) */
static bool is_all_delivered(const struct survey_cursor *cursor, const struct tl_archive_removed *removed)
{
    struct tl_frame_name next = cursor->cursor.next;

    return !removed->frames || (removed->first == removed->last && removed->first == next.segment &&
                                next.number >= removed->frames);
}

static void find_missed(struct survey_cursor *cursor, const struct tl_archive_removed *removed, size_t count)
{
    uint64_t next = cursor->cursor.next.segment;

    for (size_t i = 0; i < count && next; i++) {
        uint64_t first = removed[i].first > next ? removed[i].first : next;
        if (removed[i].last >= first && !is_all_delivered(cursor, &removed[i]))
            cursor->missed_segments += removed[i].last - first + 1;
    }
}

bool survey_take_cursors(struct survey *survey, const struct tl_archive *archive,
                         const struct tl_archive_removed *removed, size_t removed_count)
{
    struct tl_archive_cursor *cursors;
    size_t count, damaged = 0;
    enum tl_status status = tl_archive_cursors(archive, &cursors, &count, &damaged);

    if (status == TL_NO_MEMORY) {
        errno = ENOMEM;
        return false;
    }
    if (status != TL_OK)
        return survey_note_damage(survey, "cursors", "they cannot be read");
    survey->cursors = calloc(count + 1, sizeof(*survey->cursors));
    for (size_t i = 0; survey->cursors && i < count; i++) {
        struct survey_cursor *cursor = &survey->cursors[survey->cursor_count++];
        cursor->cursor = cursors[i];
        cursor->user = tl_archive_cursor_user(archive, cursors[i].name);
        find_behind(cursor, &survey->segments);
        find_missed(cursor, removed, removed_count);
    }
    free(cursors);
    return survey->cursors &&
           (!damaged || survey_note_damage(survey, "cursors", "a cursor in it is damaged"));
}
