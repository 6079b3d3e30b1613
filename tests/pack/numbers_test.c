#include "proof/test.h"

#include "pack/numbers.h"

static void what_was_added_is_in_it_and_nothing_else(void **state)
{
    (void)state;
    struct numbers numbers = {0};

    assert_false(numbers_has(&numbers, 1));
    for (uint64_t i = 1; i < 5000; i++) {
        assert_true(numbers_add(&numbers, i * i));
        assert_true(numbers_add(&numbers, i * i));
    }
    assert_int_equal(numbers.count, 4999);
    for (uint64_t i = 2; i < 5000; i++) {
        assert_true(numbers_has(&numbers, i * i));
        assert_false(numbers_has(&numbers, i * i - 1));
    }
    assert_true(numbers_add(&numbers, UINT64_MAX));
    assert_true(numbers_has(&numbers, UINT64_MAX));
    numbers_done(&numbers);
    assert_false(numbers_has(&numbers, UINT64_MAX));
    assert_true(numbers_add(&numbers, 7));
    assert_int_equal(numbers.count, 1);
    numbers_done(&numbers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_added_is_in_it_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
