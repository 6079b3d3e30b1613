#include "dns/wire.h"

/* Prints into memory of exactly TL_DNS_NAME_TEXT_SIZE bytes before an unreadable page. */
static enum tl_status print(struct tl_bytes wire, size_t offset, char *ret_text, size_t *ret_length,
                            size_t *ret_end)
{
    uint8_t filler[TL_DNS_NAME_TEXT_SIZE] = {0};
    struct guarded in = guarded_new(wire.data, wire.size);
    struct guarded out = guarded_new(filler, sizeof(filler));
    enum tl_status status =
        tl_dns_name_print(guarded_bytes(&in), offset, (char *)out.data, ret_length, ret_end);
    memcpy(ret_text, out.data, out.size);
    guarded_free(&in);
    guarded_free(&out);
    return status;
}

static void check_print(struct tl_bytes wire, size_t offset, const char *expected, size_t expected_end)
{
    char text[TL_DNS_NAME_TEXT_SIZE];
    size_t length = SIZE_MAX, end = SIZE_MAX;

    assert_int_equal(print(wire, offset, text, &length, &end), TL_OK);
    assert_string_equal(text, expected);
    assert_int_equal(length, strlen(expected));
    assert_int_equal(end, expected_end);
    assert_int_equal(tl_dns_name_print(wire, offset, text, &length, NULL), TL_OK);
}

static void check_parse(const char *text, struct tl_bytes expected)
{
    uint8_t name[TL_DNS_NAME_SIZE_MAX];
    size_t size = SIZE_MAX;
    struct guarded in = guarded_new(text, strlen(text));

    assert_int_equal(tl_dns_name_parse(guarded_bytes(&in), name, &size), TL_OK);
    assert_true(tl_bytes_equal(tl_bytes(name, size), expected));
    guarded_free(&in);
}

static void check_parse_refused(struct tl_bytes text, enum tl_status expected)
{
    uint8_t name[TL_DNS_NAME_SIZE_MAX];
    size_t size = 77;
    struct guarded in = guarded_new(text.data, text.size);

    memset(name, 0xa5, sizeof(name));
    assert_int_equal(tl_dns_name_parse(guarded_bytes(&in), name, &size), expected);
    assert_int_equal(size, 77);
    for (size_t i = 0; i < sizeof(name); i++)
        assert_int_equal(name[i], 0xa5);
    guarded_free(&in);
}

static void names_are_printed_from_the_message(void **state)
{
    (void)state;
    struct tl_bytes wire = WIRE("\3www\7exAmple\4test\0"
                                "\4mail\xc0\4"
                                "\xc0\x12"
                                "\0"
                                "\xc0\x1b");

    check_print(wire, 0, "www.exAmple.test", 18);
    check_print(wire, 18, "mail.exAmple.test", 25);
    check_print(wire, 25, "mail.exAmple.test", 27);
    check_print(wire, 27, ".", 28);
    check_print(wire, 28, ".", 30);
}

/* The text of one byte in a name, in words of RFC 1035 and of BIND's habit, and independent of the code. */
static size_t put_expected(char *to, uint8_t byte)
{
    if (byte <= 0x20 || byte >= 0x7f) {
        to[0] = '\\';
        to[1] = (char)('0' + byte / 100);
        to[2] = (char)('0' + byte / 10 % 10);
        to[3] = (char)('0' + byte % 10);
        return 4;
    }
    if (strchr("\"().;\\@$", byte)) {
        to[0] = '\\';
        to[1] = (char)byte;
        return 2;
    }
    to[0] = (char)byte;
    return 1;
}

/* Every byte at every place of labels of every length, at every distance from the end of the message: there
 * are ways for long and short labels, near and far ends. */
static void every_byte_everywhere(void **state)
{
    (void)state;
    for (uint8_t size = 1; size <= 63; size += size < 18 || size > 44 ? 1 : 5) {
        for (unsigned place = 0; place < size; place++) {
            for (unsigned byte = 0; byte < 256; byte++) {
                uint8_t wire[1 + 63 + 1 + 20];
                char expected[TL_DNS_NAME_TEXT_SIZE], text[TL_DNS_NAME_TEXT_SIZE];
                size_t length, end, behind = (byte + place) % 20;
                wire[0] = size;
                memset(wire + 1, 'x', size);
                wire[1 + place] = (uint8_t)byte;
                wire[1 + size] = 0;
                memset(wire + 2 + size, byte % 2 ? '\\' : 'x', 20);
                memset(expected, 'x', sizeof(expected));
                expected[place + put_expected(expected + place, (uint8_t)byte) + size - place - 1] = '\0';
                assert_int_equal(
                    tl_dns_name_print(tl_bytes(wire, 2u + size + behind), 0, text, &length, &end), TL_OK);
                assert_string_equal(text, expected);
                assert_int_equal(length, strlen(expected));
                assert_int_equal(end, size + 2);
            }
        }
    }
}

static void the_longest_text_fits(void **state)
{
    (void)state;
    uint8_t wire[255];
    char text[TL_DNS_NAME_TEXT_SIZE];
    size_t length, end;

    memset(wire, 0xff, sizeof(wire));
    wire[0] = wire[64] = wire[128] = 63;
    wire[192] = 61;
    wire[254] = 0;
    assert_int_equal(print(tl_bytes(wire, 255), 0, text, &length, &end), TL_OK);
    assert_int_equal(length, 250 * 4 + 3);
    assert_int_equal(strlen(text), length);

    /* 127 labels of one byte, the last of which is plain and so copied as a block. */
    for (size_t i = 0; i < 127; i++) {
        wire[2 * i] = 1;
        wire[2 * i + 1] = i == 126 ? 'z' : 0;
    }
    assert_int_equal(print(tl_bytes(wire, 255), 0, text, &length, &end), TL_OK);
    assert_int_equal(length, 126 * 5 + 1);
    assert_string_equal(text + 126 * 5 - 5, "\\000.z");
}

static void what_is_no_name_is_not_printed(void **state)
{
    (void)state;
    static const char wire[] = "\3www\7example\4test\0\4mail\xc0\4";
    char text[TL_DNS_NAME_TEXT_SIZE];
    size_t length = 77, end = 77;

    for (size_t size = 0; size < 18; size++)
        assert_int_equal(print(tl_bytes(wire, size), 0, text, &length, &end), TL_TRUNCATED);
    for (size_t size = 18; size < 25; size++)
        assert_int_equal(print(tl_bytes(wire, size), 18, text, &length, &end), TL_TRUNCATED);
    assert_int_equal(print(WIRE("\1a\xc0\0"), 0, text, &length, &end), TL_BAD_POINTER);
    assert_int_equal(print(WIRE("\1a\x41"), 0, text, &length, &end), TL_BAD_LABEL);
    uint8_t longest[256] = {63};
    longest[64] = longest[128] = 63;
    longest[192] = 62;
    assert_int_equal(print(tl_bytes(longest, 256), 0, text, &length, &end), TL_NAME_TOO_LONG);
    assert_int_equal(length, 77);
    assert_int_equal(end, 77);
}

static void names_are_parsed(void **state)
{
    (void)state;
    check_parse(".", WIRE("\0"));
    check_parse("www.example.test", WIRE("\3www\7example\4test\0"));
    check_parse("www.exAmple.test.", WIRE("\3www\7exAmple\4test\0"));
    check_parse("\\.", WIRE("\1.\0"));
    check_parse("a\\.b.\\046c\\\\.", WIRE("\3a.b\3.c\\\0"));
    check_parse("\\000\\255\\@@ *", WIRE("\6\0\xff@@ *\0"));
    check_parse("\xc3\xa4", WIRE("\2\xc3\xa4\0"));
}

static void what_is_no_name_is_not_parsed(void **state)
{
    (void)state;
    static const char *const texts[] = {"",    "..",   ".a",    "a..",   "a..b",  "\\",    "a\\",
                                        "\\1", "\\12", "\\12x", "\\1x2", "\\256", "\\999", "a.\\"};
    char text[600];

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        check_parse_refused(tl_bytes_of_text(texts[i]), TL_BAD_TEXT);
    memset(text, 'a', sizeof(text));
    check_parse_refused(tl_bytes(text, 64), TL_BAD_TEXT);
    text[64] = '.';
    check_parse_refused(tl_bytes(text, 66), TL_BAD_TEXT);
}

static void lengths_at_the_limit(void **state)
{
    (void)state;
    uint8_t name[TL_DNS_NAME_SIZE_MAX];
    char text[300];
    size_t size;

    memset(text, 'a', sizeof(text));
    text[63] = text[127] = text[191] = '.';
    assert_int_equal(tl_dns_name_parse(tl_bytes(text, 253), name, &size), TL_OK);
    assert_int_equal(size, 255);
    assert_int_equal(name[192], 61);
    assert_int_equal(name[254], 0);
    check_parse_refused(tl_bytes(text, 254), TL_NAME_TOO_LONG);
    text[253] = '.';
    assert_int_equal(tl_dns_name_parse(tl_bytes(text, 254), name, &size), TL_OK);
    assert_int_equal(size, 255);
    check_parse_refused(tl_bytes(text, 255), TL_NAME_TOO_LONG);
    text[253] = 'a';
    text[252] = '.';
    check_parse_refused(tl_bytes(text, 254), TL_NAME_TOO_LONG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_printed_from_the_message),
        cmocka_unit_test(every_byte_everywhere),
        cmocka_unit_test(the_longest_text_fits),
        cmocka_unit_test(what_is_no_name_is_not_printed),
        cmocka_unit_test(names_are_parsed),
        cmocka_unit_test(what_is_no_name_is_not_parsed),
        cmocka_unit_test(lengths_at_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
