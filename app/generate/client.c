/* Clients made up. Invariant: a client is a function of seed and number: its address, and how it speaks. */
#include "generate/client.h"

#include "generate/random.h"
#include "generate/wire.h"

#include <tapline/dnstap.h>

/* A bijection of 24 bits: an odd factor, and the upper bits folded in. */
static uint32_t scattered(uint64_t seed, uint64_t number)
{
    uint32_t index = (uint32_t)(number & 0x7fffff) | (number >= CLIENT_PASSING ? 0x800000 : 0);

    index = (uint32_t)(index * (0x9e3779u | 1) + seed) & 0xffffff;
    return (index ^ index >> 11) & 0xffffff;
}

static void fill_address(struct client *client, uint32_t index, bool is_ipv6)
{
    if (is_ipv6) { /* a network each, and a host in it */
        client->address_size = 16;
        wire_put32(client->address, 0x20010db8);
        wire_put32(client->address + 4, index << 8);
        wire_put64(client->address + 8, client->key);
    } else {
        client->address_size = 4;
        wire_put32(client->address, 0x0a000000u | index);
    }
}

static uint8_t protocol_of(uint32_t luck)
{
    if (luck < RANDOM_SHARE(0.04))
        return TL_DNSTAP_DOT;
    return luck < RANDOM_SHARE(0.09) ? TL_DNSTAP_DOH : TL_DNSTAP_UDP;
}

void client_of(uint64_t seed, uint64_t number, struct client *ret_client)
{
    uint64_t key = random_mix(seed ^ random_mix(number + 0x636c69)), habits = random_mix(key);

    /* Evenly over the ranks, so that the busiest do not all have the same habit. */
    bool is_ipv6 = (uint32_t)((number + seed % 1021) * 2654435769u) < RANDOM_SHARE(0.3);
    uint32_t luck = (uint32_t)((number + seed % 1031) * 1779033703u);
    *ret_client = (struct client){.key = key, .protocol = protocol_of(luck)};
    fill_address(ret_client, scattered(seed, number), is_ipv6);
    if ((habits & 7) == 0 || ret_client->protocol != TL_DNSTAP_UDP)
        ret_client->edns = (struct answer_edns){
            .is_there = true,
            .wants_dnssec = (habits >> 3 & 3) == 0,
            .udp_size = habits >> 5 & 1 ? 1232 : 4096,
            .cookie = (habits >> 6 & 3) == 0 ? random_mix(habits) : 0,
        };
}
