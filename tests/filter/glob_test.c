#include "filter/glob.h"

#include "proof/test.h"

struct pair {
    const char *pattern, *text;
    bool matches, folds;
};

static const struct pair pairs[] = {
    {"", "", true, false},
    {"", "a", false, false},
    {"a", "", false, false},
    {"a", "a", true, false},
    {"a", "A", false, false},
    {"a", "A", true, true},
    {"A", "a", true, true},
    {"[", "{", false, true}, /* beside the letters */
    {"@", "`", false, true},
    {"*", "", true, false},
    {"**", "abc", true, false},
    {"?", "", false, false},
    {"?", "a", true, false},
    {"?", "ab", false, false},
    {"*?", "ab", true, false},
    {"a*", "abc", true, false},
    {"a*", "ba", false, false},
    {"*c", "abc", true, false},
    {"*c", "abcd", false, false},
    {"a*c", "abcbc", true, false},
    {"a*b*c", "axxbxxbc", true, false},
    {"a*b*c", "axxcxxb", false, false},
    {"*ab", "aaab", true, false},
    {"*a?b", "aaaxb", true, false},
    {"\\*", "*", true, false},
    {"\\*", "a", false, false},
    {"\\?b", "?b", true, false},
    {"\\?b", "ab", false, false},
    {"\\\\", "\\", true, false},
    {"a\\", "a\\", true, false}, /* nothing behind it to be taken as it is */
    {"\\a", "a", true, false},
    {"*\\*", "a*b", false, false},
    {"*\\**", "a*b", true, false},
};

static void patterns_match_whole_texts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        bool matches = filter_glob_matches(tl_bytes_of_text(pairs[i].pattern),
                                           tl_bytes_of_text(pairs[i].text), pairs[i].folds);
        if (matches != pairs[i].matches)
            fail_msg("%s and %s", pairs[i].pattern, pairs[i].text);
    }
}

/* The meaning of * and ?, without cleverness. */
static bool matches_simply(const char *pattern, const char *text)
{
    if (*pattern == '*')
        return matches_simply(pattern + 1, text) || (*text && matches_simply(pattern, text + 1));
    if (!*pattern || !*text)
        return *pattern == *text;
    return (*pattern == '?' || *pattern == *text) && matches_simply(pattern + 1, text + 1);
}

static void every_short_pattern_means_what_it_should(void **state)
{
    static const char of_pattern[] = "ab*?", of_text[] = "ab";
    char pattern[6] = "", text[6] = "";

    (void)state;
    for (unsigned i = 0; i < 1u << 10; i++) {
        for (unsigned j = 0; j < 5; j++)
            pattern[j] = of_pattern[i >> 2 * j & 3];
        for (unsigned k = 0; k < 64; k++) {
            unsigned length = k < 32 ? 5 : k % 5;
            for (unsigned j = 0; j < length; j++)
                text[j] = of_text[k >> j & 1];
            text[length] = '\0';
            bool matches = filter_glob_matches(tl_bytes_of_text(pattern), tl_bytes_of_text(text), false);
            if (matches != matches_simply(pattern, text))
                fail_msg("%s and %s", pattern, text);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_match_whole_texts),
        cmocka_unit_test(every_short_pattern_means_what_it_should),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
