/* archive: what the folders hold, before it is sorted out. */
#ifndef TAPLINE_ARCHIVE_LIST_H
#define TAPLINE_ARCHIVE_LIST_H

#include <tapline/archive.h>

/* One file, or both of a hot segment. */
struct tl__found {
    struct tl_archive_segment segment;
    bool has_rows; /* false: a ledger without its rows */
};

struct tl__scan {
    struct tl__found *items;
    size_t count, room;
};

/* Fills an empty one with all that is in hot/ and in the days' folders; an origin that was in the archive all
 * the time is among it. TL_SYSTEM, TL_NO_MEMORY. */
enum tl_status tl__scan(int archive, struct tl__scan *scan);

/* Adds what is in one folder whose files are named like those in hot/. */
enum tl_status tl__scan_hot(int archive, const char *name, struct tl__scan *scan);

/* By origin; of those that begin with the same one the wider first, and the sealed before the hot one. */
int tl__compare(const struct tl_archive_segment *a, const struct tl_archive_segment *b);

/* Sorts; the same file found twice, and rows and ledger of a hot segment, become one. */
void tl__unite(struct tl__scan *scan);

#endif
