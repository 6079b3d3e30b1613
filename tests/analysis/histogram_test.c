#include "analysis/histogram.h"

#include "analysis/draws.h"
#include "proof/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NUMBERS 20000

static struct histogram histogram, other, whole;
static uint64_t numbers[NUMBERS];

static int compare(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

static void nothing_is_zero(void **state)
{
    (void)state;
    memset(&histogram, 0, sizeof(histogram));
    assert_int_equal(histogram_quantile(&histogram, 0.5), 0);
    assert_true(histogram_mean(&histogram) == 0);
}

/* Numbers of every magnitude; each quantile is near to the one that sorting gives. */
static void quantiles_are_as_near_as_stated(void **state)
{
    (void)state;
    uint64_t random = 1;

    for (unsigned bits = 1; bits <= 64; bits++) {
        memset(&histogram, 0, sizeof(histogram));
        for (unsigned i = 0; i < NUMBERS; i++) {
            numbers[i] = draw(&random) >> (64 - bits) >> draw(&random) % bits;
            histogram_add(&histogram, numbers[i]);
        }
        qsort(numbers, NUMBERS, sizeof(numbers[0]), compare);
        for (unsigned thousandth = 0; thousandth <= 1000; thousandth++) {
            uint64_t rank = (uint64_t)ceil(thousandth / 1000.0 * NUMBERS);
            double exact = (double)numbers[rank ? rank - 1 : 0];
            double found = (double)histogram_quantile(&histogram, thousandth / 1000.0);
            assert_true(fabs(found - exact) <= exact * HISTOGRAM_ERROR);
            if (exact < 128)
                assert_true(found == exact);
        }
        assert_int_equal(histogram_quantile(&histogram, 0), numbers[0]);
        assert_int_equal(histogram_quantile(&histogram, 1), numbers[NUMBERS - 1]);
    }
}

static void the_ends_have_boxes(void **state)
{
    (void)state;
    memset(&histogram, 0, sizeof(histogram));
    for (unsigned shift = 0; shift < 64; shift++) {
        for (int off = -1; off <= 1; off++)
            histogram_add(&histogram, ((uint64_t)1 << shift) + (uint64_t)off);
    }
    histogram_add(&histogram, UINT64_MAX);
    assert_int_equal(histogram.count, 193);
    assert_int_equal(histogram_quantile(&histogram, 1), UINT64_MAX);
    assert_int_equal(histogram_quantile(&histogram, 0), 0);
}

static void the_mean_is_exact(void **state)
{
    (void)state;
    memset(&histogram, 0, sizeof(histogram));
    histogram_add(&histogram, 1000001);
    histogram_add(&histogram, 2000002);
    histogram_add(&histogram, 6000000);
    assert_true(histogram_mean(&histogram) == 3000001);
}

static void merged_is_as_the_whole(void **state)
{
    (void)state;
    static const unsigned sizes[] = {0, 1, 500};
    uint64_t random = 2;

    for (unsigned i = 0; i < 9; i++) {
        memset(&histogram, 0, sizeof(histogram));
        memset(&other, 0, sizeof(other));
        memset(&whole, 0, sizeof(whole));
        for (unsigned j = 0; j < sizes[i / 3] + sizes[i % 3]; j++) {
            uint64_t number = draw(&random) >> (20 + draw(&random) % 40);
            histogram_add(j < sizes[i / 3] ? &histogram : &other, number);
            histogram_add(&whole, number);
        }
        histogram_merge(&histogram, &other);
        assert_memory_equal(histogram.boxes, whole.boxes, sizeof(whole.boxes));
        assert_int_equal(histogram.count, whole.count);
        assert_int_equal(histogram.least, whole.least);
        assert_int_equal(histogram.most, whole.most);
        assert_true(histogram.sum == whole.sum);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_zero),        cmocka_unit_test(quantiles_are_as_near_as_stated),
        cmocka_unit_test(the_ends_have_boxes),    cmocka_unit_test(the_mean_is_exact),
        cmocka_unit_test(merged_is_as_the_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
