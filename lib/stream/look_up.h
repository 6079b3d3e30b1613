/* look_up: what the files of this room share. */
#ifndef STREAM_LOOK_UP_H
#define STREAM_LOOK_UP_H

#include <tapline/stream.h>

/* tl_endpoint_look_up, with `flags` of getaddrinfo(3). */
enum tl_status tl__look_up(const struct tl_endpoint *endpoint, int flags, struct tl_addresses *ret_addresses);

/* The size of an address of its family. */
static inline socklen_t tl__address_size(const union tl_socket_address *address)
{
    return address->any.sa_family == AF_INET6 ? sizeof(address->six) : sizeof(address->four);
}

#endif
