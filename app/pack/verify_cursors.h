/* pack/verify_cursors: do the cursors of an archive point at something? */
#ifndef PACK_VERIFY_CURSORS_H
#define PACK_VERIFY_CURSORS_H

#include "pack/verify.h"

struct verify_cursors {
    struct tl_archive_cursor *cursors;
    uint64_t *frames; /* of each cursor's segment; UINT64_MAX: it was not met */
    size_t count;
};

/* Reads the cursors as they are now; false (said) if that fails. verify_cursors_done is due in any case. */
bool verify_cursors_begin(struct verify_cursors *cursors, struct verify *verify,
                          const struct tl_archive *archive);

/* There is an origin with so many frames. */
void verify_cursors_meet(struct verify_cursors *cursors, uint64_t origin, uint64_t frames);

/* Says which point nowhere: at neither what was met, nor `next`, the origin that will be next. */
void verify_cursors_end(struct verify_cursors *cursors, struct verify *verify,
                        const struct tl_archive_removed *removed, size_t removed_count, uint64_t next);
void verify_cursors_done(struct verify_cursors *cursors);

#endif
