/* DNS in wire form for tests: string literals without their final NUL as slices, and messages that end at an
 * unreadable page. */
#ifndef DNS_WIRE_H
#define DNS_WIRE_H

#include "proof/guarded.h"
#include "proof/test.h"

#include <tapline/dns.h>

#define WIRE(literal) tl_bytes(literal, sizeof(literal) - 1)

/* Header of a message with one question, no flags; 12 bytes. */
#define HEADER_OF_QUESTION "\x12\x34\x01\x00\0\1\0\0\0\0\0\0"

static inline struct tl_bytes guarded_bytes(const struct guarded *guarded)
{
    return tl_bytes(guarded->data, guarded->size);
}

#endif
