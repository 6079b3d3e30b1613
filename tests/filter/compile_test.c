/* The program that comes of a tree. */
#include "filter/compile.h"

#include "proof/test.h"

#include <stdio.h>

static struct filter *compile(const char *expression)
{
    struct filter_error error;
    struct filter *filter = filter_new(expression, true, &error);

    if (!filter)
        fail_msg("%s: %s", expression, error.text);
    return filter;
}

/* The fields in the order in which they are asked for. */
static const char *order(const char *expression)
{
    static char text[256];
    struct filter *filter = compile(expression);
    size_t size = 0;

    for (size_t i = 0; i < filter->term_count; i++)
        size += (size_t)snprintf(text + size, sizeof(text) - size, i ? " %s" : "%s",
                                 field_describe(filter->terms[i].field)->name);
    filter_free(filter);
    return text;
}

static void cheap_terms_come_first(void **state)
{
    (void)state;
    assert_string_equal(order("qname under com and rcode == NXDOMAIN and client in 10.0.0.0/8"),
                        "client qname rcode");
    assert_string_equal(order("qname =~ x or answer.type has A or has type"), "type answer.type qname");
    assert_string_equal(order("has type and has identity and has client"), "type identity client");
    assert_string_equal(order("has qname and (has answer.type or has type) and has id"),
                        "id qname type answer.type");
    assert_string_equal(order("not (has answer.rdata and not has type) or has error"),
                        "error type answer.rdata");
}

static void jumps_lead_forward(void **state)
{
    static const char *const expressions[] = {
        "has type",
        "not has type",
        "has type and has id or has qname and not (has rcode or has flags)",
        "not (not (has type and has id) or has qname) and (has rcode or has flags) and has answer",
        "((has type or has id) and (has qname or has rcode)) or not ((has flags or has answer) and has size)",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(expressions) / sizeof(expressions[0]); i++) {
        struct filter *filter = compile(expressions[i]);
        assert_int_equal(filter->start, 0);
        for (uint32_t at = 0; at < filter->term_count; at++) {
            uint32_t if_true = filter->terms[at].if_true, if_false = filter->terms[at].if_false;
            assert_true(if_true > at && (if_true < filter->term_count || if_true >= FILTER_PASSES));
            assert_true(if_false > at && (if_false < filter->term_count || if_false >= FILTER_PASSES));
            assert_true(if_true != if_false);
        }
        filter_free(filter);
    }
}

/* What an expression of four terms says is what its jumps say, for all that the terms may be. */
static bool run(const struct filter *filter, unsigned bits)
{
    static const enum field fields[] = {FIELD_TYPE, FIELD_IDENTITY, FIELD_CLIENT, FIELD_SERVER};
    uint32_t at = filter->start;

    while (at < FILTER_PASSES) {
        const struct filter_term *term = &filter->terms[at];
        unsigned i = 0;
        while (fields[i] != term->field)
            i++;
        at = bits >> i & 1 ? term->if_true : term->if_false;
    }
    return at == FILTER_PASSES;
}

static void jumps_say_what_the_expression_says(void **state)
{
    struct filter *filter =
        compile("has type and not (has identity or has client) or has server and has identity");
    struct filter *other =
        compile("!((has type or has server) && !(has client && has type) || !has identity)");

    (void)state;
    for (unsigned bits = 0; bits < 16; bits++) {
        bool a = bits & 1, b = bits & 2, c = bits & 4, d = bits & 8;
        assert_int_equal(run(filter, bits), (a && !(b || c)) || (d && b));
        assert_int_equal(run(other, bits), !(((a || d) && !(c && a)) || !b));
    }
    filter_free(filter);
    filter_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cheap_terms_come_first),
        cmocka_unit_test(jumps_lead_forward),
        cmocka_unit_test(jumps_say_what_the_expression_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
