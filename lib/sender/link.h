/* link: the connection of a route, from connect(2) to FINISH. Nothing here waits. A status other than TL_OK
 * says why the connection cannot go on; the caller then asks link_is_read_up, rewinds the route and closes.
 */
#ifndef SENDER_LINK_H
#define SENDER_LINK_H

#include "state.h"

/* No connection. */
void link_init(struct link *link);

/* Begins with the route's current endpoint. */
enum tl_status link_open(struct route *route, uint64_t now);

/* What poll(2) is to look at (-1: nothing), and for what. */
int link_fd(const struct route *route);
short link_events(const struct route *route);

/* Something was found, or the time has come. */
enum tl_status link_step(struct route *route, short found, uint64_t now);

/* Writes of what the route has as much as the peer takes at once. */
enum tl_status link_write(struct route *route, uint64_t now);

/* Asks the kernel what the peer has not read (SIOCOUTQ). That is nothing once the peer is gone, whatever it
 * read: so the answer is believed when poll(2) has said later that the peer was still there. */
void link_sample(struct route *route);
void link_believe_sample(struct route *route, uint64_t now);

/* STOP: all is written. */
enum tl_status link_stop(struct route *route, uint64_t deadline);

/* Stopping: FINISH has come, or is not to come. */
bool link_is_finished(const struct route *route);

/* After a failure: takes the acknowledgements that have come before it. */
void link_hear_out(struct route *route, uint64_t now);

/* After a failure: has the peer read everything, before it went? */
bool link_is_read_up(struct route *route);

void link_close(struct route *route, bool in_order);

#endif
