#include "record/wire.h"

#define HAS(field) (1u << TL_DNSTAP_F_##field)

/* Every field is there, and the response is the whole message of the tests. */
static struct record everything(void)
{
    struct record record =
        record_of(WIRE(HEADER("\1", "\0", "\0", "\1") QUESTION "\0\0\x29\4\xd0\1\0\xc0\1\0\0"));
    struct tl_dnstap *dnstap = &record.dnstap;

    dnstap->present = (1u << TL_DNSTAP_FIELDS) - 1;
    dnstap->identity = WIRE("ns1");
    dnstap->version = WIRE("knot");
    dnstap->extra = WIRE("");
    dnstap->socket_family = 2;
    dnstap->socket_protocol = TL_DNSTAP_DOT;
    dnstap->http_protocol = -1;
    dnstap->query_address = WIRE("\1\2\3\4");
    dnstap->response_address = WIRE("0123456789abcdef");
    dnstap->query_port = 40000;
    dnstap->response_port = 853;
    dnstap->query_time_sec = 1700000000;
    dnstap->query_time_nsec = 999999999;
    dnstap->response_time_sec = 1700000001;
    dnstap->response_time_nsec = 1;
    dnstap->query_message = WIRE("query");
    dnstap->query_zone = WIRE("\4test\0");
    dnstap->policy_type = WIRE("RPZ");
    dnstap->policy_rule = WIRE("\1x\0");
    dnstap->policy_action = 1;
    dnstap->policy_match = 9;
    dnstap->policy_value = WIRE("v");
    record.frame = WIRE("frame");
    record.offset = 4711;
    return record;
}

static void what_the_dnstap_says(void **state)
{
    (void)state;
    struct record record = everything();

    assert_values(&record, FIELD_TYPE, "2 ");
    assert_values(&record, FIELD_FAMILY, "2 ");
    assert_values(&record, FIELD_PROTO, "3 ");
    assert_values(&record, FIELD_HTTP, "4294967295 ");
    assert_values(&record, FIELD_CLIENT, "01020304 ");
    assert_values(&record, FIELD_CLIENT_PORT, "40000 ");
    assert_values(&record, FIELD_SERVER, "30313233343536373839616263646566 ");
    assert_values(&record, FIELD_SERVER_PORT, "853 ");
    assert_values(&record, FIELD_IDENTITY, "ns1 ");
    assert_values(&record, FIELD_VERSION, "knot ");
    assert_values(&record, FIELD_EXTRA, " ");
    assert_values(&record, FIELD_ZONE, "047465737400 ");
    assert_values(&record, FIELD_POLICY_TYPE, "RPZ ");
    assert_values(&record, FIELD_POLICY_RULE, "017800 ");
    assert_values(&record, FIELD_POLICY_ACTION, "1 ");
    assert_values(&record, FIELD_POLICY_MATCH, "9 ");
    assert_values(&record, FIELD_POLICY_VALUE, "v ");
    assert_values(&record, FIELD_SIZE, "45 ");
    assert_values(&record, FIELD_QUERY_SIZE, "5 ");
    assert_values(&record, FIELD_RESPONSE_SIZE, "45 ");
    assert_values(&record, FIELD_FRAME_SIZE, "5 ");
    record.dnstap.message_type = TL_DNSTAP_AUTH_QUERY;
    assert_values(&record, FIELD_SIZE, "5 ");
}

static void times_and_what_lies_between(void **state)
{
    (void)state;
    struct record record = everything();

    assert_values(&record, FIELD_TIME, "1700000001.000000001 ");
    assert_values(&record, FIELD_QUERY_TIME, "1700000000.999999999 ");
    assert_values(&record, FIELD_RESPONSE_TIME, "1700000001.000000001 ");
    assert_values(&record, FIELD_LATENCY, "2 ");
    record.dnstap.response_time_sec--;
    assert_values(&record, FIELD_LATENCY, ""); /* seen before the query */
    record.dnstap.response_time_nsec = 999999999;
    assert_values(&record, FIELD_LATENCY, "0 ");
    record.dnstap.response_time_nsec = 1000000000;
    assert_values(&record, FIELD_RESPONSE_TIME, "");
    assert_values(&record, FIELD_LATENCY, "");
    assert_values(&record, FIELD_TIME, "1700000000.999999999 ");
    record.dnstap.present &= ~HAS(QUERY_TIME_NSEC);
    assert_values(&record, FIELD_QUERY_TIME, "");
    assert_values(&record, FIELD_TIME, "");
}

/* The latest and the earliest time there can be: more nanoseconds than 64 bits hold. */
static void a_latency_of_centuries_is_none(void **state)
{
    (void)state;
    struct record record = everything();

    record.dnstap.query_time_sec = 0;
    record.dnstap.response_time_sec = TL_TIME_SECONDS_MAX;
    assert_values(&record, FIELD_LATENCY, "");
    record.dnstap.response_time_sec = 18446744072;
    record.dnstap.query_time_nsec = 0;
    assert_values(&record, FIELD_LATENCY, "18446744072000000001 ");
}

static void what_the_message_says(void **state)
{
    (void)state;
    struct record record = everything();

    assert_values(&record, FIELD_ID, "4660 ");
    assert_values(&record, FIELD_OPCODE, "0 ");
    assert_values(&record, FIELD_RCODE, "16 ");
    assert_values(&record, FIELD_FLAGS, "34176 "); /* 0x8580 */
    assert_values(&record, FIELD_QNAME, "03775777076578616d706c65047465737400 ");
    assert_values(&record, FIELD_QNAME_SIZE, "18 ");
    assert_values(&record, FIELD_QNAME_LABELS, "3 ");
    assert_values(&record, FIELD_QTYPE, "1 ");
    assert_values(&record, FIELD_QCLASS, "1 ");
    assert_values(&record, FIELD_ANSWER, "0 ");
    assert_values(&record, FIELD_AUTHORITY, "0 ");
    assert_values(&record, FIELD_ADDITIONAL, "1 ");
    assert_values(&record, FIELD_EDNS_VERSION, "0 ");
    assert_values(&record, FIELD_EDNS_UDP_SIZE, "1232 ");
    assert_values(&record, FIELD_EDNS_FLAGS, "49153 ");
}

static void the_root_has_no_labels(void **state)
{
    (void)state;
    struct tl_bytes wire = WIRE("\0\0\x28\x0f\0\1\0\0\0\0\0\0\0\0\2\0\3");

    assert_wire_values(wire, FIELD_QNAME, "00 ");
    assert_wire_values(wire, FIELD_QNAME_SIZE, "1 ");
    assert_wire_values(wire, FIELD_QNAME_LABELS, "0 ");
    assert_wire_values(wire, FIELD_QCLASS, "3 ");
    assert_wire_values(wire, FIELD_OPCODE, "5 ");
    assert_wire_values(wire, FIELD_RCODE, "15 ");
    assert_wire_values(wire, FIELD_FLAGS, "0 ");
    assert_wire_values(wire, FIELD_EDNS_VERSION, "");
}

static void where_it_is_from(void **state)
{
    (void)state;
    struct record record = everything();
    struct record_origin origin = {"/a", {17, 1234}, "unix:", 5, 1700000000001, 1700000002034};
    struct record_origin unknown = {.place = NULL};

    assert_values(&record, FIELD_FRAME_OFFSET, "4711 ");
    assert_values(&record, FIELD_FILE, "");
    assert_values(&record, FIELD_PEER, "");
    record.origin = &origin;
    assert_values(&record, FIELD_PEER, "unix: ");
    assert_values(&record, FIELD_CONNECTION, "5 ");
    assert_values(&record, FIELD_ARRIVED, "1700000002.034000000 ");
    assert_values(&record, FIELD_RUN, "1700000000.001000000 ");
    assert_values(&record, FIELD_FILE, "/a ");
    assert_values(&record, FIELD_FRAME_NAME, "17/1234 ");
    assert_values(&record, FIELD_FRAME_OFFSET, "");
    assert_values(&record, FIELD_TIME, "1700000001.000000001 ");
    record.dnstap.present = 0;
    assert_values(&record, FIELD_TIME, "1700000002.034000000 ");
    record.origin = &unknown;
    for (enum field field = FIELD_PEER; field <= FIELD_FRAME_NAME; field++)
        assert_values(&record, field, "");
    assert_values(&record, FIELD_FRAME_OFFSET, "4711 ");
    assert_values(&record, FIELD_TIME, "");
}

/* The values of one field, with an origin and without, differ just if it is said so. */
static void what_is_of_an_origin_is_known(void **state)
{
    (void)state;
    struct record record = {.status = TL_OK}, without = record;
    struct record_origin origin = {"/a", {17, 1234}, "unix:", 5, 1700000000001, 1700000002034};
    char text[256], text_without[256];

    record.origin = &origin;
    for (unsigned i = 0; i < FIELDS; i++) {
        values_of(&record, (enum field)i, text, sizeof(text));
        values_of(&without, (enum field)i, text_without, sizeof(text_without));
        assert_int_equal(field_is_of_origin((enum field)i), strcmp(text, text_without) != 0);
    }
}

static void what_is_no_name_or_address_is_no_value(void **state)
{
    (void)state;
    struct record record = everything();

    record.dnstap.query_address = WIRE("\1\2\3");
    record.dnstap.response_address = WIRE("");
    record.dnstap.query_zone = WIRE("\4tes");
    record.dnstap.policy_rule = WIRE("\1x\0\0");
    assert_values(&record, FIELD_CLIENT, "");
    assert_values(&record, FIELD_SERVER, "");
    assert_values(&record, FIELD_ZONE, "");
    assert_values(&record, FIELD_POLICY_RULE, "");
}

static void a_record_of_nothing_has_no_values(void **state)
{
    (void)state;
    struct record record = {.status = TL_OK};

    for (unsigned i = 0; i < FIELDS; i++) {
        const char *expected = i == FIELD_FRAME_SIZE || i == FIELD_FRAME_OFFSET ? "0 " : "";
        assert_values(&record, (enum field)i, expected);
    }
}

static void what_pairing_found(void **state)
{
    (void)state;
    struct record record = everything();

    assert_values(&record, FIELD_PAIR, "");
    record.pair = RECORD_UNANSWERED;
    assert_values(&record, FIELD_PAIR, "2 ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_dnstap_says),
        cmocka_unit_test(times_and_what_lies_between),
        cmocka_unit_test(a_latency_of_centuries_is_none),
        cmocka_unit_test(what_the_message_says),
        cmocka_unit_test(the_root_has_no_labels),
        cmocka_unit_test(where_it_is_from),
        cmocka_unit_test(what_is_of_an_origin_is_known),
        cmocka_unit_test(what_is_no_name_or_address_is_no_value),
        cmocka_unit_test(a_record_of_nothing_has_no_values),
        cmocka_unit_test(what_pairing_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
