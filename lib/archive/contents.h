/* The contents of a sealed segment, a ledger stream: per origin an entry SEGMENT, its blocks (BLOCKS, as many
 * entries as it takes) and END; then the losses by cause. `packed` of BLOCKS has three varints a block: its
 * frames; the zigzag difference of its earliest time to that of the block before in the same entry (to 0 for
 * the first); and the latest time minus the earliest plus one. The last is 0 if the times are not known; the
 * difference is then 0 too, and counts for nothing. */
#ifndef TL_ARCHIVE_CONTENTS_H
#define TL_ARCHIVE_CONTENTS_H

#include "growing.h"

#include <tapline/archive.h>

#define CONTENTS_BLOCK_MAX 30 /* bytes of a block in `packed` */

/* Appends a block to `packed` of a BLOCKS entry in the making. `*last_ms` is 0 before the first. */
void tl__contents_put_block(struct tl_builder *packed, const struct tl_sealed_block *block,
                            uint64_t *last_ms);

struct contents {
    struct growing origins; /* struct tl_sealed_origin */
    struct growing blocks;  /* struct tl_sealed_block: frames and times alone */
    struct growing losses;  /* struct tl_ledger_entry; texts in the stream */
};

/* Each origin's frames are the sum of its blocks' if it succeeds. TL_BAD_TEXT if anything is not as it must
 * be, TL_NO_MEMORY; tl__contents_done is due in any case. */
enum tl_status tl__contents_decode(struct tl_bytes stream, struct contents *contents);
void tl__contents_done(struct contents *contents);

#endif
