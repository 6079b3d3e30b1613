/* pack/rewrite: makes one sealed segment of one or several. */
#ifndef PACK_REWRITE_H
#define PACK_REWRITE_H

#include <tapline/archive.h>

struct rewrite_options {
    struct tl_sealer_options sealer;
    bool copies_blocks; /* they are moved as they are, without compressing them again */
    /* Called with every block; false: stop. May be NULL. */
    bool (*goes_on)(void *user, uint64_t bytes);
    void *user;
};

enum rewrite {
    REWRITE_DONE,
    REWRITE_DAMAGED, /* one of the inputs: `damaged` */
    REWRITE_GONE,    /* one of the inputs is not there any more: `damaged` */
    REWRITE_FULL,    /* the disk, or a quota */
    REWRITE_FAILED,
    REWRITE_STOPPED,
};

#define REWRITE_TEXT_SIZE 512

struct rewrite_result {
    size_t damaged;               /* index of the input */
    char text[REWRITE_TEXT_SIZE]; /* DAMAGED, FAILED: one sentence */
    struct tl_archive_segment segment;
    uint64_t size, frames; /* of the file that was made */
};

/* The caller holds the pack lock. `inputs` are adjacent. After REWRITE_DONE the new file is there, on the
 * disk, and those that it replaces are removed (what cannot be removed is a leftover, and said in `text`);
 * else nothing has changed. Memory is bounded by a block and the ledgers. */
enum rewrite rewrite(struct tl_archive *archive, const struct tl_archive_segment *inputs, size_t count,
                     const struct rewrite_options *options, struct rewrite_result *ret_result);

#endif
