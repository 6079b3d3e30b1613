/* A ledger stream as sealed segments store it: a skippable frame of a magic number of ours holding a tag of
 * eight bytes and a zstd frame, with checksum, of the stream. */
#ifndef TL_ARCHIVE_STORED_H
#define TL_ARCHIVE_STORED_H

#include "growing.h"

#include <tapline/archive.h>
#include <zstd.h>

#define STORED_HEAD_SIZE 16 /* magic, size, tag */

enum stored_kind { STORED_LEDGER, STORED_CONTENTS };

/* The magic number of the skippable frame. */
#define STORED_MAGIC(kind) (0x184D2A50u + (uint32_t)(kind))

/* Its tag, 8 bytes. */
static inline const char *stored_tag(enum stored_kind kind)
{
    return kind == STORED_LEDGER ? "taplineL" : "taplineC";
}

/* Bytes of a stream at most, uncompressed: what is more is neither written nor read. */
static inline uint64_t stored_stream_max(enum stored_kind kind)
{
    return (uint64_t)1 << (kind == STORED_LEDGER ? 30 : 28);
}

/* A stream in the making, compressed as it comes, in memory. */
struct stored_writer {
    enum stored_kind kind;
    ZSTD_CCtx *zstd;
    struct growing bytes; /* of the skippable frame, its head at first not filled in */
    uint64_t plain;       /* bytes of the stream */
    uint8_t entry[TL_LEDGER_ENTRY_MAX + 4];
};

/* TL_NO_MEMORY; tl__stored_done is due also then. */
enum tl_status tl__stored_init(struct stored_writer *writer, enum stored_kind kind);
void tl__stored_done(struct stored_writer *writer);

/* TL_FULL (the entry is too long, or the stream), TL_NO_MEMORY, TL_BAD_ARGUMENT. */
enum tl_status tl__stored_put(struct stored_writer *writer, const struct tl_ledger_entry *entry);

/* Ends the stream: `bytes` is the whole skippable frame. TL_FULL, TL_NO_MEMORY. */
enum tl_status tl__stored_end(struct stored_writer *writer);

/* Reads the stream whose skippable frame lies in the file at `offset` and is `size` bytes long. `zstd` may
 * have been used for anything before, and may be so behind. TL_BAD_CHECKSUM (it is damaged), TL_BAD_LENGTH
 * (too long), TL_NO_MEMORY, TL_SYSTEM. */
enum tl_status tl__stored_read(ZSTD_DCtx *zstd, int fd, uint64_t offset, uint64_t size, enum stored_kind kind,
                               struct growing *ret_stream);

/* The next entry of a stored stream, of which `*rest` is what was not looked at yet: all of it, at first.
 * START is passed over. TL_END at STOP, and statuses of tl_frame_next and tl_ledger_decode; TL_TRUNCATED if
 * STOP is missing. */
enum tl_status tl__stored_next(struct tl_bytes *rest, struct tl_ledger_entry *ret_entry);

#endif
