/* pack/verify_hot: one hot segment, which may be growing meanwhile. */
#ifndef PACK_VERIFY_HOT_H
#define PACK_VERIFY_HOT_H

#include "pack/verify.h"

struct verify_hot_options {
    const char *rows; /* paths of its files */
    const char *runs;
    uint64_t origin; /* 0: not known */
    bool may_grow;   /* it is being written, or will be completed */
    bool needs_runs; /* without the ledger it is not whole */
    void (*frames)(void *user, uint64_t origin,
                   uint64_t frames); /* is told how many there are; may be NULL */
    void *user;
};

enum verify_hot {
    VERIFY_HOT_DONE,
    VERIFY_HOT_GONE, /* a file of it is not there (any more); nothing was said */
    VERIFY_HOT_STOPPED,
};

enum verify_hot verify_hot(struct verify *verify, const char *place,
                           const struct verify_hot_options *options);

#endif
