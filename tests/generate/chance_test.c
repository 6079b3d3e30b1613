#include "generate/chance.h"

#include "proof/failing_alloc.h"
#include "proof/test.h"

#include <math.h>

/* What the table gives each number, in 2^32 of a column: exact, without drawing. */
static void assert_shares(const struct chance *chance, const double *shares)
{
    double of[16] = {0};

    for (uint32_t i = 0; i < chance->count; i++) {
        double own = (double)chance->columns[i].threshold / 4294967296.0;
        of[i] += own;
        of[chance->columns[i].other] += 1 - own;
    }
    for (uint32_t i = 0; i < chance->count; i++)
        assert_true(fabs(of[i] / chance->count - shares[i]) < 1e-8);
}

static void tables_hold_the_weights(void **state)
{
    (void)state;
    static const struct {
        uint32_t count;
        uint32_t weights[5];
        double shares[5];
    } cases[] = {
        {1, {9}, {1}},
        {2, {1, 3}, {0.25, 0.75}},
        {4, {5, 5, 5, 5}, {0.25, 0.25, 0.25, 0.25}},
        {5, {0, 0, 7, 0, 0}, {0, 0, 1, 0, 0}},
        {5, {UINT32_MAX, UINT32_MAX, 0, 0, UINT32_MAX}, {1.0 / 3, 1.0 / 3, 0, 0, 1.0 / 3}},
        {5, {1, 2, 3, 4, 90}, {0.01, 0.02, 0.03, 0.04, 0.9}},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct chance chance;
        assert_true(chance_init(&chance, cases[i].weights, cases[i].count));
        assert_shares(&chance, cases[i].shares);
        chance_done(&chance);
    }
}

static void what_weighs_nothing_is_never_drawn(void **state)
{
    (void)state;
    static const uint32_t weights[] = {0, 1, 0};
    struct chance chance;
    struct random random;

    random_init(&random, 1);
    assert_true(chance_init(&chance, weights, 3));
    for (int i = 0; i < 10000; i++)
        assert_int_equal(chance_draw(&chance, &random), 1);
    chance_done(&chance);
}

/* Draws of the first ranks against the law, within four standard deviations. */
static void zipf_is_zipf(void **state)
{
    (void)state;
    enum { COUNT = 1000, DRAWS = 1000000 };
    static uint32_t drawn[COUNT];
    struct chance chance;
    struct random random;
    double sum = 0;

    random_init(&random, 3);
    assert_true(chance_init_zipf(&chance, COUNT, 0.95));
    for (int i = 0; i < DRAWS; i++)
        drawn[chance_draw(&chance, &random)]++;
    for (int rank = 1; rank <= COUNT; rank++)
        sum += pow(rank, -0.95);
    for (int rank = 1; rank <= 100; rank++) {
        double expected = DRAWS * pow(rank, -0.95) / sum;
        assert_true(fabs(drawn[rank - 1] - expected) < 4 * sqrt(expected));
    }
    chance_done(&chance);
}

static void without_memory_there_is_no_table(void **state)
{
    (void)state;
    struct chance chance;

    for (unsigned long n = 1;; n++) {
        failing_alloc_start(n);
        bool is_done = chance_init_zipf(&chance, 100, 0.9);
        if (!failing_alloc_stop())
            break;
        assert_false(is_done);
        assert_null(chance.columns);
    }
    chance_done(&chance);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_hold_the_weights),
        cmocka_unit_test(what_weighs_nothing_is_never_drawn),
        cmocka_unit_test(zipf_is_zipf),
        cmocka_unit_test(without_memory_there_is_no_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
