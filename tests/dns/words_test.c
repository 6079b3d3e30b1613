#include "dns/wire.h"

#include <stdio.h>

typedef size_t print_function(unsigned number, char *ret_text);

static size_t print_type(unsigned number, char *ret_text)
{
    return tl_dns_type_print((uint16_t)number, ret_text);
}

static size_t print_class(unsigned number, char *ret_text)
{
    return tl_dns_class_print((uint16_t)number, ret_text);
}

static size_t print_rcode(unsigned number, char *ret_text)
{
    return tl_dns_rcode_print(number, ret_text);
}

static size_t print_opcode(unsigned number, char *ret_text)
{
    return tl_dns_opcode_print(number, ret_text);
}

/* Prints into memory of exactly TL_DNS_WORD_SIZE bytes before an unreadable page. */
static void check(print_function *print, unsigned number, const char *expected)
{
    uint8_t filler[TL_DNS_WORD_SIZE];
    memset(filler, 'x', sizeof(filler));
    struct guarded out = guarded_new(filler, sizeof(filler));

    assert_int_equal(print(number, (char *)out.data), strlen(expected));
    assert_string_equal((char *)out.data, expected);
    guarded_free(&out);
}

static void types_have_names(void **state)
{
    (void)state;
    check(print_type, 0, "TYPE0");
    check(print_type, 1, "A");
    check(print_type, 28, "AAAA");
    check(print_type, 23, "NSAP-PTR");
    check(print_type, 51, "NSEC3PARAM");
    check(print_type, 54, "TYPE54");
    check(print_type, 61, "OPENPGPKEY");
    check(print_type, 65, "HTTPS");
    check(print_type, 128, "NXNAME");
    check(print_type, 255, "ANY");
    check(print_type, 264, "IPN");
    check(print_type, 265, "TYPE265");
    check(print_type, 32767, "TYPE32767");
    check(print_type, 32768, "TA");
    check(print_type, 32769, "DLV");
    check(print_type, 32770, "TYPE32770");
    check(print_type, 65533, "TYPE65533");
    check(print_type, 65535, "TYPE65535");
}

static void classes_rcodes_and_opcodes_have_names(void **state)
{
    (void)state;
    check(print_class, 0, "RESERVED0");
    check(print_class, 1, "IN");
    check(print_class, 2, "CLASS2");
    check(print_class, 3, "CH");
    check(print_class, 4, "HS");
    check(print_class, 254, "NONE");
    check(print_class, 255, "ANY");
    check(print_class, 65535, "CLASS65535");
    check(print_rcode, 0, "NOERROR");
    check(print_rcode, 3, "NXDOMAIN");
    check(print_rcode, 10, "NOTZONE");
    check(print_rcode, 15, "RESERVED15");
    check(print_rcode, 16, "BADVERS");
    check(print_rcode, 17, "17");
    check(print_rcode, 23, "BADCOOKIE");
    check(print_rcode, 4095, "4095");
    check(print_rcode, UINT32_MAX, "4294967295");
    check(print_opcode, 0, "QUERY");
    check(print_opcode, 5, "UPDATE");
    check(print_opcode, 15, "RESERVED15");
    check(print_opcode, 16, "16");
}

static void all_types_and_classes_parse_back(void **state)
{
    (void)state;
    for (unsigned number = 0; number <= UINT16_MAX; number++) {
        char text[TL_DNS_WORD_SIZE], other[TL_DNS_WORD_SIZE + 8];
        uint16_t back = (uint16_t)~number;
        assert_int_equal(tl_dns_type_parse(tl_bytes(text, tl_dns_type_print((uint16_t)number, text)), &back),
                         TL_OK);
        assert_int_equal(back, number);
        back = (uint16_t)~number;
        assert_int_equal(
            tl_dns_class_parse(tl_bytes(text, tl_dns_class_print((uint16_t)number, text)), &back), TL_OK);
        assert_int_equal(back, number);
        size_t length = (size_t)snprintf(other, sizeof(other), number % 2 ? "tYpe%u" : "type%05u", number);
        assert_int_equal(tl_dns_type_parse(tl_bytes(other, length), &back), TL_OK);
        assert_int_equal(back, number);
    }
}

static void rcodes_and_opcodes_parse_back(void **state)
{
    (void)state;
    for (unsigned number = 0; number < 24; number++) {
        char text[TL_DNS_WORD_SIZE];
        unsigned back = ~number;
        size_t size = tl_dns_rcode_print(number, text);
        bool is_number = text[0] >= '0' && text[0] <= '9';
        assert_int_equal(tl_dns_rcode_parse(tl_bytes(text, size), &back), is_number ? TL_BAD_TEXT : TL_OK);
        assert_int_equal(back, is_number ? ~number : number);
        if (number > 15)
            continue;
        assert_int_equal(tl_dns_opcode_parse(tl_bytes(text, tl_dns_opcode_print(number, text)), &back),
                         TL_OK);
        assert_int_equal(back, number);
    }
}

static void case_does_not_matter(void **state)
{
    (void)state;
    uint16_t number;

    assert_int_equal(tl_dns_type_parse(tl_bytes_of_text("nsec3Param"), &number), TL_OK);
    assert_int_equal(number, 51);
    assert_int_equal(tl_dns_type_parse(tl_bytes_of_text("dlv"), &number), TL_OK);
    assert_int_equal(number, 32769);
    assert_int_equal(tl_dns_class_parse(tl_bytes_of_text("ch"), &number), TL_OK);
    assert_int_equal(number, 3);
    assert_int_equal(tl_dns_class_parse(tl_bytes_of_text("class03"), &number), TL_OK);
    assert_int_equal(number, 3);
    unsigned code;
    assert_int_equal(tl_dns_rcode_parse(tl_bytes_of_text("NXdomain"), &code), TL_OK);
    assert_int_equal(code, 3);
    assert_int_equal(tl_dns_opcode_parse(tl_bytes_of_text("notify"), &code), TL_OK);
    assert_int_equal(code, 4);
}

static void other_texts_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"",       "AA",        "AAA",       "AAAAA", "TYPE",       "TYPE-1",
                                        "TYP1",   "TYPE1x",    "TYPE65536", "1",     "TYPE000001", "CLASS",
                                        "CLASSx", "TYPE99999", "A ",        " A",    "NSAP_PTR"};
    uint16_t number = 77;
    unsigned code = 77;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct guarded in = guarded_new(texts[i], strlen(texts[i]));
        assert_int_equal(tl_dns_type_parse(guarded_bytes(&in), &number), TL_BAD_TEXT);
        assert_int_equal(tl_dns_class_parse(guarded_bytes(&in), &number), TL_BAD_TEXT);
        assert_int_equal(tl_dns_rcode_parse(guarded_bytes(&in), &code), TL_BAD_TEXT);
        assert_int_equal(tl_dns_opcode_parse(guarded_bytes(&in), &code), TL_BAD_TEXT);
        guarded_free(&in);
    }
    assert_int_equal(tl_dns_type_parse(WIRE("A\0"), &number), TL_BAD_TEXT);
    assert_int_equal(tl_dns_type_parse(tl_bytes(NULL, 0), &number), TL_BAD_TEXT);
    assert_int_equal(number, 77);
    assert_int_equal(code, 77);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_have_names),
        cmocka_unit_test(classes_rcodes_and_opcodes_have_names),
        cmocka_unit_test(all_types_and_classes_parse_back),
        cmocka_unit_test(rcodes_and_opcodes_parse_back),
        cmocka_unit_test(case_does_not_matter),
        cmocka_unit_test(other_texts_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
