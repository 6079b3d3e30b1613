/* A frame that was made up, taken apart again by the library, to the last byte: any fault fails the test. */
#ifndef TESTS_GENERATE_PARSED_H
#define TESTS_GENERATE_PARSED_H

#include "proof/test.h"

#include <tapline/dns.h>
#include <tapline/dnstap.h>

struct parsed {
    struct tl_dnstap dnstap;
    struct tl_dns dns;
    struct tl_bytes wire;
    struct tl_dns_record question;
    char name[TL_DNS_NAME_TEXT_SIZE];
    size_t name_length;
    unsigned rcode;
    unsigned answers;     /* records of the answer section that are no RRSIG */
    uint16_t last_answer; /* type of the last one of them */
};

static inline void parse_records(struct parsed *parsed)
{
    static char text[1 << 20];
    struct tl_dns_cursor at = tl_dns_records(&parsed->dns);
    struct tl_dns_record record;
    enum tl_status status;

    while ((status = tl_dns_next_record(&at, &record)) == TL_OK) {
        if (record.section == TL_DNS_QUESTION)
            continue;
        struct tl_builder builder = tl_builder(text, sizeof(text));
        if (record.type != 41)
            assert_int_equal(tl_dns_rdata_print(&parsed->dns, &record, &builder), TL_OK);
        if (record.section == TL_DNS_ANSWER && record.type != 46) {
            parsed->answers++;
            parsed->last_answer = record.type;
            assert_true(record.ttl > 0);
        }
    }
    assert_int_equal(status, TL_END);
    assert_int_equal(at.offset, parsed->wire.size);
}

static inline void parse_frame(struct tl_bytes frame, struct parsed *parsed)
{
    struct tl_dnstap *dnstap = &parsed->dnstap;
    uint8_t again[8192];

    assert_int_equal(tl_dnstap_decode(frame, dnstap, NULL), TL_OK);
    assert_int_equal(dnstap->unknown.count + dnstap->message_unknown.count, 0);
    assert_int_equal(tl_dnstap_size(dnstap), frame.size);
    assert_int_equal(tl_dnstap_encode(dnstap, again, sizeof(again)), TL_OK);
    assert_memory_equal(again, frame.data, frame.size);

    parsed->wire =
        tl_dnstap_is_query(dnstap->message_type) ? dnstap->query_message : dnstap->response_message;
    parsed->answers = 0;
    parsed->last_answer = 0;
    assert_int_equal(tl_dns_open(parsed->wire, &parsed->dns), TL_OK);
    assert_int_equal(parsed->dns.count[TL_DNS_QUESTION], 1);
    assert_int_equal(tl_dns_question(&parsed->dns, &parsed->question), TL_OK);
    assert_int_equal(
        tl_dns_name_print(parsed->wire, parsed->question.name, parsed->name, &parsed->name_length, NULL),
        TL_OK);
    parsed->rcode = tl_dns_rcode(&parsed->dns);
    parse_records(parsed);
}

#endif
