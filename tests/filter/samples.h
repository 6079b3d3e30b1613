/* Records that filters are asked about: one that has nearly everything, and some that lack much of it. */
#ifndef TEST_FILTER_SAMPLES_H
#define TEST_FILTER_SAMPLES_H

#include "record/record.h"

enum filter_sample {
    SAMPLE_RESPONSE,  /* CLIENT_RESPONSE: www.Example.COM A, NOERROR, CNAME and A, EDNS; both times */
    SAMPLE_QUERY,     /* CLIENT_QUERY by TCP, of a v4-mapped client: mail.example.org AAAA, no EDNS */
    SAMPLE_NXDOMAIN,  /* AUTH_RESPONSE over IPv6: a\.b.sub.example.com TYPE65400, NXDOMAIN */
    SAMPLE_CUT,       /* a query whose message is cut off in its question */
    SAMPLE_EMPTY,     /* a message of an unknown type, and nothing more */
    SAMPLE_NO_DNSTAP, /* a frame that is none */
    SAMPLES
};

#define SAMPLE_SECONDS 1795687200u /* 2026-11-26T10:00:00Z */

struct filter_samples {
    struct record records[SAMPLES];
    uint8_t messages[SAMPLES][512];
};

static inline void sample_name(struct tl_builder *to, const char *text)
{
    uint8_t name[TL_DNS_NAME_SIZE_MAX];
    size_t size = 0;

    tl_dns_name_parse(tl_bytes_of_text(text), name, &size);
    tl_builder_put(to, tl_bytes(name, size));
}

static inline void sample_header(struct tl_builder *to, unsigned flags, unsigned answers, unsigned additional)
{
    const unsigned words[6] = {0x1234, flags, 1, answers, 0, additional};

    for (unsigned i = 0; i < 6; i++)
        tl_builder_put_be16(to, (uint16_t)words[i]);
}

static inline void sample_question(struct tl_builder *to, const char *name, unsigned type)
{
    sample_name(to, name);
    tl_builder_put_be16(to, (uint16_t)type);
    tl_builder_put_be16(to, 1);
}

/* An answer whose owner is the question's name. */
static inline void sample_answer(struct tl_builder *to, unsigned type, uint32_t ttl, struct tl_bytes rdata)
{
    tl_builder_put_be16(to, 0xc00c);
    tl_builder_put_be16(to, (uint16_t)type);
    tl_builder_put_be16(to, 1);
    tl_builder_put_be32(to, ttl);
    tl_builder_put_be16(to, (uint16_t)rdata.size);
    tl_builder_put(to, rdata);
}

static inline struct tl_bytes sample_response(uint8_t *room)
{
    struct tl_builder to = tl_builder(room, 512);
    static const uint8_t target[] = "\4host\3cdn\7example\3net";
    static const uint8_t address[] = {198, 51, 100, 7};
    static const uint8_t opt[] = {0, 0, 41, 0x04, 0xd0, 0, 0, 0x80, 0, 0, 0}; /* 1232 bytes, DO */

    sample_header(&to, 0x8180, 2, 1);
    sample_question(&to, "www.Example.COM", 1);
    sample_answer(&to, 5, 60, tl_bytes(target, sizeof(target)));
    sample_answer(&to, 1, 300, tl_bytes(address, sizeof(address)));
    tl_builder_put(&to, tl_bytes(opt, sizeof(opt)));
    return tl_builder_bytes(&to);
}

static inline struct tl_bytes sample_bare(uint8_t *room, unsigned flags, const char *name, unsigned type)
{
    struct tl_builder to = tl_builder(room, 512);

    sample_header(&to, flags, 0, 0);
    sample_question(&to, name, type);
    return tl_builder_bytes(&to);
}

#define SAMPLE_BIT(field) (1u << TL_DNSTAP_F_##field)

static inline void sample_ends(struct tl_dnstap *dnstap, struct tl_bytes client, struct tl_bytes server)
{
    dnstap->present |= SAMPLE_BIT(QUERY_ADDRESS) | SAMPLE_BIT(RESPONSE_ADDRESS) | SAMPLE_BIT(QUERY_PORT) |
                       SAMPLE_BIT(RESPONSE_PORT) | SAMPLE_BIT(SOCKET_FAMILY) | SAMPLE_BIT(SOCKET_PROTOCOL);
    dnstap->query_address = client;
    dnstap->response_address = server;
    dnstap->query_port = 53124;
    dnstap->response_port = 53;
    dnstap->socket_family = client.size == 4 ? 1 : 2;
    dnstap->socket_protocol = TL_DNSTAP_UDP;
}

static inline void sample_message(struct record *record, enum tl_dnstap_message_type type,
                                  struct tl_bytes wire)
{
    struct tl_dnstap *dnstap = &record->dnstap;
    bool is_query = tl_dnstap_is_query((int32_t)type);

    *record = (struct record){.status = TL_OK};
    dnstap->present = SAMPLE_BIT(TYPE) | SAMPLE_BIT(MESSAGE) | SAMPLE_BIT(MESSAGE_TYPE);
    dnstap->type = TL_DNSTAP_TYPE_MESSAGE;
    dnstap->message_type = (int32_t)type;
    if (!wire.size)
        return;
    dnstap->present |= is_query ? SAMPLE_BIT(QUERY_MESSAGE) : SAMPLE_BIT(RESPONSE_MESSAGE);
    *(is_query ? &dnstap->query_message : &dnstap->response_message) = wire;
}

static inline void sample_texts(struct tl_dnstap *dnstap)
{
    static const uint8_t zone[] = "\7example\3com";

    dnstap->present |=
        SAMPLE_BIT(IDENTITY) | SAMPLE_BIT(VERSION) | SAMPLE_BIT(EXTRA) | SAMPLE_BIT(QUERY_ZONE);
    dnstap->identity = tl_bytes_of_text("ns1.Frankfurt");
    dnstap->version = tl_bytes_of_text("BIND 9.18");
    dnstap->extra = tl_bytes("a\0b\n", 4);
    dnstap->query_zone = tl_bytes(zone, sizeof(zone));
}

static inline void sample_times(struct tl_dnstap *dnstap)
{
    dnstap->present |= SAMPLE_BIT(QUERY_TIME_SEC) | SAMPLE_BIT(QUERY_TIME_NSEC) |
                       SAMPLE_BIT(RESPONSE_TIME_SEC) | SAMPLE_BIT(RESPONSE_TIME_NSEC);
    dnstap->query_time_sec = dnstap->response_time_sec = SAMPLE_SECONDS;
    dnstap->query_time_nsec = 0;
    dnstap->response_time_nsec = 12500000;
}

/* Fills the samples, which borrow from themselves and so stay where they are. */
static inline void filter_samples_init(struct filter_samples *samples)
{
    static const uint8_t client[] = {10, 1, 2, 3}, server[] = {192, 0, 2, 53};
    static const uint8_t mapped[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 9, 8, 7};
    static const uint8_t client6[] = {0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5};
    static const uint8_t no_dnstap[] = {0x72, 200};
    struct record *records = samples->records;
    uint8_t(*rooms)[512] = samples->messages;

    sample_message(&records[SAMPLE_RESPONSE], TL_DNSTAP_CLIENT_RESPONSE, sample_response(rooms[0]));
    sample_ends(&records[SAMPLE_RESPONSE].dnstap, tl_bytes(client, 4), tl_bytes(server, 4));
    sample_texts(&records[SAMPLE_RESPONSE].dnstap);
    sample_times(&records[SAMPLE_RESPONSE].dnstap);

    sample_message(&records[SAMPLE_QUERY], TL_DNSTAP_CLIENT_QUERY,
                   sample_bare(rooms[1], 0x0100, "mail.example.org", 28));
    sample_ends(&records[SAMPLE_QUERY].dnstap, tl_bytes(mapped, 16), tl_bytes(server, 4));
    records[SAMPLE_QUERY].dnstap.socket_protocol = TL_DNSTAP_TCP;

    sample_message(&records[SAMPLE_NXDOMAIN], TL_DNSTAP_AUTH_RESPONSE,
                   sample_bare(rooms[2], 0x8403, "a\\.b.sub.example.com", 65400));
    sample_ends(&records[SAMPLE_NXDOMAIN].dnstap, tl_bytes(client6, 16), tl_bytes(client6, 16));

    struct tl_bytes cut = sample_bare(rooms[3], 0, "cut.example", 1);
    cut.size -= 6;
    sample_message(&records[SAMPLE_CUT], TL_DNSTAP_CLIENT_QUERY, cut);
    sample_message(&records[SAMPLE_EMPTY], (enum tl_dnstap_message_type)99, tl_bytes(NULL, 0));
    record_open(&records[SAMPLE_NO_DNSTAP], tl_bytes(no_dnstap, sizeof(no_dnstap)), 7);
}

#endif
