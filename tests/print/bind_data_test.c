#include "print/bind_text.h"

#include "print/made.h"

static struct made made;

static void assert_data(const char *expected)
{
    char *text = made_text(made_wire(&made), (struct bind_style){.is_yaml = true}, bind_data_put);

    assert_string_equal(text, expected);
    free(text);
}

static void each_part_in_its_place(void **state)
{
    (void)state;
    made_begin(&made, RESPONSE | TL_DNS_Z);
    made_question(&made, "www.example.test", 1, 1);
    made_a(&made, TL_DNS_ANSWER, "www.example.test", 300, 2);
    made_record(&made, TL_DNS_ADDITIONAL, ".", 41, 1232, 0x8001, BYTES("\0\3\0\1x"));
    made_record(&made, TL_DNS_ADDITIONAL, "key", 250, 255, 0,
                BYTES("\1h\0\0\0\0\0\0\1\0\5\0\1k\0\2\0\0\0\0"));
    assert_data("    opcode: QUERY\n"
                "    status: NOERROR\n"
                "    id: 4660\n"
                "    flags: qr rd ra\n"
                "    MBZ: 0x4\n"
                "    QUESTION: 1\n"
                "    ANSWER: 1\n"
                "    AUTHORITY: 0\n"
                "    ADDITIONAL: 2\n"
                "    OPT_PSEUDOSECTION:\n"
                "      EDNS:\n"
                "        version: 0\n"
                "        flags: do\n"
                "        MBZ: 0x0001\n"
                "        udp: 1232\n"
                "        NSID: 78 (\"x\")\n"
                "    QUESTION_SECTION:\n"
                "      - 'www.example.test. IN A'\n"
                "    ANSWER_SECTION:\n"
                "      - 'www.example.test. 300 IN A 192.0.2.2'\n"
                "    TSIG_PSEUDOSECTION:\n"
                "    - 'key. 0 ANY TSIG h. 1 5 1 aw== 2 NOERROR 0 '\n"
                "\n");
}

static void an_update_has_its_own_words(void **state)
{
    (void)state;
    made_begin(&made, UPDATE);
    made_question(&made, "example.test", 6, 1);
    made_record(&made, TL_DNS_ANSWER, "a.test", 255, 255, 0, BYTES(""));
    assert_data("    opcode: UPDATE\n"
                "    status: NOERROR\n"
                "    id: 4660\n"
                "    flags:\n"
                "    ZONE: 1\n"
                "    PREREQ: 1\n"
                "    UPDATE: 0\n"
                "    ADDITIONAL: 0\n"
                "    ZONE_SECTION:\n"
                "      - 'example.test. IN SOA'\n"
                "    PREREQUISITE_SECTION:\n"
                "      - 'a.test. 0 ANY ANY '\n");
}

/* Whether the data of one record, owned by `name`, is as expected. */
static void assert_record(const char *name, uint16_t type, struct tl_bytes rdata, const char *expected)
{
    made_begin(&made, RESPONSE);
    made_question(&made, name, 1, 1);
    made_record(&made, TL_DNS_ANSWER, name, type, 1, 0, rdata);
    char *text = made_text(made_wire(&made), (struct bind_style){.is_yaml = true}, bind_data_put);
    if (!strstr(text, expected))
        fail_msg("%s instead of %s", text, expected);
    free(text);
}

static void quotes_are_doubled(void **state)
{
    (void)state;
    static uint8_t strings[65280];

    assert_record("it's.test", 16, BYTES("\4it's"), "- 'it''s.test. 0 IN TXT \"it''s\"'\n");
    assert_record("it's.test", 16, BYTES("\4it's"), "- 'it''s.test. IN A'\n");
    for (size_t i = 0; i < sizeof(strings); i++)
        strings[i] = i % 256 ? '\'' : 255;
    made_begin(&made, 0);
    made_question(&made, "a", 1, 1);
    made_record(&made, TL_DNS_ANSWER, "a", 16, 1, 0, tl_bytes(strings, sizeof(strings)));
    char *text = made_text(made_wire(&made), (struct bind_style){.is_yaml = true}, bind_data_put);
    char *rdata = strstr(text, "TXT ");
    assert_non_null(rdata);
    assert_int_equal(strcspn(rdata, "\n"), 4 + 255 * (2 * 255 + 2) + 254 + 1);
    free(text);
}

static void no_ipv6_address_ends_with_a_colon(void **state)
{
    (void)state;
#define ZEROS "\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
    assert_record("a", 28, BYTES(ZEROS "\0\0"), "AAAA ::0'");
    assert_record("a", 28, BYTES("\376\200" ZEROS), "AAAA fe80::0'");
    assert_record("a", 28, BYTES(ZEROS "\0\1"), "AAAA ::1'");
    assert_record("a", 38, BYTES("\100\0\0\0\0\0\0\0\0\1a\0"), "A6 64 ::0 a.'");
    assert_record("a", 45, BYTES("\0\2\0\376\200" ZEROS "k"), "IPSECKEY 0 2 0 fe80::0 aw=='");
    assert_record("a", 45, BYTES("\0\3\0\3a::\0k"), "IPSECKEY 0 3 0 a::. aw=='");
    assert_record("a", 260, BYTES("\0\2\376\200" ZEROS), "AMTRELAY 0 0 2 fe80::0'");
    assert_record("a", 42, BYTES("\0\2\20\2\376\200\0\2\0\0"), "APL 2:fe80::0/16 2:::0/0'");
    assert_record("a", 16, BYTES("\2::"), "TXT \"::\"'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_part_in_its_place),
        cmocka_unit_test(an_update_has_its_own_words),
        cmocka_unit_test(quotes_are_doubled),
        cmocka_unit_test(no_ipv6_address_ends_with_a_colon),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
