/* pack/merge: which sealed segments become one. Pure: no file is looked at. */
#ifndef PACK_MERGE_H
#define PACK_MERGE_H

#include <tapline/archive.h>

/* A candidate, in the order of the archive. */
struct merge_segment {
    struct tl_archive_segment segment;
    uint64_t size;        /* of its file */
    uint64_t ledger_size; /* of its ledger, uncompressed */
    bool is_taken;        /* false: it is left as it is, and nothing is merged over it */
};

/* A reader has the whole ledger of a segment in memory: a merged one shall not make that too much. */
#define MERGE_LEDGER_MAX (64u << 20)

/* How many of the `count` segments from the first on belong together: adjacent by origin, of one day (UTC,
 * the day in their names: a folder keeps holding what was begun on its day), their files together at most
 * `limit` bytes, and their ledgers MERGE_LEDGER_MAX. At least 1; `count` must be. */
size_t merge_group(const struct merge_segment *segments, size_t count, uint64_t limit);

#endif
