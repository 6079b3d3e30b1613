/* Addresses of hosts. Invariant: a host has one address at least, and each is of a family that is known here.
 */
#include "look_up.h"

#include <netdb.h>

static void take_addresses(const struct addrinfo *list, struct tl_addresses *to)
{
    memset(to, 0, sizeof(*to));
    for (; list && to->count < TL_ADDRESSES_MAX; list = list->ai_next) {
        if ((list->ai_family == AF_INET || list->ai_family == AF_INET6) &&
            list->ai_addrlen <= sizeof(*to->list))
            memcpy(&to->list[to->count++], list->ai_addr, list->ai_addrlen);
    }
}

enum tl_status tl__look_up(const struct tl_endpoint *endpoint, int flags, struct tl_addresses *ret_addresses)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = flags};
    struct tl_addresses addresses;
    struct addrinfo *list;
    int result = getaddrinfo(*endpoint->host ? endpoint->host : NULL, endpoint->port, &hints, &list);

    if (result != 0)
        return result == EAI_SYSTEM ? TL_SYSTEM : TL_BAD_TEXT;
    take_addresses(list, &addresses);
    freeaddrinfo(list);
    if (addresses.count == 0)
        return TL_BAD_TEXT;
    *ret_addresses = addresses;
    return TL_OK;
}

enum tl_status tl_endpoint_look_up(const struct tl_endpoint *endpoint, bool asks,
                                   struct tl_addresses *ret_addresses)
{
    if (endpoint->kind != TL_ENDPOINT_TCP)
        return TL_BAD_ARGUMENT;
    enum tl_status status = tl__look_up(endpoint, AI_NUMERICHOST, ret_addresses);
    return status == TL_BAD_TEXT && asks ? tl__look_up(endpoint, 0, ret_addresses) : status;
}
