#include "analysis/hll.h"

#include "analysis/draws.h"
#include "proof/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct hll hll, other, whole;

static void few_are_counted_exactly(void **state)
{
    (void)state;
    uint64_t random = 1;

    hll = (struct hll){0};
    assert_int_equal(hll_count(&hll), 0);
    for (unsigned i = 1; i <= HLL_EXACT; i++) {
        uint64_t hash = draw(&random);
        hll_add(&hll, hash);
        hll_add(&hll, hash);
        assert_int_equal(hll_count(&hll), i);
        assert_true(hll_is_exact(&hll));
    }
    hll_add(&hll, draw(&random));
    assert_false(hll_is_exact(&hll));
}

static void a_hash_of_zero_is_one(void **state)
{
    (void)state;
    hll = (struct hll){0};
    hll_add(&hll, 0);
    hll_add(&hll, 0);
    assert_int_equal(hll_count(&hll), 1);
}

/* Of many trials of each size, how far off the estimates are: the standard error is that of the header, 95 of
 * 100 are within HLL_ERROR, and they are right on average. */
static void errors_are_as_stated(void **state)
{
    (void)state;
    static const unsigned sizes[] = {4000, 10000, 20000, 40000, 100000, 300000};
    const int trials = 60;
    uint64_t random = 2;

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        double sum = 0, squares = 0;
        int inside = 0;
        for (int trial = 0; trial < trials; trial++) {
            hll = (struct hll){0};
            for (unsigned j = 0; j < sizes[i]; j++)
                hll_add(&hll, draw(&random));
            double error = (double)hll_count(&hll) / sizes[i] - 1;
            sum += error;
            squares += error * error;
            inside += fabs(error) < HLL_ERROR;
        }
        assert_true(sqrt(squares / trials) < 1.25 * HLL_ERROR / 2);
        assert_true(fabs(sum / trials) < 3 * HLL_ERROR / 2 / sqrt(trials));
        assert_true(inside >= trials * 85 / 100);
    }
}

/* Whatever is in one, in the other, or in both. */
static void merged_is_as_the_whole(void **state)
{
    (void)state;
    static const unsigned sizes[] = {0, 1, 1000, HLL_EXACT, 5000, 20000};
    uint64_t random = 3;

    for (unsigned i = 0; i < 36; i++) {
        hll = (struct hll){0};
        other = (struct hll){0};
        whole = (struct hll){0};
        for (unsigned j = 0; j < sizes[i / 6]; j++) {
            uint64_t hash = draw(&random);
            hll_add(&hll, hash);
            hll_add(&whole, hash);
            if (j % 3 == 0)
                hll_add(&other, hash);
        }
        for (unsigned j = 0; j < sizes[i % 6]; j++) {
            uint64_t hash = draw(&random);
            hll_add(&other, hash);
            hll_add(&whole, hash);
        }
        hll_merge(&hll, &other);
        assert_int_equal(hll.count, whole.count);
        assert_int_equal(hll_count(&hll), hll_count(&whole));
        if (!hll_is_exact(&whole))
            assert_memory_equal(hll.registers, whole.registers, sizeof(whole.registers));
    }
}

/* Hashes that no key gives: the last rank, and all registers full. */
static void the_ends_are_counted(void **state)
{
    (void)state;
    hll = (struct hll){0};
    for (uint64_t i = 0; i < HLL_REGISTERS; i++)
        hll_add(&hll, i << (64 - HLL_BITS));
    assert_int_equal(hll_count(&hll), UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_are_counted_exactly), cmocka_unit_test(a_hash_of_zero_is_one),
        cmocka_unit_test(errors_are_as_stated),    cmocka_unit_test(merged_is_as_the_whole),
        cmocka_unit_test(the_ends_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
