/* pack/retention: removes the oldest sealed segments when the archive is older, larger or its disk fuller
 * than was asked for. What goes is noted in the archive before it goes, logged and counted. */
#ifndef PACK_RETENTION_H
#define PACK_RETENTION_H

#include "pack/retention_plan.h"

#include <stdatomic.h>

struct retention_result {
    uint64_t segments, frames, bytes; /* removed; frames as far as known */
    uint64_t troubles;                /* attempts that failed; logged */
    bool is_nearly_full;              /* the disk still is, afterwards */
    bool is_hold_unknown;             /* a cursor cannot be read: nothing goes but for a nearly full disk */
};

/* Looks at the archive and removes what has to go, oldest first. The caller holds the pack lock. Logs each
 * segment, and what fails. `stop` is looked at before each segment: removing thousands takes minutes; may be
 * NULL. */
void retention_run(struct tl_archive *archive, const struct retention_options *options,
                   const atomic_bool *stop, struct retention_result *ret_result);

/* Cheap, and without any lock: has the disk less free than `options` want, or is it nearly full? */
bool retention_is_due(const struct tl_archive *archive, const struct retention_options *options);

#endif
