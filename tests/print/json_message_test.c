#include "print/json.h"

#include "print/printed.h"
#include "print/sample.h"
#include "proof/guarded.h"
#include "proof/test.h"

/* The message as JSON, without the comma behind it. */
static char *json_of(const void *data, size_t size)
{
    struct guarded in = guarded_new(data, size);
    struct print_json print;
    struct print_output output;
    int fd = printed_open();
    size_t length;

    assert_true(print_json_init(&print));
    assert_true(print_output_init(&output, fd));
    output.at[0] = ':';
    output.at = print_json_message(&print, &output, output.at + 1, tl_bytes(in.data, in.size));
    assert_int_equal(print_output_flush(&output), TL_OK);
    print_output_done(&output);
    print_json_done(&print);
    guarded_free(&in);
    char *text = printed_take(fd, &length);
    assert_int_equal(text[length - 1], ',');
    memmove(text, text + 1, length);
    text[length - 2] = '\0';
    return text;
}

#define assert_json(wire, expected)                                                                          \
    do {                                                                                                     \
        char *found = json_of(wire, sizeof(wire));                                                           \
        assert_string_equal(found, expected);                                                                \
        free(found);                                                                                         \
    } while (0)

static void a_response_has_its_sections(void **state)
{
    (void)state;
    assert_json(response_wire,
                "{\"size\":50,\"id\":4660,\"opcode\":\"QUERY\",\"rcode\":\"NOERROR\",\"flags\":[\"qr\","
                "\"rd\",\"ra\"],"
                "\"question\":[{\"name\":\"www.example.test\",\"class\":\"IN\",\"type\":\"A\"}],"
                "\"answer\":[{\"name\":\"www.example.test\",\"class\":\"IN\",\"type\":\"A\",\"ttl\":300,"
                "\"rdata\":\"192.0.2.1\"}]}");
}

static void all_flags_have_names(void **state)
{
    (void)state;
    static const uint8_t all[] = {0, 0, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0};
    static const uint8_t none[] = {0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};

    assert_json(all, "{\"size\":12,\"id\":0,\"opcode\":\"RESERVED15\",\"rcode\":\"RESERVED15\","
                     "\"flags\":[\"qr\",\"aa\",\"tc\",\"rd\",\"ra\",\"z\",\"ad\",\"cd\"]}");
    assert_json(none, "{\"size\":12,\"id\":65535,\"opcode\":\"QUERY\",\"rcode\":\"NOERROR\",\"flags\":[]}");
}

static void edns_widens_the_rcode(void **state)
{
    (void)state;
    static const uint8_t wire[] = {0, 0, 0x80, 0, 0,    0,   0,    0,    0,    0, 0,  2, /* header */
                                   0, 0, 41,   4, 0xd0, 1,   0,    0x80, 0,    0, 10, /* OPT: BADVERS, do */
                                   0, 3, 0,    2, 'n',  's', 0xff, 0xff, 0,    0,     /* NSID, unknown */
                                   0, 0, 41,   2, 0,    0,   0,    0x12, 0x34, 0, 0}; /* another OPT */

    assert_json(wire, "{\"size\":44,\"id\":0,\"opcode\":\"QUERY\",\"rcode\":\"BADVERS\",\"flags\":[\"qr\"],"
                      "\"additional\":[{\"name\":\".\",\"class\":\"CLASS512\",\"type\":\"OPT\",\"ttl\":4660,"
                      "\"rdata\":\"\\\\# 0\"}],"
                      "\"edns\":{\"version\":0,\"udp_size\":1232,\"flags\":[\"do\"],\"options\":["
                      "{\"code\":3,\"name\":\"NSID\",\"data\":\"6e73\"},{\"code\":65535,\"data\":\"\"}]}}");
}

static void an_option_that_is_cut_off_is_a_fault(void **state)
{
    (void)state;
    static const uint8_t wire[] = {0, 0, 0, 0, 0, 0,     0, 0, 0, 0, 0,   1, 0, 0, 41, 4, 0,
                                   0, 0, 0, 7, 0, 4 + 5, 0, 3, 0, 1, 'x', 0, 3, 0, 9,  0};
    char *found = json_of(wire, sizeof(wire));

    assert_non_null(
        strstr(found, "\"flags\":[\"0x0007\"],\"options\":[{\"code\":3,\"name\":\"NSID\",\"data\":\"78\"}]},"
                      "\"error\":\"the input ends in the middle of a value\",\"error_offset\":28,"
                      "\"wire\":\"000000000000000000000001"));
    free(found);
}

static void what_stands_before_a_fault_is_kept(void **state)
{
    (void)state;
    char *found = json_of(response_wire, sizeof(response_wire) - 1);

    assert_non_null(strstr(found,
                           "\"question\":[{\"name\":\"www.example.test\",\"class\":\"IN\",\"type\":\"A\"}],"
                           "\"error\":\"the input ends in the middle of a value\",\"error_offset\":44,"
                           "\"wire\":\"12348180"));
    free(found);
    found = json_of("\0\0", 2);
    assert_string_equal(
        found, "{\"size\":2,\"error\":\"the input ends in the middle of a value\",\"error_offset\":2,"
               "\"wire\":\"0000\"}");
    free(found);
}

static void bytes_behind_the_last_record_are_kept(void **state)
{
    (void)state;
    static const uint8_t wire[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xde, 0xad};

    assert_json(wire, "{\"size\":14,\"id\":0,\"opcode\":\"QUERY\",\"rcode\":\"NOERROR\",\"flags\":[],"
                      "\"trailing_hex\":\"dead\"}");
}

static void rdata_without_the_form_of_its_type_is_there_in_hexadecimal(void **state)
{
    (void)state;
    static const uint8_t wire[] = {0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0,
                                   0, 1, 0, 1, 0, 0, 0, 9, 0, 3, 1, 2, 3};

    assert_json(wire,
                "{\"size\":26,\"id\":0,\"opcode\":\"QUERY\",\"rcode\":\"NOERROR\",\"flags\":[],\"answer\":["
                "{\"name\":\".\",\"class\":\"IN\",\"type\":\"A\",\"ttl\":9,\"rdata\":\"\\\\# 3 010203\","
                "\"rdata_error\":\"the rdata does not have the form of its type\"}]}");
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
    char *found = json_of(wire, SIZE);
    for (const char *at = found; *at; at++)
        escapes += memcmp(at, "\\\\000", 5) == 0;
    assert_int_equal(escapes, STRINGS * 255);
    assert_null(strstr(found, "error"));
    free(found);
    free(wire);
}

/* The most records that a message can claim and hold, each with the longest name: text far beyond any buffer.
 */
static void many_long_names_are_whole(void **state)
{
    (void)state;
    enum { RECORDS = 2000, NAME = 255, SIZE = 12 + NAME + 4 + RECORDS * 12 };
    uint8_t *wire = calloc(1, SIZE);
    size_t at = 12, names = 0;

    assert_non_null(wire);
    wire[5] = 1;
    wire[6] = RECORDS >> 8;
    wire[7] = RECORDS & 255;
    for (unsigned left = 254; left > 1; at += wire[at] + 1u) {
        wire[at] = (uint8_t)(left > 64 ? 63 : left - 1);
        left -= wire[at] + 1u;
    }
    at = 12 + NAME + 4;
    for (size_t i = 0; i < RECORDS; i++, at += 12)
        memcpy(wire + at, "\xc0\x0c\xff\0\0\1\0\0\0\0\0\0", 12);
    assert_int_equal(at, SIZE);
    char *found = json_of(wire, SIZE);
    for (const char *c = found; *c; c++) {
        if (memcmp(c, "{\"name\":\"", 9) == 0) {
            const char *name = c + 9;
            for (c = name; *c != '"'; c++)
                ;
            assert_int_equal(c - name, 250 * 5 + 3);
            names++;
        }
    }
    assert_int_equal(names, RECORDS + 1);
    free(found);
    free(wire);
}

static void what_is_longer_than_a_message_can_be_is_not_looked_into(void **state)
{
    (void)state;
    uint8_t *wire = calloc(1, 65536);

    assert_non_null(wire);
    static const char head[] = "{\"size\":65536,\"error\":\"a length does not fit what it measures\","
                               "\"error_offset\":65535,\"wire\":\"";
    char *found = json_of(wire, 65536);
    assert_memory_equal(found, head, sizeof(head) - 1);
    assert_int_equal(strlen(found), sizeof(head) - 1 + 2 * 65536 + 2);
    free(found);
    free(wire);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_response_has_its_sections),
        cmocka_unit_test(all_flags_have_names),
        cmocka_unit_test(edns_widens_the_rcode),
        cmocka_unit_test(an_option_that_is_cut_off_is_a_fault),
        cmocka_unit_test(what_stands_before_a_fault_is_kept),
        cmocka_unit_test(bytes_behind_the_last_record_are_kept),
        cmocka_unit_test(rdata_without_the_form_of_its_type_is_there_in_hexadecimal),
        cmocka_unit_test(long_rdata_is_whole),
        cmocka_unit_test(many_long_names_are_whole),
        cmocka_unit_test(what_is_longer_than_a_message_can_be_is_not_looked_into),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
