/* pack/verify_ledger: the ledger of a segment against its frames. */
#ifndef PACK_VERIFY_LEDGER_H
#define PACK_VERIFY_LEDGER_H

#include "pack/verify.h"

/* Of a sealed segment: for each origin its connections, runs and end, and the losses against the sums in the
 * contents (not if those are rebuilt). */
void verify_ledger_sealed(struct verify *verify, const char *place, struct tl_bytes stream,
                          const struct tl_sealed_info *info);

/* Of the hot segment with this origin, whose rows have `frames` whole frames. `may_grow`: it may be being
 * written, or be completed; then entries may be ahead of the rows. */
void verify_ledger_hot(struct verify *verify, const char *place, struct tl_bytes stream, uint64_t origin,
                       uint64_t frames, bool may_grow);

#endif
