/* Proof: endpoints from their text, and the addresses that a name must have (see resolver.h). */
#ifndef PROOF_ENDPOINT_H
#define PROOF_ENDPOINT_H

#include "proof/test.h"

#include <tapline/stream.h>

#include <arpa/inet.h>

static inline struct tl_endpoint endpoint_of(const char *text)
{
    struct tl_endpoint endpoint;

    assert_int_equal(tl_endpoint_parse(text, &endpoint), TL_OK);
    return endpoint;
}

/* 127.0.0.1 and nothing else, not tried yet. */
static inline void assert_loopback(const struct tl_addresses *addresses, unsigned port)
{
    assert_int_equal(addresses->count, 1);
    assert_int_equal(addresses->tried, 0);
    assert_int_equal(addresses->list[0].four.sin_family, AF_INET);
    assert_int_equal(ntohl(addresses->list[0].four.sin_addr.s_addr), INADDR_LOOPBACK);
    assert_int_equal(ntohs(addresses->list[0].four.sin_port), port);
}

#endif
