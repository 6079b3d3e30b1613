#include "print/line.h"

#include "print/printed.h"
#include "print/sample.h"
#include "proof/guarded.h"
#include "proof/test.h"

/* The record's line in UTC, without its line feed. */
static char *coloured_line_of(const struct record *record, bool is_coloured)
{
    struct print_line line;
    struct print_output output;
    int fd = printed_open();
    size_t size;

    print_line_init(&line, true, is_coloured);
    assert_true(print_output_init(&output, fd));
    print_line_put(&line, &output, record);
    assert_int_equal(print_output_flush(&output), TL_OK);
    print_output_done(&output);
    char *text = printed_take(fd, &size);
    assert_int_equal(text[size - 1], '\n');
    assert_int_equal(strlen(text), size);
    text[size - 1] = '\0';
    return text;
}

static char *line_of(const struct record *record)
{
    return coloured_line_of(record, false);
}

#define assert_line(record, expected)                                                                        \
    do {                                                                                                     \
        char *found = line_of(&(record));                                                                    \
        assert_string_equal(found, expected);                                                                \
        free(found);                                                                                         \
    } while (0)

static void each_type_shows_its_half(void **state)
{
    (void)state;
    static const char codes[] = "AQARRQRRCQCRFQFRSQSRTQTRUQUR";

    for (int32_t type = 1; type <= 14; type++) {
        struct record record = sample(type);
        char expected[160];
        if (type % 2)
            snprintf(expected, sizeof(expected),
                     "14-Nov-2023 22:13:20.123 %.2s 198.51.100.7:40000 -> 192.0.2.53:53 UDP 34b "
                     "www.example.test/IN/A",
                     codes + 2 * (type - 1));
        else
            snprintf(expected, sizeof(expected),
                     "14-Nov-2023 22:13:21.999 %.2s 198.51.100.7:40000 <- 192.0.2.53:53 UDP 50b "
                     "www.example.test/IN/A",
                     codes + 2 * (type - 1));
        assert_line(record, expected);
    }
}

static void what_is_not_known_is_a_question_mark(void **state)
{
    (void)state;
    static const struct record nothing = {.status = TL_OK};
    struct record record = sample(TL_DNSTAP_CLIENT_QUERY);

    assert_line(nothing, "\?\?\?\?-\?\?-\?\? ??:??:??.??? ? ? -> ? ? 0b ?/?/?");
    record.dnstap.query_address = tl_bytes(v4_client, 3);
    record.dnstap.response_address = tl_bytes(NULL, 0);
    record.dnstap.query_message = tl_bytes(query_wire, 11);
    record.dnstap.query_time_nsec = 1000000000;
    assert_line(record, "14-Nov-2023 22:13:20.??? CQ ? -> ? UDP 11b ?/?/?");
    record.dnstap.present &= ~HAS(QUERY_TIME_NSEC);
    assert_line(record, "\?\?\?\?-\?\?-\?\? ??:??:??.??? CQ ? -> ? UDP 11b ?/?/?");
}

static void a_time_of_zero_is_none_but_its_nanosecond_is_one(void **state)
{
    (void)state;
    struct record record = sample(TL_DNSTAP_CLIENT_QUERY);

    record.dnstap.query_time_sec = record.dnstap.query_time_nsec = 0;
    assert_line(record, "\?\?\?\?-\?\?-\?\? ??:??:??.??? CQ 198.51.100.7:40000 -> 192.0.2.53:53 UDP 34b "
                        "www.example.test/IN/A");
    record.dnstap.query_time_nsec = 1;
    assert_line(
        record,
        "01-Jan-1970 00:00:00.000 CQ 198.51.100.7:40000 -> 192.0.2.53:53 UDP 34b www.example.test/IN/A");
    record.dnstap.query_time_sec = UINT64_MAX;
    assert_line(record, "\?\?\?\?-\?\?-\?\? ??:??:??.??? CQ 198.51.100.7:40000 -> 192.0.2.53:53 UDP 34b "
                        "www.example.test/IN/A");
}

static void protocols_have_their_names(void **state)
{
    (void)state;
    static const char *const names[] = {"UDP",         "UDP",         "TCP", "DOT", "DOH",
                                        "DNSCryptUDP", "DNSCryptTCP", "DOQ", "UDP"};
    char expected[160];

    for (int32_t protocol = -1; protocol <= 8; protocol++) {
        struct record record = sample(TL_DNSTAP_CLIENT_QUERY);
        record.dnstap.socket_protocol = protocol;
        snprintf(
            expected, sizeof(expected),
            "14-Nov-2023 22:13:20.123 CQ 198.51.100.7:40000 -> 192.0.2.53:53 %s 34b www.example.test/IN/A",
            protocol < 0 ? "UDP" : names[protocol]);
        assert_line(record, expected);
    }
}

static void addresses_ports_and_types_of_any_size_fit(void **state)
{
    (void)state;
    static const uint8_t longest[16] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    static const uint8_t any[16] = {0};
    struct record record = sample(-2147483647 - 1);
    uint8_t wire[sizeof(query_wire)];

    memcpy(wire, query_wire, sizeof(wire));
    memset(wire + sizeof(wire) - 4, 0xff, 4);
    record.dnstap.present &= ~(HAS(RESPONSE_MESSAGE) | HAS(RESPONSE_TIME_SEC) | HAS(RESPONSE_TIME_NSEC));
    record.dnstap.query_message = tl_bytes(wire, sizeof(wire));
    record.dnstap.query_address = tl_bytes(longest, 16);
    record.dnstap.response_address = tl_bytes(any, 16);
    record.dnstap.query_port = record.dnstap.response_port = UINT32_MAX;
    assert_line(record,
                "14-Nov-2023 22:13:20.123 -2147483648 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:4294967295 -> "
                ":::4294967295 UDP 34b www.example.test/CLASS65535/TYPE65535");
}

static void the_question_is_shown_if_it_is_whole(void **state)
{
    (void)state;
    struct record record = sample(TL_DNSTAP_CLIENT_RESPONSE);
    static const char head[] = "14-Nov-2023 22:13:21.999 CR 198.51.100.7:40000 <- 192.0.2.53:53 UDP";

    for (size_t size = 0; size <= sizeof(response_wire); size++) {
        struct guarded in = guarded_new(response_wire, size);
        char expected[160];
        record.dnstap.response_message = tl_bytes(in.data, in.size);
        snprintf(expected, sizeof(expected), "%s %zub %s", head, size,
                 size < sizeof(query_wire) ? "?/?/?" : "www.example.test/IN/A");
        assert_line(record, expected);
        guarded_free(&in);
    }
}

static void the_longest_name_fits(void **state)
{
    (void)state;
    uint8_t wire[TL_DNS_HEADER_SIZE + 255 + 4] = {0, 0, 0, 0, 0, 1};
    struct record record = sample(TL_DNSTAP_CLIENT_QUERY);
    size_t at = TL_DNS_HEADER_SIZE;

    for (unsigned left = 254; left > 1; at += wire[at] + 1u) {
        wire[at] = (uint8_t)(left > 64 ? 63 : left - 1);
        left -= wire[at] + 1u;
    }
    record.dnstap.query_message = tl_bytes(wire, sizeof(wire));
    char *found = line_of(&record);
    const char *name = strstr(found, "\\000");
    assert_non_null(name);
    assert_int_equal(strspn(name, "\\0."), 250 * 4 + 3);
    assert_string_equal(name + 250 * 4 + 3, "/RESERVED0/TYPE0");
    free(found);
}

static void an_undecodable_frame_says_where_and_why(void **state)
{
    (void)state;
    struct record record;

    record_open(&record, tl_bytes("\x78\x01\x72\x02\x30", 5), 12345);
    assert_line(record, "# offset 12345: 5 bytes, no dnstap message: message at byte 2: the input ends in "
                        "the middle of a value");
}

/* The longest reason that print_put_reason can be asked for. */
static void every_reason_fits(void **state)
{
    (void)state;
    char text[PRINT_REASON_MAX];
    size_t longest = 0;

    for (int status = 0; tl_status_name((enum tl_status)status)[3] != 'U' ||
                         status == TL_UNEXPECTED_CONTROL || status == TL_UNEXPECTED_DATA;
         status++) {
        struct record record = {.status = (enum tl_status)status,
                                .error = {SIZE_MAX, "unknown field of message.policy"}};
        size_t size = (size_t)(print_put_reason(text, &record) - text);
        longest = size > longest ? size : longest;
    }
    assert_true(longest > 100);
    assert_true(longest <= PRINT_REASON_MAX);
}

static void colours_change_nothing_else(void **state)
{
    (void)state;
    struct record record;

    for (int32_t type = 0; type <= 15; type++) {
        record = sample(type);
        char *plain = line_of(&record), *coloured = coloured_line_of(&record, true), *to = coloured;
        unsigned count = 0;
        for (const char *from = coloured; *from; *to++ = *from++) {
            for (; *from == '\033'; count++)
                from = strchr(from, 'm') + 1;
        }
        *to = '\0';
        assert_string_equal(coloured, plain);
        assert_int_equal(count, type >= 1 && type <= 14 ? 6 : 5);
        free(plain);
        free(coloured);
    }
    record = sample(TL_DNSTAP_CLIENT_QUERY);
    char *found = coloured_line_of(&record, true);
    assert_string_equal(found,
                        "\033[2m14-Nov-2023 22:13:20.123\033[0m\033[32m CQ \033[0m198.51.100.7:40000 -> "
                        "192.0.2.53:53 UDP 34b \033[1mwww.example.test/IN/A\033[0m");
    free(found);
    record_open(&record, tl_bytes_of_text("x"), 129);
    found = coloured_line_of(&record, true);
    assert_string_equal(found,
                        "\033[31m# offset 129: 1 bytes, no dnstap message: type at byte 0: the input ends "
                        "in the middle of a value\033[0m");
    free(found);
}

static void an_exchange_says_what_became_of_it(void **state)
{
    (void)state;
    static const uint8_t badvers[] = {0, 0, 0x80, 0, 0,    0, 0, 0, 0, 0, 0, 1,
                                      0, 0, 41,   4, 0xd0, 1, 0, 0, 0, 0, 0};
    static const char line[] =
        "14-Nov-2023 22:13:21.999 CR 198.51.100.7:40000 <- 192.0.2.53:53 UDP 50b www.example.test/IN/A";
    struct record record = sample(TL_DNSTAP_CLIENT_RESPONSE);
    char expected[200];

    record.pair = RECORD_ANSWERED;
    snprintf(expected, sizeof(expected), "%s NOERROR 1876.543ms", line);
    assert_line(record, expected);
    record.pair = RECORD_UNASKED;
    snprintf(expected, sizeof(expected), "%s unasked", line);
    assert_line(record, expected);
    record.pair = RECORD_ANSWERED;
    record.dnstap.present &= ~HAS(QUERY_TIME_SEC);
    record.dnstap.response_message = tl_bytes(badvers, sizeof(badvers));
    assert_line(record,
                "14-Nov-2023 22:13:21.999 CR 198.51.100.7:40000 <- 192.0.2.53:53 UDP 23b ?/?/? BADVERS ?");
    record.dnstap.response_message = tl_bytes(badvers, 11);
    assert_line(record, "14-Nov-2023 22:13:21.999 CR 198.51.100.7:40000 <- 192.0.2.53:53 UDP 11b ?/?/? ? ?");
    record = sample(TL_DNSTAP_CLIENT_QUERY);
    record.pair = RECORD_UNANSWERED;
    assert_line(record, "14-Nov-2023 22:13:20.123 CQ 198.51.100.7:40000 -> 192.0.2.53:53 UDP 34b "
                        "www.example.test/IN/A unanswered");
}

static void latencies_of_any_length_fit(void **state)
{
    (void)state;
    struct record record = sample(TL_DNSTAP_CLIENT_RESPONSE);

    record.pair = RECORD_ANSWERED;
    record.dnstap.query_time_sec = record.dnstap.query_time_nsec = 0;
    record.dnstap.response_time_sec = 18446744072;
    char *found = line_of(&record);
    assert_non_null(strstr(found, "/IN/A NOERROR 18446744072999.999ms"));
    free(found);
    record.dnstap.query_time_sec = 18446744072;
    record.dnstap.query_time_nsec = 999999000;
    found = line_of(&record);
    assert_non_null(strstr(found, "/IN/A NOERROR 0.000ms"));
    free(found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_type_shows_its_half),
        cmocka_unit_test(what_is_not_known_is_a_question_mark),
        cmocka_unit_test(a_time_of_zero_is_none_but_its_nanosecond_is_one),
        cmocka_unit_test(protocols_have_their_names),
        cmocka_unit_test(addresses_ports_and_types_of_any_size_fit),
        cmocka_unit_test(the_question_is_shown_if_it_is_whole),
        cmocka_unit_test(the_longest_name_fits),
        cmocka_unit_test(an_undecodable_frame_says_where_and_why),
        cmocka_unit_test(every_reason_fits),
        cmocka_unit_test(colours_change_nothing_else),
        cmocka_unit_test(an_exchange_says_what_became_of_it),
        cmocka_unit_test(latencies_of_any_length_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
