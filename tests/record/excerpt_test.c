#include "record/excerpt.h"

#include "proof/guarded.h"
#include "proof/test.h"

#include <stdlib.h>

static char text[EXCERPT_SIZE];

/* Out of memory that ends before an unreadable page. */
static const char *excerpt(const char *bytes, size_t size)
{
    struct guarded in = guarded_new(bytes, size);

    excerpt_of(tl_bytes(in.data, in.size), text);
    guarded_free(&in);
    return text;
}

static void only_printable_letters_are_shown(void **state)
{
    struct excerpt_letter letter;

    (void)state;
    setenv("LC_ALL", "C", 1);
    assert_string_equal(excerpt("a\tb\r\n\x1b[1m\x7f\xff\0~", 13), "a b  \\x1b[1m\\x7f\\xff\\x00~");
    assert_string_equal(excerpt("\xc3\xa9", 2), "\\xc3\\xa9");
    assert_string_equal(excerpt_of(tl_bytes(NULL, 0), text), "");
    for (unsigned byte = 0; byte < 256; byte++) {
        excerpt_letter(tl_bytes(&(uint8_t){(uint8_t)byte}, 1), &letter);
        assert_int_equal(letter.size, 1);
        assert_int_equal(letter.columns, strlen(letter.shown));
        for (const char *at = letter.shown; *at; at++)
            assert_in_range(*at, 0x20, 0x7e);
    }
}

static void letters_of_utf8_are_themselves_where_it_is_spoken(void **state)
{
    struct excerpt_letter letter;

    (void)state;
    setenv("LC_ALL", "C.UTF-8", 1);
    excerpt_letter(tl_bytes("\xc3\xa9!", 3), &letter);
    if (letter.size == 1)
        skip(); /* the system does not have the locale */
    assert_int_equal(letter.size, 2);
    assert_int_equal(letter.columns, 1);
    excerpt_letter(tl_bytes("\xe6\x97\xa5", 3), &letter);
    assert_int_equal(letter.size, 3);
    assert_int_equal(letter.columns, 2);
    assert_string_equal(excerpt("caf\xc3\xa9 \xe6\x97\xa5", 9), "caf\xc3\xa9 \xe6\x97\xa5");
    /* broken, cut off, a control character, one that turns the writing round, one without a column */
    assert_string_equal(excerpt("\xa9\xc3", 2), "\\xa9\\xc3");
    assert_string_equal(excerpt("\xe6\x97", 2), "\\xe6\\x97");
    assert_string_equal(excerpt("\xc2\x85", 2), "\\xc2\\x85");
    assert_string_equal(excerpt("\xe2\x80\xae", 3), "\\xe2\\x80\\xae");
    assert_string_equal(excerpt("e\xcc\x81", 3), "e\\xcc\\x81");
}

static void what_is_long_is_cut(void **state)
{
    char letters[EXCERPT_SIZE + 1];

    (void)state;
    setenv("LC_ALL", "C", 1);
    memset(letters, 'a', sizeof(letters));
    excerpt(letters, EXCERPT_SIZE - 1);
    assert_int_equal(strspn(text, "a"), EXCERPT_SIZE - 1);
    excerpt(letters, EXCERPT_SIZE);
    assert_int_equal(strspn(text, "a"), EXCERPT_SIZE - 4);
    assert_string_equal(text + EXCERPT_SIZE - 4, "...");
    /* between two letters */
    letters[EXCERPT_SIZE - 5] = '\x1b';
    excerpt(letters, EXCERPT_SIZE);
    assert_string_equal(text + EXCERPT_SIZE - 5, "...");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_printable_letters_are_shown),
        cmocka_unit_test(letters_of_utf8_are_themselves_where_it_is_spoken),
        cmocka_unit_test(what_is_long_is_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
