#include "generate/quantiles.h"

#include "proof/test.h"

#include <stdlib.h>

#define DRAWS 100000

static int ascending(const void *a, const void *b)
{
    uint32_t first = *(const uint32_t *)a, second = *(const uint32_t *)b;

    return (first > second) - (first < second);
}

static uint32_t drawn[DRAWS];

static double draw_all(const struct quantiles *quantiles)
{
    struct random random;
    double sum = 0;

    random_init(&random, 11);
    for (int i = 0; i < DRAWS; i++) {
        drawn[i] = quantiles_draw(quantiles, &random);
        sum += drawn[i];
    }
    qsort(drawn, DRAWS, sizeof(drawn[0]), ascending);
    return sum / DRAWS;
}

static void lognormal_has_its_median_and_mean(void **state)
{
    (void)state;
    struct quantiles quantiles;

    quantiles_lognormal(&quantiles, 70000, 0.95, 4000000);
    for (int i = 0; i < QUANTILES_STEPS; i++)
        assert_true(quantiles.at[i] <= quantiles.at[i + 1]);
    double mean = draw_all(&quantiles);
    assert_in_range(drawn[DRAWS / 2], 69000, 71000);
    assert_in_range((unsigned)mean, 107000, 113000);             /* 70000 * e^(0.95^2 / 2) = 109920 */
    assert_in_range(drawn[DRAWS / 100 * 99], 615000, 660000);    /* 70000 * e^(0.95 * 2.326) = 638000 */
    assert_in_range(drawn[(int)(DRAWS * 0.1587)], 26600, 27600); /* 70000 / e^0.95 = 27070 */
}

static void nothing_is_above_the_most(void **state)
{
    (void)state;
    struct quantiles quantiles;

    quantiles_lognormal(&quantiles, 180, 0.6, 500);
    draw_all(&quantiles);
    assert_int_equal(drawn[DRAWS - 1], 500);
    assert_true(drawn[0] > 0);
}

static void exponential_has_its_mean(void **state)
{
    (void)state;
    struct quantiles quantiles;

    quantiles_exponential(&quantiles);
    double mean = draw_all(&quantiles);
    assert_in_range((unsigned)mean, QUANTILES_MEAN * 99 / 100, QUANTILES_MEAN * 101 / 100);
    assert_in_range(drawn[DRAWS / 2], QUANTILES_MEAN * 68 / 100, QUANTILES_MEAN * 71 / 100); /* ln 2 */
    assert_true(drawn[0] < QUANTILES_MEAN / 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lognormal_has_its_median_and_mean),
        cmocka_unit_test(nothing_is_above_the_most),
        cmocka_unit_test(exponential_has_its_mean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
