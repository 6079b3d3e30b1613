/* connect: sockets that are on their way to being connected, without waiting. */
#ifndef SENDER_CONNECT_H
#define SENDER_CONNECT_H

#include "state.h"

/* Begins to connect. TL_OK: link->fd is connected (`*ret_now`) or will say so by being writable. TL_SYSTEM,
 * TL_BAD_TEXT (the host is unknown). May take a while if the host is a name. */
enum tl_status connect_begin(struct link *link, const struct tl_endpoint *endpoint, size_t ring_size,
                             bool *ret_now);

/* The socket has become writable, or failed: then the next address is tried. As connect_begin. */
enum tl_status connect_go_on(struct link *link, bool *ret_now);

/* What is left of the attempt. */
void connect_done(struct link *link);

#endif
