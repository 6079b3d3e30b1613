#include "print/yaml.h"

#include "print/printed.h"
#include "print/sample.h"
#include "proof/test.h"

static char *yaml_of(const struct record *record)
{
    struct print_yaml yaml;
    struct print_output output;
    int fd = printed_open();

    assert_true(print_yaml_init(&yaml));
    assert_true(print_output_init(&output, fd));
    print_yaml_put(&yaml, &output, record);
    assert_int_equal(print_output_flush(&output), TL_OK);
    print_output_done(&output);
    print_yaml_done(&yaml);
    return printed_take(fd, NULL);
}

static void check_yaml(const struct record *record, const char *expected)
{
    char *found = yaml_of(record);

    assert_string_equal(found, expected);
    free(found);
}

#define assert_yaml(record, expected) check_yaml(&(record), expected)

static void both_halves_are_there(void **state)
{
    (void)state;
    struct record record = sample(TL_DNSTAP_CLIENT_RESPONSE);

    assert_yaml(record, "---\n"
                        "type: MESSAGE\n"
                        "message:\n"
                        "  type: CLIENT_RESPONSE\n"
                        "  query_time: !!timestamp 2023-11-14T22:13:20.123456789Z\n"
                        "  response_time: !!timestamp 2023-11-14T22:13:21.999999999Z\n"
                        "  message_size: 50b\n" YAML_OF_SOCKET YAML_OF_QUERY_DATA
                        "      - \"www.example.test. IN A\"\n" YAML_OF_QUERY_TEXT "  response_message_data:\n"
                        "    opcode: QUERY\n"
                        "    status: NOERROR\n"
                        "    id: 4660\n"
                        "    flags: qr rd ra\n"
                        "    QUESTION: 1\n"
                        "    ANSWER: 1\n"
                        "    AUTHORITY: 0\n"
                        "    ADDITIONAL: 0\n"
                        "    QUESTION_SECTION:\n"
                        "      - \"www.example.test. IN A\"\n"
                        "    ANSWER_SECTION:\n"
                        "      - \"www.example.test. 300 IN A 192.0.2.1\"\n"
                        "  response_message: |\n"
                        "    ;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id:   4660\n"
                        "    ;; flags: qr rd ra    ; QUESTION: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 0\n"
                        "    ;; QUESTION SECTION:\n"
                        "    ;www.example.test.\t\tIN\tA\n"
                        "    \n"
                        "    ;; ANSWER SECTION:\n"
                        "    www.example.test.\t300\tIN\tA\t192.0.2.1\n"
                        "    \n");
}

/* A record with this message and little else. */
static struct record about(const void *wire, size_t size)
{
    struct record record = {.status = TL_OK};

    record.dnstap.present = HAS(TYPE) | HAS(MESSAGE) | HAS(MESSAGE_TYPE) | HAS(QUERY_MESSAGE);
    record.dnstap.type = TL_DNSTAP_TYPE_MESSAGE;
    record.dnstap.message_type = TL_DNSTAP_TOOL_QUERY;
    record.dnstap.query_message = tl_bytes(wire, size);
    return record;
}

#define HEAD "---\ntype: MESSAGE\nmessage:\n  type: TOOL_QUERY\n"

static void text_is_in_quotes(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected;
    } table[] = {
        {"no", "identity: \"no\"\n"},
        {"", "identity: \"\"\n"},
        {"a\"b\\c\n: #", "identity: \"a\\\"b\\\\c\\u000a: #\"\n"},
        {"a\xe2\x80\xa8\xe2\x80\xa9\xef\xbb\xbf\xef\xbf\xbe\xef\xbf\xbf\xe2\x80\xaa",
         "identity: \"a\\u2028\\u2029\\ufeff\\ufffe\\uffff\xe2\x80\xaa\"\n"},
        {"\xc2\x85", "identity: \"\\u0085\"\n"},
        {"\xff!", "identity_hex: \"ff21\"\n"},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct record record = {.status = TL_OK};
        char expected[128];
        record.dnstap.present = HAS(TYPE) | HAS(IDENTITY);
        record.dnstap.type = 7;
        record.dnstap.identity = tl_bytes_of_text(table[i].text);
        snprintf(expected, sizeof(expected), "---\ntype: \"7\"\n%s", table[i].expected);
        assert_yaml(record, expected);
    }
}

/* Two options of a code, and one that is cut off: no key comes twice. */
static void options_are_a_list(void **state)
{
    (void)state;
    static const uint8_t wire[] = {0,    0, 0, 0x40, 0, 0, 0, 0, 0,   0, 0, 1, 0, 0,   41, 4, 0, 0, 0,
                                   0x80, 7, 0, 14,   0, 3, 0, 1, 'x', 0, 3, 0, 1, 'y', 0,  9, 0, 9};
    struct record record = about(wire, sizeof(wire));

    assert_yaml(record,
                HEAD "  message_size: 37b\n"
                     "  query_message_data:\n"
                     "    opcode: QUERY\n"
                     "    status: NOERROR\n"
                     "    id: 0\n"
                     "    flags:\n"
                     "    MBZ: 0x0040\n"
                     "    QUESTION: 0\n"
                     "    ANSWER: 0\n"
                     "    AUTHORITY: 0\n"
                     "    ADDITIONAL: 1\n"
                     "    OPT_PSEUDOSECTION:\n"
                     "      EDNS:\n"
                     "        version: 0\n"
                     "        flags: do\n"
                     "        MBZ: 0x0007\n"
                     "        udp: 1024\n"
                     "        options:\n"
                     "          - code: 3\n"
                     "            name: NSID\n"
                     "            data: \"78\"\n"
                     "          - code: 3\n"
                     "            name: NSID\n"
                     "            data: \"79\"\n"
                     "    error: \"the input ends in the middle of a value\"\n"
                     "    error_offset: 33\n"
                     "    wire: \"000000400000000000000001000029040000008007000e000300017800030001790009"
                     "0009\"\n");
}

static void what_stands_before_a_fault_is_kept(void **state)
{
    (void)state;
    struct record record = about(response_wire, sizeof(response_wire) - 1);
    char *found = yaml_of(&record);

    assert_non_null(strstr(found, "    QUESTION_SECTION:\n"
                                  "      - \"www.example.test. IN A\"\n"
                                  "    error: \"the input ends in the middle of a value\"\n"
                                  "    error_offset: 44\n"
                                  "    wire: \"12348180"));
    free(found);
    record = about("\0\0", 2);
    assert_yaml(record, HEAD "  message_size: 2b\n"
                             "  query_message_data:\n"
                             "    error: \"the input ends in the middle of a value\"\n"
                             "    error_offset: 2\n"
                             "    wire: \"0000\"\n");
}

/* One TXT record that fills the message: each byte becomes \DDD, and each backslash two. */
static void long_rdata_is_whole(void **state)
{
    (void)state;
    enum { STRINGS = 255, RDATA = STRINGS * 256, SIZE = 12 + 11 + RDATA };
    uint8_t *wire = calloc(1, SIZE);
    size_t escapes = 0;

    assert_non_null(wire);
    memcpy(wire, "\0\0\0\0\0\0\0\1\0\0\0\0\0\0\x10\0\1\0\0\0\0", 21);
    wire[21] = RDATA >> 8;
    wire[22] = RDATA & 255;
    for (size_t i = 0; i < STRINGS; i++)
        wire[23 + 256 * i] = 255;
    struct record record = about(wire, SIZE);
    char *found = yaml_of(&record);
    for (const char *at = found; *at; at++)
        escapes += memcmp(at, "\\\\000", 5) == 0;
    assert_int_equal(escapes, STRINGS * 255);
    assert_null(strstr(found, "error"));
    assert_non_null(strstr(found, "      - \". 0 IN TXT \\\"\\\\000"));
    assert_non_null(strstr(found, "\\\"\"\n  query_message: |\n    ;; ->>HEADER"));
    assert_string_equal(found + strlen(found) - 11, "\\000\"\n    \n");
    free(found);
    free(wire);
}

/* A query with one EDNS option. */
static char *yaml_of_option(uint16_t code, const char *value, size_t size)
{
    uint8_t wire[128];
    struct tl_builder builder = tl_builder(wire, sizeof(wire));

    tl_builder_put(&builder, tl_bytes("\0\0\0\0\0\0\0\0\0\0\0\1\0\0\x29\4\0\0\0\0\0", 21));
    tl_builder_put_be16(&builder, (uint16_t)(4 + size));
    tl_builder_put_be16(&builder, code);
    tl_builder_put_be16(&builder, (uint16_t)size);
    tl_builder_put(&builder, tl_bytes(value, size));
    struct record record = about(wire, tl_builder_size(&builder));
    return yaml_of(&record);
}

/* What BIND puts too far to the left, and what a block cannot hold. */
static void texts_that_are_no_block_of_bind(void **state)
{
    (void)state;
    char *text = yaml_of_option(18, "\1a", 2); /* a name without an end */

    assert_non_null(strstr(text, "; EDNS: version: 0, flags:; udp: 1024\n"
                                 "    ; Report-Channel:\n"
                                 "     01 61 (\".a\")\n"));
    free(text);
    text = yaml_of_option(15, "\0\0\xc2\x85", 4);
    assert_non_null(strstr(text, "\n  query_message: \";; ->>HEADER<<- opcode: QUERY, status: NOERROR"));
    assert_non_null(strstr(text, "; EDE: 0 (Other): (\\u0085)\\u000a\"\n"));
    free(text);
    text = yaml_of_option(15, "\0\0\xed\xa0\x80", 5); /* a surrogate, which is no UTF-8 */
    assert_non_null(strstr(text, "\n  query_message_hex: \"3b3b202d3e3e484541"));
    free(text);
}

static void a_frame_that_is_no_dnstap_is_a_document(void **state)
{
    (void)state;
    struct record record;

    record_open(&record, tl_bytes("\x78\x01\x72\x02\x30", 5), 12345);
    assert_yaml(record, "---\n"
                        "error: \"message at byte 2: the input ends in the middle of a value\"\n"
                        "offset: 12345\n"
                        "frame_hex: \"7801720230\"\n");
}

static void an_exchange_and_an_origin_stand_behind(void **state)
{
    (void)state;
    const struct record_origin origin = {"/srv/a b", {17, 1234},    "unix:pid 1",
                                         5,          1700000000000, 1700000000001};
    struct record record = sample(TL_DNSTAP_CLIENT_RESPONSE);

    record.pair = RECORD_ANSWERED;
    record.origin = &origin;
    char *found = yaml_of(&record);
    assert_non_null(strstr(found, "\t192.0.2.1\n"
                                  "    \n"
                                  "pair: answered\n"
                                  "latency: 1.876543210\n"
                                  "origin:\n"
                                  "  archive: \"/srv/a b\"\n"
                                  "  name: \"17/1234\"\n"
                                  "  connection: 5\n"
                                  "  run: !!timestamp 2023-11-14T22:13:20.000Z\n"
                                  "  peer: \"unix:pid 1\"\n"
                                  "  arrived: !!timestamp 2023-11-14T22:13:20.001Z\n"));
    free(found);
    const struct record_origin nowhere = {.place = NULL};
    record = sample(TL_DNSTAP_CLIENT_QUERY);
    record.pair = RECORD_UNANSWERED;
    record.origin = &nowhere;
    record.offset = 99;
    found = yaml_of(&record);
    assert_non_null(strstr(found, "\npair: unanswered\norigin:\n  offset: 99\n"));
    free(found);
}

static void a_policy_may_be_empty(void **state)
{
    (void)state;
    struct record record = about(query_wire, sizeof(query_wire));

    record.dnstap.present |= HAS(POLICY);
    char *found = yaml_of(&record);
    assert_non_null(strstr(found, "\n  policy: {}\n  query_message_data:\n"));
    free(found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_halves_are_there),
        cmocka_unit_test(text_is_in_quotes),
        cmocka_unit_test(options_are_a_list),
        cmocka_unit_test(what_stands_before_a_fault_is_kept),
        cmocka_unit_test(long_rdata_is_whole),
        cmocka_unit_test(texts_that_are_no_block_of_bind),
        cmocka_unit_test(a_frame_that_is_no_dnstap_is_a_document),
        cmocka_unit_test(an_exchange_and_an_origin_stand_behind),
        cmocka_unit_test(a_policy_may_be_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
