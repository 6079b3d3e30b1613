#include "record/filter_near.h"

#include "proof/test.h"

static const char *near(enum field field, const char *text)
{
    static char word[FIELD_WORD_SIZE];

    return filter_near_word(field, tl_bytes_of_text(text), word) ? word : "";
}

static void near_misses_are_recognised(void **state)
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
    assert_string_equal(near(FIELD_PAIR, "unawnsered"), "unanswered");
}

static void what_is_far_is_not_guessed(void **state)
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
        cmocka_unit_test(near_misses_are_recognised),
        cmocka_unit_test(what_is_far_is_not_guessed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
