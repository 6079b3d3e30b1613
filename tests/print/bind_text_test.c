#include "print/bind_text.h"

#include "print/made.h"

static struct made made;

static const struct bind_style plain = {.release = PRINT_BIND_9_18};
static const struct bind_style literal = {.release = PRINT_BIND_9_18, .is_literal = true};

static void assert_text(struct bind_style style, const char *expected)
{
    char *text = made_text(made_wire(&made), style, bind_text_put);

    assert_string_equal(text, expected);
    free(text);
}

static void make_everything(void)
{
    made_begin(&made, RESPONSE | TL_DNS_AA | TL_DNS_TC | TL_DNS_Z | TL_DNS_AD | TL_DNS_CD | 3);
    made_question(&made, "www.example.test", 1, 1);
    made_a(&made, TL_DNS_ANSWER, "www.example.test", 300, 2);
    made_record(&made, TL_DNS_AUTHORITY, "example.test", 2, 1, 86400, BYTES("\2ns\0"));
    made_record(&made, TL_DNS_ADDITIONAL, ".", 41, 1232, 0x0100f321, BYTES("\0\3\0\1x"));
    made_record(&made, TL_DNS_ADDITIONAL, "key", 250, 255, 0,
                BYTES("\1h\0\0\0\0\0\0\1\0\5\0\1k\0\2\0\0\0\0"));
}

static void each_part_in_its_place(void **state)
{
    (void)state;
    make_everything();
    assert_text(plain, ";; ->>HEADER<<- opcode: QUERY, status: 19, id:   4660\n"
                       ";; flags: qr aa tc rd ra ad cd; MBZ: 0x4; QUESTION: 1, ANSWER: 1, AUTHORITY: 1, "
                       "ADDITIONAL: 2\n"
                       ";; OPT PSEUDOSECTION:\n"
                       "; EDNS: version: 0, flags: do co; MBZ: 0x3321, udp: 1232\n"
                       "; NSID: 78 (\"x\")\n"
                       ";; QUESTION SECTION:\n"
                       ";www.example.test.\t\tIN\tA\n"
                       "\n"
                       ";; ANSWER SECTION:\n"
                       "www.example.test.\t300\tIN\tA\t192.0.2.2\n"
                       "\n"
                       ";; AUTHORITY SECTION:\n"
                       "example.test.\t\t86400\tIN\tNS\tns.\n"
                       "\n"
                       ";; TSIG PSEUDOSECTION:\n"
                       "key.\t\t\t0\tANY\tTSIG\th. 1 5 1 aw== 2 NOERROR 0 \n"
                       "\n");
}

static void inside_yaml_with_its_oddities(void **state)
{
    (void)state;
    make_everything();
    assert_text(literal, "    ;; ->>HEADER<<- opcode: QUERY, status: 19, id:   4660\n"
                         "    ;; flags: qr aa tc rd ra ad cd    ; MBZ: 0x4    ; QUESTION: 1, ANSWER: 1, "
                         "AUTHORITY: 1, ADDITIONAL: 2\n"
                         "    ;; OPT PSEUDOSECTION:\n"
                         "    ; EDNS: version: 0, flags: do co; MBZ: 0x3321, udp: 1232\n"
                         "    ; NSID: 78 (\"x\")\n"
                         "    ;; QUESTION SECTION:\n"
                         "    ;www.example.test.\t\tIN\tA\n"
                         "    \n"
                         "    ;; ANSWER SECTION:\n"
                         "    www.example.test.\t300\tIN\tA\t192.0.2.2\n"
                         "    \n"
                         "    ;; AUTHORITY SECTION:\n"
                         "    example.test.\t\t86400\tIN\tNS\tns.\n"
                         "    \n"
                         "    ;; TSIG PSEUDOSECTION:\n"
                         "    key.\t\t\t0\tANY\tTSIG\th. 1 5 1 aw== 2 NOERROR 0 \n"
                         "\n");
}

static void an_update_has_its_own_words(void **state)
{
    (void)state;
    made_begin(&made, UPDATE);
    made_question(&made, "example.test", 6, 1);
    made_record(&made, TL_DNS_ANSWER, "a.test", 255, 255, 0, BYTES(""));
    made_record(&made, TL_DNS_AUTHORITY, "f.test", 1, 254, 0, BYTES("\300\0\2\65"));
    made_record(&made, TL_DNS_AUTHORITY, "f.test", 33, 254, 0, BYTES("\0\1\0\2\0\3\300\14"));
    assert_text(plain, ";; ->>HEADER<<- opcode: UPDATE, status: NOERROR, id:   4660\n"
                       ";; flags:; ZONE: 1, PREREQ: 1, UPDATE: 2, ADDITIONAL: 0\n"
                       ";; ZONE SECTION:\n"
                       ";example.test.\t\t\tIN\tSOA\n"
                       "\n"
                       ";; PREREQUISITE SECTION:\n"
                       "a.test.\t\t\t0\tANY\tANY\t\n"
                       "\n"
                       ";; UPDATE SECTION:\n"
                       "f.test.\t\t\t0\tNONE\tA\t\\# 4 C0000235\n"
                       "f.test.\t\t\t0\tNONE\tSRV\t\\# 20 000100020003076578616D706C65047465737400\n"
                       "\n");
}

/* Tabs as far as they lead to the column; a space where the text is there already. */
static void columns(void **state)
{
    (void)state;
    made_begin(&made, RESPONSE);
    made_question(&made, "a.test", 1, 1);
    made_a(&made, TL_DNS_ANSWER, "aaaaaa", 300, 1);                          /* 7 with its dot */
    made_a(&made, TL_DNS_ANSWER, "aaaaaaa", 300, 1);                         /* 8 */
    made_a(&made, TL_DNS_ANSWER, "aaaaaaaaaaaaaaaaaaaaaa", 300, 1);          /* 23 */
    made_a(&made, TL_DNS_ANSWER, "aaaaaaaaaaaaaaaaaaaaaaa", 300, 1);         /* 24 */
    made_a(&made, TL_DNS_ANSWER, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 300, 1);  /* 31 */
    made_a(&made, TL_DNS_ANSWER, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 300, 1); /* 32 */
    made_record(&made, TL_DNS_ANSWER, "a.", 65400, 1, 2000000000, BYTES("x"));
    char *text = made_text(made_wire(&made), plain, bind_text_put);
    assert_non_null(strstr(text, "\naaaaaa.\t\t\t300\tIN\tA\t192.0.2.1\n"
                                 "aaaaaaa.\t\t300\tIN\tA\t192.0.2.1\n"
                                 "aaaaaaaaaaaaaaaaaaaaaa.\t300\tIN\tA\t192.0.2.1\n"
                                 "aaaaaaaaaaaaaaaaaaaaaaa. 300\tIN\tA\t192.0.2.1\n"
                                 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.\t300 IN\tA\t192.0.2.1\n"
                                 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa. 300 IN\tA\t192.0.2.1\n"
                                 "a.\t\t\t2000000000 IN\tTYPE65400 \\# 1 78\n"));
    free(text);
}

/* Rdata longer than any room, and more of it than is kept. */
static void long_rdata(void **state)
{
    (void)state;
    static uint8_t rdata[65000];
    enum { RECORDS = 12 };

    memset(rdata, 0xab, sizeof(rdata));
    made_begin(&made, RESPONSE);
    made_question(&made, "a.test", 1, 1);
    for (int i = 0; i < RECORDS; i++) {
        rdata[0] = (uint8_t)i;
        made_record(&made, TL_DNS_ANSWER, "a.test", 65400, 1, 1, tl_bytes(rdata, sizeof(rdata)));
    }
    char *text = made_text(made_wire(&made), plain, bind_text_put), *at = text;
    for (int i = 0; i < RECORDS; i++) {
        char start[64];
        snprintf(start, sizeof(start), "\\# 65000 %02XABAB", i);
        at = strstr(at, start);
        assert_non_null(at);
        assert_int_equal(strcspn(at, "\n"), 9 + 2 * sizeof(rdata) + (sizeof(rdata) - 1) / 28);
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_part_in_its_place),
        cmocka_unit_test(inside_yaml_with_its_oddities),
        cmocka_unit_test(an_update_has_its_own_words),
        cmocka_unit_test(columns),
        cmocka_unit_test(long_rdata),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
