/* transport: frames to the caller's own callbacks instead of a socket. */
#ifndef SENDER_TRANSPORT_H
#define SENDER_TRANSPORT_H

#include "state.h"

enum tl_status transport_open(struct endpoint *endpoint);

/* Gives it the frames that the lanes hold. What it took is taken for read. */
enum tl_status transport_write(struct route *route, uint64_t now);

void transport_close(struct endpoint *endpoint, bool in_order);

#endif
