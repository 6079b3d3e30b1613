/* Every operator on every kind of field. */
#include "filter/compile.h"

#include "proof/folder.h"
#include "proof/test.h"

#include <stdio.h>

/* A value for each kind, and which of == != < <= > >= in ~ =~ under has there are. */
static const struct {
    const char *field, *value, *has;
} kinds[] = {
    {"id", "1", "1111111..... "},
    {"size", "1", "1111111....."},
    {"rcode", "1", "111111111..."},
    {"flags", "qr", "11.........1"},
    {"qname", "1", "11....1111.."},
    {"client", "::1", "11....1....."},
    {"identity", "1", "11....111..."},
    {"time", "today", "111111......"},
    {"latency", "1s", "1111111....."},
    {"answer.ttl", "1", "1111111....1"},
    {"answer.type", "1", "111111111..1"},
    {"answer.name", "1", "11....1111.1"},
    {"answer.address", "::", "11....1....1"},
    {"answer.rdata", "1", "11....111..1"},
};
static const char *const relations[] = {
    "==", "!=", "<", "<=", ">", ">=", "in", "~", "=~", "under", "", "has"};

static void each_kind_has_its_operators(void **state)
{
    char expression[128];
    struct filter_error error;

    (void)state;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        for (unsigned j = 0; j < 12; j++) {
            if (!*relations[j])
                continue;
            snprintf(expression, sizeof(expression), "%s %s %s", kinds[i].field, relations[j],
                     kinds[i].value);
            struct filter *filter = filter_new(expression, true, &error);
            if (!!filter != (kinds[i].has[j] == '1'))
                fail_msg("%s: %s", expression, filter ? "taken" : error.text);
            if (!filter) {
                assert_int_equal(error.offset, strlen(kinds[i].field) + 1);
                assert_int_equal(error.size, strlen(relations[j]));
            }
            filter_free(filter);
        }
    }
}

static void every_field_can_be_asked_for(void **state)
{
    char expression[128];
    struct filter_error error;

    (void)state;
    for (unsigned i = 0; i < FIELDS; i++) {
        snprintf(expression, sizeof(expression), "has %s", field_describe((enum field)i)->name);
        struct filter *filter = filter_new(expression, true, &error);
        assert_non_null(filter);
        assert_int_equal(filter->terms[0].field, i);
        assert_true(filter_term_cost(&filter->terms[0]) >= 1);
        filter_free(filter);
    }
}

static const struct filter_term *first_term(struct filter **filter, const char *expression)
{
    struct filter_error error;

    filter_free(*filter);
    *filter = filter_new(expression, true, &error);
    assert_non_null(*filter);
    return &(*filter)->terms[0];
}

static void ranges_end_where_numbers_do(void **state)
{
    struct filter *filter = NULL;
    const struct filter_term *term;

    (void)state;
    term = first_term(&filter, "connection < 1");
    assert_true(term->least == 0 && term->most == 0);
    term = first_term(&filter, "connection < 0");
    assert_true(term->least > term->most);
    term = first_term(&filter, "connection > 18446744073709551614");
    assert_true(term->least == UINT64_MAX && term->most == UINT64_MAX);
    term = first_term(&filter, "connection > 18446744073709551615");
    assert_true(term->least > term->most);
    term = first_term(&filter, "flags has (qr, tc, qr)");
    assert_int_equal(term->least, TL_DNS_QR | TL_DNS_TC);
    filter_free(filter);
}

static void one_file_is_read_once_for_a_kind(void **state)
{
    struct test_folder folder = test_folder_new();
    char expression[1024];
    struct filter *filter = NULL;
    const char *p = folder.path;

    (void)state;
    test_folder_put(&folder, "a", "1\n2\n");
    snprintf(expression, sizeof(expression), "qname in @%s/a and answer.name under @%s/a and zone in @'%s/a'",
             p, p, p);
    first_term(&filter, expression);
    assert_int_equal(filter->set_count, 1);
    snprintf(expression, sizeof(expression), "qtype in @%s/a and answer.type in @%s/a and id in @%s/a", p, p,
             p);
    first_term(&filter, expression);
    assert_int_equal(filter->set_count, 3);
    filter_free(filter);
    test_folder_free(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_has_its_operators),
        cmocka_unit_test(every_field_can_be_asked_for),
        cmocka_unit_test(ranges_end_where_numbers_do),
        cmocka_unit_test(one_file_is_read_once_for_a_kind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
