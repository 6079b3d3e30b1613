/* pack/segment: the files of a segment, when they are not needed where they are any more. */
#ifndef PACK_SEGMENT_H
#define PACK_SEGMENT_H

#include <tapline/archive.h>

#define SEGMENT_DAMAGED "damaged" /* the folder in an archive */

/* Bytes of its rows' file. -1 with errno. */
int segment_size(const struct tl_archive *archive, const struct tl_archive_segment *segment,
                 uint64_t *ret_bytes);

/* Removes its rows, of a hot one its ledger too, of a sealed one its day's folder if that is empty then. 0,
 * also if all is gone already; or -1 with errno. */
int segment_remove(const struct tl_archive *archive, const struct tl_archive_segment *segment);

/* Lets damaged/ have the files of a hot segment too, so that they are there whatever becomes of those in
 * hot/. 0, or -1 with errno. */
int segment_keep(const struct tl_archive *archive, const struct tl_archive_segment *hot);

/* Takes that back. */
void segment_forget(const struct tl_archive *archive, const struct tl_archive_segment *hot);

/* Is what a sealed segment says of itself whole, as far as that can be told without reading it all? Never
 * true if the file cannot be read. */
bool segment_is_whole(const struct tl_archive *archive, const struct tl_archive_segment *sealed);

#endif
