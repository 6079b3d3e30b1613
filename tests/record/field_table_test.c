#include "record/field.h"

#include "proof/test.h"

#include <stdio.h>

static void every_name_parses_back(void **state)
{
    (void)state;
    for (unsigned i = 0; i < FIELDS; i++) {
        enum field found = FIELDS;
        const struct field_description *description = field_describe((enum field)i);
        assert_true(field_parse(tl_bytes_of_text(description->name), &found));
        assert_int_equal(found, i);
        assert_int_equal(field_nearest(tl_bytes_of_text(description->name)), i);
        assert_true(description->sentence && *description->sentence);
        assert_true(strlen(description->name) <= 25);
    }
}

static void other_names_are_none(void **state)
{
    (void)state;
    static const char *const names[] = {"", "qnam", "qnames", "QNAME", "qname ", "client.", ".port"};
    enum field found = FIELD_ZONE;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        assert_false(field_parse(tl_bytes_of_text(names[i]), &found));
    assert_false(field_parse(tl_bytes("qname\0", 6), &found));
    assert_int_equal(found, FIELD_ZONE);
}

static void check_nearest(const char *name, enum field expected)
{
    assert_int_equal(field_nearest(tl_bytes_of_text(name)), expected);
}

static void a_slip_is_near(void **state)
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
}

static void what_is_far_is_not_guessed(void **state)
{
    (void)state;
    check_nearest("", FIELDS);
    check_nearest("x", FIELDS);
    check_nearest("xyzzy", FIELDS);
    check_nearest("destination", FIELDS);
    check_nearest("answer.addressanswer.addressanswer.address", FIELDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name_parses_back),
        cmocka_unit_test(other_names_are_none),
        cmocka_unit_test(a_slip_is_near),
        cmocka_unit_test(keys_of_the_json_are_known),
        cmocka_unit_test(what_is_far_is_not_guessed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
