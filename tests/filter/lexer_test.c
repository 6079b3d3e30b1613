#include "filter/lexer.h"

#include "proof/test.h"

#include <stdio.h>

/* All tokens of an expression as KIND:TEXT with spaces between them, or "error OFFSET". */
static const char *tokens(const char *expression)
{
    static const char kinds[] = {'.', 'w', 'q', 'l', '(', ')', ',', 's'};
    static char all[512];
    struct filter_lexer lexer;
    struct filter_token token;
    struct filter_error error;
    size_t size = 0, behind = 0;

    assert_true(filter_lexer_init(&lexer, expression, &error));
    do {
        if (!filter_lexer_next(&lexer, &token, &error)) {
            snprintf(all, sizeof(all), "error %zu", error.offset);
            break;
        }
        assert_true(token.offset >= behind);
        assert_int_equal(strlen(token.text), token.length);
        behind = token.offset + token.size;
        size += (size_t)snprintf(all + size, sizeof(all) - size, size ? " %c" : "%c", kinds[token.kind]);
        if (token.length)
            size += (size_t)snprintf(all + size, sizeof(all) - size, ":%s", token.text);
    } while (token.kind != FILTER_END);
    filter_lexer_done(&lexer);
    return all;
}

static void words_end_where_signs_begin(void **state)
{
    (void)state;
    assert_string_equal(tokens(""), ".");
    assert_string_equal(tokens(" \t\r\n"), ".");
    assert_string_equal(tokens("a"), "w:a .");
    assert_string_equal(tokens("qname==*.a-b_c.com"), "w:qname s:== w:*.a-b_c.com .");
    assert_string_equal(tokens("a!=b<c<=d>e>=f~g=~h"),
                        "w:a s:!= w:b s:< w:c s:<= w:d s:> w:e s:>= w:f s:~ w:g s:=~ w:h .");
    assert_string_equal(tokens("!(a&&b)||c"), "s:! ( w:a s:&& w:b ) s:|| w:c .");
    assert_string_equal(tokens("in(2001:db8::/32,10.0.0.0/8)"), "w:in ( w:2001:db8::/32 , w:10.0.0.0/8 ) .");
    assert_string_equal(tokens("2026-11-23T10:00 a\\.b x@y #z $"),
                        "w:2026-11-23T10:00 w:a\\.b w:x@y w:#z w:$ .");
    assert_string_equal(tokens("\x01\xff"), "w:\x01\xff .");
}

static void quotations_keep_what_is_in_them(void **state)
{
    (void)state;
    assert_string_equal(tokens("\"a b\"'c\"d'"), "q:a b q:c\"d .");
    assert_string_equal(tokens("\"\"''"), "q q .");
    assert_string_equal(tokens("\"\\.\\d\\n\""), "q:\\.\\d\\n .");
    assert_string_equal(tokens("\"\\\"\\\\\\'\""), "q:\"\\\\' .");
    assert_string_equal(tokens("'\\\\' x"), "q:\\ w:x .");
    assert_string_equal(tokens("'\\'"), "error 0");
    assert_string_equal(tokens("a \"b"), "error 2");
    assert_string_equal(tokens("\"\\"), "error 0");
    assert_string_equal(tokens("\\"), "w:\\ .");
}

static void lists_have_paths(void **state)
{
    (void)state;
    assert_string_equal(tokens("@/a/b.txt"), "l:/a/b.txt .");
    assert_string_equal(tokens("@\"a b\"@'c'"), "l:a b l:c .");
    assert_string_equal(tokens("(@a)"), "( l:a ) .");
    assert_string_equal(tokens("\"@a\""), "q:@a .");
    assert_string_equal(tokens("a @"), "error 2");
    assert_string_equal(tokens("@ a"), "error 0");
    assert_string_equal(tokens("@''"), "error 0");
    assert_string_equal(tokens("@'a"), "error 1");
}

static void half_signs_are_none(void **state)
{
    (void)state;
    assert_string_equal(tokens("a = b"), "error 2");
    assert_string_equal(tokens("a & b"), "error 2");
    assert_string_equal(tokens("a | b"), "error 2");
    assert_string_equal(tokens("a ==="), "error 4");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_end_where_signs_begin),
        cmocka_unit_test(quotations_keep_what_is_in_them),
        cmocka_unit_test(lists_have_paths),
        cmocka_unit_test(half_signs_are_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
