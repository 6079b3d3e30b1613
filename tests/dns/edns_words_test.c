#include "dns/wire.h"

static void options_and_errors_have_names(void **state)
{
    (void)state;
    assert_string_equal(tl_dns_option_name(3), "NSID");
    assert_string_equal(tl_dns_option_name(8), "CLIENT-SUBNET");
    assert_string_equal(tl_dns_option_name(19), "ZONEVERSION");
    assert_null(tl_dns_option_name(0));
    assert_null(tl_dns_option_name(4));
    assert_null(tl_dns_option_name(20));
    assert_null(tl_dns_option_name(65535));
    assert_string_equal(tl_dns_ede_name(0), "Other Error");
    assert_string_equal(tl_dns_ede_name(6), "DNSSEC Bogus");
    assert_string_equal(tl_dns_ede_name(30), "Invalid Query Type");
    assert_null(tl_dns_ede_name(31));
    assert_null(tl_dns_ede_name(65535));
}

static void names_parse_back(void **state)
{
    (void)state;
    for (unsigned code = 0; code <= UINT16_MAX; code++) {
        const char *option = tl_dns_option_name((uint16_t)code), *error = tl_dns_ede_name((uint16_t)code);
        uint16_t back = (uint16_t)~code;
        if (option) {
            assert_int_equal(tl_dns_option_parse(tl_bytes_of_text(option), &back), TL_OK);
            assert_int_equal(back, code);
        }
        back = (uint16_t)~code;
        if (error) {
            assert_int_equal(tl_dns_ede_parse(tl_bytes_of_text(error), &back), TL_OK);
            assert_int_equal(back, code);
        }
    }
}

static void case_and_the_kind_of_gap_do_not_matter(void **state)
{
    (void)state;
    uint16_t code;

    assert_int_equal(tl_dns_option_parse(WIRE("client-Subnet"), &code), TL_OK);
    assert_int_equal(code, 8);
    assert_int_equal(tl_dns_ede_parse(WIRE("dnssec_bogus"), &code), TL_OK);
    assert_int_equal(code, 6);
    assert_int_equal(tl_dns_ede_parse(WIRE("Stale-nxdomain_ANSWER"), &code), TL_OK);
    assert_int_equal(code, 19);
}

static void other_texts_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"",  "CLIENT SUBNET", "NSI",         "NSIDS",
                                        "3", "DNSSEC",        "DNSSECBogus", "DNSSEC Bogus "};
    uint16_t code = 77;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct guarded in = guarded_new(texts[i], strlen(texts[i]));
        assert_int_equal(tl_dns_option_parse(guarded_bytes(&in), &code), TL_BAD_TEXT);
        assert_int_equal(tl_dns_ede_parse(guarded_bytes(&in), &code), TL_BAD_TEXT);
        guarded_free(&in);
    }
    assert_int_equal(code, 77);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_and_errors_have_names),
        cmocka_unit_test(names_parse_back),
        cmocka_unit_test(case_and_the_kind_of_gap_do_not_matter),
        cmocka_unit_test(other_texts_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
