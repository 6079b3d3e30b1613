/* The contents of a sealed segment, a ledger stream: per origin an entry SEGMENT, its blocks (BLOCKS, as many
 * entries as it takes) and END; then the losses by cause. They say all that the seek table says of the
 * blocks, under a checksum, which the table has not. The blocks of an entry BLOCKS lie end to end in the file
 * from `bytes` on; `packed` has six varints for each:
 *
 *     frames
 *     zigzag difference of its earliest time to that of the block before in the entry (to 0 for the first)
 *     latest time minus earliest, plus one; 0: they are not known, and the difference is 0 for nothing
 *     bytes, uncompressed
 *     bytes in the file
 *     checksum, as in the seek table */
#ifndef TL_ARCHIVE_CONTENTS_H
#define TL_ARCHIVE_CONTENTS_H

#include "growing.h"
#include "losses.h"

#include <tapline/archive.h>

#define SEALED_BLOCK_MAX  (16u << 20) /* bytes of frames in a block: what is more is not taken for one */
#define SEALED_FRAME_MIN  5           /* of a data frame with its length word */
#define SEALED_PACKED_MIN 14          /* of a zstd frame with size and checksum: head 6, a block 4, sum 4 */

#define CONTENTS_BLOCK_MAX 60 /* bytes of a block in `packed` */

/* Appends a block to `packed` of a BLOCKS entry in the making. `*last_ms` is 0 before the first. */
void tl__contents_put_block(struct tl_builder *packed, const struct tl_sealed_block *block, uint32_t checksum,
                            uint64_t *last_ms);

struct contents {
    struct growing origins;   /* struct tl_sealed_origin */
    struct growing blocks;    /* struct tl_sealed_block */
    struct growing checksums; /* uint32_t, of each block */
    struct losses losses;
};

/* Each origin has the frames and bytes of its blocks if it succeeds, and the blocks ascend in the file, where
 * they lie before `end`: so there are no more than it has room for, whatever the stream claims. TL_BAD_TEXT
 * if anything is not as it must be, TL_NO_MEMORY; tl__contents_done is due in any case. */
enum tl_status tl__contents_decode(struct tl_bytes stream, uint64_t end, struct contents *contents);
void tl__contents_done(struct contents *contents);

static inline struct tl_sealed_block *contents_blocks(const struct contents *contents)
{
    return (struct tl_sealed_block *)(void *)contents->blocks.data;
}

static inline size_t contents_block_count(const struct contents *contents)
{
    return contents->blocks.size / sizeof(struct tl_sealed_block);
}

static inline struct tl_sealed_origin *contents_origins(const struct contents *contents)
{
    return (struct tl_sealed_origin *)(void *)contents->origins.data;
}

static inline size_t contents_origin_count(const struct contents *contents)
{
    return contents->origins.size / sizeof(struct tl_sealed_origin);
}

static inline uint32_t contents_checksum(const struct contents *contents, size_t block)
{
    return ((const uint32_t *)(const void *)contents->checksums.data)[block];
}

#endif
