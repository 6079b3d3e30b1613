/* The frame that the tests of this room share, and what it means for two decoded frames to be equal. */
#ifndef DNSTAP_SAMPLE_H
#define DNSTAP_SAMPLE_H

#include <tapline/dnstap.h>

/* Every field of the schema once, by hand from the schema and the encoding rules. */
static const uint8_t every_field[] = {
    0x0a, 2,    'i',  'd',              /* 1 identity */
    0x12, 1,    'v',                    /* 2 version */
    0x1a, 3,    'e',  'x',  't',        /* 3 extra */
    0x72, 83,                           /* 14 message */
    0x08, 6,                            /*   1 type CLIENT_RESPONSE */
    0x10, 2,                            /*   2 socket_family INET6 */
    0x18, 4,                            /*   3 socket_protocol DOH */
    0x22, 4,    192,  0,    2,    1,    /*   4 query_address */
    0x2a, 4,    192,  0,    2,    53,   /*   5 response_address */
    0x30, 0xd2, 0x09,                   /*   6 query_port 1234 */
    0x38, 53,                           /*   7 response_port */
    0x40, 0x80, 0xe2, 0xcf, 0xaa, 0x06, /*   8 query_time_sec 1700000000 */
    0x4d, 0x15, 0xcd, 0x5b, 0x07,       /*   9 query_time_nsec 123456789 */
    0x52, 2,    'q',  'm',              /*  10 query_message */
    0x5a, 3,    1,    'z',  0,          /*  11 query_zone */
    0x60, 0x81, 0xe2, 0xcf, 0xaa, 0x06, /*  12 response_time_sec 1700000001 */
    0x6d, 0xff, 0xc9, 0x9a, 0x3b,       /*  13 response_time_nsec 999999999 */
    0x72, 2,    'r',  'm',              /*  14 response_message */
    0x7a, 20,                           /*  15 policy */
    0x0a, 3,    'R',  'P',  'Z',        /*     1 type */
    0x12, 3,    1,    'r',  0,          /*     2 rule */
    0x18, 6,                            /*     3 action LOCAL_DATA */
    0x20, 5,                            /*     4 match NS_IP */
    0x2a, 4,    'v',  'a',  'l',  '!',  /*     5 value */
    0x80, 0x01, 3,                      /*  16 http_protocol HTTP3 */
    0x78, 1,                            /* 15 type MESSAGE */
};

/* Where the bytes of the sub-messages are. */
enum { MESSAGE_AT = 14, MESSAGE_SIZE = 83, POLICY_AT = 74, POLICY_SIZE = 20 };

/* The same bytes in the same order; how they are cut into slices does not matter. */
static inline bool unknown_equal(const struct tl_dnstap_unknown *a, const struct tl_dnstap_unknown *b)
{
    uint32_t of_a = 0, of_b = 0;
    size_t at_a = 0, at_b = 0;

    for (;;) {
        for (; of_a < a->count && at_a == a->fields[of_a].size; of_a++)
            at_a = 0;
        for (; of_b < b->count && at_b == b->fields[of_b].size; of_b++)
            at_b = 0;
        if (of_a == a->count || of_b == b->count)
            return of_a == a->count && of_b == b->count;
        if (a->fields[of_a].data[at_a++] != b->fields[of_b].data[at_b++])
            return false;
    }
}

static inline bool dnstap_equal(const struct tl_dnstap *a, const struct tl_dnstap *b)
{
    return a->present == b->present && tl_bytes_equal(a->identity, b->identity) &&
           tl_bytes_equal(a->version, b->version) && tl_bytes_equal(a->extra, b->extra) &&
           a->type == b->type && a->message_type == b->message_type && a->socket_family == b->socket_family &&
           a->socket_protocol == b->socket_protocol && a->http_protocol == b->http_protocol &&
           tl_bytes_equal(a->query_address, b->query_address) &&
           tl_bytes_equal(a->response_address, b->response_address) && a->query_port == b->query_port &&
           a->response_port == b->response_port && a->query_time_sec == b->query_time_sec &&
           a->query_time_nsec == b->query_time_nsec && a->response_time_sec == b->response_time_sec &&
           a->response_time_nsec == b->response_time_nsec &&
           tl_bytes_equal(a->query_message, b->query_message) &&
           tl_bytes_equal(a->query_zone, b->query_zone) &&
           tl_bytes_equal(a->response_message, b->response_message) &&
           tl_bytes_equal(a->policy_type, b->policy_type) && tl_bytes_equal(a->policy_rule, b->policy_rule) &&
           a->policy_action == b->policy_action && a->policy_match == b->policy_match &&
           tl_bytes_equal(a->policy_value, b->policy_value) && unknown_equal(&a->unknown, &b->unknown) &&
           unknown_equal(&a->message_unknown, &b->message_unknown) &&
           unknown_equal(&a->policy_unknown, &b->policy_unknown);
}

#endif
