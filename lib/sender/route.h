/* route: how far what lies in the lanes has come on its way to one endpoint (or, failing over, to whichever
 * of several). Knows no socket: it says what to write next and is told what became of it. */
#ifndef SENDER_ROUTE_H
#define SENDER_ROUTE_H

#include "state.h"

/* Takes what the lanes hold into stretches, until about `bytes` are waiting to be written. */
void route_take(struct route *route, uint64_t bytes);

/* What to write next, at most `max` pieces and about `bytes`. Returns how many; 0: nothing is waiting. */
int route_pieces(struct route *route, struct iovec *pieces, int max, uint64_t bytes);

/* The first `bytes` of it were written. `connection` is how many bytes the connection has taken with them. */
void route_wrote(struct route *route, uint64_t bytes, uint64_t connection);

/* The peer has surely read the first `connection` bytes of the connection. */
void route_confirm(struct route *route, uint64_t connection);

/* The connection is gone; the peer had surely read its first `connection` bytes. What follows, and is still
 * there, will be sent again. */
void route_rewind(struct route *route, uint64_t connection);

/* A lane of which so much was sent and not acknowledged that no more is taken, where that is waited for. */
bool route_is_shut(const struct route *route, size_t lane);

/* True if frames wait for acknowledgements of others: in such a lane, or because too many stretches are on
 * their way. */
bool route_is_held(const struct route *route);

/* True if a frame of which the beginning was written lies before this position of the lane. */
bool route_is_within(const struct route *route, size_t lane, uint64_t position);

/* Drops what is not yet sent before this position of a lane, counted by `counter`, to the next mark. Not
 * within a frame that is being written (route_is_within). */
void route_skip(struct route *route, size_t lane, uint64_t position, uint64_t *counter);

/* Nothing is taken, waiting or kept in this lane or in any. */
bool route_is_done(const struct route *route);

/* The route keeps no more than half of each ring for sending again; unless it waits for acknowledgements,
 * when it does not come to that. */
void route_limit_kept(struct route *route);

/* The number of lanes, the shared one included. */
static inline size_t route_lanes(const struct route *route)
{
    return route->sender->lane_count + 1;
}

#endif
