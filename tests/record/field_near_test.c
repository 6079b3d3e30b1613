#include "record/field.h"

#include "proof/test.h"

static void check_nearest(const char *name, enum field expected)
{
    assert_int_equal(field_nearest(tl_bytes_of_text(name)), expected);
}

static void a_slip_in_a_name_is_near(void **state)
{
    (void)state;
    check_nearest("qnane", FIELD_QNAME);
    check_nearest("qnmae", FIELD_QNAME);
    check_nearest("QName", FIELD_QNAME);
    check_nearest("rcod", FIELD_RCODE);
    check_nearest("rrcode", FIELD_RCODE);
    check_nearest("client_port", FIELD_CLIENT_PORT);
    check_nearest("clientport", FIELD_CLIENT_PORT);
    check_nearest("edns.optoin", FIELD_EDNS_OPTION);
    check_nearest("tpye", FIELD_TYPE);
}

static void keys_of_the_json_are_known(void **state)
{
    (void)state;
    check_nearest("query_address", FIELD_CLIENT);
    check_nearest("socket_protocol", FIELD_PROTO);
    check_nearest("query_zone", FIELD_ZONE);
    check_nearest("response_message.rcode", FIELD_RCODE);
    check_nearest("query_message.size", FIELD_QUERY_SIZE);
    check_nearest("query_message.question[0].name", FIELD_QNAME);
    check_nearest("response_message.question.type", FIELD_QTYPE);
    check_nearest("response_message.answer[].ttl", FIELD_ANSWER_TTL);
    check_nearest("response_message.edns.udp_size", FIELD_EDNS_UDP_SIZE);
    check_nearest("response_message", FIELDS);
}

static void names_of_other_programs_are_known(void **state)
{
    (void)state;
    check_nearest("src", FIELD_CLIENT);
    check_nearest("Source", FIELD_CLIENT);
    check_nearest("destination", FIELD_SERVER);
    check_nearest("dport", FIELD_SERVER_PORT);
    check_nearest("rtt", FIELD_LATENCY);
}

static void names_that_are_far_are_not_guessed(void **state)
{
    (void)state;
    check_nearest("", FIELDS);
    check_nearest("x", FIELDS);
    check_nearest("xyzzy", FIELDS);
    check_nearest("answer.addressanswer.addressanswer.address", FIELDS);
}

static const char *near(enum field field, const char *text)
{
    static char word[FIELD_WORD_SIZE];

    return field_word_nearest(field, tl_bytes_of_text(text), word) ? word : "";
}

static void a_slip_in_a_word_is_near(void **state)
{
    (void)state;
    assert_string_equal(near(FIELD_RCODE, "NXDOMIAN"), "NXDOMAIN");
    assert_string_equal(near(FIELD_RCODE, "servfial"), "SERVFAIL");
    assert_string_equal(near(FIELD_QTYPE, "AAA"), "AAAA");
    assert_string_equal(near(FIELD_QTYPE, "CNAM"), "CNAME");
    assert_string_equal(near(FIELD_TYPE, "CLIENTQUERY"), "CLIENT_QUERY");
    assert_string_equal(near(FIELD_PROTO, "UPD"), "UDP");
    assert_string_equal(near(FIELD_FLAGS, "rdd"), "rd");
    assert_string_equal(near(FIELD_EDNS_FLAGS, "dox"), "do");
    assert_string_equal(near(FIELD_EDNS_OPTION, "COOKIES"), "COOKIE");
    assert_string_equal(near(FIELD_TYPE, "CLIENT"), "CLIENT_QUERY");
    assert_string_equal(near(FIELD_EDNS_OPTION, "client"), "CLIENT-SUBNET");
    assert_string_equal(near(FIELD_HTTP, "HTTP"), "HTTP1");
    assert_string_equal(near(FIELD_PAIR, "unawnsered"), "unanswered");
}

static void words_that_are_far_are_not_guessed(void **state)
{
    (void)state;
    assert_string_equal(near(FIELD_RCODE, "banana"), "");
    assert_string_equal(near(FIELD_RCODE, ""), "");
    assert_string_equal(near(FIELD_FLAGS, "xyzzy"), "");
    assert_string_equal(near(FIELD_PROTO, "a-word-that-is-longer-than-forty-letters-is"), "");
    /* nor forms that are only a number */
    assert_string_equal(near(FIELD_QTYPE, "TYP65400"), "");
    assert_string_equal(near(FIELD_QCLASS, "CLAS12345"), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slip_in_a_name_is_near),
        cmocka_unit_test(keys_of_the_json_are_known),
        cmocka_unit_test(names_of_other_programs_are_known),
        cmocka_unit_test(names_that_are_far_are_not_guessed),
        cmocka_unit_test(a_slip_in_a_word_is_near),
        cmocka_unit_test(words_that_are_far_are_not_guessed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
