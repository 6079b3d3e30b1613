/* A sealed segment that is open for reading, shared by the files that read it. */
#ifndef TL_ARCHIVE_SEALED_H
#define TL_ARCHIVE_SEALED_H

#include "contents.h"
#include "stored.h"

#include <tapline/archive.h>
#include <zstd.h>

struct tl_sealed {
    int fd; /* the caller's */
    struct tl_sealed_info info;
    struct contents contents;            /* what `info` points to */
    uint64_t ledger_offset, ledger_size; /* of its skippable frame; 0: there is none */
    struct growing ledger_stream;
    ZSTD_DCtx *zstd;              /* one for all that is read; NULL until it is needed: making it is slow */
    struct growing packed, plain; /* of the block that was read last */
};

/* Fills in a segment by its seek table and the contents. TL_BAD_TEXT: they are missing or damaged
 * (`*ret_damage` says which); what was filled in is of no use then. TL_SYSTEM, TL_NO_MEMORY. */
enum tl_status tl__sealed_take_table(struct tl_sealed *sealed, const char **ret_damage);

/* The same by contents whose place is known. */
enum tl_status tl__sealed_take_contents(struct tl_sealed *sealed, uint64_t offset, uint64_t size);

/* The same by contents that are searched for. */
enum tl_status tl__sealed_search(struct tl_sealed *sealed);

/* Fills it in by walking over the file. TL_BAD_TEXT: there is nothing of a sealed segment in it. TL_SYSTEM,
 * TL_NO_MEMORY. */
enum tl_status tl__sealed_walk(struct tl_sealed *sealed, const struct tl_archive_segment *segment);

/* tl__stored_read, out of the segment. */
enum tl_status tl__sealed_read_stored(struct tl_sealed *sealed, uint64_t offset, uint64_t size,
                                      enum stored_kind kind, struct growing *ret_stream);

/* Uncompresses one zstd frame, with checksum and content size, into `to`, whose content it replaces.
 * TL_BAD_CHECKSUM, TL_BAD_LENGTH (its size is unknown, or above SEALED_BLOCK_MAX), TL_NO_MEMORY. */
enum tl_status tl__sealed_uncompress(struct tl_sealed *sealed, struct tl_bytes frame, struct growing *to);

/* Counts the data frames that `plain` consists of. False if it is anything else. */
bool tl__sealed_count(struct tl_bytes plain, uint64_t *ret_frames);

/* tl_sealed_read, which also gives the compressed bytes. */
enum tl_status tl__sealed_read_packed(struct tl_sealed *sealed, size_t block, struct tl_bytes *ret_packed,
                                      struct tl_bytes *ret_frames);

#endif
