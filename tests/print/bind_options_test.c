#include "print/bind_text.h"

#include "print/made.h"

#include <string.h>

/* The lines of one option, in a form and a release; the caller frees them. */
static char *lines_of(uint16_t code, struct tl_bytes value, struct bind_style style)
{
    static struct made made;
    struct print_output output;

    made.builder = tl_builder(made.bytes, sizeof(made.bytes));
    tl_builder_put_be16(&made.builder, code);
    tl_builder_put_be16(&made.builder, (uint16_t)value.size);
    tl_builder_put(&made.builder, value);
    struct guarded guarded = guarded_new(made.bytes, tl_builder_size(&made.builder));
    assert_true(print_output_init(&output, -1));
    style.output = &output;
    bind_options_put(&style, tl_bytes(guarded.data, guarded.size));
    char *text = strndup(output.start, (size_t)(output.at - output.start));
    print_output_done(&output);
    guarded_free(&guarded);
    return text;
}

static const struct style {
    const char *name;
    struct bind_style style;
} styles[] = {
    {"-p of 9.18", {.release = PRINT_BIND_9_18}},
    {"-p of 9.20", {.release = PRINT_BIND_9_20}},
    {"-y of 9.18", {.release = PRINT_BIND_9_18, .is_yaml = true}},
    {"-y of 9.20", {.release = PRINT_BIND_9_20, .is_yaml = true}},
};

#define D "        "   /* the depth of options in YAML */
#define V "          " /* and of what is below them */

static const struct sample {
    uint16_t code;
    const char *value;
    size_t size;
    const char *lines[4]; /* by style; NULL: as the one before */
} samples[] = {
#define OPTION(code, value, ...)                                                                             \
    {                                                                                                        \
        code, value, sizeof(value) - 1,                                                                      \
        {                                                                                                    \
            __VA_ARGS__                                                                                      \
        }                                                                                                    \
    }
    OPTION(1, "\0\1\0\2\0\3\0\0\0\0\0\0\0\4\0\0\0\5",
           "; LLQ: Version: 1, Opcode: 2, Error: 3, Identifier: 4, Lifetime: 5\n", NULL,
           D "LLQ: Version: 1, Opcode: 2, Error: 3, Identifier: 4, Lifetime: 5\n",
           D "LLQ:\n" V "LLQ-VERSION: 1\n" V "LLQ-OPCODE: 2\n" V "LLQ-ERROR: 3\n" V "LLQ-ID: 4\n" V
             "LLQ-LEASE: 5\n"),
    OPTION(2, "\0\0\x0e\x10", "; OPT=2: 00 00 0e 10 (\"....\")\n", "; UPDATE-LEASE: 3600 (1 hour)\n",
           D "OPT=2: 00 00 0e 10 (\"....\")\n", D "UPDATE-LEASE:\n" V "LEASE: 3600 # 1 hour\n"),
    OPTION(2, "\0\0\x0e\x10\0\0\x1c\x20", "; OPT=2: 00 00 0e 10 00 00 1c 20 (\"....... \")\n",
           "; UPDATE-LEASE: 3600/7200 (1 hour/2 hours)\n",
           D "OPT=2: 00 00 0e 10 00 00 1c 20 (\"....... \")\n",
           D "UPDATE-LEASE:\n" V "LEASE: 3600 # 1 hour\n" V "KEY-LEASE: 7200 # 2 hours\n"),
    OPTION(3, "ns1", "; NSID: 6e 73 31 (\"ns1\")\n", NULL, D "NSID: 6e 73 31 (\"ns1\")\n", NULL),
    OPTION(3, "", "; NSID:\n", NULL, D "NSID:\n", NULL),
    OPTION(5, "\10\15", "; OPT=5: 08 0d (\"..\")\n", "; DAU: 08 0d (\"..\")\n", D "OPT=5: 08 0d (\"..\")\n",
           D "DAU: 08 0d (\"..\")\n"),
    OPTION(8, "\0\1\30\0\300\0\2", "; CLIENT-SUBNET: 192.0.2.0/24/0\n", NULL,
           D "CLIENT-SUBNET: 192.0.2.0/24/0\n", NULL),
    OPTION(8, "\0\2\70\60\40\1\15\270\0\0\1", "; CLIENT-SUBNET: 2001:db8:0:100::/56/48\n", NULL,
           D "CLIENT-SUBNET: 2001:db8:0:100::/56/48\n", NULL),
    OPTION(8, "\0\0\0\0", "; CLIENT-SUBNET: 0/0/0\n", NULL, D "CLIENT-SUBNET: 0/0/0\n", NULL),
    OPTION(9, "", "; EXPIRE:\n", NULL, D "EXPIRE:\n", NULL),
    OPTION(9, "\0\14\10\245", "; EXPIRE: 788645 (1 week 2 days 3 hours 4 minutes 5 seconds)\n", NULL,
           D "EXPIRE: 788645 (1 week 2 days 3 hours 4 minutes 5 seconds)\n",
           D "EXPIRE: 788645 # 1 week 2 days 3 hours 4 minutes 5 seconds\n"),
    OPTION(9, "\0\0\0\0", "; EXPIRE: 0 (0 seconds)\n", NULL, D "EXPIRE: 0 (0 seconds)\n",
           D "EXPIRE: 0 # 0 seconds\n"),
    OPTION(9, "\360\0\0\0", "; EXPIRE: 4026531840 (6657 weeks 4 days 9 hours 4 minutes)\n", NULL,
           D "EXPIRE: 402653184 (6657 weeks 4 days 9 hours 4 minutes)\n",
           D "EXPIRE: 4026531840 # 6657 weeks 4 days 9 hours 4 minutes\n"),
    OPTION(10, "12345678", "; COOKIE: 3132333435363738\n", NULL, D "COOKIE: 3132333435363738\n",
           D "COOKIE:\n" V "CLIENT: 3132333435363738\n"),
    OPTION(10, "12345678abcdefgh", "; COOKIE: 31323334353637386162636465666768\n", NULL,
           D "COOKIE: 31323334353637386162636465666768\n",
           D "COOKIE:\n" V "CLIENT: 3132333435363738\n" V "SERVER: 6162636465666768\n"),
    OPTION(11, "", "; TCP KEEPALIVE:\n", "; TCP-KEEPALIVE:\n", D "TCP-KEEPALIVE:\n", NULL),
    OPTION(11, "\0\145", "; TCP KEEPALIVE: 10.1 secs\n", "; TCP-KEEPALIVE: 10.1 secs\n",
           D "TCP-KEEPALIVE: 10.1 secs\n", NULL),
    OPTION(11, "\0", "; TCP KEEPALIVE: 00 (\".\")\n", "; TCP-KEEPALIVE: 00 (\".\")\n",
           D "TCP-KEEPALIVE: 00 (\".\")\n", NULL),
    OPTION(12, "", "; PAD:\n", "; PADDING:\n", D "PAD:\n", D "PADDING:\n"),
    OPTION(12, "\0\1a", "; PAD: (3 bytes)\n", "; PADDING: (3 bytes)\n", D "PAD: 00 01 61 (\"..a\")\n",
           D "PADDING: 00 01 61 (\"..a\")\n"),
    OPTION(13, "\3a\"b\3bar\0", "; OPT=13: 03 61 22 62 03 62 61 72 00 (\".a\"b.bar.\")\n",
           "; CHAIN: \"a\\\"b.bar\"\n", D "OPT=13: 03 61 22 62 03 62 61 72 00 (\".a\"b.bar.\")\n",
           D "CHAIN: \"a\\\\\\\"b.bar\"\n"),
    OPTION(13, "\3fo", "; OPT=13: 03 66 6f (\".fo\")\n", "; CHAIN:\n 03 66 6f (\".fo\")\n",
           D "OPT=13: 03 66 6f (\".fo\")\n", D "CHAIN:\n 03 66 6f (\".fo\")\n"),
    OPTION(14, "\117\146\112\134", "; KEY-TAG: 20326, 19036\n", NULL, D "KEY-TAG: 20326, 19036\n",
           D "KEY-TAG: [ 20326, 19036 ]\n"),
    OPTION(15, "\0\17", "; EDE: 15 (Blocked)\n", NULL, D "EDE:\n" V "INFO-CODE: 15 (Blocked)\n\n", NULL),
    OPTION(15, "\1\30a\"\n\303\251", "; EDE: 280: (a\".\303\251)\n", NULL,
           D "EDE:\n" V "INFO-CODE: 280\n" V "EXTRA-TEXT: \"a\".\303\251\"\n",
           D "EDE:\n" V "INFO-CODE: 280\n" V "EXTRA-TEXT: \"a\\\".\303\251\"\n"),
    OPTION(16, "\0\7", "; CLIENT-TAG: 7\n", NULL, D "CLIENT-TAG: 7\n", NULL),
    OPTION(17, "\0\11", "; SERVER-TAG: 9\n", NULL, D "SERVER-TAG: 9\n", NULL),
    OPTION(18, "\5agent\0", "; OPT=18: 05 61 67 65 6e 74 00 (\".agent.\")\n", "; Report-Channel: \"agent\"\n",
           D "OPT=18: 05 61 67 65 6e 74 00 (\".agent.\")\n", D "Report-Channel: \"agent\"\n"),
    OPTION(18, "\300\14", "; OPT=18: c0 0c (\"..\")\n", "; Report-Channel:\n c0 0c (\"..\")\n",
           D "OPT=18: c0 0c (\"..\")\n", D "Report-Channel:\n c0 0c (\"..\")\n"),
    OPTION(19, "a", "; OPT=19: 61 (\"a\")\n", "; ZONEVERSION: 61 (\"a\")\n", D "OPT=19: 61 (\"a\")\n",
           D "ZONEVERSION: 61 (\"a\")\n"),
    OPTION(65001, "\312\376a\\", "; OPT=65001: ca fe 61 5c (\"..a\\\")\n", NULL,
           D "OPT=65001: ca fe 61 5c (\"..a\\\")\n", NULL),
    OPTION(4, "", "; OPT=4:\n", NULL, D "OPT=4:\n", NULL),
};

static void every_option_in_every_form(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        const char *expected = NULL;
        for (size_t j = 0; j < 4; j++) {
            expected = samples[i].lines[j] ? samples[i].lines[j] : expected;
            char *lines =
                lines_of(samples[i].code, tl_bytes(samples[i].value, samples[i].size), styles[j].style);
            if (strcmp(lines, expected) != 0)
                fail_msg("option %u, %s: \"%s\" instead of \"%s\"", (unsigned)samples[i].code, styles[j].name,
                         lines, expected);
            free(lines);
        }
    }
}

/* Inside YAML the text is indented, and 9.20 indents LLQ's parts as well. */
static void text_inside_yaml(void **state)
{
    (void)state;
    struct tl_bytes llq = tl_bytes("\0\1\0\2\0\3\0\0\0\0\0\0\0\4\0\0\0\5", 18);
    struct bind_style style = {.release = PRINT_BIND_9_18, .is_literal = true};
    char *lines = lines_of(1, llq, style);

    assert_string_equal(lines, "    ; LLQ: Version: 1, Opcode: 2, Error: 3, Identifier: 4, Lifetime: 5\n");
    free(lines);
    style.release = PRINT_BIND_9_20;
    lines = lines_of(1, llq, style);
    assert_string_equal(
        lines,
        "    ; LLQ:     Version: 1,     Opcode: 2,     Error: 3,     Identifier: 4,     Lifetime: 5\n");
    free(lines);
}

/* Values of any length, each byte of which is put. */
static void long_values(void **state)
{
    (void)state;
    static uint8_t value[65500];
    static const struct {
        uint16_t code;
        size_t per_byte_min;
    } codes[] = {{3, 4}, {14, 1}, {15, 1}, {65001, 4}};

    memset(value, 'a', sizeof(value));
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        for (size_t j = 0; j < 4; j++) {
            char *lines = lines_of(codes[i].code, tl_bytes(value, sizeof(value)), styles[j].style);
            size_t size = strlen(lines);
            assert_true(size > codes[i].per_byte_min * (sizeof(value) - 2) && size < 5 * sizeof(value));
            assert_int_equal(lines[size - 1], '\n');
            free(lines);
        }
    }
}

static void an_option_that_is_cut_off_is_left_out(void **state)
{
    (void)state;
    struct print_output output;
    struct bind_style style = {.output = &output};

    assert_true(print_output_init(&output, -1));
    bind_options_put(&style, tl_bytes("\0\3\0\1x\0\3\0\2x", 10));
    *output.at = '\0';
    assert_string_equal(output.start, "; NSID: 78 (\"x\")\n");
    print_output_done(&output);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_option_in_every_form),
        cmocka_unit_test(text_inside_yaml),
        cmocka_unit_test(long_values),
        cmocka_unit_test(an_option_that_is_cut_off_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
