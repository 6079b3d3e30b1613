/* Books: sums, the balance, and the sentence. */
#include "proof/test.h"

#include "capture/books.h"

#include <string.h>

static struct books sample(void)
{
    struct books books = {{0}};

    books.count[BOOKS_BYTES_IN] = 1000;
    books.count[BOOKS_BYTES_OUT] = 700;
    books.count[BOOKS_SKIPPED_CONTROL] = 84;
    books.count[BOOKS_SKIPPED_OVERSIZED] = 200;
    books.count[BOOKS_SKIPPED_CUT] = 16;
    books.count[BOOKS_FRAMES_IN] = 11;
    books.count[BOOKS_FRAMES_OUT] = 10;
    books.count[BOOKS_FRAMES_SKIPPED] = 1;
    return books;
}

static void test_balance(void **state)
{
    struct books books = sample();

    (void)state;
    assert_int_equal(books_skipped(&books), 300);
    assert_true(books_balance(&books));
    books.count[BOOKS_LEFT] = 99; /* never came in */
    assert_true(books_balance(&books));
    books.count[BOOKS_FRAMES_OUT]--;
    assert_false(books_balance(&books));
    books.count[BOOKS_FRAMES_OUT]++;
    books.count[BOOKS_SKIPPED_EVICTED]++;
    assert_false(books_balance(&books));
}

static void test_add(void **state)
{
    struct books sum = sample(), more = sample();

    (void)state;
    books_add(&sum, &more);
    for (int i = 0; i < BOOKS_COUNTERS; i++)
        assert_int_equal(sum.count[i], 2 * more.count[i]);
    assert_true(books_balance(&sum));
}

static void test_print(void **state)
{
    struct books books = sample();
    char text[BOOKS_TEXT_SIZE];

    (void)state;
    size_t length = books_print(&books, text, sizeof(text));
    assert_string_equal(text,
                        "11 frames, 1000 bytes in = 10 frames, 700 bytes out + 1 frames, 300 bytes skipped "
                        "(control frames: 84, oversized: 200, cut off: 16)");
    assert_int_equal(length, strlen(text));
    books.count[BOOKS_LEFT] = 5;
    books_print(&books, text, sizeof(text));
    assert_non_null(strstr(text, "; 5 bytes were left in the socket"));
    memset(&books, 0, sizeof(books));
    books_print(&books, text, sizeof(text));
    assert_string_equal(text, "0 frames, 0 bytes in = 0 frames, 0 bytes out + 0 bytes skipped");
}

/* The longest sentence fits, and a buffer that is too small is never overrun. */
static void test_bounds(void **state)
{
    struct books books;
    char text[BOOKS_TEXT_SIZE];

    (void)state;
    memset(&books, 0xff, sizeof(books));
    assert_true(books_print(&books, text, sizeof(text)) < sizeof(text));
    memset(text, '#', sizeof(text));
    books_print(&books, text, 20);
    assert_int_equal(text[19], '\0');
    assert_int_equal(text[20], '#');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_balance),
        cmocka_unit_test(test_add),
        cmocka_unit_test(test_print),
        cmocka_unit_test(test_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
