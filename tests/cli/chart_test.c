#include "cli/chart.h"

#include "proof/test.h"

#include <stdlib.h>
#include <string.h>

#define assert_bar(value, most, width, is_utf8, expected)                                                    \
    do {                                                                                                     \
        char text[CHART_TEXT_SIZE];                                                                          \
        chart_bar(value, most, width, is_utf8, text);                                                        \
        assert_string_equal(text, expected);                                                                 \
    } while (0)

static void bars_are_as_long_as_their_share(void **state)
{
    (void)state;
    assert_bar(10, 10, 8, false, "########");
    assert_bar(5, 10, 8, false, "####");
    assert_bar(1, 1000000, 8, false, "#");
    assert_bar(0, 10, 8, false, "");
    assert_bar(0, 0, 8, false, "");
    assert_bar(10, 10, 3, true, "███");
    assert_bar(1, 3, 3, true, "█");
    assert_bar(9, 16, 2, true, "█▏");
    assert_bar(1, 1000000, 8, true, "▏");
    assert_bar(UINT64_MAX, UINT64_MAX, 2, false, "##");
}

static void the_longest_fit(void **state)
{
    (void)state;
    char text[CHART_TEXT_SIZE];
    uint64_t values[CHART_WIDTH];

    chart_bar(7, 7, CHART_WIDTH, true, text);
    assert_int_equal(strlen(text), CHART_TEXT_SIZE - 1);
    for (int i = 0; i < CHART_WIDTH; i++)
        values[i] = UINT64_MAX;
    chart_columns(values, CHART_WIDTH, true, text);
    assert_int_equal(strlen(text), CHART_TEXT_SIZE - 1);
}

static void columns_have_eight_steps(void **state)
{
    (void)state;
    static const uint64_t values[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 0};
    char text[CHART_TEXT_SIZE];

    chart_columns(values, 10, false, text);
    assert_string_equal(text, " .:-=+*#@ ");
    chart_columns(values, 10, true, text);
    assert_string_equal(text, " ▁▂▃▄▅▆▇█ ");
    chart_columns((uint64_t[]){1, 1000000}, 2, false, text);
    assert_string_equal(text, ".@");
    chart_columns(NULL, 0, false, text);
    assert_string_equal(text, "");
}

static void the_first_variable_that_is_set_counts(void **state)
{
    (void)state;
    unsetenv("LC_ALL");
    unsetenv("LC_CTYPE");
    unsetenv("LANG");
    assert_false(chart_is_utf8());
    setenv("LANG", "de_DE.UTF-8", 1);
    assert_true(chart_is_utf8());
    setenv("LC_CTYPE", "C.utf8", 1);
    assert_true(chart_is_utf8());
    setenv("LC_ALL", "C", 1);
    assert_false(chart_is_utf8());
    setenv("LC_ALL", "", 1);
    assert_true(chart_is_utf8());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bars_are_as_long_as_their_share),
        cmocka_unit_test(the_longest_fit),
        cmocka_unit_test(columns_have_eight_steps),
        cmocka_unit_test(the_first_variable_that_is_set_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
