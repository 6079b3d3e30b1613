#include "record/field_list.h"

#include "proof/failing_alloc.h"
#include "proof/test.h"

static void names_become_fields(void **state)
{
    (void)state;
    const enum field *fields;
    size_t count;
    char text[FIELD_LIST_ERROR_SIZE];

    assert_true(field_list_parse("qname", &fields, &count, text));
    assert_int_equal(count, 1);
    assert_int_equal(fields[0], FIELD_QNAME);
    free((void *)(uintptr_t)fields);
    assert_true(field_list_parse("time, client.port ,rcode", &fields, &count, text));
    assert_int_equal(count, 3);
    assert_int_equal(fields[0], FIELD_TIME);
    assert_int_equal(fields[1], FIELD_CLIENT_PORT);
    assert_int_equal(fields[2], FIELD_RCODE);
    free((void *)(uintptr_t)fields);
}

static void all_fields_may_be_there(void **state)
{
    (void)state;
    char names[4096] = "", text[FIELD_LIST_ERROR_SIZE];
    const enum field *fields;
    size_t count;

    for (unsigned i = 0; i < FIELDS; i++) {
        strcat(names, i ? "," : "");
        strcat(names, field_describe((enum field)i)->name);
    }
    assert_true(field_list_parse(names, &fields, &count, text));
    assert_int_equal(count, FIELDS);
    for (unsigned i = 0; i < FIELDS; i++)
        assert_int_equal(fields[i], i);
    free((void *)(uintptr_t)fields);
}

static void check_refused(const char *list, const char *expected)
{
    char text[FIELD_LIST_ERROR_SIZE];
    const enum field *fields = NULL;
    size_t count = 77;

    memset(text, 'x', sizeof(text));
    assert_false(field_list_parse(list, &fields, &count, text));
    assert_string_equal(text, expected);
    assert_null(fields);
    assert_int_equal(count, 77);
}

static void what_is_wrong_is_said(void **state)
{
    (void)state;
    check_refused("time,qnane", "unknown field \"qnane\"; did you mean qname?");
    check_refused("query_address", "unknown field \"query_address\"; did you mean client?");
    check_refused("xyzzy,time", "unknown field \"xyzzy\"; tapline read --list-fields shows all");
    check_refused("", "a name is missing in the list of fields");
    check_refused("time,", "a name is missing in the list of fields");
    check_refused("time, ,qname", "a name is missing in the list of fields");
    check_refused("time,qname,time", "field time is there twice");
    check_refused("\x1b[2J\xff", "unknown field \"\\x1b[2J\\xff\"; tapline read --list-fields shows all");
    check_refused("0123456789012345678901234567890123456789012345678901234567890123456789",
                  "unknown field \"01234567890123456789012345678901234567890123...\"; "
                  "tapline read --list-fields shows all");
}

static void without_memory_there_is_no_list(void **state)
{
    (void)state;
    const enum field *fields = NULL;
    char text[FIELD_LIST_ERROR_SIZE];
    size_t count;

    failing_alloc_start(1);
    assert_false(field_list_parse("time", &fields, &count, text));
    assert_true(failing_alloc_stop());
    assert_null(fields);
    assert_string_equal(text, "no memory for the list of fields");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_become_fields),
        cmocka_unit_test(all_fields_may_be_there),
        cmocka_unit_test(what_is_wrong_is_said),
        cmocka_unit_test(without_memory_there_is_no_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
