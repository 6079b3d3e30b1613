/* pack: makes a sealed segment of a finished hot one. */
#ifndef PACK_PACK_H
#define PACK_PACK_H

#include <tapline/archive.h>

#include <stdatomic.h>

struct pack_options {
    int level;                                       /* of zstd; 0: TL_SEALER_LEVEL */
    size_t block_size;                               /* 0: TL_SEALER_BLOCK_SIZE */
    const atomic_bool *stop;                         /* looked at with every frame; may be NULL */
    void (*progress)(void *context, uint64_t bytes); /* of the hot file that are read, in steps of a block or
                                                        so; may be NULL */
    void *context;
};

enum pack_status {
    PACK_OK,
    PACK_STOPPED, /* because of options.stop */
    PACK_GONE,    /* there is no such hot file (any more) */
    PACK_FULL,    /* the disk, or a quota */
    PACK_FAILED,
};

#define PACK_TEXT_SIZE 768

/* What became of a hot segment; but for `text` only set if it is sealed. */
struct pack_result {
    struct tl_archive_segment sealed;
    uint64_t frames;
    uint64_t bytes_in;         /* size of the hot file */
    uint64_t bytes_out;        /* size of the sealed one */
    uint64_t damaged;          /* bytes that are no frames, before the last one */
    uint64_t cut_off;          /* bytes behind the last frame: of a begun one, or zeros */
    uint64_t frames_lost;      /* frames that the ledger says were received, and that are not there */
    uint64_t frames_of_none;   /* frames of which the ledger does not tell the connection */
    const char *ledger_fault;  /* "is damaged": why not all of it could be read; static memory, or NULL */
    bool is_set_aside;         /* the hot files are in damaged/ */
    char text[PACK_TEXT_SIZE]; /* PACK_FULL, PACK_FAILED: one sentence; PACK_OK: what could not be tidied up
                                  behind it, or empty */
};

/* Seals the finished hot segment `hot`, and removes its files or, if it was damaged otherwise than at its
 * end, moves them to damaged/. The caller holds the pack lock. Memory is bounded whatever the segment's size.
 * But for PACK_OK the archive is as it was before. */
enum pack_status pack_segment(struct tl_archive *archive, const struct tl_archive_segment *hot,
                              const struct pack_options *options, struct pack_result *ret_result);

#endif
