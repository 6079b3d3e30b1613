/* Sorts out what the folders hold. Invariant: each origin is in one segment of the list, and a file is among
 * the leftovers only if all its origins are in a sealed one of the list: whoever removes leftovers loses
 * nothing. */
#include "list.h"

#include "folder.h"

#include <stdlib.h>

int tl__compare(const struct tl_archive_segment *a, const struct tl_archive_segment *b)
{
    if (a->first != b->first)
        return a->first < b->first ? -1 : 1;
    if (a->last != b->last)
        return a->last > b->last ? -1 : 1;
    if (a->is_sealed != b->is_sealed)
        return a->is_sealed ? -1 : 1;
    return (a->stamp > b->stamp) - (a->stamp < b->stamp);
}

static int compare_found(const void *a, const void *b)
{
    return tl__compare(&((const struct tl__found *)a)->segment, &((const struct tl__found *)b)->segment);
}

void tl__unite(struct tl__scan *scan)
{
    size_t kept = 0;

    if (scan->count)
        qsort(scan->items, scan->count, sizeof(*scan->items), compare_found);
    for (size_t i = 0; i < scan->count; i++) {
        struct tl__found *last = kept ? &scan->items[kept - 1] : NULL;
        if (last && compare_found(last, &scan->items[i]) == 0)
            last->has_rows = last->has_rows || scan->items[i].has_rows;
        else
            scan->items[kept++] = scan->items[i];
    }
    scan->count = kept;
}

/* Can it go, because `kept` holds all that it does? Both were found together, `kept` before it. */
static bool is_covered(const struct tl_archive_segment *segment, const struct tl_archive_segment *kept)
{
    if (!kept->is_sealed || segment->last > kept->last)
        return false;
    return !segment->is_sealed || segment->first != kept->first || segment->last != kept->last;
}

/* What overlaps without being covered cannot come to be, and is in neither list: it is not ours to remove. */
static void split(const struct tl__scan *scan, struct tl_archive_list *list)
{
    for (size_t i = 0; i < scan->count; i++) {
        const struct tl_archive_segment *segment = &scan->items[i].segment;
        const struct tl_archive_segment *kept = list->count ? &list->segments[list->count - 1] : NULL;
        if (kept && segment->first <= kept->last) {
            if (is_covered(segment, kept))
                list->leftovers[list->leftover_count++] = *segment;
        } else if (scan->items[i].has_rows) {
            list->segments[list->count++] = *segment;
        }
    }
}

static enum tl_status sort_out(struct tl__scan *scan, struct tl_archive_list *ret_list)
{
    struct tl_archive_list list = {0};

    tl__unite(scan);
    list.segments = malloc((scan->count + 1) * sizeof(*list.segments));
    list.leftovers = malloc((scan->count + 1) * sizeof(*list.leftovers));
    if (!list.segments || !list.leftovers) {
        tl_archive_list_done(&list);
        return TL_NO_MEMORY;
    }
    split(scan, &list);
    *ret_list = list;
    return TL_OK;
}

enum tl_status tl_archive_list(const struct tl_archive *archive, struct tl_archive_list *ret_list)
{
    struct tl__scan scan = {NULL, 0, 0};
    enum tl_status status = tl__scan(archive->folder, &scan);

    if (status == TL_OK)
        status = sort_out(&scan, ret_list);
    free(scan.items);
    return status;
}

void tl_archive_list_done(struct tl_archive_list *list)
{
    free(list->segments);
    free(list->leftovers);
    memset(list, 0, sizeof(*list));
}

const struct tl_archive_segment *tl_archive_list_find(const struct tl_archive_list *list, uint64_t number)
{
    size_t from = 0, to = list->count;

    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (list->segments[middle].last < number)
            from = middle + 1;
        else
            to = middle;
    }
    return from < list->count ? &list->segments[from] : NULL;
}
