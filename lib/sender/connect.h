/* connect: the socket of a link, until it is connected. Nothing here waits. */
#ifndef SENDER_CONNECT_H
#define SENDER_CONNECT_H

#include "state.h"

/* Begins to connect. TL_OK: link->fd is connected. TL_MORE: connect_go_on is due when poll(2) finds something
 * on connect_fd. What tl_look_up_start and tl_connect_begin say. */
enum tl_status connect_begin(struct link *link, struct endpoint *endpoint);

/* Goes on after TL_MORE; `is_late`: what is waited for has had its time. As connect_begin; TL_TIME_UP. A name
 * that is still looked up then is waited for by the next attempt. */
enum tl_status connect_go_on(struct link *link, struct endpoint *endpoint, bool is_late);

/* What to look at, and for what. */
int connect_fd(const struct link *link, const struct endpoint *endpoint);
short connect_events(const struct link *link);

/* It is connected. */
void connect_set_up(const struct link *link, size_t ring_size);

#endif
