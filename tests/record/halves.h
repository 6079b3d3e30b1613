/* Halves of exchanges, as records with frames of their own, for the tests of pairing. */
#ifndef RECORD_HALVES_H
#define RECORD_HALVES_H

#include "record/record.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define HAS(field) (1u << TL_DNSTAP_F_##field)

#define HALF_FRAME_MAX 2048

/* A record and all that it points to. */
struct half {
    struct record record;
    uint8_t frame[HALF_FRAME_MAX];
};

/* The number of dnstap-read's two letters. */
static inline int32_t half_type(const char *code)
{
    static const char codes[] = "AQARRQRRCQCRFQFRSQSRTQTRUQUR";

    for (int32_t type = 1; type <= 14; type++) {
        if (memcmp(codes + 2 * (type - 1), code, 2) == 0)
            return type;
    }
    abort();
}

/* The header and the question name/A/IN, or the header alone if there is no name. */
static inline struct tl_bytes half_wire(uint8_t to[300], unsigned id, bool is_response, const char *name)
{
    size_t size = 12;

    memset(to, 0, 12);
    to[0] = (uint8_t)(id >> 8);
    to[1] = (uint8_t)id;
    to[2] = is_response ? 0x80 : 0;
    if (name) {
        size_t length = strlen(name);
        to[5] = 1;
        to[size++] = (uint8_t)length;
        memcpy(to + size, name, length);
        size += length;
        memcpy(to + size, "\0\0\1\0\1", 5);
        size += 5;
    }
    return tl_bytes(to, size);
}

/* What dnstap says of a half in the usual way: both addresses and ports, its own time and message. */
static inline struct tl_dnstap half_dnstap(int32_t type, struct tl_bytes wire, uint64_t ms)
{
    bool is_query = tl_dnstap_is_query(type);
    struct tl_dnstap dnstap = {
        .present = HAS(TYPE) | HAS(MESSAGE) | HAS(MESSAGE_TYPE) | HAS(SOCKET_FAMILY) | HAS(SOCKET_PROTOCOL) |
                   HAS(QUERY_ADDRESS) | HAS(RESPONSE_ADDRESS) | HAS(QUERY_PORT) | HAS(RESPONSE_PORT),
        .type = TL_DNSTAP_TYPE_MESSAGE,
        .message_type = type,
        .socket_family = 1,
        .socket_protocol = TL_DNSTAP_UDP,
        .query_address = tl_bytes("\300\0\2\1", 4),
        .response_address = tl_bytes("\300\0\2\65", 4),
        .query_port = 40000,
        .response_port = 53,
    };

    if (is_query) {
        dnstap.present |= HAS(QUERY_TIME_SEC) | HAS(QUERY_TIME_NSEC) | HAS(QUERY_MESSAGE);
        dnstap.query_time_sec = ms / 1000;
        dnstap.query_time_nsec = (uint32_t)(ms % 1000 * 1000000);
        dnstap.query_message = wire;
    } else {
        dnstap.present |= HAS(RESPONSE_TIME_SEC) | HAS(RESPONSE_TIME_NSEC) | HAS(RESPONSE_MESSAGE);
        dnstap.response_time_sec = ms / 1000;
        dnstap.response_time_nsec = (uint32_t)(ms % 1000 * 1000000);
        dnstap.response_message = wire;
    }
    return dnstap;
}

static inline void half_of(struct half *half, const struct tl_dnstap *dnstap, uint64_t offset)
{
    size_t size = tl_dnstap_size(dnstap);

    if (size > sizeof(half->frame) || tl_dnstap_encode(dnstap, half->frame, sizeof(half->frame)) != TL_OK)
        abort();
    record_open(&half->record, tl_bytes(half->frame, size), offset);
    if (half->record.status != TL_OK)
        abort();
}

/* "CQ12/www@100": the type, the message's ID, the name (without "/": no question), the milliseconds of its
 * time since some day. */
static inline void half_parse(struct half *half, const char *text, uint64_t offset)
{
    uint8_t wire[300];
    char name[64], *at;
    unsigned long id = strtoul(text + 2, &at, 10);
    size_t length = strcspn(at, "@ ");
    int32_t type = half_type(text);

    memcpy(name, at, length);
    name[length] = '\0';
    uint64_t ms = 1700000000000 + strtoull(at + length + 1, NULL, 10);
    struct tl_dnstap dnstap = half_dnstap(
        type, half_wire(wire, (unsigned)id, !tl_dnstap_is_query(type), length ? name + 1 : NULL), ms);
    half_of(half, &dnstap, offset);
}

#endif
