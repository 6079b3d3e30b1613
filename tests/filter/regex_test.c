#include "filter/regex.h"

#include "proof/failing_alloc.h"
#include "proof/guarded.h"
#include "proof/test.h"

static bool matches(const char *pattern, bool folds, struct tl_bytes text)
{
    char why[128];
    size_t offset;
    struct filter_regex *regex = filter_regex_new(tl_bytes_of_text(pattern), folds, &offset, why);
    struct filter_matcher *matcher = filter_matcher_new();
    struct guarded copy = guarded_new(text.data, text.size);

    assert_non_null(regex);
    bool found = filter_regex_matches(regex, matcher, tl_bytes(copy.data, copy.size));
    assert_int_equal(filter_matcher_given_up(matcher), 0);
    guarded_free(&copy);
    filter_matcher_free(matcher);
    filter_regex_free(regex);
    return found;
}

static bool matches_text(const char *pattern, bool folds, const char *text)
{
    return matches(pattern, folds, tl_bytes_of_text(text));
}

static void it_matches_anywhere(void **state)
{
    (void)state;
    assert_true(matches_text("b", false, "abc"));
    assert_false(matches_text("^b", false, "abc"));
    assert_false(matches_text("B", false, "abc"));
    assert_true(matches_text("B", true, "abc"));
    assert_true(matches_text("^$", false, ""));
    assert_true(matches_text("", false, "x"));
    assert_false(matches_text("a$", false, "a\n")); /* the end is the end */
    assert_true(matches("\\x00b", false, tl_bytes("a\0b", 3)));
    assert_true(matches("^.$", false, tl_bytes("\xc3", 1))); /* bytes, whatever they are */
    assert_true(matches("^\\xc3.$", false, tl_bytes("\xc3\xa9", 2)));
    assert_true(matches("^$", false, tl_bytes(NULL, 0)));
}

static void what_is_wrong_is_said_where(void **state)
{
    char why[128];
    size_t offset = 0;

    (void)state;
    assert_null(filter_regex_new(tl_bytes_of_text("ab)c"), false, &offset, why));
    assert_string_equal(why, "in this regular expression: unmatched closing parenthesis");
    assert_int_equal(offset, 2);
    assert_null(filter_regex_new(tl_bytes_of_text("(*UTF)a"), false, &offset, why));
    assert_null(filter_regex_new(tl_bytes_of_text("((a{1000}){1000}){1000}"), false, &offset, why));
}

static void an_endless_match_is_given_up_and_counted(void **state)
{
    static const char *const patterns[] = {"^(a|aa)+$", "(a*)*b", "^(?:a?){60}a{60}$", "^(?:.*)*x"};
    char text[1000];
    struct filter_matcher *matcher = filter_matcher_new();

    (void)state;
    memset(text, 'a', sizeof(text));
    text[50] = 'c';
    for (uint64_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
        char why[128];
        size_t offset;
        struct filter_regex *regex = filter_regex_new(tl_bytes_of_text(patterns[i]), false, &offset, why);
        assert_false(filter_regex_matches(regex, matcher, tl_bytes(text, sizeof(text))));
        filter_regex_free(regex);
    }
    assert_true(filter_matcher_given_up(matcher) >= 1);
    uint64_t given_up = filter_matcher_given_up(matcher);
    assert_true(matches_text("a", false, "a"));
    assert_int_equal(filter_matcher_given_up(matcher), given_up);
    filter_matcher_free(matcher);
}

static void without_memory_there_is_none(void **state)
{
    char why[128];
    size_t offset;

    (void)state;
    for (unsigned long n = 1;; n++) {
        failing_alloc_start(n);
        struct filter_regex *regex = filter_regex_new(tl_bytes_of_text("(a|b)+c"), true, &offset, why);
        struct filter_matcher *matcher = filter_matcher_new();
        bool has_failed = failing_alloc_stop();
        assert_true(has_failed || (regex && matcher));
        if (regex && matcher)
            assert_true(filter_regex_matches(regex, matcher, tl_bytes_of_text("xABc")));
        filter_matcher_free(matcher);
        filter_regex_free(regex);
        if (!has_failed)
            break;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_matches_anywhere),
        cmocka_unit_test(what_is_wrong_is_said_where),
        cmocka_unit_test(an_endless_match_is_given_up_and_counted),
        cmocka_unit_test(without_memory_there_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
