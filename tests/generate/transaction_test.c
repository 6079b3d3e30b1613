#include "generate/transaction.h"

#include "proof/failing_alloc.h"
#include "proof/test.h"

static void numbers_are_used_again_and_nothing_moves(void **state)
{
    (void)state;
    struct transactions transactions = {0};
    struct transaction *of[1000];
    uint32_t number, free_number;

    for (uint32_t i = 0; i < 1000; i++) {
        of[i] = transactions_add(&transactions, &number);
        assert_non_null(of[i]);
        assert_int_equal(number, i);
    }
    for (uint32_t i = 0; i < 1000; i++)
        assert_ptr_equal(transactions_at(&transactions, i), of[i]);
    transactions_drop(&transactions, 17);
    assert_ptr_equal(transactions_add(&transactions, &free_number), of[17]);
    assert_int_equal(free_number, 17);
    assert_int_equal(transactions.chunk_count, 4);
    transactions_done(&transactions);
}

static void memory_may_end_anywhere(void **state)
{
    (void)state;

    for (unsigned long n = 1;; n++) {
        struct transactions transactions = {0};
        uint32_t number;
        failing_alloc_start(n);
        struct transaction *transaction = transactions_add(&transactions, &number);
        bool has_failed = failing_alloc_stop();
        assert_true(has_failed == (transaction == NULL));
        assert_non_null(transactions_add(&transactions, &number));
        transactions_done(&transactions);
        if (!has_failed)
            break;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_used_again_and_nothing_moves),
        cmocka_unit_test(memory_may_end_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
