/* pack/verify_sealed: one sealed segment. */
#ifndef PACK_VERIFY_SEALED_H
#define PACK_VERIFY_SEALED_H

#include "pack/verify.h"

/* `fd` is the segment's file. `named` is what its name says; `has_name` false: nothing. `origin` (may be
 * NULL) is told how many frames each origin has. False if verify was stopped. */
struct verify_sealed_options {
    struct tl_archive_segment named;
    bool has_name;
    void (*origin)(void *user, uint64_t origin, uint64_t frames);
    void *user;
};

bool verify_sealed(struct verify *verify, const char *place, int fd,
                   const struct verify_sealed_options *options);

#endif
