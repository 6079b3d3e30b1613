/* source/archive_segment: the segment that an archive has open: only archive.c calls it. */
#ifndef SOURCE_ARCHIVE_SEGMENT_H
#define SOURCE_ARCHIVE_SEGMENT_H

#include "source/archive.h"

/* A descriptor of one of the segment's files, or -1 with errno. */
int archive_segment_open_part(const struct archive *archive, const struct tl_archive_segment *segment,
                              enum tl_archive_part part);

/* Opens the segment at the frame `from`. TL_OK; TL_END if its file is not there any more; what else is wrong
 * with it. */
enum tl_status archive_segment_begin(struct archive *archive, const struct tl_archive_segment *segment,
                                     struct tl_frame_name from);

/* How messages call it from now on. False without memory. */
bool archive_segment_set_name(struct archive *archive, const struct tl_archive_segment *segment);

/* Before a frame is given out: reads the ledger of a sealed segment, if it was not (most segments out of a
 * span need none); and looks for that of a hot one again: it is made after the rows, but before there is a
 * frame in them. False if both have gone: then the frame is to be read from what they were sealed into. */
bool archive_segment_has_ledger(struct archive *archive);

/* Ends with a segment that was read to its end. */
void archive_segment_leave(struct archive *archive);

void archive_segment_close(struct archive *archive);

#endif
