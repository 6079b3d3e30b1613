#include "print/json_text.h"

#include "print/printed.h"
#include "proof/guarded.h"
#include "proof/test.h"

static const struct json_key key = JSON_KEY("k");

/* The member that these bytes become, without its comma. */
static char *member(const void *data, size_t size)
{
    struct guarded in = guarded_new(data, size);
    struct print_output output;
    int fd = printed_open();
    size_t length;

    assert_true(print_output_init(&output, fd));
    char *to = output.at;
    *to++ = '{';
    output.at = json_put_bytes(&output, to, &key, tl_bytes(in.data, in.size));
    assert_int_equal(output.at[-1], ',');
    assert_int_equal(print_output_flush(&output), TL_OK);
    print_output_done(&output);
    guarded_free(&in);
    char *text = printed_take(fd, &length);
    assert_int_equal(text[0], '{');
    memmove(text, text + 1, length);
    text[length - 2] = '\0';
    return text;
}

#define assert_member(literal, expected)                                                                     \
    do {                                                                                                     \
        char *found = member(literal, sizeof(literal) - 1);                                                  \
        assert_string_equal(found, expected);                                                                \
        free(found);                                                                                         \
    } while (0)

static void text_is_a_string(void **state)
{
    (void)state;
    assert_member("", "\"k\":\"\"");
    assert_member("short", "\"k\":\"short\"");
    assert_member("ns1.example.test", "\"k\":\"ns1.example.test\"");
    assert_member("a/b <script>", "\"k\":\"a/b <script>\"");
    assert_member("exactly8", "\"k\":\"exactly8\"");
}

static void what_needs_an_escape_has_one_wherever_it_stands(void **state)
{
    (void)state;
    static const struct {
        char c;
        const char *escaped;
    } cases[] = {{'"', "\\\""},     {'\\', "\\\\"},    {'\0', "\\u0000"},
                 {'\n', "\\u000a"}, {0x1b, "\\u001b"}, {0x1f, "\\u001f"},
                 {0x7f, "\\u007f"}, {' ', " "},        {'~', "~"}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (size_t at = 0; at < 20; at++) {
            char in[20], expected[64];
            memset(in, 'x', sizeof(in));
            in[at] = cases[i].c;
            snprintf(expected, sizeof(expected), "\"k\":\"%.*s%s%.*s\"", (int)at, "xxxxxxxxxxxxxxxxxxxx",
                     cases[i].escaped, (int)(19 - at), "xxxxxxxxxxxxxxxxxxxx");
            char *found = member(in, sizeof(in));
            assert_string_equal(found, expected);
            free(found);
        }
    }
}

static void utf8_is_kept_without_its_control_characters(void **state)
{
    (void)state;
    assert_member("\xc3\xa9", "\"k\":\"\xc3\xa9\"");
    assert_member("\xe2\x82\xac \xf0\x9f\x98\x80", "\"k\":\"\xe2\x82\xac \xf0\x9f\x98\x80\"");
    assert_member("\xe2\x80\xa7\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa",
                  "\"k\":\"\xe2\x80\xa7\\u2028\\u2029\xe2\x80\xaa\"");
    assert_member("\xef\xbb\xbe\xef\xbb\xbf\xef\xbf\xbd\xef\xbf\xbe\xef\xbf\xbf",
                  "\"k\":\"\xef\xbb\xbe\\ufeff\xef\xbf\xbd\\ufffe\\uffff\"");
    assert_member("\xc2\x9b[2J\xc2\x80\xc2\x9f\xc2\xa0", "\"k\":\"\\u009b[2J\\u0080\\u009f\xc2\xa0\"");
    assert_member("\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf",
                  "\"k\":\"\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf\"");
}

static void other_bytes_are_hexadecimal(void **state)
{
    (void)state;
    assert_member("\xff", "\"k_hex\":\"ff\"");
    assert_member("a\x80", "\"k_hex\":\"6180\"");
    assert_member("\xc0\xaf", "\"k_hex\":\"c0af\"");             /* overlong */
    assert_member("\xe0\x9f\xbf", "\"k_hex\":\"e09fbf\"");       /* overlong */
    assert_member("\xf0\x8f\xbf\xbf", "\"k_hex\":\"f08fbfbf\""); /* overlong */
    assert_member("\xed\xa0\x80", "\"k_hex\":\"eda080\"");       /* a surrogate */
    assert_member("\xf4\x90\x80\x80", "\"k_hex\":\"f4908080\""); /* above U+10FFFF */
    assert_member("\xf5\x80\x80\x80", "\"k_hex\":\"f5808080\"");
    assert_member("12345678\xc2", "\"k_hex\":\"3132333435363738c2\""); /* cut off */
    assert_member("12345678\xe2\x82", "\"k_hex\":\"3132333435363738e282\"");
    assert_member("\xc2 12345678", "\"k_hex\":\"c2203132333435363738\"");
}

/* Longer than a chunk and than the whole buffer, with sequences and escapes across every border. */
static void long_strings_pass_through(void **state)
{
    (void)state;
    static const char unit[] = "\xe2\x82\xac\x1b"
                               "0123456789";
    enum { COUNT = 40000, UNIT = sizeof(unit) - 1, ESCAPED = UNIT + 5 };
    char *in = malloc((size_t)COUNT * UNIT);

    assert_non_null(in);
    for (size_t i = 0; i < COUNT; i++)
        memcpy(in + i * UNIT, unit, UNIT);
    char *found = member(in, (size_t)COUNT * UNIT);
    assert_int_equal(strlen(found), 6 + (size_t)COUNT * ESCAPED);
    for (size_t i = 0; i < COUNT; i++)
        assert_memory_equal(found + 5 + i * ESCAPED, "\xe2\x82\xac\\u001b0123456789", ESCAPED);
    free(found);
    in[100] = '\xff';
    found = member(in, (size_t)COUNT * UNIT);
    assert_int_equal(strlen(found), 10 + (size_t)COUNT * UNIT * 2);
    assert_memory_equal(found, "\"k_hex\":\"e282ac1b30", 19);
    free(found);
    free(in);
}

static void escaping_in_place_moves_the_text(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
    } cases[] = {{"", ""},
                 {"a.b", "a.b"},
                 {"\\", "\\\\"},
                 {"a\\032b", "a\\\\032b"},
                 {"www.example.test", "www.example.test"},
                 {"\\\"www.example.test\\\"", "\\\\\\\"www.example.test\\\\\\\""},
                 {"0123456\\89", "0123456\\\\89"},
                 {"01234567\"", "01234567\\\""}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[64];
        strcpy(text, cases[i].from);
        *json_escape(text, strlen(text)) = '\0';
        assert_string_equal(text, cases[i].to);
    }
}

static void brackets_take_the_place_of_commas(void **state)
{
    (void)state;
    char text[16] = "{";

    *json_close(text + 1, '}') = '\0';
    assert_string_equal(text, "{},");
    strcpy(text, "[1,");
    *json_close(text + 3, ']') = '\0';
    assert_string_equal(text, "[1],");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_a_string),
        cmocka_unit_test(what_needs_an_escape_has_one_wherever_it_stands),
        cmocka_unit_test(utf8_is_kept_without_its_control_characters),
        cmocka_unit_test(other_bytes_are_hexadecimal),
        cmocka_unit_test(long_strings_pass_through),
        cmocka_unit_test(escaping_in_place_moves_the_text),
        cmocka_unit_test(brackets_take_the_place_of_commas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
