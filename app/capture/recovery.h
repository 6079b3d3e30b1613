/* capture/recovery: a recovery in progress, for capture/recover alone. */
#ifndef CAPTURE_RECOVERY_H
#define CAPTURE_RECOVERY_H

#include "capture/output.h"
#include "capture/senders.h"

#define RECOVERY_TOLD_MAX 64u

struct recovery {
    struct queue queue;
    struct output output;
    uint64_t written;                    /* bytes of the sequence that are in files */
    uint64_t position;                   /* of the next byte that emit() is given */
    uint64_t pieces;                     /* of the sequence that were come to */
    uint64_t bytes, connections, hidden; /* for the books */
    struct books total;
    struct senders *senders;                   /* recovery_peers.c's, as what follows: */
    struct queue_lost told[RECOVERY_TOLD_MAX]; /* what the connection at hand told of losses, in no piece */
    uint32_t told_count;
    uint64_t told_more; /* frames, of those for whom there was no room */
};

/* Has a file open. 0, or -1 with the reason logged. */
int recovery_open_output(struct recovery *recovery);

/* Writes what of `bytes` is not in the files yet. 0, or -1 with the reason logged. */
int recovery_emit(struct recovery *recovery, struct tl_bytes bytes);

/* True if what is recovered is to be entered in a ledger: not if the file that goes on is a plain one. */
bool recovery_has_ledger(const struct recovery *recovery);

/* Says that the ledger could not be written; -1. */
int recovery_log_ledger_trouble(const struct recovery *recovery);

/* recovery_peers.c: emits what the connections that were open had received and not pushed, in order of their
 * arrival, and enters that and their ends. 0, or -1 with the reason logged. */
int recovery_emit_peers(struct recovery *recovery);

#endif
