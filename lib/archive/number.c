/* The number for the next segment. Invariant: no number is given twice over the archive's life, as long as a
 * file, a cursor or a line of `removed` remembers it: a frame's name stays that frame's. */
#include "folder.h"
#include "list.h"

#include <stdlib.h>

static void count_in(uint64_t *highest, uint64_t number)
{
    if (number > *highest)
        *highest = number;
}

/* Ledgers without rows and what lies in damaged/ count as well. */
static enum tl_status look_at_files(const struct tl_archive *archive, uint64_t *highest)
{
    struct tl__scan scan = {NULL, 0, 0};
    enum tl_status status = tl__scan(archive->folder, &scan);

    if (status == TL_OK)
        status = tl__scan_hot(archive->folder, TL__DAMAGED, &scan);
    for (size_t i = 0; status == TL_OK && i < scan.count; i++)
        count_in(highest, scan.items[i].segment.last);
    free(scan.items);
    return status;
}

/* A cursor at the beginning of a segment has not seen any frame of it. */
static enum tl_status look_at_cursors(const struct tl_archive *archive, uint64_t *highest)
{
    struct tl_archive_cursor *cursors;
    size_t count;
    enum tl_status status = tl_archive_cursors(archive, &cursors, &count, NULL);

    if (status != TL_OK)
        return status;
    for (size_t i = 0; i < count; i++) {
        if (cursors[i].next.segment)
            count_in(highest, cursors[i].next.segment - (cursors[i].next.number == 0));
    }
    free(cursors);
    return TL_OK;
}

static enum tl_status look_at_removed(const struct tl_archive *archive, uint64_t *highest)
{
    struct tl_archive_removed *removed;
    size_t count;
    enum tl_status status = tl_archive_list_removed(archive, &removed, &count);

    if (status != TL_OK)
        return status;
    for (size_t i = 0; i < count; i++)
        count_in(highest, removed[i].last);
    free(removed);
    return TL_OK;
}

enum tl_status tl_archive_next_number(const struct tl_archive *archive, uint64_t *ret_number)
{
    uint64_t highest = 0;
    enum tl_status status = look_at_files(archive, &highest);

    if (status == TL_OK)
        status = look_at_cursors(archive, &highest);
    if (status == TL_OK)
        status = look_at_removed(archive, &highest);
    if (status != TL_OK)
        return status;
    if (highest == UINT64_MAX)
        return TL_FULL;
    *ret_number = highest + 1;
    return TL_OK;
}
