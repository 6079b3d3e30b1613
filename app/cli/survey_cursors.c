/* How far the consumers of an archive are. Invariant: what a cursor is behind and what it missed do not
 * overlap - the one is in the archive, the other is not. */
#include "cli/survey.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* How many of them this user may not read. */
static size_t count_unread(const struct tl_archive *archive)
{
    int fd = openat(tl_archive_folder(archive), "cursors", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *folder = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *entry;
    size_t count = 0;

    while (folder && (entry = readdir(folder)))
        count +=
            *entry->d_name != '.' && faccessat(fd, entry->d_name, R_OK, AT_EACCESS) != 0 && errno == EACCES;
    if (folder)
        closedir(folder);
    else if (fd >= 0)
        close(fd);
    return count;
}

static bool note_left_out(struct survey *survey, const struct tl_archive *archive, size_t count)
{
    size_t unread = count ? count_unread(archive) : 0;

    if (unread && !survey_note_unread(survey, "cursors"))
        return false;
    return count <= unread || survey_note_damage(survey, "cursors", "a cursor in it is damaged");
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
        return survey_note_failure(survey, "cursors", "they cannot be read");
    survey->cursors = calloc(count + 1, sizeof(*survey->cursors));
    for (size_t i = 0; survey->cursors && i < count; i++) {
        struct survey_cursor *cursor = &survey->cursors[survey->cursor_count++];
        cursor->cursor = cursors[i];
        cursor->user = tl_archive_cursor_user(archive, cursors[i].name);
        find_behind(cursor, &survey->segments);
        find_missed(cursor, removed, removed_count);
    }
    free(cursors);
    return survey->cursors && note_left_out(survey, archive, damaged);
}
