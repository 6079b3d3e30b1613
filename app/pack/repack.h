/* pack/repack: rewrites sealed segments of an archive at another compression, and merges adjacent ones.
 * Capturing, packing and reading may go on meanwhile. */
#ifndef PACK_REPACK_H
#define PACK_REPACK_H

#include "source/span.h"

#include <tapline/archive.h>

struct repack_options {
    int level;         /* of zstd; 0: TL_SEALER_LEVEL */
    size_t block_size; /* 0: TL_SEALER_BLOCK_SIZE */
    bool recompresses; /* false: blocks are only moved, and a segment that is not merged is not touched */
    uint64_t merge;    /* adjacent files are merged up to so many bytes; 0: none are */
    struct span begun; /* only segments that were begun then */

    /* Called often, with the bytes of files that were read, and how many there are to do; false: stop. */
    bool (*goes_on)(void *user, uint64_t done, uint64_t all);
    void *user;
};

struct repack_sums {
    uint64_t files_before, files_after; /* of those that were rewritten */
    uint64_t bytes_before, bytes_after;
    uint64_t frames;
    uint64_t left; /* files that were to be rewritten, and were left as they are, being damaged */
};

enum repack {
    REPACK_DONE,    /* but for what `left` counts */
    REPACK_FAILED,  /* logged; what was done before stands */
    REPACK_STOPPED, /* by goes_on; likewise */
};

/* What cannot be done is logged. */
enum repack repack(struct tl_archive *archive, const struct repack_options *options,
                   struct repack_sums *ret_sums);

#endif
