/* generate/client: who asks: its address and habits, computed from its number. */
#ifndef GENERATE_CLIENT_H
#define GENERATE_CLIENT_H

#include "generate/answer.h"

#include <stdint.h>

#define CLIENT_COUNT_MAX 4000000u

/* Numbers from here on are of those who pass by and ask one thing. */
#define CLIENT_PASSING UINT64_C(0x100000000)

struct client {
    uint8_t address[16];
    uint8_t address_size; /* 4 or 16 */
    uint8_t protocol;     /* enum tl_dnstap_protocol */
    uint64_t key;
    struct answer_edns edns;
};

/* Steady clients are numbered from 0 on. Different numbers, different addresses (of 10.0.0.0/8 and
 * 2001:db8::/32). */
void client_of(uint64_t seed, uint64_t number, struct client *ret_client);

#endif
