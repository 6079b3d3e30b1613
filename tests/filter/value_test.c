#include "filter/value.h"

#include "proof/test.h"

static struct filter_value value;
static char why[FILTER_WHY_SIZE];

static bool parse(enum field field, const char *text)
{
    return filter_value_parse(field, true, tl_bytes_of_text(text), &value, why);
}

static void a_value_goes_by_its_field(void **state)
{
    (void)state;
    assert_true(parse(FIELD_CONNECTION, "18446744073709551615") && value.number == UINT64_MAX);
    assert_true(parse(FIELD_CLIENT_PORT, "007") && value.number == 7);
    assert_true(parse(FIELD_ID, "65535") && value.number == 65535);
    assert_true(parse(FIELD_CLIENT_PORT, "4294967295")); /* a frame may claim as much */
    assert_true(parse(FIELD_SIZE, "4KiB") && value.number == 4096);
    assert_true(parse(FIELD_LATENCY, "500us") && value.number == 500000);
    assert_true(parse(FIELD_LATENCY, "0") && value.number == 0);
    assert_true(parse(FIELD_RCODE, "nxdomain") && value.number == 3);
    assert_true(parse(FIELD_QTYPE, "TYPE65400") && value.number == 65400);
    assert_true(parse(FIELD_TYPE, "CQ") && value.number == TL_DNSTAP_CLIENT_QUERY);
    assert_true(parse(FIELD_FLAGS, "aa") && value.number == TL_DNS_AA);
    assert_true(parse(FIELD_QNAME, "a.B.") && value.name_size == 5);
    assert_memory_equal(value.name, "\1a\1B\0", 5);
    assert_true(parse(FIELD_QNAME, ".") && value.name_size == 1);
    assert_true(parse(FIELD_QNAME, "a\\ b\\032") && value.name_size == 6);
    assert_memory_equal(value.name, "\4a b \0", 6);
    assert_true(parse(FIELD_CLIENT, "::ffff:10.0.0.0/104"));
    assert_true(value.range.first.low == UINT64_C(0xffff0a000000) &&
                value.range.last.low == UINT64_C(0xffff0affffff));
    assert_true(parse(FIELD_IDENTITY, "any thing") && value.text.size == 9);
    assert_true(parse(FIELD_TIME, "2026-11-26T10:00") && value.time.seconds == 1795687200);
    assert_true(parse(FIELD_TIME, "10m ago") && value.time.seconds > 1700000000);
}

static void what_is_none_is_refused_with_a_hint(void **state)
{
    static const struct {
        enum field field;
        const char *text, *why;
    } wrong[] = {
        {FIELD_CLIENT_PORT, "", "\"\" is no number"},
        {FIELD_CLIENT_PORT, "5 ", "\"5 \" is no number"},
        {FIELD_CLIENT_PORT, "18446744073709551616", "\"18446744073709551616\" is no number"},
        {FIELD_SIZE, "4 KiB", "\"4 KiB\" is no size; write for example 512 or 4KiB"},
        {FIELD_LATENCY, "1.5ms", "\"1.5ms\" is no duration; write for example 10ms or 500us"},
        {FIELD_RCODE, "4096", "rcode is never \"4096\"; tapline read --list-fields=rcode shows its words"},
        {FIELD_HTTP, "SPDY", "http is never \"SPDY\", but HTTP1, HTTP2, HTTP3"},
        {FIELD_TYPE, "CLIENT", "type is never \"CLIENT\"; did you mean CLIENT_QUERY?"},
        {FIELD_ID, "65536", "id is at most 65535"},
        {FIELD_EDNS_VERSION, "256", "edns.version is at most 255"},
        {FIELD_QNAME, "*.example.com",
         "\"*.example.com\" is no DNS name; \"under\" takes a domain without it, ~ takes patterns, and a "
         "\"*\" "
         "itself is written \\*"},
        {FIELD_QNAME, "||a^", "\"||a^\" is no DNS name; if \"|\" is in it, that is written \\|"},
        {FIELD_QNAME, "a\001", "\"a\\x01\" is no DNS name; if byte 1 is in it, that is written \\001"},
        {FIELD_OPCODE, "UPDAET", "opcode is never \"UPDAET\"; did you mean UPDATE?"},
        {FIELD_QNAME, "a b..",
         "\"a b..\" is no DNS name; one name stands alone, and a blank in it is written \"\\ \""},
        {FIELD_QNAME, "0.0.0.0 a.example",
         "\"0.0.0.0 a.example\" is no DNS name; one name stands alone, and a blank in it is written \"\\ \""},
        {FIELD_QNAME, "a\\\\\tb", "\"a\\\\ b\" is no DNS name; if byte 9 is in it, that is written \\009"},
        {FIELD_CLIENT, "fe80::1%eth0",
         "\"fe80::1%eth0\" is no address; write for example 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32"},
        {FIELD_SIZE, "a text that is much longer than what is shown of it in an error",
         "\"a text that is much longer than what is show...\" is no size; write for example 512 or 4KiB"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_false(parse(wrong[i].field, wrong[i].text));
        assert_string_equal(why, wrong[i].why);
    }
    assert_false(filter_value_parse(FIELD_CLIENT_PORT, true, tl_bytes("5\0", 2), &value, why));
    assert_true(filter_value_parse(FIELD_EXTRA, true, tl_bytes("5\0", 2), &value, why));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_goes_by_its_field),
        cmocka_unit_test(what_is_none_is_refused_with_a_hint),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
