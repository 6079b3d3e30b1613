/* The last texts, whatever their sizes, wherever the ring wraps. */
#include "cli/read_tail.h"

#include "proof/test.h"

#include <stdlib.h>
#include <string.h>

enum { TEXTS = 2000, LONGEST = 100000 };

/* Each text is its number again and again. */
static size_t size_of(unsigned number)
{
    return 4 + number * 7919u % LONGEST / 4 * 4;
}

static void put(struct read_tail *tail, unsigned number)
{
    static uint32_t text[LONGEST];

    for (size_t i = 0; i < size_of(number) / 4; i++)
        text[i] = number;
    read_tail_put(tail, tl_bytes(text, size_of(number)));
}

/* What is kept are `count` texts up to number `last`. */
static void expect(struct read_tail *tail, unsigned last, uint64_t count)
{
    struct print *print = print_new(&(struct print_options){.fd = -1, .format = PRINT_RAW, .is_part = true});
    size_t at = 0;

    assert_non_null(print);
    assert_int_equal(read_tail_count(tail), count);
    assert_int_equal(read_tail_print(tail, print), TL_OK);
    struct tl_bytes text = print_take(print);
    for (unsigned number = last + 1 - (unsigned)count; number <= last; number++) {
        for (size_t i = 0; i < size_of(number); i += 4, at += 4) {
            assert_true(at + 4 <= text.size);
            assert_memory_equal(text.data + at, &number, 4);
        }
    }
    assert_int_equal(at, text.size);
    print_free(print);
}

static void the_last_ones_are_kept(void **state)
{
    (void)state;
    struct read_tail *tail = read_tail_new(3);

    assert_non_null(tail);
    expect(tail, 0, 0);
    for (unsigned number = 1; number <= TEXTS; number++) {
        put(tail, number);
        if (number < 5 || number % 100 == 0)
            expect(tail, number, number < 3 ? number : 3);
    }
    assert_false(read_tail_is_cut(tail));
    read_tail_free(tail);
    read_tail_free(NULL);
}

static void as_many_as_there_is_room_for(void **state)
{
    (void)state;
    struct read_tail *tail = read_tail_new(UINT64_MAX);
    size_t size = 0;
    uint64_t fits = 0;

    assert_non_null(tail);
    for (unsigned number = 1; number <= TEXTS; number++)
        put(tail, number);
    while (size + 4 + size_of(TEXTS - (unsigned)fits) <= READ_TAIL_SIZE)
        size += 4 + size_of(TEXTS - (unsigned)fits++);
    assert_true(fits > 100 && fits < TEXTS);
    expect(tail, TEXTS, fits);
    assert_true(read_tail_is_cut(tail));
    read_tail_free(tail);
}

static void one_that_is_too_long_is_missed(void **state)
{
    (void)state;
    struct read_tail *tail = read_tail_new(2);
    uint8_t *large = calloc(1, READ_TAIL_SIZE);

    assert_non_null(tail);
    assert_non_null(large);
    put(tail, 1);
    read_tail_put(tail, tl_bytes(large, READ_TAIL_SIZE));
    assert_int_equal(read_tail_count(tail), 0);
    assert_true(read_tail_is_cut(tail));
    put(tail, 2);
    assert_true(read_tail_is_cut(tail));
    put(tail, 3);
    assert_false(read_tail_is_cut(tail));
    expect(tail, 3, 2);
    read_tail_put(tail, tl_bytes(large, READ_TAIL_SIZE - 4));
    assert_int_equal(read_tail_count(tail), 1);
    free(large);
    read_tail_free(tail);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_ones_are_kept),
        cmocka_unit_test(as_many_as_there_is_room_for),
        cmocka_unit_test(one_that_is_too_long_is_missed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
