/* pack/keeper: when a running capture's packer looks at what retention has to remove. Of one thread. */
#ifndef PACK_KEEPER_H
#define PACK_KEEPER_H

#include "pack/retention.h"
#include "process/log.h"

#define KEEPER_NEVER UINT64_MAX

/* What is not filled in is zero at first. Times are monotonic. */
struct keeper {
    const struct retention_options *options;
    struct tl_archive *archive;
    struct tl_counters *counters; /* may be NULL */
    const atomic_bool *stop;

    uint64_t look_ms; /* when to look at the disk */
    uint64_t all_ms;  /* when to look at everything */
    uint64_t done_ms; /* when that was done last */
    struct process_limit full_limit, hold_limit;
};

/* When it wants to be asked; KEEPER_NEVER: there is nothing that it should keep to. */
uint64_t keeper_due(const struct keeper *keeper);

/* Is it time to run? If so, and the lock cannot be had, `look_ms` is when to ask again. */
bool keeper_wants_to_run(struct keeper *keeper);

/* The caller holds the pack lock. What is removed, and what fails, is logged and counted. */
void keeper_run(struct keeper *keeper);

/* The same after a segment was sealed, but for those that follow each other too fast. */
void keeper_run_after_sealing(struct keeper *keeper);

/* The same while a segment is being sealed, which can take minutes: only if the disk fills. */
void keeper_run_meanwhile(struct keeper *keeper);

#endif
