#include "record/field.h"

#include "proof/test.h"

static const char *printed(uint16_t type, struct tl_bytes rdata, size_t room)
{
    static char text[256];
    struct tl_dns message = {.wire = rdata};
    struct tl_dns_record record = {.type = type, .rclass = 1, .section = TL_DNS_ANSWER, .rdata = rdata};
    struct tl_builder builder = tl_builder(text, room);

    tl_builder_put_u8(&builder, '>');
    field_rdata_print(&message, &record, &builder);
    *builder.at = '\0';
    return text;
}

static void rdata_has_the_text_of_its_type(void **state)
{
    (void)state;
    assert_string_equal(printed(1, tl_bytes("\xc0\0\2\1", 4), 255), ">192.0.2.1");
    assert_string_equal(printed(16, tl_bytes("\2a\xff", 3), 255), ">\"a\\255\"");
    assert_string_equal(printed(65280, tl_bytes("\1\xab", 2), 255), ">\\# 2 01AB");
}

static void what_has_not_the_form_of_its_type_is_bytes(void **state)
{
    (void)state;
    assert_string_equal(printed(1, tl_bytes("\xc0\0\2", 3), 255), ">\\# 3 c00002");
    assert_string_equal(printed(1, tl_bytes("", 0), 255), ">\\# 0");
}

static void so_is_what_has_no_room(void **state)
{
    (void)state;
    assert_string_equal(printed(16, tl_bytes("\4\0\0\0\0", 5), 19), ">\"\\000\\000\\000\\000\"");
    assert_string_equal(printed(16, tl_bytes("\4\0\0\0\0", 5), 18), ">\\# 5 0400000000");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rdata_has_the_text_of_its_type),
        cmocka_unit_test(what_has_not_the_form_of_its_type_is_bytes),
        cmocka_unit_test(so_is_what_has_no_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
