/* pack/ledger: hands the ledger of a hot segment to a sealer while its frames go by: which connection brought
 * each of them, and when. */
#ifndef PACK_LEDGER_H
#define PACK_LEDGER_H

#include "pack/runs.h"

#define LEDGER_RUNS_SIZE 16384 /* of one entry that is made */

struct ledger {
    struct tl_sealer *sealer; /* borrowed */
    struct runs runs;

    struct tl_bytes packed; /* of the RUNS entry that was read: what is left of it */
    uint64_t packed_ms;
    struct tl_ledger_run run; /* that the next frame belongs to */
    uint64_t taken;           /* frames of `run` that went by and are not in `made` */
    bool is_known;            /* `run` is from the ledger; false: it has no more */
    bool is_broken;           /* frames and runs no longer count the same */

    struct tl_builder made; /* the RUNS entry to be handed on */
    uint64_t made_ms;
    uint8_t made_memory[LEDGER_RUNS_SIZE];

    uint64_t frames_of_none; /* that went by, and the ledger does not say whose they were */
    uint64_t frames_lost;    /* that the ledger has, and that did not go by; after ledger_end */
};

/* Opens the ledger of `hot` and begins the origin in the sealer. TL_SYSTEM with errno, or what the sealer
 * says. Whatever comes out, ledger_done. */
enum tl_status ledger_init(struct ledger *ledger, const struct tl_archive *archive,
                           const struct tl_archive_segment *hot, struct tl_sealer *sealer);

enum tl_status ledger_next_run(struct ledger *ledger);

/* The next frame goes by; `ret_ms` is when it arrived, or when the last one did of which that is known. */
static inline enum tl_status ledger_frame(struct ledger *ledger, uint64_t *ret_ms)
{
    if (ledger->taken == ledger->run.frames) {
        enum tl_status status = ledger_next_run(ledger);
        if (status != TL_OK)
            return status;
    }
    ledger->taken++;
    *ret_ms = ledger->run.arrival_ms;
    return TL_OK;
}

/* Nobody knows how many frames were lost here: from now on no connection is known. */
enum tl_status ledger_break(struct ledger *ledger);

/* No more frames: hands on all that is left. */
enum tl_status ledger_end(struct ledger *ledger);

void ledger_done(struct ledger *ledger);

#endif
