/* source/archive_sealed: the frames of one sealed segment of an archive. */
#ifndef SOURCE_ARCHIVE_SEALED_H
#define SOURCE_ARCHIVE_SEALED_H

#include "source/archive_step.h"
#include "source/source.h"

#include <tapline/archive.h>
#include <tapline/frame.h>

struct archive_sealed {
    int fd;                   /* -1: none is open */
    struct tl_sealed *sealed; /* kept from one segment to the next */
    const struct tl_sealed_info *info;
    uint64_t last;        /* origin, as the file is named */
    uint64_t frame;       /* the next one, counted over the file */
    size_t origin;        /* which the one before it is of */
    size_t block;         /* the next one */
    uint64_t offset;      /* of its first byte, uncompressed */
    struct tl_bytes left; /* of the block before it */
    struct tl_frame_decoder decoder;
    bool is_sure;        /* all frames in `left` are of the span */
    bool is_damage_told; /* of a segment that was rebuilt */
    char text[SOURCE_TEXT_SIZE];
};

void archive_sealed_init(struct archive_sealed *sealed);

/* Begins with the frame `from`, or the first one behind it, of the segment in `fd`, which is taken over.
 * TL_OK, or as tl_sealed_open. */
enum tl_status archive_sealed_open(struct archive_sealed *sealed, int fd,
                                   const struct tl_archive_segment *segment, struct tl_frame_name from);
void archive_sealed_close(struct archive_sealed *sealed);

/* Closes it and frees its memory; another may be opened in it all the same. */
void archive_sealed_done(struct archive_sealed *sealed);

/* The next item but for its name; of a frame also what it is called. Blocks without a frame of the span are
 * passed over. ARCHIVE_END at the end. */
enum archive_step archive_sealed_next(struct archive_sealed *sealed, const struct span *span,
                                      struct source_item *ret_item, struct tl_frame_name *ret_name);

/* The position behind the last frame of the segment. */
struct tl_frame_name archive_sealed_end(const struct archive_sealed *sealed);

#endif
