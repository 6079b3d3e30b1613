#include "proof/guarded.h"
#include "proof/test.h"

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

#define assert_slice(slice, literal)                                                                         \
    do {                                                                                                     \
        assert_int_equal((slice).size, sizeof(literal) - 1);                                                 \
        assert_memory_equal((slice).data, literal, sizeof(literal) - 1);                                     \
    } while (0)

static void every_field_arrives(void **state)
{
    (void)state;
    struct guarded in = guarded_new(every_field, sizeof(every_field));
    struct tl_dnstap dnstap;
    struct tl_dnstap_error error = {77, "untouched"};

    assert_int_equal(tl_dnstap_decode(tl_bytes(in.data, in.size), &dnstap, &error), TL_OK);
    assert_int_equal(error.offset, 77);
    assert_int_equal(dnstap.present, (1u << TL_DNSTAP_FIELDS) - 1);
    assert_slice(dnstap.identity, "id");
    assert_slice(dnstap.version, "v");
    assert_slice(dnstap.extra, "ext");
    assert_int_equal(dnstap.type, TL_DNSTAP_TYPE_MESSAGE);
    assert_int_equal(dnstap.message_type, TL_DNSTAP_CLIENT_RESPONSE);
    assert_int_equal(dnstap.socket_family, 2);
    assert_int_equal(dnstap.socket_protocol, TL_DNSTAP_DOH);
    assert_int_equal(dnstap.http_protocol, 3);
    assert_slice(dnstap.query_address, "\xc0\0\2\1");
    assert_slice(dnstap.response_address, "\xc0\0\2\x35");
    assert_int_equal(dnstap.query_port, 1234);
    assert_int_equal(dnstap.response_port, 53);
    assert_int_equal(dnstap.query_time_sec, 1700000000);
    assert_int_equal(dnstap.query_time_nsec, 123456789);
    assert_int_equal(dnstap.response_time_sec, 1700000001);
    assert_int_equal(dnstap.response_time_nsec, 999999999);
    assert_slice(dnstap.query_message, "qm");
    assert_slice(dnstap.query_zone, "\1z\0");
    assert_slice(dnstap.response_message, "rm");
    assert_slice(dnstap.policy_type, "RPZ");
    assert_slice(dnstap.policy_rule, "\1r\0");
    assert_int_equal(dnstap.policy_action, 6);
    assert_int_equal(dnstap.policy_match, 5);
    assert_slice(dnstap.policy_value, "val!");
    assert_int_equal(dnstap.unknown.count + dnstap.message_unknown.count + dnstap.policy_unknown.count, 0);
    assert_ptr_equal(dnstap.identity.data, in.data + 2);
    guarded_free(&in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_field_arrives)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
