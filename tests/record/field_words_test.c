#include "record/field.h"

#include "proof/guarded.h"
#include "proof/test.h"

#include <ctype.h>

/* Prints into memory of exactly FIELD_WORD_SIZE bytes before an unreadable page. */
static void check_print(enum field field, uint64_t number, const char *expected)
{
    uint8_t filler[FIELD_WORD_SIZE];
    memset(filler, 'x', sizeof(filler));
    struct guarded out = guarded_new(filler, sizeof(filler));

    assert_int_equal(field_word_print(field, number, (char *)out.data), strlen(expected));
    assert_string_equal((char *)out.data, expected);
    guarded_free(&out);
}

static void check_parse(enum field field, const char *text, uint64_t expected)
{
    struct guarded in = guarded_new(text, strlen(text));
    uint64_t found = ~expected;

    assert_true(field_word_parse(field, tl_bytes(in.data, in.size), &found));
    assert_int_equal(found, expected);
    guarded_free(&in);
}

static void check_none(enum field field, const char *text)
{
    struct guarded in = guarded_new(text, strlen(text));
    uint64_t found = 77;

    assert_false(field_word_parse(field, tl_bytes(in.data, in.size), &found));
    assert_int_equal(found, 77);
    guarded_free(&in);
}

static void numbers_have_words(void **state)
{
    (void)state;
    check_print(FIELD_TYPE, 5, "CLIENT_QUERY");
    check_print(FIELD_TYPE, 99, "99");
    check_print(FIELD_TYPE, UINT32_MAX, "-1");
    check_print(FIELD_TYPE, 0x80000000u, "-2147483648");
    check_print(FIELD_FAMILY, 2, "INET6");
    check_print(FIELD_PROTO, 5, "DNSCryptUDP");
    check_print(FIELD_HTTP, 3, "HTTP3");
    check_print(FIELD_POLICY_ACTION, 6, "LOCAL_DATA");
    check_print(FIELD_POLICY_MATCH, 4, "NS_NAME");
    check_print(FIELD_PAIR, RECORD_ANSWERED, "answered");
    check_print(FIELD_PAIR, RECORD_UNASKED, "unasked");
    check_print(FIELD_QTYPE, 28, "AAAA");
    check_print(FIELD_ANSWER_TYPE, 65400, "TYPE65400");
    check_print(FIELD_QCLASS, 42, "CLASS42");
    check_print(FIELD_RCODE, 3, "NXDOMAIN");
    check_print(FIELD_RCODE, 4095, "4095");
    check_print(FIELD_OPCODE, 4, "NOTIFY");
    check_print(FIELD_EDNS_OPTION, 10, "COOKIE");
    check_print(FIELD_EDNS_OPTION, 4, "4");
    check_print(FIELD_EDNS_EDE, 6, "DNSSEC-Bogus");
    check_print(FIELD_EDNS_EDE, 27, "Unsupported-NSEC3-Iterations-Value");
    check_print(FIELD_EDNS_EDE, 65535, "65535");
    check_print(FIELD_FLAGS, TL_DNS_QR, "qr");
    check_print(FIELD_EDNS_FLAGS, 0x4000, "co");
    check_print(FIELD_EDNS_FLAGS, 0x1a, "0x001a");
}

static void words_have_numbers(void **state)
{
    (void)state;
    check_parse(FIELD_TYPE, "client_query", 5);
    check_parse(FIELD_TYPE, "AQ", 1);
    check_parse(FIELD_TYPE, "AR", 2);
    check_parse(FIELD_TYPE, "cq", 5);
    check_parse(FIELD_TYPE, "UR", 14);
    check_parse(FIELD_TYPE, "-1", UINT32_MAX);
    check_parse(FIELD_TYPE, "-2147483648", 0x80000000u);
    check_parse(FIELD_PROTO, "DoT", 3);
    check_parse(FIELD_PROTO, "dnscrypttcp", 6);
    check_parse(FIELD_PAIR, "Unanswered", RECORD_UNANSWERED);
    check_parse(FIELD_QTYPE, "https", 65);
    check_parse(FIELD_QTYPE, "TYPE65", 65);
    check_parse(FIELD_QTYPE, "65", 65);
    check_parse(FIELD_QCLASS, "ch", 3);
    check_parse(FIELD_RCODE, "nxdomain", 3);
    check_parse(FIELD_RCODE, "4095", 4095);
    check_parse(FIELD_OPCODE, "update", 5);
    check_parse(FIELD_EDNS_OPTION, "client-subnet", 8);
    check_parse(FIELD_EDNS_OPTION, "0xfffF", 65535);
    check_parse(FIELD_EDNS_EDE, "dnssec bogus", 6);
    check_parse(FIELD_EDNS_EDE, "DNSSEC_Bogus", 6);
    check_parse(FIELD_EDNS_EDE, "blocked", 15);
    check_parse(FIELD_FLAGS, "QR", TL_DNS_QR);
    check_parse(FIELD_FLAGS, "cd", TL_DNS_CD);
    check_parse(FIELD_EDNS_FLAGS, "do", 0x8000);
    check_parse(FIELD_EDNS_FLAGS, "0x0001", 1);
}

static void what_everybody_says_is_known(void **state)
{
    (void)state;
    check_parse(FIELD_EDNS_OPTION, "ECS", 8);
    check_parse(FIELD_PROTO, "tls", TL_DNSTAP_DOT);
    check_parse(FIELD_PROTO, "HTTPS", TL_DNSTAP_DOH);
    check_parse(FIELD_PROTO, "QUIC", TL_DNSTAP_DOQ);
    check_parse(FIELD_QTYPE, "HTTPS", 65);
    check_none(FIELD_QTYPE, "ECS");
}

/* The words that field_next_word gives are those that are printed for numbers that have one. */
static void words_come_one_after_the_other(void **state)
{
    char word[FIELD_WORD_SIZE];
    uint64_t number = 0;
    unsigned count = 0;

    (void)state;
    assert_true(field_next_word(FIELD_RCODE, &number, word) && number == 0);
    assert_string_equal(word, "NOERROR");
    number = 32000;
    assert_true(field_next_word(FIELD_QTYPE, &number, word) && number == 32768); /* TA */
    number = 4;
    assert_false(field_next_word(FIELD_HTTP, &number, word));
    assert_int_equal(number, 4);
    for (number = 0; field_next_word(FIELD_FLAGS, &number, word); number++)
        count++;
    assert_int_equal(count, 8);
    for (count = 0, number = 0; field_next_word(FIELD_HTTP, &number, word); number++)
        count++;
    assert_int_equal(count, 3);
    for (number = 0; field_next_word(FIELD_OPCODE, &number, word); number++)
        assert_true(number < 7);
    number = 0;
    assert_false(field_next_word(FIELD_QNAME, &number, word));
    assert_false(field_next_word(FIELD_ID, &number, word));
}

static void other_texts_are_none(void **state)
{
    (void)state;
    for (unsigned i = 0; i < FIELDS; i++) {
        enum field_kind kind = field_describe((enum field)i)->kind;
        if (kind != FIELD_KIND_WORD && kind != FIELD_KIND_FLAGS)
            continue;
        check_none((enum field)i, "");
        check_none((enum field)i, "no such word");
        check_none((enum field)i, "1x");
        check_none((enum field)i, "0x");
        check_none((enum field)i, "-");
        check_none((enum field)i, "4294967296");
        check_none((enum field)i, "18446744073709551617");
    }
    check_none(FIELD_TYPE, "QA");
    check_none(FIELD_TYPE, "AQR");
    check_none(FIELD_TYPE, "-2147483649");
    check_none(FIELD_QTYPE, "65536");
    check_none(FIELD_QTYPE, "-1");
    check_none(FIELD_QTYPE, "CQ");
    check_none(FIELD_RCODE, "4096");
    check_none(FIELD_OPCODE, "16");
    check_none(FIELD_PAIR, "4");
    check_none(FIELD_FLAGS, "do");
    check_none(FIELD_EDNS_FLAGS, "qr");
}

static void every_word_parses_back(void **state)
{
    (void)state;
    for (unsigned i = 0; i < FIELDS; i++) {
        enum field field = (enum field)i;
        uint64_t max = field == FIELD_OPCODE ? 15 : field == FIELD_RCODE ? 4095 : UINT16_MAX;

        if (field_describe(field)->kind != FIELD_KIND_WORD || field == FIELD_PAIR)
            continue;
        for (uint64_t number = 0; number <= max; number++) {
            char text[FIELD_WORD_SIZE];
            uint64_t found = ~number;
            size_t size = field_word_print(field, number, text);
            assert_true(size > 0 && size < FIELD_WORD_SIZE);
            for (size_t at = 0; at < size; at++)
                assert_true(isgraph(text[at]) && text[at] != ',' && text[at] != '"');
            assert_true(field_word_parse(field, tl_bytes(text, size), &found));
            assert_int_equal(found, number);
        }
    }
}

static void flags_come_off_one_by_one(void **state)
{
    (void)state;
    static const uint64_t order[] = {0x8000, 0x400, 0x200, 0x100, 0x80, 0x40, 0x20, 0x10};
    uint64_t set = 0x87f0;

    for (size_t i = 0; i < 8; i++)
        assert_int_equal(field_next_flag(FIELD_FLAGS, &set), order[i]);
    assert_int_equal(set, 0);
    assert_int_equal(field_next_flag(FIELD_FLAGS, &set), 0);
    set = 0xc003;
    assert_int_equal(field_next_flag(FIELD_EDNS_FLAGS, &set), 0x8000);
    assert_int_equal(field_next_flag(FIELD_EDNS_FLAGS, &set), 0x4000);
    assert_int_equal(field_next_flag(FIELD_EDNS_FLAGS, &set), 3);
    assert_int_equal(field_next_flag(FIELD_EDNS_FLAGS, &set), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_have_words),           cmocka_unit_test(words_have_numbers),
        cmocka_unit_test(what_everybody_says_is_known), cmocka_unit_test(words_come_one_after_the_other),
        cmocka_unit_test(other_texts_are_none),         cmocka_unit_test(every_word_parses_back),
        cmocka_unit_test(flags_come_off_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
