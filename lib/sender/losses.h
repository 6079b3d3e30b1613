/* losses: what was dropped, told to a collector that takes part, with totals: so that one that is told twice
 * can know. All by the sender's thread. */
#ifndef SENDER_LOSSES_H
#define SENDER_LOSSES_H

#include "state.h"

/* True if something was dropped that the collector should be told now; `is_last`: whenever that was. */
bool losses_are_due(struct route *route, uint64_t now, bool is_last);

/* Puts LOSS behind what the link has to write. Only when that is nothing, and no frame is half written. */
void losses_put(struct route *route, uint64_t now);

/* The collector has surely the first `connection` bytes of the connection: what they told it, it knows. */
void losses_confirm(struct route *route, uint64_t connection);

#endif
