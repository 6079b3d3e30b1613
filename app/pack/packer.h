/* pack/packer: the thread behind a capture that seals finished hot segments and runs retention. It yields to
 * everything else; whatever it cannot do waits in the archive's hot folder, is logged, counted and tried
 * again. */
#ifndef PACK_PACKER_H
#define PACK_PACKER_H

#include "pack/retention.h"

struct packer_options {
    int level;         /* of zstd; 0: default */
    size_t block_size; /* 0: default */
    bool packs;        /* false: retention alone */
    struct retention_options keep;
};

struct packer;

/* Starts the thread, with all signals blocked in it. `counters` may be NULL and must outlive the packer. 0,
 * or -1, which was logged. */
int packer_start(const char *archive_path, const struct packer_options *options, struct tl_counters *counters,
                 struct packer **ret_packer);

/* The hot segments below `number` are finished. Any thread; never blocks. */
void packer_tell(struct packer *packer, uint64_t number);

/* Ends the thread within the time that a block takes; a segment that is just being sealed stays hot. Takes
 * NULL. */
void packer_stop(struct packer *packer);

#endif
