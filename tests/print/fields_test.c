#include "print/fields.h"

#include "print/json.h"
#include "print/json_path.h"
#include "print/printed.h"
#include "print/sample.h"
#include "print/strict_json.h"
#include "proof/failing_alloc.h"
#include "proof/test.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

static const char *corpus;

/* What is printed of a record, or, without one, above all. The caller frees it. */
static char *printed(enum print_fields_form form, const enum field *list, size_t count,
                     const struct record *record)
{
    struct print_fields fields;
    struct print_output output;
    int fd = printed_open();

    assert_true(print_output_init(&output, fd));
    assert_true(print_fields_init(&fields, form, list, count));
    if (record)
        print_fields_put(&fields, &output, record);
    else
        print_fields_heading(&fields, &output);
    assert_int_equal(print_output_flush(&output), TL_OK);
    print_output_done(&output);
    print_fields_done(&fields);
    return printed_take(fd, NULL);
}

#define assert_printed(form, list_and_count, record, expected)                                               \
    do {                                                                                                     \
        char *found = printed(PRINT_FIELDS_##form, list_and_count, record);                                  \
        assert_string_equal(found, expected);                                                                \
        free(found);                                                                                         \
    } while (0)

#define BOTH(a, b) a, b
#define DEFAULTS   BOTH(NULL, 0)

static void the_default_fields_are_those_of_the_line(void **state)
{
    (void)state;
    struct record record = sample(TL_DNSTAP_CLIENT_RESPONSE);

    assert_printed(CSV, DEFAULTS, NULL,
                   "time,type,client,client.port,server,server.port,proto,size,qname,qclass,qtype,rcode\n");
    assert_printed(CSV, DEFAULTS, &record,
                   "2023-11-14T22:13:21.999999999Z,CLIENT_RESPONSE,198.51.100.7,40000,192.0.2.53,53,UDP,50,"
                   "www.example.test,IN,A,NOERROR\n");
    assert_printed(TSV, DEFAULTS, NULL,
                   "time\ttype\tclient\tclient.port\tserver\tserver.port\tproto\tsize\tqname\tqclass\tqtype\t"
                   "rcode\n");
    assert_printed(JSON, DEFAULTS, NULL, "");
    assert_printed(JSON, DEFAULTS, &record,
                   "{\"time\":\"2023-11-14T22:13:21.999999999Z\",\"type\":\"CLIENT_RESPONSE\",\"client\":"
                   "\"198.51.100.7\",\"client.port\":40000,\"server\":\"192.0.2.53\",\"server.port\":53,"
                   "\"proto\":\"UDP\",\"size\":50,\"qname\":\"www.example.test\",\"qclass\":\"IN\",\"qtype\":"
                   "\"A\",\"rcode\":\"NOERROR\"}\n");
}

static void what_is_absent_is_an_empty_column_or_no_member(void **state)
{
    (void)state;
    struct record record = {.status = TL_OK};
    const enum field list[] = {FIELD_TYPE, FIELD_FLAGS, FIELD_ANSWER_NAME, FIELD_LATENCY};

    assert_printed(CSV, BOTH(list, 4), &record, ",,,\n");
    assert_printed(TSV, BOTH(list, 4), &record, "\t\t\t\n");
    assert_printed(JSON, BOTH(list, 4), &record, "{}\n");
}

static void durations_and_several_values(void **state)
{
    (void)state;
    struct record record = sample(TL_DNSTAP_AUTH_RESPONSE);
    const enum field list[] = {FIELD_LATENCY, FIELD_FLAGS, FIELD_ANSWER_NAME, FIELD_ANSWER_RDATA,
                               FIELD_ANSWER_TTL};

    assert_printed(CSV, BOTH(list, 5), &record,
                   "1.876543210,qr rd ra,\"www.example.test\",\"192.0.2.1\",300\n");
    assert_printed(TSV, BOTH(list, 5), &record, "1.876543210\tqr rd ra\twww.example.test\t192.0.2.1\t300\n");
    assert_printed(JSON, BOTH(list, 5), &record,
                   "{\"latency\":1.876543210,\"flags\":[\"qr\",\"rd\",\"ra\"],\"answer.name\":[\"www.example."
                   "test\"],\"answer.rdata\":[\"192.0.2.1\"],\"answer.ttl\":[300]}\n");
    record.dnstap.response_time_sec = 1700000000;
    record.dnstap.response_time_nsec = 124691789;
    assert_printed(CSV, BOTH(list, 1), &record, "0.001235000\n");
}

/* Two answers: a TXT with a comma, a quote and a backslash, and an A that is too short. */
static void several_rdata_have_bars_between_them(void **state)
{
    (void)state;
    static const uint8_t wire[] = {0, 0, 0x80, 0, 0, 0, 0, 2, 0, 0, 0, 0, /* header */
                                   0, 0, 16,   0, 1, 0, 0, 0, 9, 0, 6, 5,   'a', ',', '"', '\\', 7, /* TXT */
                                   0, 0, 1,    0, 1, 0, 0, 0, 9, 0, 1, 0xab};
    struct record record = sample(TL_DNSTAP_AUTH_RESPONSE);
    const enum field list[] = {FIELD_ANSWER_RDATA};

    record.dnstap.response_message = tl_bytes(wire, sizeof(wire));
    assert_printed(CSV, BOTH(list, 1), &record, "\"\"\"a,\\\"\"\\\\\\007\"\" | \\# 1 ab\"\n");
    assert_printed(TSV, BOTH(list, 1), &record, "\"a,\\\\\"\\\\\\\\\\\\007\" | \\\\# 1 ab\n");
    assert_printed(JSON, BOTH(list, 1), &record,
                   "{\"answer.rdata\":[\"\\\"a,\\\\\\\"\\\\\\\\\\\\007\\\"\",\"\\\\# 1 ab\"]}\n");
}

static void check_text(struct tl_bytes text, const char *csv, const char *tsv, const char *json)
{
    struct record record = sample(TL_DNSTAP_AUTH_QUERY);
    const enum field list[] = {FIELD_IDENTITY, FIELD_ID};

    record.dnstap.present |= HAS(IDENTITY);
    record.dnstap.identity = text;
    assert_printed(CSV, BOTH(list, 2), &record, csv);
    assert_printed(TSV, BOTH(list, 2), &record, tsv);
    assert_printed(JSON, BOTH(list, 2), &record, json);
}

static void no_control_character_leaves(void **state)
{
    (void)state;
    check_text(tl_bytes_of_text("ns1"), "ns1,4660\n", "ns1\t4660\n", "{\"identity\":\"ns1\",\"id\":4660}\n");
    check_text(tl_bytes_of_text(""), ",4660\n", "\t4660\n", "{\"identity\":\"\",\"id\":4660}\n");
    check_text(tl_bytes_of_text("a, \"b\""), "\"a, \"\"b\"\"\",4660\n", "a, \"b\"\t4660\n",
               "{\"identity\":\"a, \\\"b\\\"\",\"id\":4660}\n");
    check_text(tl_bytes_of_text(" a"), "\" a\",4660\n", " a\t4660\n", "{\"identity\":\" a\",\"id\":4660}\n");
    check_text(tl_bytes("\x1b[2J\0\x7f", 6), "\\x1b[2J\\x00\\x7f,4660\n", "\\\\x1b[2J\\\\x00\\\\x7f\t4660\n",
               "{\"identity\":\"\\u001b[2J\\u0000\\u007f\",\"id\":4660}\n");
    check_text(tl_bytes_of_text("\t\n\r\\"), "\\x09\\x0a\\x0d\\,4660\n", "\\t\\n\\r\\\\\t4660\n",
               "{\"identity\":\"\\u0009\\u000a\\u000d\\\\\",\"id\":4660}\n");
    check_text(tl_bytes_of_text("\xc3\xa9\xc2\x85\xe2\x82\xac"), "\xc3\xa9\\xc2\\x85\xe2\x82\xac,4660\n",
               "\xc3\xa9\\\\xc2\\\\x85\xe2\x82\xac\t4660\n",
               "{\"identity\":\"\xc3\xa9\\u0085\xe2\x82\xac\",\"id\":4660}\n");
    check_text(tl_bytes_of_text("\xc3\xa9\xff"), "\\xc3\\xa9\\xff,4660\n", "\\\\xc3\\\\xa9\\\\xff\t4660\n",
               "{\"identity_hex\":\"c3a9ff\",\"id\":4660}\n");
}

/* Longer than the piece for which there is room at once, a character of two bytes across its end. */
static void long_text_is_whole(void **state)
{
    (void)state;
    enum { SIZE = 300000 };
    struct record record = sample(TL_DNSTAP_AUTH_QUERY);
    const enum field list[] = {FIELD_EXTRA};
    char *text = malloc(SIZE + 1), *found;

    assert_non_null(text);
    memset(text, 'x', SIZE);
    text[SIZE] = '\0';
    memcpy(text + 4095, "\xc2\x9f", 2);
    record.dnstap.present |= HAS(EXTRA);
    record.dnstap.extra = tl_bytes(text, SIZE);
    found = printed(PRINT_FIELDS_CSV, list, 1, &record);
    assert_int_equal(strlen(found), SIZE + 6 + 1);
    assert_memory_equal(found + 4094, "x\\xc2\\x9fx", 10);
    free(found);
    found = printed(PRINT_FIELDS_JSON, list, 1, &record);
    assert_true(strict_json(found, strlen(found) - 1));
    assert_int_equal(strlen(found), SIZE + 4 + strlen("{\"extra\":\"\"}\n"));
    free(found);
    free(text);
}

/* One TXT record that fills the message: each byte becomes \DDD, and each backslash two. */
static void long_rdata_is_whole(void **state)
{
    (void)state;
    enum { STRINGS = 255, RDATA = STRINGS * 256, SIZE = 12 + 11 + RDATA };
    struct record record = sample(TL_DNSTAP_AUTH_RESPONSE);
    const enum field list[] = {FIELD_ANSWER_RDATA};
    uint8_t *wire = calloc(1, SIZE);

    assert_non_null(wire);
    memcpy(wire, "\0\0\0\0\0\0\0\1\0\0\0\0\0\0\x10\0\1\0\0\0\0", 21);
    wire[21] = RDATA >> 8;
    wire[22] = RDATA & 255;
    for (size_t i = 0; i < STRINGS; i++)
        wire[23 + 256 * i] = 255;
    record.dnstap.response_message = tl_bytes(wire, SIZE);
    char *found = printed(PRINT_FIELDS_TSV, list, 1, &record);
    assert_int_equal(strlen(found), STRINGS * (255 * 5 + 3));
    free(found);
    free(wire);
}

static void a_name_with_a_comma_is_quoted(void **state)
{
    (void)state;
    struct record record = sample(TL_DNSTAP_RESOLVER_QUERY);
    const enum field list[] = {FIELD_ZONE};

    record.dnstap.present |= HAS(QUERY_ZONE);
    record.dnstap.query_zone = tl_bytes("\4a,\".\0", 6);
    assert_printed(CSV, BOTH(list, 1), &record, "\"a,\\\"\"\\.\"\n");
    assert_printed(TSV, BOTH(list, 1), &record, "a,\\\\\"\\\\.\n");
    assert_printed(JSON, BOTH(list, 1), &record, "{\"zone\":\"a,\\\\\\\"\\\\.\"}\n");
}

/* The text of the one member of a flat object, without the brackets of an array; empty if there is none. */
static const char *value_in(char *object, enum field field)
{
    const char *name = field_describe(field)->name;
    size_t length = strlen(object);

    object[length - 2] = '\0'; /* the bracket, and the line end */
    if (length == 3)
        return "";
    assert_memory_equal(object + 2, name, strlen(name));
    object += strlen(name) + 4;
    if (!field_describe(field)->is_many)
        return object;
    object[strlen(object) - 1] = '\0';
    return object + 1;
}

static char *json_of(const struct record *record)
{
    struct print_json print;
    struct print_output output;
    int fd = printed_open();

    assert_true(print_json_init(&print));
    assert_true(print_output_init(&output, fd));
    print_json_put(&print, &output, record);
    assert_int_equal(print_output_flush(&output), TL_OK);
    print_output_done(&output);
    print_json_done(&print);
    return printed_take(fd, NULL);
}

/* ".MESSAGE.id" of a query is ".query_message.id". */
static void path_of(enum field field, const struct record *record, char *ret_path, size_t size)
{
    const char *json = field_describe(field)->json, *message = strstr(json, "MESSAGE");

    if (message)
        snprintf(ret_path, size, "%.*s%s%s", (int)(message - json), json,
                 record_is_query(record) ? "query_message" : "response_message", message + 7);
    else
        snprintf(ret_path, size, "%s", json);
}

/* How many fields had a value. A message with a fault claims records that are not there, and one of which
 * there is no header has no counts, but an empty list for jq. */
static unsigned compare_with_json(const struct record *record)
{
    enum { SIZE = 1 << 20 };
    char *json = json_of(record), *expected = malloc(SIZE), path[256];
    unsigned count = 0;

    assert_non_null(expected);
    for (unsigned i = 0; i < FIELDS; i++) {
        enum field field = (enum field)i;
        if (!field_describe(field)->json)
            continue;
        char *found = printed(PRINT_FIELDS_JSON, &field, 1, record);
        const char *value = value_in(found, field);
        expected[0] = '\0';
        path_of(field, record, path, sizeof(path));
        json_path_eval(json, path, expected, SIZE);
        bool is_count = field == FIELD_ANSWER || field == FIELD_AUTHORITY;
        bool has_name = field != FIELD_EDNS_OPTION || !strstr(json, "{\"code\":65");
        if (has_name && !(is_count && (strstr(json, "\"error\"") || !*value)) &&
            strncmp(found + 2 + strlen(field_describe(field)->name), "_hex", 4) != 0 &&
            !(field == FIELD_ERROR && record->status != TL_OK))
            assert_string_equal(value, expected);
        count += *value != '\0';
        free(found);
    }
    free(expected);
    free(json);
    return count;
}

static void each_value_is_the_one_that_the_json_has(void **state)
{
    (void)state;
    struct record_origin origin = {"/srv/dnstap", {17, 1234},   "unix:pid 812 uid 53", 5,
                                   1700000000123, 1700000001456};
    char path[4096];
    unsigned files = 0, values = 0;
    DIR *folder = opendir(corpus);
    struct dirent *entry;

    assert_non_null(folder);
    while ((entry = readdir(folder))) {
        static uint8_t frame[1 << 20];
        struct record record;

        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof(path), "%s/%s", corpus, entry->d_name);
        int fd = open(path, O_RDONLY);
        ssize_t size = read(fd, frame, sizeof(frame));
        close(fd);
        assert_true(size >= 0);
        record_open(&record, tl_bytes(frame, (size_t)size), 77);
        record.origin = &origin;
        values += compare_with_json(&record);
        origin.name.segment = origin.name.segment ? 0 : 17; /* from a file, every other one */
        files++;
    }
    closedir(folder);
    assert_true(files >= 10 && values >= 200);
}

static void each_field_is_listed(void **state)
{
    (void)state;
    struct print_output output;
    int fd = printed_open();
    size_t size, lines = 0;

    assert_true(print_output_init(&output, fd));
    print_fields_list(&output);
    assert_int_equal(print_output_flush(&output), TL_OK);
    print_output_done(&output);
    char *text = printed_take(fd, &size);
    for (size_t i = 0; i < size; i++)
        lines += text[i] == '\n';
    assert_int_equal(lines, FIELDS);
    assert_non_null(strstr(text, "\nedns.client_subnet.source number   "));
    assert_non_null(strstr(text, "\nlatency                   duration from "));
    free(text);
}

static void without_memory_there_is_none(void **state)
{
    (void)state;
    const enum field list[] = {FIELD_QNAME, FIELD_ANSWER_RDATA};
    struct print_fields fields;

    failing_alloc_start(1);
    assert_false(print_fields_init(&fields, PRINT_FIELDS_CSV, list, 2));
    assert_true(failing_alloc_stop());
    print_fields_done(&fields);
    failing_alloc_start(1);
    assert_true(print_fields_init(&fields, PRINT_FIELDS_CSV, list, 1));
    assert_false(failing_alloc_stop());
    print_fields_done(&fields);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_default_fields_are_those_of_the_line),
        cmocka_unit_test(what_is_absent_is_an_empty_column_or_no_member),
        cmocka_unit_test(durations_and_several_values),
        cmocka_unit_test(several_rdata_have_bars_between_them),
        cmocka_unit_test(no_control_character_leaves),
        cmocka_unit_test(long_text_is_whole),
        cmocka_unit_test(long_rdata_is_whole),
        cmocka_unit_test(a_name_with_a_comma_is_quoted),
        cmocka_unit_test(each_value_is_the_one_that_the_json_has),
        cmocka_unit_test(each_field_is_listed),
        cmocka_unit_test(without_memory_there_is_none),
    };

    corpus = argc > 1 ? argv[1] : ".";
    return cmocka_run_group_tests(tests, NULL, NULL);
}
