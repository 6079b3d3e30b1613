/* What is said about expressions that are none, and where. */
#include "filter/error.h"

#include "proof/test.h"

#include <stdio.h>
#include <stdlib.h>

struct fault {
    const char *expression;
    size_t offset, size;
    const char *text;
};

static const struct fault faults[] = {
    {"", 0, 1, "it is empty; write for example qname under example.com"},
    {"  ", 2, 1, "it is empty; write for example qname under example.com"},
    /* words and signs */
    {"qname = x", 6, 1, "\"=\" is no operator; write \"==\""},
    {"has qname & has id", 10, 1, "\"&\" is no operator; write \"and\""},
    {"has qname | has id", 10, 1, "\"|\" is no operator; write \"or\""},
    {"qname == 'a\\'", 9, 1, "this quotation has no end"},
    {"qname == \"a'", 9, 1, "this quotation has no end"},
    {"qname in @", 9, 1, "the path of a file belongs behind \"@\": @names.txt"},
    {"qname in @''", 9, 1, "the path of a file belongs behind \"@\": @names.txt"},
    {"qname =~ a|b", 10, 1, "\"|\" is no operator; write \"or\", or quotes around a value that has it"},
    /* fields */
    {"qnane under example.com", 0, 5, "unknown field \"qnane\"; did you mean qname?"},
    {"has id and QNAME == a", 11, 5, "unknown field \"QNAME\"; did you mean qname?"},
    {"answer.tpye has A", 0, 11, "unknown field \"answer.tpye\"; did you mean answer.type?"},
    {"has foo.bar.baz", 4, 11, "unknown field \"foo.bar.baz\"; tapline read --list-fields shows all"},
    {"10.0.0.0/8 == client", 0, 10, "unknown field \"10.0.0.0/8\"; tapline read --list-fields shows all"},
    {"'qname' == x", 0, 7, "a field belongs here, such as qname or client, not \"'qname'\""},
    {"and", 0, 3, "a field belongs here, such as qname or client, not \"and\""},
    {"has qname or or has id", 13, 2, "a field belongs here, such as qname or client, not \"or\""},
    {"not", 3, 1, "the end comes too early: a field belongs here, such as qname or client"},
    {"qname == a and ", 15, 1, "the end comes too early: a field belongs here, such as qname or client"},
    {"has", 3, 1, "the end comes too early: a field belongs behind \"has\""},
    {"()", 1, 1, "a field belongs here, such as qname or client, not \")\""},
    /* operators */
    {"qname", 5, 1,
     "the end comes too early: an operator belongs behind qname, such as == or in (\"has qname\" asks "
     "whether it is "
     "there)"},
    {"qname is x", 6, 2,
     "an operator belongs behind qname, such as == or in (\"has qname\" asks whether it is there), not "
     "\"is\""},
    {"qname !~ x", 6, 1, "write \"not\" before qname"},
    {"qname not == a", 10, 2, "behind a field and \"not\" belongs \"in\" or \"under\", not \"==\""},
    {"client under 10.0.0.0/8", 7, 5, "client is an address, and has no \"under\", but ==, !=, in"},
    {"client ~ 10.*", 7, 1, "client is an address, and has no \"~\", but ==, !=, in"},
    {"qname < x", 6, 1, "qname is a name, and has no \"<\", but ==, !=, in, ~, =~, under"},
    {"rcode has NXDOMAIN", 6, 3, "rcode is a word, and has no \"has\", but ==, !=, <, <=, >, >=, in, ~, =~"},
    {"identity under x", 9, 5, "identity is text, and has no \"under\", but ==, !=, in, ~, =~"},
    {"time in today", 5, 2, "time is a time, and has no \"in\", but ==, !=, <, <=, >, >="},
    {"flags in aa", 6, 2, "flags is a set of flags, and has no \"in\", but ==, !=, has"},
    /* values */
    {"qname ==", 8, 1, "the end comes too early: a value belongs here"},
    {"qname == )", 9, 1, "a value belongs here, not \")\""},
    {"qname == == x", 9, 2, "a value belongs here, not \"==\""},
    {"qname == (a)", 9, 1, "== takes one value; for several there is \"in\""},
    {"qname == @x", 9, 2, "== takes one value; for several there is \"in\""},
    {"qname ~ (a|b)", 8, 1, "~ takes one pattern; put it into quotes"},
    {"qname in ()", 10, 1, "a value belongs here, not \")\""},
    {"qname in (a b)", 12, 1, "\",\" or \")\" belongs here, not \"b\""},
    {"qname in (a,", 12, 1, "the end comes too early: a value belongs here"},
    {"qname in (a", 11, 1, "the end comes too early: \",\" or \")\" belongs here"},
    {"qname under (a, @x)", 16, 2, "a list stands alone: qname under @FILE"},
    {"qname == a..b", 9, 4, "\"a..b\" is no DNS name"},
    {"qname in (a, '')", 13, 2, "\"\" is no DNS name"},
    {"client == 10/8", 10, 4,
     "\"10/8\" is no address; write for example 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32"},
    {"client in 10.0.0.0/33", 10, 11,
     "\"10.0.0.0/33\" is no address; write for example 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32"},
    {"rcode == NXDOMIAN", 9, 8, "rcode is never \"NXDOMIAN\"; did you mean NXDOMAIN?"},
    {"type in (CQ, CLIENTQUERY)", 13, 11, "type is never \"CLIENTQUERY\"; did you mean CLIENT_QUERY?"},
    {"family == fourteen", 10, 8, "family is never \"fourteen\", but INET, INET6"},
    {"rcode > NOERROR", 8, 7, "words have no order; write a number behind >"},
    {"flags has ab", 10, 2, "flags is never \"ab\"; did you mean ad?"},
    {"flags has (aa, 0)", 15, 1, "0 is no flag; write flags == 0"},
    {"flags has @x", 10, 2, "there are no lists of flags; write them in parentheses"},
    {"server.port == -1", 15, 2, "\"-1\" is no number"},
    {"server.port == 18446744073709551616", 15, 20, "\"18446744073709551616\" is no number"},
    {"size > 4XiB", 7, 4, "\"4XiB\" is no size; write for example 512 or 4KiB"},
    {"latency > 10", 10, 2, "\"10\" is no duration; write for example 10ms or 500us"},
    {"time > yesterdy", 7, 8,
     "\"yesterdy\" is no time; give a time such as 2026-11-23T10:00, 2026-11-23, 2026-11-23T09:00:00Z, "
     "\"10m ago\", today or yesterday"},
    {"qname in @/nonexistent/x", 9, 15, "/nonexistent/x: No such file or directory"},
    {"qname in @/", 9, 2, "/: Is a directory"},
    {"qname =~ '(a'", 11, 1, "in this regular expression: missing closing parenthesis"},
    {"qname =~ 'a{2,1}b'", 15, 1, "in this regular expression: numbers out of order in {} quantifier"},
    {"qname =~ \"\\\\\\\\(\"", 9, 7, "in this regular expression: missing closing parenthesis"},
    /* parentheses, and what is too much */
    {"(qname == a", 0, 1, "nothing closes this parenthesis"},
    {"has id and (has qname x", 22, 1,
     "\"and\", \"or\" or \")\" belongs here (a value with a blank in it belongs into quotes), not \"x\""},
    {"qname == a)", 10, 1, "this parenthesis closes nothing"},
    {"qname == a qtype == A", 11, 5, "\"and\" or \"or\" belongs here, not \"qtype\""},
    {"time > 2026-11-23 10:00", 18, 5,
     "\"and\" or \"or\" belongs here (a value with a blank in it belongs into quotes), not \"10:00\""},
    {"qname == a ==", 11, 2, "\"and\" or \"or\" belongs here, not \"==\""},
    {"flags == aa,rd", 11, 1, "several values belong into parentheses: in (A, B)"},
    {"qname =~ ^d[0-9]{3,}x", 18, 1, "a pattern with \",\" in it belongs into quotes"},
    {"qname ~ *a(b)", 10, 1, "a pattern with \"(\" in it belongs into quotes"},
    {"(qname =~ a(b))", 11, 1, "a pattern with \"(\" in it belongs into quotes"},
    {"qname =~ a , b", 11, 1, "several values belong into parentheses: in (A, B)"},
    {"(client in ::1, ::2)", 14, 1, "several values belong into parentheses: in (A, B)"},
    {"qname == a..\x1b[31m", 9, 8,
     "\"a..\\x1b[31m\" is no DNS name; if byte 27 is in it, that is written \\027"},
};

static void expect(const char *expression, size_t offset, size_t size, const char *text)
{
    struct filter_error error;
    struct filter *filter = filter_new(expression, true, &error);

    if (filter)
        fail_msg("%s\n    is one", expression);
    if (error.offset != offset || error.size != size || strcmp(error.text, text) != 0)
        fail_msg("%s\n    has at %zu+%zu: %s", expression, error.offset, error.size, error.text);
}

static void each_fault_is_found_where_it_is(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        expect(faults[i].expression, faults[i].offset, faults[i].size, faults[i].text);
    }
}

static void length_and_depth_are_bounded(void **state)
{
    static char text[70000];

    (void)state;
    memset(text, ' ', 65536 + 1);
    expect(text, 65536, 1, "more than 65536 bytes; long lists belong into a file: in @FILE");
    memset(text, '(', 1000);
    text[1000] = '\0';
    expect(text, 100, 1, "more than 100 parentheses in each other");
}

static const char *print(const char *expression, size_t offset, size_t size)
{
    static char shown[FILTER_ERROR_PRINT_SIZE];
    struct filter_error error = {.offset = offset, .size = size};

    memset(shown, 'x', sizeof(shown));
    size_t length = filter_error_print(expression, &error, shown, sizeof(shown));
    assert_int_equal(length, strlen(shown));
    return shown;
}

static void a_caret_points_at_the_fault(void **state)
{
    (void)state;
    assert_string_equal(print("qnane == x", 0, 5), "qnane == x\n^~~~~\n");
    assert_string_equal(print("a == (b", 7, 1), "a == (b\n       ^\n");
    assert_string_equal(print("", 0, 1), "");
    assert_string_equal(print(" \t\n", 3, 1), "");
    assert_string_equal(print("ab", 1, 99), "ab\n ^\n");
    assert_string_equal(print("ab", 99, 99), "ab\n  ^\n");
    assert_string_equal(print("a\tb\nc\x1b[1m\xc3\xa9", 4, 1), "a b c\\x1b[1m\\xc3\\xa9\n    ^\n");
    assert_string_equal(print("a\xffz b", 1, 1), "a\\xffz b\n ^~~~\n");
    assert_string_equal(print("a\xffz b", 4, 1), "a\\xffz b\n       ^\n");
}

static void a_caret_goes_by_columns(void **state)
{
    (void)state;
    setenv("LC_ALL", "C.UTF-8", 1);
    const char *shown = print("\xc3\xa9 b", 3, 1);
    if (*shown == '\\') {
        setenv("LC_ALL", "C", 1);
        skip(); /* the system does not have the locale */
    }
    assert_string_equal(shown, "\xc3\xa9 b\n  ^\n");
    assert_string_equal(print("\xe6\x97\xa5 b", 4, 1), "\xe6\x97\xa5 b\n   ^\n");
    assert_string_equal(print("\xe6\x97\xa5 b", 0, 3), "\xe6\x97\xa5 b\n^~\n");
    assert_string_equal(print("\xe6\x97\xa5 b", 1, 1), "\xe6\x97\xa5 b\n^\n");

    char text[3 * 60 + 2] = "";
    for (int i = 0; i < 60; i++)
        strcat(text, "\xe6\x97\xa5");
    strcat(text, "x");
    shown = print(text, 180, 1);
    assert_memory_equal(shown, "...\xe6\x97\xa5", 6);
    assert_int_equal(strcspn(shown, "\n"), 3 + 35 * 3 + 1);
    assert_string_equal(shown + 3 + 35 * 3,
                        "x\n"
                        "                                                                         ^\n");
    setenv("LC_ALL", "C", 1);
}

static void a_long_expression_is_cut_around_it(void **state)
{
    char text[301];

    (void)state;
    for (int i = 0; i < 300; i++)
        text[i] = (char)('0' + i / 10 % 10);
    text[300] = '\0';
    assert_string_equal(
        print(text, 3, 4),
        "000000000011111111112222222222333333333344444444445555555555666666666677...\n   ^~~~\n");
    assert_string_equal(print(text, 150, 4),
                        "...000000001111111111222222222233333333334444444444555555555566666666667777...\n"
                        "                                                   ^~~~\n");
    assert_string_equal(print(text, 299, 1),
                        "...22333333333344444444445555555555666666666677777777778888888888999999999"
                        "9\n"
                        "                                                                          ^\n");
}

static void what_does_not_fit_is_cut(void **state)
{
    char shown[8];
    struct filter_error error = {.offset = 2, .size = 1};

    (void)state;
    assert_int_equal(filter_error_print("abc", &error, shown, sizeof(shown)), 7);
    assert_string_equal(shown, "abc\n  ^");
    assert_int_equal(filter_error_print("abc", &error, shown, 0), 0);
}

int main(void)
{
    setenv("LC_ALL", "C", 1); /* what is shown goes by it */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_fault_is_found_where_it_is),    cmocka_unit_test(length_and_depth_are_bounded),
        cmocka_unit_test(a_caret_points_at_the_fault),        cmocka_unit_test(a_caret_goes_by_columns),
        cmocka_unit_test(a_long_expression_is_cut_around_it), cmocka_unit_test(what_does_not_fit_is_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
