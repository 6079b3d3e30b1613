#include "source/span.h"

#include "proof/test.h"

static const struct tl_time at_10_5 = {10, 500000000}, at_20 = {20, 0}, at_20_and_a_bit = {20, 1};

static void a_span_holds_its_beginning_and_not_its_end(void **state)
{
    (void)state;
    struct span span = {true, true, at_10_5, at_20};

    assert_false(span_holds(&span, (struct tl_time){10, 499999999}));
    assert_true(span_holds(&span, at_10_5));
    assert_true(span_holds(&span, (struct tl_time){19, 999999999}));
    assert_false(span_holds(&span, at_20));
    span.has_until = false;
    assert_true(span_holds(&span, at_20));
    span.has_since = false;
    assert_true(span_is_all(&span));
    assert_true(span_holds(&span, (struct tl_time){0, 0}));
}

static void what_is_rounded_down_is_never_passed_over(void **state)
{
    (void)state;
    struct span since = {.has_since = true, .since = at_20_and_a_bit};
    struct span until = {.has_until = true, .until = at_20_and_a_bit};

    assert_int_equal(span_part(&since, 0, 19999), SPAN_NONE);
    assert_int_equal(span_part(&since, 0, 20000), SPAN_SOME); /* may be 20.0009 */
    assert_int_equal(span_part(&since, 20000, 30000), SPAN_SOME);
    assert_int_equal(span_part(&since, 20001, 30000), SPAN_ALL);
    assert_int_equal(span_part(&until, 20001, 30000), SPAN_NONE);
    assert_int_equal(span_part(&until, 20000, 30000), SPAN_SOME);
    assert_int_equal(span_part(&until, 0, 20000), SPAN_SOME);
    assert_int_equal(span_part(&until, 0, 19999), SPAN_ALL);
    since.since = at_20;
    until.until = at_20;
    assert_int_equal(span_part(&since, 0, 19999), SPAN_NONE);
    assert_int_equal(span_part(&since, 20000, 20000), SPAN_ALL);
    assert_int_equal(span_part(&until, 20000, 20000), SPAN_NONE);
    assert_int_equal(span_part(&until, 0, 19999), SPAN_ALL);
}

static void what_is_not_known_is_looked_at(void **state)
{
    (void)state;
    struct span span = {true, true, at_10_5, at_20}, all = {.has_since = false};

    assert_int_equal(span_part(&span, 1, 0), SPAN_SOME);
    assert_int_equal(span_part(&span, UINT64_MAX, UINT64_MAX), SPAN_SOME);
    assert_int_equal(span_part(&all, 1, 0), SPAN_ALL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_span_holds_its_beginning_and_not_its_end),
        cmocka_unit_test(what_is_rounded_down_is_never_passed_over),
        cmocka_unit_test(what_is_not_known_is_looked_at),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
