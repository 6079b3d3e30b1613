#include "record/field.h"

#include "proof/test.h"

#include <stdio.h>

static void every_name_parses_back(void **state)
{
    (void)state;
    for (unsigned i = 0; i < FIELDS; i++) {
        enum field found = FIELDS;
        const struct field_description *description = field_describe((enum field)i);
        assert_true(field_parse(tl_bytes_of_text(description->name), &found));
        assert_int_equal(found, i);
        assert_int_equal(field_nearest(tl_bytes_of_text(description->name)), i);
        assert_true(description->sentence && *description->sentence);
        assert_true(strlen(description->name) <= 25);
    }
}

static void other_names_are_none(void **state)
{
    (void)state;
    static const char *const names[] = {"", "qnam", "qnames", "QNAME", "qname ", "client.", ".port"};
    enum field found = FIELD_ZONE;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        assert_false(field_parse(tl_bytes_of_text(names[i]), &found));
    assert_false(field_parse(tl_bytes("qname\0", 6), &found));
    assert_int_equal(found, FIELD_ZONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name_parses_back),
        cmocka_unit_test(other_names_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
