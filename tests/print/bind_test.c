#include "print/bind.h"

#include "print/made.h"
#include "print/sample.h"
#include "proof/failing_alloc.h"

/* What is put of the record, or NULL if nothing is; the caller frees it. */
static char *text_of(const struct print_bind_options *options, const struct record *record,
                     enum print_bind_result *ret_result)
{
    struct print_bind *bind = print_bind_new(options);
    struct print_output output;
    const char *why = NULL;

    assert_non_null(bind);
    assert_true(print_output_init(&output, -1));
    *ret_result = print_bind_put(bind, &output, record, &why);
    assert_true((why != NULL) == (*ret_result == PRINT_BIND_SKIPPED || *ret_result == PRINT_BIND_CRASH));
    size_t size = (size_t)(output.at - output.start);
    char *text = size ? strndup(output.start, size) : NULL;
    print_output_done(&output);
    print_bind_free(bind);
    return text;
}

static void assert_put(enum print_bind_release release, enum print_bind_mode mode,
                       const struct record *record, const char *expected)
{
    const struct print_bind_options options = {release, mode, false, true};
    enum print_bind_result result;
    char *text = text_of(&options, record, &result);

    assert_int_equal(result, PRINT_BIND_PUT);
    assert_string_equal(text, expected);
    free(text);
}

/* In every mode nothing is put, with this result; by release. */
static void assert_nothing(const struct record *record, enum print_bind_result old,
                           enum print_bind_result new)
{
    for (int release = 0; release < 2; release++) {
        for (int mode = 0; mode < 4; mode++) {
            const struct print_bind_options options = {(enum print_bind_release)release,
                                                       (enum print_bind_mode)mode, false, true};
            enum print_bind_result result;
            assert_null(text_of(&options, record, &result));
            assert_int_equal(result, release == PRINT_BIND_9_18 ? old : new);
        }
    }
}

#define ENDS "198.51.100.7:40000 <- 192.0.2.53:53"
#define QUERY_LINE                                                                                           \
    "14-Nov-2023 22:13:20.123 CQ 198.51.100.7:40000 -> 192.0.2.53:53 UDP 34b www.example.test/IN/A\n"
#define RESPONSE_LINE "14-Nov-2023 22:13:21.999 CR " ENDS " UDP 50b www.example.test/IN/A\n"

static void each_mode(void **state)
{
    (void)state;
    struct record query = sample(TL_DNSTAP_CLIENT_QUERY), response = sample(TL_DNSTAP_CLIENT_RESPONSE);

    assert_put(PRINT_BIND_9_18, PRINT_BIND_LINE, &query, QUERY_LINE);
    assert_put(PRINT_BIND_9_18, PRINT_BIND_HEX, &query,
               QUERY_LINE "12340100000100000000000003777777076578616D706C6504746573740000010001\n");
    assert_put(PRINT_BIND_9_18, PRINT_BIND_TEXT, &response,
               RESPONSE_LINE ";; ->>HEADER<<- opcode: QUERY, status: NOERROR, id:   4660\n"
                             ";; flags: qr rd ra; QUESTION: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 0\n"
                             ";; QUESTION SECTION:\n"
                             ";www.example.test.\t\tIN\tA\n"
                             "\n"
                             ";; ANSWER SECTION:\n"
                             "www.example.test.\t300\tIN\tA\t192.0.2.1\n"
                             "\n");
    assert_put(PRINT_BIND_9_18, PRINT_BIND_YAML, &query,
               "type: MESSAGE\n"
               "message:\n"
               "  type: CLIENT_QUERY\n"
               "  query_time: !!timestamp 2023-11-14T22:13:20Z\n"
               "  message_size: 34b\n" YAML_OF_SOCKET YAML_OF_QUERY_DATA
               "      - 'www.example.test. IN A'\n" YAML_OF_QUERY_TEXT);
}

static void a_message_that_bind_cannot_read(void **state)
{
    (void)state;
    struct record record = sample(TL_DNSTAP_CLIENT_RESPONSE);

    record.dnstap.response_message.size = 49;
    for (int mode = 0; mode < 3; mode++)
        assert_put(PRINT_BIND_9_18, (enum print_bind_mode)mode, &record,
                   "14-Nov-2023 22:13:21.999 CR " ENDS " UDP 49b ?/?/?\n");
    record.dnstap.present = HAS(TYPE) | HAS(MESSAGE) | HAS(MESSAGE_TYPE);
    record.dnstap.query_address.size = record.dnstap.response_address.size = 0;
    record.dnstap.response_message.size = 0;
    assert_put(PRINT_BIND_9_18, PRINT_BIND_LINE, &record,
               "???\?-?\?-?\? ??:??:??.??? CR ? <- ? UDP 0b ?/?/?\n");
    assert_put(PRINT_BIND_9_20, PRINT_BIND_LINE, &record,
               "???\?-?\?-?\? ??:??:??.??? CR ? <- ? NUL 0b ?/?/?\n");
    assert_put(PRINT_BIND_9_18, PRINT_BIND_YAML, &record,
               "type: MESSAGE\n"
               "message:\n"
               "  type: CLIENT_RESPONSE\n"
               "  message_size: 0b\n"
               "  socket_family: INET\n"
               "  socket_protocol: UDP\n");
}

static void what_is_skipped(void **state)
{
    (void)state;
    static const uint8_t header[12] = {0x12, 0x34, 0x81};
    struct record record = sample(TL_DNSTAP_CLIENT_RESPONSE);

    record.dnstap.response_message = tl_bytes(header, sizeof(header));
    assert_nothing(&record, PRINT_BIND_SKIPPED, PRINT_BIND_SKIPPED);
    record = sample(15);
    assert_nothing(&record, PRINT_BIND_SKIPPED, PRINT_BIND_SKIPPED);
    record = sample(0);
    assert_nothing(&record, PRINT_BIND_SKIPPED, PRINT_BIND_SKIPPED);
    record = sample(TL_DNSTAP_CLIENT_RESPONSE);
    record.dnstap.type = 2;
    assert_nothing(&record, PRINT_BIND_SKIPPED, PRINT_BIND_SKIPPED);
    record_open(&record, BYTES("\x78\1\xff"), 0);
    assert_nothing(&record, PRINT_BIND_SKIPPED, PRINT_BIND_SKIPPED);
}

static void what_kills_bind(void **state)
{
    (void)state;
    struct record record = sample(TL_DNSTAP_CLIENT_RESPONSE);
    enum print_bind_result result;

    record.dnstap.query_time_nsec = 1000000000;
    assert_put(PRINT_BIND_9_18, PRINT_BIND_LINE, &record, RESPONSE_LINE); /* which is not looked at */
    record.dnstap.response_time_nsec = 1000000000;
    assert_nothing(&record, PRINT_BIND_CRASH, PRINT_BIND_CRASH);
    record = sample(TL_DNSTAP_CLIENT_RESPONSE);
    record.dnstap.present = HAS(TYPE);
    assert_nothing(&record, PRINT_BIND_CRASH, PRINT_BIND_SKIPPED);
    record = sample(TL_DNSTAP_CLIENT_RESPONSE);
    record.dnstap.query_address.size = 0;
    assert_null(text_of(&(struct print_bind_options){.mode = PRINT_BIND_YAML}, &record, &result));
    assert_int_equal(result, PRINT_BIND_CRASH);
    char *text = text_of(&(struct print_bind_options){.release = PRINT_BIND_9_20, .mode = PRINT_BIND_YAML},
                         &record, &result);
    assert_int_equal(result, PRINT_BIND_PUT);
    assert_null(strstr(text, "query_address"));
    free(text);
}

/* The line is missing then, but not what is below it. */
static void an_address_of_another_size(void **state)
{
    (void)state;
    struct record record = sample(TL_DNSTAP_CLIENT_QUERY);
    enum print_bind_result result;

    record.dnstap.response_address.size = 3;
    assert_null(text_of(&(struct print_bind_options){.mode = PRINT_BIND_LINE}, &record, &result));
    assert_int_equal(result, PRINT_BIND_BAD_ADDRESS);
    char *text = text_of(&(struct print_bind_options){.mode = PRINT_BIND_HEX}, &record, &result);
    assert_int_equal(result, PRINT_BIND_BAD_ADDRESS);
    assert_string_equal(text, "12340100000100000000000003777777076578616D706C6504746573740000010001\n");
    free(text);
    text = text_of(&(struct print_bind_options){.mode = PRINT_BIND_YAML}, &record, &result);
    assert_int_equal(result, PRINT_BIND_PUT);
    assert_null(strstr(text, "response_address"));
    free(text);
}

static void protocols(void **state)
{
    (void)state;
    static const char *const lines[2] = {"UDP UDP TCP UDP UDP UDP UDP UDP UDP ",
                                         "UDP UDP TCP DOT DOH UDP TCP UDP UDP "};
    static const char *const documents[2] = {"UDP UDP TCP UDP UDP UDP UDP UDP UDP ",
                                             "UDP UDP TCP TCP TCP UDP TCP UDP UDP "};

    for (int release = 0; release < 2; release++) {
        for (int yaml = 0; yaml < 2; yaml++) {
            const struct print_bind_options options = {(enum print_bind_release)release,
                                                       yaml ? PRINT_BIND_YAML : PRINT_BIND_LINE, false, true};
            char found[64] = "";
            for (int protocol = 0; protocol <= 8; protocol++) {
                struct record record = sample(TL_DNSTAP_CLIENT_QUERY);
                enum print_bind_result result;
                record.dnstap.socket_protocol = protocol;
                char *text = text_of(&options, &record, &result);
                const char *at = yaml ? strstr(text, "socket_protocol: ") + 17 : strstr(text, ":53 ") + 4;
                strncat(found, at, 3);
                strcat(found, " ");
                free(text);
            }
            assert_string_equal(found, (yaml ? documents : lines)[release]);
        }
    }
}

static void identity_version_zone_and_long_times(void **state)
{
    (void)state;
    struct record record = sample(TL_DNSTAP_CLIENT_RESPONSE);
    enum print_bind_result result;

    record.dnstap.present |= HAS(IDENTITY) | HAS(VERSION) | HAS(QUERY_ZONE);
    record.dnstap.identity = BYTES("a\nb\0c");
    record.dnstap.query_zone = BYTES("\4a'.b\0more");
    record.dnstap.response_time_sec += (uint64_t)1 << 32; /* BIND keeps 32 bits of it */
    char *text = text_of(
        &(struct print_bind_options){.release = PRINT_BIND_9_20, .mode = PRINT_BIND_YAML, .long_times = true},
        &record, &result);
    assert_int_equal(memcmp(text, "type: MESSAGE\nidentity: a\nb\nversion: \nmessage:\n", 47), 0);
    assert_non_null(strstr(text, "  response_time: !!timestamp 2023-11-14T22:13:21.999Z\n"));
    assert_non_null(strstr(text, "  response_port: 53\n  query_zone: a'\\.b.\n  response_message_data:\n"));
    free(text);
    assert_put(PRINT_BIND_9_18, PRINT_BIND_LINE, &record, RESPONSE_LINE);
}

static void documents_are_separated(void **state)
{
    (void)state;
    struct record good = sample(TL_DNSTAP_CLIENT_QUERY), skipped = sample(0);
    struct print_bind *bind = print_bind_new(&(struct print_bind_options){.mode = PRINT_BIND_YAML});
    struct print_output output;

    assert_true(print_output_init(&output, -1));
    assert_int_equal(print_bind_put(bind, &output, &skipped, NULL), PRINT_BIND_SKIPPED);
    assert_int_equal(print_bind_put(bind, &output, &good, NULL), PRINT_BIND_PUT);
    size_t first = (size_t)(output.at - output.start);
    assert_int_equal(print_bind_put(bind, &output, &skipped, NULL), PRINT_BIND_SKIPPED);
    assert_int_equal(print_bind_put(bind, &output, &good, NULL), PRINT_BIND_PUT);
    assert_int_equal(output.at - output.start, 2 * first + 4);
    assert_memory_equal(output.start + first, "---\n", 4);
    assert_memory_equal(output.start + first + 4, output.start, first);
    print_output_done(&output);
    print_bind_free(bind);
}

/* Without memory nothing is put, and the object is good for the next record. */
static void every_allocation_fails_once(void **state)
{
    (void)state;
    static struct made made;
    struct record record = sample(TL_DNSTAP_CLIENT_RESPONSE);
    struct print_output output;
    char name[32];

    made_begin(&made, RESPONSE);
    made_question(&made, "a.test", 1, 1);
    for (int i = 0; i < 200; i++) {
        snprintf(name, sizeof(name), "n%d.test", i);
        made_a(&made, TL_DNS_ANSWER, name, 300, 1);
        made_record(&made, TL_DNS_AUTHORITY, "a.test", (uint16_t)(1000 + i), 1, 300, BYTES("x"));
    }
    record.dnstap.response_message = made_wire(&made);
    assert_true(print_output_init(&output, -1));
    for (unsigned long n = 1;; n++) {
        failing_alloc_start(n);
        struct print_bind *bind = print_bind_new(&(struct print_bind_options){.mode = PRINT_BIND_LINE});
        char *at = output.at;
        enum print_bind_result result =
            bind ? print_bind_put(bind, &output, &record, NULL) : PRINT_BIND_NO_MEMORY;
        bool has_failed = failing_alloc_stop();
        assert_int_equal(result, has_failed ? PRINT_BIND_NO_MEMORY : PRINT_BIND_PUT);
        assert_true((output.at == at) == has_failed);
        if (bind)
            assert_int_equal(print_bind_put(bind, &output, &record, NULL), PRINT_BIND_PUT);
        print_bind_free(bind);
        if (!has_failed)
            break;
        assert_true(n < 100);
    }
    print_output_done(&output);
    print_bind_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_mode),
        cmocka_unit_test(a_message_that_bind_cannot_read),
        cmocka_unit_test(what_is_skipped),
        cmocka_unit_test(what_kills_bind),
        cmocka_unit_test(an_address_of_another_size),
        cmocka_unit_test(protocols),
        cmocka_unit_test(identity_version_zone_and_long_times),
        cmocka_unit_test(documents_are_separated),
        cmocka_unit_test(every_allocation_fails_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
