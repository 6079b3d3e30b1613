/* Records that the tests of this room share, and the DNS messages in them. */
#ifndef PRINT_SAMPLE_H
#define PRINT_SAMPLE_H

#include "record/record.h"

/* www.example.test/IN/A, and its answer. */
static const uint8_t query_wire[] = {0x12, 0x34, 1,   0,   0,   1,   0,   0,   0,   0,   0,   0,
                                     3,    'w',  'w', 'w', 7,   'e', 'x', 'a', 'm', 'p', 'l', 'e',
                                     4,    't',  'e', 's', 't', 0,   0,   1,   0,   1};
static const uint8_t response_wire[] = {0x12, 0x34, 0x81, 0x80, 0,    1,   0,   1,   0,    0,   0,   0, 3,
                                        'w',  'w',  'w',  7,    'e',  'x', 'a', 'm', 'p',  'l', 'e', 4, 't',
                                        'e',  's',  't',  0,    0,    1,   0,   1,   0xc0, 12,  0,   1, 0,
                                        1,    0,    0,    1,    0x2c, 0,   4,   192, 0,    2,   1};

static const uint8_t v4_client[] = {198, 51, 100, 7};
static const uint8_t v4_server[] = {192, 0, 2, 53};

/* What both forms of YAML have of `sample`; of the query, up to its question, and as text. */
#define YAML_OF_SOCKET                                                                                       \
    "  socket_family: INET\n"                                                                                \
    "  socket_protocol: UDP\n"                                                                               \
    "  query_address: \"198.51.100.7\"\n"                                                                    \
    "  response_address: \"192.0.2.53\"\n"                                                                   \
    "  query_port: 40000\n"                                                                                  \
    "  response_port: 53\n"
#define YAML_OF_QUERY_DATA                                                                                   \
    "  query_message_data:\n"                                                                                \
    "    opcode: QUERY\n"                                                                                    \
    "    status: NOERROR\n"                                                                                  \
    "    id: 4660\n"                                                                                         \
    "    flags: rd\n"                                                                                        \
    "    QUESTION: 1\n"                                                                                      \
    "    ANSWER: 0\n"                                                                                        \
    "    AUTHORITY: 0\n"                                                                                     \
    "    ADDITIONAL: 0\n"                                                                                    \
    "    QUESTION_SECTION:\n"
#define YAML_OF_QUERY_TEXT                                                                                   \
    "  query_message: |\n"                                                                                   \
    "    ;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id:   4660\n"                                       \
    "    ;; flags: rd    ; QUESTION: 1, ANSWER: 0, AUTHORITY: 0, ADDITIONAL: 0\n"                            \
    "    ;; QUESTION SECTION:\n"                                                                             \
    "    ;www.example.test.\t\tIN\tA\n"                                                                      \
    "    \n"

#define HAS(field) (1u << TL_DNSTAP_F_##field)

/* A complete record of this type, over UDP and IPv4. */
static inline struct record sample(int32_t message_type)
{
    struct record record = {.status = TL_OK};
    struct tl_dnstap *dnstap = &record.dnstap;

    dnstap->present = HAS(TYPE) | HAS(MESSAGE) | HAS(MESSAGE_TYPE) | HAS(SOCKET_FAMILY) |
                      HAS(SOCKET_PROTOCOL) | HAS(QUERY_ADDRESS) | HAS(RESPONSE_ADDRESS) | HAS(QUERY_PORT) |
                      HAS(RESPONSE_PORT) | HAS(QUERY_TIME_SEC) | HAS(QUERY_TIME_NSEC) |
                      HAS(RESPONSE_TIME_SEC) | HAS(RESPONSE_TIME_NSEC) | HAS(QUERY_MESSAGE) |
                      HAS(RESPONSE_MESSAGE);
    dnstap->type = TL_DNSTAP_TYPE_MESSAGE;
    dnstap->message_type = message_type;
    dnstap->socket_family = 1;
    dnstap->socket_protocol = TL_DNSTAP_UDP;
    dnstap->query_address = tl_bytes(v4_client, 4);
    dnstap->response_address = tl_bytes(v4_server, 4);
    dnstap->query_port = 40000;
    dnstap->response_port = 53;
    dnstap->query_time_sec = 1700000000;
    dnstap->query_time_nsec = 123456789;
    dnstap->response_time_sec = 1700000001;
    dnstap->response_time_nsec = 999999999;
    dnstap->query_message = tl_bytes(query_wire, sizeof(query_wire));
    dnstap->response_message = tl_bytes(response_wire, sizeof(response_wire));
    return record;
}

#endif
