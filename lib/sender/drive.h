/* drive: what a route does next - connect, write, wait, fail over, stop. */
#ifndef SENDER_DRIVE_H
#define SENDER_DRIVE_H

#include "state.h"

/* Goes on, with what poll(2) found on the route's socket (0: nothing). */
void drive(struct route *route, short found, uint64_t now);

/* When it must be called although nothing is found; NEVER. */
uint64_t drive_due(const struct route *route, uint64_t now);

/* It has failed, and will be tried again. */
void drive_break(struct route *route, enum tl_status status, uint64_t now);

/* The folder of the unix socket that is awaited has changed. */
void drive_retry_now(struct route *route, uint64_t now);

/* Gives up what is not sent; the route is closed. */
void drive_finish(struct route *route);

/* It writes, and the peer takes it: what is put into a lane can be sent. */
static inline bool drive_is_able(const struct route *route)
{
    return route->link.state == TL_SENDER_LINK_SENDING && !route->link.blocked && !route->link.refused;
}

#endif
