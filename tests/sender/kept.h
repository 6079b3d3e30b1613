/* A transport that keeps what it is given. */
#ifndef SENDER_KEPT_H
#define SENDER_KEPT_H

#include "sender/peer.h"

struct kept {
    struct seen seen;
    unsigned opened, closed, closed_in_order, freed, left;
    unsigned refuse_opens;  /* so many fail */
    unsigned fail_after;    /* frames; 0: never */
    bool knows_what_it_did; /* says how many frames it took before it failed */
    unsigned wait;          /* microseconds that each write takes */
};

static inline enum tl_status kept_open(void *context)
{
    struct kept *kept = context;

    if (kept->refuse_opens) {
        kept->refuse_opens--;
        return TL_BAD_CONTENT_TYPE;
    }
    kept->opened++;
    return TL_OK;
}

static inline enum tl_status kept_write(void *context, const struct iovec *frames, int count, int *ret_done)
{
    struct kept *kept = context;

    if (kept->wait)
        usleep(kept->wait);
    for (int i = 0; i < count; i++) {
        if (kept->fail_after && kept->seen.frames && kept->seen.frames % kept->fail_after == 0) {
            *ret_done = kept->knows_what_it_did ? i : 0;
            kept->fail_after += kept->fail_after; /* and goes on the next time */
            return TL_SYSTEM;
        }
        see(&kept->seen, tl_bytes(frames[i].iov_base, frames[i].iov_len));
    }
    return TL_OK;
}

static inline enum tl_status kept_close(void *context, bool in_order)
{
    struct kept *kept = context;

    kept->closed++;
    kept->closed_in_order += in_order;
    return TL_OK;
}

static inline void kept_free(void *context)
{
    struct kept *kept = context;

    kept->freed++;
}

static inline void kept_leave(void *context)
{
    struct kept *kept = context;

    kept->left++;
}

static inline struct tl_sender_transport transport_to(struct kept *kept)
{
    struct tl_sender_transport transport = {kept, kept_open, kept_write, kept_close, kept_free, kept_leave};
    return transport;
}

#endif
