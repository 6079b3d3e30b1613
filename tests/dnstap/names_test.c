#include "proof/test.h"

#include <tapline/dnstap.h>

#include <stdlib.h>

typedef const char *name_function(int32_t number);

/* `words` are those for 1, 2, ...; all other numbers must have none. */
static void check_words(name_function *name, const char *const *words, int32_t count)
{
    for (int32_t number = -300; number < 300; number++) {
        if (number >= 1 && number <= count)
            assert_string_equal(name(number), words[number - 1]);
        else
            assert_null(name(number));
    }
    assert_null(name(INT32_MIN));
    assert_null(name(INT32_MAX));
}

#define CHECK_WORDS(function, ...)                                                                           \
    do {                                                                                                     \
        static const char *const words[] = {__VA_ARGS__};                                                    \
        check_words(function, words, (int32_t)(sizeof(words) / sizeof(words[0])));                           \
    } while (0)

static void numbers_have_the_words_of_the_schema(void **state)
{
    (void)state;
    CHECK_WORDS(tl_dnstap_message_type_name, "AUTH_QUERY", "AUTH_RESPONSE", "RESOLVER_QUERY",
                "RESOLVER_RESPONSE", "CLIENT_QUERY", "CLIENT_RESPONSE", "FORWARDER_QUERY",
                "FORWARDER_RESPONSE", "STUB_QUERY", "STUB_RESPONSE", "TOOL_QUERY", "TOOL_RESPONSE",
                "UPDATE_QUERY", "UPDATE_RESPONSE");
    CHECK_WORDS(tl_dnstap_family_name, "INET", "INET6");
    CHECK_WORDS(tl_dnstap_protocol_name, "UDP", "TCP", "DOT", "DOH", "DNSCryptUDP", "DNSCryptTCP", "DOQ");
    CHECK_WORDS(tl_dnstap_http_name, "HTTP1", "HTTP2", "HTTP3");
    CHECK_WORDS(tl_dnstap_action_name, "NXDOMAIN", "NODATA", "PASS", "DROP", "TRUNCATE", "LOCAL_DATA");
    CHECK_WORDS(tl_dnstap_match_name, "QNAME", "CLIENT_IP", "RESPONSE_IP", "NS_NAME", "NS_IP");
}

static void odd_types_are_queries(void **state)
{
    (void)state;
    for (int32_t type = -20; type < 40; type++) {
        const char *name = tl_dnstap_message_type_name(type);
        assert_int_equal(tl_dnstap_is_query(type), name && strstr(name, "_QUERY") != NULL);
    }
}

static void fields_have_their_full_names(void **state)
{
    (void)state;
    assert_string_equal(tl_dnstap_field_name(TL_DNSTAP_F_IDENTITY), "identity");
    assert_string_equal(tl_dnstap_field_name(TL_DNSTAP_F_TYPE), "type");
    assert_string_equal(tl_dnstap_field_name(TL_DNSTAP_F_MESSAGE), "message");
    assert_string_equal(tl_dnstap_field_name(TL_DNSTAP_F_MESSAGE_TYPE), "message.type");
    assert_string_equal(tl_dnstap_field_name(TL_DNSTAP_F_RESPONSE_TIME_NSEC), "message.response_time_nsec");
    assert_string_equal(tl_dnstap_field_name(TL_DNSTAP_F_POLICY), "message.policy");
    assert_string_equal(tl_dnstap_field_name(TL_DNSTAP_F_POLICY_VALUE), "message.policy.value");
    assert_string_equal(tl_dnstap_field_name(TL_DNSTAP_F_HTTP_PROTOCOL), "message.http_protocol");
    assert_null(tl_dnstap_field_name(TL_DNSTAP_FIELDS));
    assert_null(tl_dnstap_field_name((enum tl_dnstap_field)9999));
    for (int a = 0; a < TL_DNSTAP_FIELDS; a++)
        for (int b = 0; b < a; b++)
            assert_string_not_equal(tl_dnstap_field_name((enum tl_dnstap_field)a),
                                    tl_dnstap_field_name((enum tl_dnstap_field)b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_have_the_words_of_the_schema),
        cmocka_unit_test(odd_types_are_queries),
        cmocka_unit_test(fields_have_their_full_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
