#include "dns/rdata_message.h"

#include <stdio.h>

static const struct {
    const char *type, *form;
} types[] = {
#define TYPE(number, name, class, form) {name, form},
#include "dns/types.def"
#undef TYPE
};

/* The names of the rdata with their dots, and a space behind each. */
static enum tl_status names_of(struct message *message, char *ret_text)
{
    enum tl_status status;
    unsigned index = 0;
    size_t at = 0;

    for (;;) {
        uint8_t name[TL_DNS_NAME_SIZE_MAX];
        char text[TL_DNS_NAME_TEXT_SIZE];
        size_t size, length, end;
        status = tl_dns_rdata_name(&message->dns, &message->record, index++, name, &size);
        if (status != TL_OK)
            break;
        assert_int_equal(tl_dns_name_print(tl_bytes(name, size), 0, text, &length, &end), TL_OK);
        assert_int_equal(end, size);
        at += (size_t)sprintf(ret_text + at, "%s%s ", text, strcmp(text, ".") == 0 ? "" : ".");
    }
    ret_text[at] = '\0';
    return status;
}

static unsigned names_in_form(const char *type)
{
    unsigned count = 0;

    for (size_t i = 0; i < COUNT(types); i++) {
        for (const char *letter = types[i].form; strcmp(types[i].type, type) == 0 && *letter; letter++)
            count += *letter == 'N';
    }
    return count;
}

/* Every name that a form has is found, and each stands in the text of the rdata. */
static void names_are_those_of_the_forms(void **state)
{
    (void)state;
    unsigned found = 0;

    for (size_t i = 0; i < COUNT(samples); i++) {
        struct message message =
            message_of(samples[i].type, 1, 0, tl_bytes(samples[i].wire, samples[i].size));
        char names[4096], *rest = names, *name;
        unsigned count = 0;
        assert_int_equal(names_of(&message, names), TL_END);
        while ((name = strsep(&rest, " ")) && *name) {
            assert_non_null(strstr(samples[i].text, name));
            count++;
        }
        if (strncmp(samples[i].text, "\\#", 2) != 0)
            assert_int_equal(count, names_in_form(samples[i].type));
        found += count;
        guarded_free(&message.wire);
    }
    assert_true(found > 50);
}

static void check_names(const char *type, uint16_t rclass, struct tl_bytes rdata, const char *expected,
                        enum tl_status status)
{
    struct message message = message_of(type, rclass, 0, rdata);
    char names[4096];

    assert_int_equal(names_of(&message, names), status);
    assert_string_equal(names, expected);
    guarded_free(&message.wire);
}

static void names_may_be_compressed(void **state)
{
    (void)state;
    check_names("MX", 1, WIRE("\0\1\2mx\xc0\x0c"), "mx.a.test. ", TL_END);
    check_names("SOA", 1,
                WIRE("\xc0\x0c\1r\xc0\x0e"
                     "01234567890123456789"),
                "a.test. r.test. ", TL_END);
    check_names("A", 3, WIRE("\1c\0\1\1"), "c. ", TL_END); /* of CHAOS */
    check_names("SVCB", 3, WIRE("\0\1\1c\0"), "", TL_END); /* not of CHAOS */
}

static void what_stands_before_a_fault_is_found(void **state)
{
    (void)state;
    check_names("SOA", 1, WIRE("\1m\0\1r"), "m. ", TL_BAD_RDATA);
    check_names("MX", 1, WIRE("\0"), "", TL_BAD_RDATA);
    check_names("MX", 1, WIRE(""), "", TL_BAD_RDATA);
    check_names("NAPTR", 1, WIRE("\0\1\0\1\0\0\5ab"), "", TL_BAD_RDATA);
    check_names("NS", 1, WIRE("\xc0\x7f"), "", TL_BAD_RDATA);
    check_names("TXT", 1, WIRE("\1n"), "", TL_END);
}

static void addresses_are_whole_rdata(void **state)
{
    (void)state;
    struct message message = message_of("A", 1, 0, WIRE("\1\2\3\4"));
    struct tl_bytes found = WIRE("untouched");

    assert_int_equal(tl_dns_rdata_address(&message.record, &found), TL_OK);
    assert_ptr_equal(found.data, message.record.rdata.data);
    assert_int_equal(found.size, 4);
    guarded_free(&message.wire);
    message = message_of("AAAA", 1, 0, WIRE("0123456789abcdef"));
    assert_int_equal(tl_dns_rdata_address(&message.record, &found), TL_OK);
    assert_int_equal(found.size, 16);
    guarded_free(&message.wire);
    message = message_of("A", 4, 0, WIRE("\1\2\3\4")); /* Hesiod */
    assert_int_equal(tl_dns_rdata_address(&message.record, &found), TL_OK);
    guarded_free(&message.wire);
    found = WIRE("untouched");
    message = message_of("A", 1, 0, WIRE("\1\2\3"));
    assert_int_equal(tl_dns_rdata_address(&message.record, &found), TL_BAD_RDATA);
    guarded_free(&message.wire);
    message = message_of("AAAA", 1, 0, WIRE("\1\2\3\4"));
    assert_int_equal(tl_dns_rdata_address(&message.record, &found), TL_BAD_RDATA);
    guarded_free(&message.wire);
    message = message_of("A", 3, 0, WIRE("\0\1\1\1"));
    assert_int_equal(tl_dns_rdata_address(&message.record, &found), TL_END);
    guarded_free(&message.wire);
    message = message_of("L32", 1, 0, WIRE("\0\1\1\2\3\4"));
    assert_int_equal(tl_dns_rdata_address(&message.record, &found), TL_END);
    guarded_free(&message.wire);
    assert_int_equal(found.size, 9);
}

static void check_parameters(const char *type, struct tl_bytes rdata, enum tl_status status,
                             struct tl_bytes expected)
{
    struct message message = message_of(type, 1, 0, rdata);
    struct tl_bytes found = WIRE("untouched");

    assert_int_equal(tl_dns_rdata_parameters(&message.dns, &message.record, &found), status);
    assert_true(tl_bytes_equal(found, status == TL_OK ? expected : WIRE("untouched")));
    guarded_free(&message.wire);
}

static void parameters_stand_behind_the_target(void **state)
{
    (void)state;
    check_parameters("HTTPS", WIRE("\0\1\0\0\3\0\2\1\xbb"), TL_OK, WIRE("\0\3\0\2\1\xbb"));
    check_parameters("SVCB", WIRE("\0\1\1x\xc0\x0crest"), TL_OK, WIRE("rest"));
    check_parameters("SVCB", WIRE("\0\0\0"), TL_OK, WIRE(""));
    check_parameters("SVCB", WIRE("\0\0"), TL_BAD_RDATA, WIRE(""));
    check_parameters("SVCB", WIRE("\0\0\2x"), TL_BAD_RDATA, WIRE(""));
    check_parameters("SVCB", WIRE(""), TL_BAD_RDATA, WIRE(""));
    check_parameters("MX", WIRE("\0\0\0"), TL_END, WIRE(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_those_of_the_forms),        cmocka_unit_test(names_may_be_compressed),
        cmocka_unit_test(what_stands_before_a_fault_is_found), cmocka_unit_test(addresses_are_whole_rdata),
        cmocka_unit_test(parameters_stand_behind_the_target),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
