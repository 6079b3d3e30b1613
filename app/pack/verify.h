/* pack/verify: is everything in an archive, or in one segment, as it was stored? Looks at every byte, changes
 * nothing, takes no lock; others may capture, pack, merge and remove meanwhile. */
#ifndef PACK_VERIFY_H
#define PACK_VERIFY_H

#include <tapline/archive.h>

enum verify_weight {
    VERIFY_NOTICE, /* harmless, but worth knowing */
    VERIFY_DAMAGE, /* something cannot be read, or is not what it says */
};

/* What was looked at. */
struct verify_sums {
    uint64_t sealed, hot; /* segments */
    uint64_t blocks;
    uint64_t frames, bytes; /* that can be read: with length words, not compressed */
    uint64_t file_bytes;
    uint64_t damages;                  /* findings of that weight */
    uint64_t lost_frames, lost_blocks; /* that are said to be there, and cannot be read */
};

/* Filled in by the caller but for `sums`, which begin at zero. */
struct verify {
    /* A finding about `place`: a path inside the archive, or the one that was given. `text`: one sentence. */
    void (*say)(void *user, enum verify_weight weight, const char *place, const char *text);
    /* Called often, with what is being looked at; false: stop here. */
    bool (*goes_on)(void *user, const char *place, const struct verify_sums *sums);
    void *user;
    struct verify_sums sums;
};

/* False if it was stopped, or could not be done (which is then a finding). */
bool verify_archive(struct verify *verify, const char *path);

/* A sealed or a hot segment's file, which it is by its content. */
bool verify_file(struct verify *verify, const char *path);

#endif
