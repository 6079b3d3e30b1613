/* pack/entries: the entries of a ledger's stream, one after the other, and its runs, frame by frame. The
 * stream is the caller's memory; nothing is allocated. */
#ifndef PACK_ENTRIES_H
#define PACK_ENTRIES_H

#include <tapline/archive.h>
#include <tapline/frame.h>

struct entries {
    struct tl_bytes left;
    struct tl_frame_decoder decoder;
    bool is_started; /* START was met */
    bool is_stopped; /* STOP was met */
    bool is_cut;     /* the stream ends inside an entry */
};

void entries_init(struct entries *entries, struct tl_bytes stream);

/* The next entry, of whatever kind. TL_END: the stream ends here, between two entries; `is_stopped` says
 * whether with STOP. TL_TRUNCATED with `is_cut`: it ends inside an entry. TL_BAD_CONTENT_TYPE,
 * TL_UNEXPECTED_CONTROL, TL_UNEXPECTED_DATA (anything before START or behind STOP), TL_FRAME_TOO_LONG, or as
 * tl_ledger_decode. After a failure nothing more can be read, but after one of tl_ledger_decode the next
 * entry can. Whoever has more of a stream that ended puts it behind what is in `left`, and goes on. */
enum tl_status entries_next(struct entries *entries, struct tl_ledger_entry *ret_entry);

/* Who brought each frame, and when: walks over the RUNS alone. */
struct arrivals {
    struct entries entries;
    uint64_t origin; /* whose runs are being read; 0: of none yet */
    struct tl_bytes packed;
    uint64_t last_ms;
    struct tl_ledger_run run; /* `frames` of it are left */
    bool is_at_end;           /* the entries that follow belong to a later origin, or there are none */
    uint64_t next_origin;     /* the later origin */
};

void arrivals_init(struct arrivals *arrivals, struct tl_bytes stream);

/* Of the next frame of `origin`, a run of its own. Frames are asked for in their order, origins too; what the
 * runs do not cover is of connection 0 and arrived at 0. */
struct tl_ledger_run arrivals_next(struct arrivals *arrivals, uint64_t origin);

#endif
