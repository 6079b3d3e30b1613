/* Transactions to frames. Invariant: nothing is drawn here: a message is a function of the transaction and
 * the moment. */
#include "generate/emission.h"

#include "generate/label.h"
#include "generate/wire.h"

#include <tapline/dnstap.h>

#define FLAGS_QUESTION  0x0100u /* RD */
#define FLAGS_ANSWER    0x8180u /* QR RD RA */
#define FLAGS_ITERATIVE 0x0000u
#define FLAGS_AUTHORITY 0x8000u /* QR */
#define FLAG_AD         0x0020u

#define PAYLOAD_MAX 2048

void resolver_init(struct resolver *resolver, unsigned number, const char *identity, const char *version)
{
    resolver->identity = tl_bytes_of_text(identity);
    resolver->version = tl_bytes_of_text(version);
    wire_put32(resolver->ipv4, 0xc0000201u + number);
    wire_put64(wire_put64(resolver->ipv6, 0x20010db800530000u), 1 + number);
}

/* Addresses and times ------------------------------------------------------------------------------- */

#define BIT(field) (1u << TL_DNSTAP_F_##field)

/* What each frame has. */
#define PRESENT                                                                                              \
    (BIT(IDENTITY) | BIT(VERSION) | BIT(TYPE) | BIT(MESSAGE) | BIT(MESSAGE_TYPE) | BIT(SOCKET_FAMILY) |      \
     BIT(SOCKET_PROTOCOL) | BIT(QUERY_ADDRESS) | BIT(RESPONSE_ADDRESS) | BIT(QUERY_PORT) |                   \
     BIT(RESPONSE_PORT))

static void set_query_time(struct tl_dnstap *dnstap, uint64_t at)
{
    dnstap->present |= BIT(QUERY_TIME_SEC) | BIT(QUERY_TIME_NSEC);
    dnstap->query_time_sec = at / 1000000000;
    dnstap->query_time_nsec = (uint32_t)(at % 1000000000 / 1000 * 1000);
}

static void set_response_time(struct tl_dnstap *dnstap, uint64_t at)
{
    dnstap->present |= BIT(RESPONSE_TIME_SEC) | BIT(RESPONSE_TIME_NSEC);
    dnstap->response_time_sec = at / 1000000000;
    dnstap->response_time_nsec = (uint32_t)(at % 1000000000 / 1000 * 1000);
}

static struct tl_bytes address_of(const struct resolver *resolver, bool is_ipv6)
{
    return is_ipv6 ? tl_bytes(resolver->ipv6, 16) : tl_bytes(resolver->ipv4, 4);
}

static void set_client_side(struct tl_dnstap *dnstap, const struct resolver *resolver,
                            const struct transaction *transaction)
{
    const struct client *client = &transaction->client;
    bool is_ipv6 = client->address_size == 16;

    dnstap->socket_family = is_ipv6 ? 2 : 1;
    dnstap->socket_protocol = client->protocol;
    dnstap->query_address = tl_bytes(client->address, client->address_size);
    dnstap->response_address = address_of(resolver, is_ipv6);
    dnstap->query_port = transaction->port;
    dnstap->response_port = client->protocol == TL_DNSTAP_DOT   ? 853
                            : client->protocol == TL_DNSTAP_DOH ? 443
                                                                : 53;
}

/* One of the zone's two to four servers, computed from its name. */
static void set_authority_side(struct tl_dnstap *dnstap, const struct resolver *resolver,
                               const struct transaction *transaction, struct tl_bytes zone,
                               uint8_t address[16])
{
    uint64_t hash = zone.size;

    for (size_t i = 0; i < zone.size; i++)
        hash = (hash ^ zone.data[i]) * 0x100000001b3u;
    hash = random_mix(hash);
    uint64_t server = random_mix(hash + transaction->resolver_id % (2 + (hash & 1) * 2));
    bool is_ipv6 = (server & 7) < 2;
    if (is_ipv6)
        wire_put16(wire_put64(wire_put64(address, server), 0x53) - 16, 0x2a01);
    else
        wire_put32(address, (uint32_t)(server >> 8 & 0xffffff) | (uint32_t)(64 + (server >> 40 & 31)) << 24);
    dnstap->socket_family = is_ipv6 ? 2 : 1;
    dnstap->socket_protocol = TL_DNSTAP_UDP;
    dnstap->query_address = address_of(resolver, is_ipv6);
    dnstap->response_address = tl_bytes(address, is_ipv6 ? 16 : 4);
    dnstap->query_port = transaction->resolver_port;
    dnstap->response_port = 53;
    dnstap->query_zone = zone;
    dnstap->present |= BIT(QUERY_ZONE);
}

/* Messages ------------------------------------------------------------------------------------------ */

/* The rdata of a tunnel or an amplification: noise, and for TXT in strings of at most 255 characters. */
static struct tl_bytes payload_of(const struct transaction *transaction, uint8_t *buffer)
{
    uint64_t bits = random_mix(transaction->question.name.key ^ transaction->id);
    size_t left = transaction->payload;
    uint8_t *to = buffer;

    if (transaction->question.type == TYPE_NULL)
        return tl_bytes(buffer, (size_t)(label_code(to, bits, LABEL_BASE36, (unsigned)left) - buffer));
    for (; left; bits++) {
        unsigned size = left > 255 ? 255 : (unsigned)left;
        to = label_put_code(to, bits, LABEL_BASE36, size);
        left -= size;
    }
    return tl_bytes(buffer, (size_t)(to - buffer));
}

static struct answer for_client(const struct transaction *transaction, uint64_t now)
{
    bool is_signed =
        transaction->client.edns.wants_dnssec && transaction->question.name.traits & NAME_IS_SIGNED;

    return (struct answer){
        .question = &transaction->question,
        .edns = transaction->client.edns,
        .id = transaction->id,
        .flags = FLAGS_ANSWER | (is_signed ? FLAG_AD : 0),
        .now = now / 1000000000,
        .age = transaction->is_hit ? transaction->age : 0,
    };
}

static struct answer for_resolver(const struct transaction *transaction, uint64_t now)
{
    return (struct answer){
        .question = &transaction->question,
        .edns = {.is_there = true, .wants_dnssec = true, .udp_size = 1232},
        .id = transaction->resolver_id,
        .flags = FLAGS_AUTHORITY,
        .now = now / 1000000000,
        .hop = transaction->hop,
        .is_from_authority = true,
    };
}

static struct tl_bytes query_message(const struct answers *answers, struct answer *answer, unsigned flags,
                                     struct tl_builder *to)
{
    answer->flags = (uint16_t)flags;
    answer_put_query(answers, answer, to);
    return tl_builder_bytes(to);
}

static struct tl_bytes response_message(const struct answers *answers, struct answer *answer,
                                        const struct transaction *transaction, struct tl_builder *to)
{
    uint8_t payload[PAYLOAD_MAX];

    if (transaction->payload)
        answer->payload = payload_of(transaction, payload);
    answer_put_response(answers, answer, to);
    return tl_builder_bytes(to);
}

size_t emission_put(const struct answers *answers, const struct resolver *resolver,
                    const struct transaction *transaction, uint64_t now, uint8_t *frame)
{
    static const uint8_t message_types[] = {
        [STAGE_CLIENT_QUERY] = TL_DNSTAP_CLIENT_QUERY,
        [STAGE_RESOLVER_QUERY] = TL_DNSTAP_RESOLVER_QUERY,
        [STAGE_RESOLVER_RESPONSE] = TL_DNSTAP_RESOLVER_RESPONSE,
        [STAGE_CLIENT_RESPONSE] = TL_DNSTAP_CLIENT_RESPONSE,
    };
    uint8_t message[ANSWER_SIZE_MAX], name[NAME_SIZE_MAX], zone, address[16];
    struct tl_builder builder = tl_builder(message, sizeof(message));
    bool is_of_client =
        transaction->stage == STAGE_CLIENT_QUERY || transaction->stage == STAGE_CLIENT_RESPONSE;
    bool is_query = transaction->stage == STAGE_CLIENT_QUERY || transaction->stage == STAGE_RESOLVER_QUERY;
    struct answer answer = is_of_client ? for_client(transaction, now) : for_resolver(transaction, now);
    struct tl_dnstap dnstap;

    dnstap.unknown.count = dnstap.message_unknown.count = dnstap.policy_unknown.count = 0;
    dnstap.present = PRESENT;
    dnstap.identity = resolver->identity;
    dnstap.version = resolver->version;
    dnstap.type = TL_DNSTAP_TYPE_MESSAGE;
    dnstap.message_type = message_types[transaction->stage];
    if (is_of_client) {
        set_client_side(&dnstap, resolver, transaction);
    } else {
        struct tl_bytes asked = answer_name(answers, &transaction->question, transaction->hop, name, &zone);
        set_authority_side(&dnstap, resolver, transaction, tl_bytes(asked.data + zone, asked.size - zone),
                           address);
    }
    if (is_query) {
        set_query_time(&dnstap, now);
        dnstap.query_message =
            query_message(answers, &answer, is_of_client ? FLAGS_QUESTION : FLAGS_ITERATIVE, &builder);
        dnstap.present |= BIT(QUERY_MESSAGE);
    } else {
        if (!is_of_client)
            set_query_time(&dnstap, transaction->asked);
        set_response_time(&dnstap, now);
        dnstap.response_message = response_message(answers, &answer, transaction, &builder);
        dnstap.present |= BIT(RESPONSE_MESSAGE);
    }
    size_t size = tl_dnstap_size(&dnstap);
    tl_dnstap_encode(&dnstap, frame, EMISSION_SIZE_MAX);
    return size;
}
