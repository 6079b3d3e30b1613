#include "record/excerpt.h"

#include "proof/test.h"

static void only_printable_letters_are_shown(void **state)
{
    char text[EXCERPT_SIZE];

    (void)state;
    assert_string_equal(excerpt_of(tl_bytes("a\tb\r\n\x1b[1m\x7f\xff\0~", 13), text), "a b  ?[1m???~");
    assert_string_equal(excerpt_of(tl_bytes(NULL, 0), text), "");
    for (unsigned byte = 0; byte < 256; byte++)
        assert_in_range(excerpt_letter((uint8_t)byte), 0x20, 0x7e);
}

static void what_is_long_is_cut(void **state)
{
    char text[EXCERPT_SIZE], letters[EXCERPT_SIZE + 1];

    (void)state;
    memset(letters, 'a', sizeof(letters));
    excerpt_of(tl_bytes(letters, EXCERPT_SIZE - 1), text);
    assert_int_equal(strspn(text, "a"), EXCERPT_SIZE - 1);
    excerpt_of(tl_bytes(letters, EXCERPT_SIZE), text);
    assert_int_equal(strspn(text, "a"), EXCERPT_SIZE - 4);
    assert_string_equal(text + EXCERPT_SIZE - 4, "...");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_printable_letters_are_shown),
        cmocka_unit_test(what_is_long_is_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
