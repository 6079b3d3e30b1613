#include "filter/set.h"

#include "proof/test.h"

static void numbers_are_found_in_any_order(void **state)
{
    static const uint64_t numbers[] = {7, 0, UINT64_MAX, 7, 500, 3, 1u << 31, 499};
    struct filter_set set = {0};
    struct filter_value value;

    (void)state;
    assert_false(filter_set_has_number(&set, 0));
    for (unsigned i = 0; i < 8; i++) {
        value.number = numbers[i];
        assert_true(filter_set_add(&set, i % 2 ? FIELD_KIND_NUMBER : FIELD_KIND_WORD, &value));
    }
    filter_set_settle(&set);
    for (unsigned i = 0; i < 8; i++)
        assert_true(filter_set_has_number(&set, numbers[i]));
    assert_false(filter_set_has_number(&set, 1) || filter_set_has_number(&set, 501));
    assert_false(filter_set_has_number(&set, UINT64_MAX - 1));
    filter_set_done(&set);
    assert_false(filter_set_has_number(&set, 0));
}

static void each_kind_has_its_part(void **state)
{
    struct filter_set set = {0};
    struct filter_value value;
    char why[FILTER_WHY_SIZE];

    (void)state;
    assert_true(filter_value_parse(FIELD_QNAME, true, tl_bytes_of_text("a.b"), &value, why));
    assert_true(filter_set_add(&set, FIELD_KIND_NAME, &value));
    assert_true(filter_value_parse(FIELD_CLIENT, true, tl_bytes_of_text("10.0.0.0/8"), &value, why));
    assert_true(filter_set_add(&set, FIELD_KIND_ADDRESS, &value));
    assert_true(filter_value_parse(FIELD_IDENTITY, true, tl_bytes_of_text(""), &value, why));
    assert_true(filter_set_add(&set, FIELD_KIND_TEXT, &value));
    filter_set_settle(&set);
    assert_true(filter_names_have(&set.names, tl_bytes("\1A\1b\0", 5)));
    assert_true(filter_ranges_have(&set.ranges, tl_bytes("\x0a\1\2\3", 4)));
    assert_true(filter_set_has_text(&set, tl_bytes(NULL, 0)));
    assert_false(filter_set_has_text(&set, tl_bytes("x", 1)));
    filter_set_done(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_found_in_any_order),
        cmocka_unit_test(each_kind_has_its_part),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
