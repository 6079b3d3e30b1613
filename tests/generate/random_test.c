#include "generate/random.h"

#include "proof/test.h"

/* The reference code's own output for the state 1, 2, 3, 4. */
static void the_published_numbers_come(void **state)
{
    (void)state;
    static const uint64_t expected[] = {
        41943041u,
        58720359u,
        3588806011781223u,
        3591011842654386u,
        9228616714210784205u,
        9973669472204895162u,
        14011001112246962877u,
        12406186145184390807u,
    };
    struct random random = {{1, 2, 3, 4}};

    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
        assert_true(random_next(&random) == expected[i]);
    assert_true(random_mix(0) == 0xe220a8397b1dcdafu); /* SplitMix64, seed 0 */
}

static void seeds_differ_and_repeat(void **state)
{
    (void)state;
    struct random a, b, c;

    random_init(&a, 0);
    random_init(&b, 0);
    random_init(&c, 1);
    for (int i = 0; i < 100; i++) {
        uint64_t value = random_next(&a);
        assert_true(value == random_next(&b));
        assert_true(value != random_next(&c));
    }
}

static void limits_and_shares_hold(void **state)
{
    (void)state;
    struct random random;
    unsigned of[7] = {0}, chances = 0;

    random_init(&random, 7);
    for (int i = 0; i < 70000; i++) {
        uint32_t drawn = random_below(&random, 7);
        assert_true(drawn < 7);
        of[drawn]++;
        chances += random_chance(&random, RANDOM_SHARE(0.25));
        assert_false(random_chance(&random, RANDOM_SHARE(0)));
    }
    for (int i = 0; i < 7; i++)
        assert_in_range(of[i], 9700, 10300);
    assert_in_range(chances, 17100, 17900);
    assert_int_equal(random_scaled(UINT64_MAX, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_numbers_come),
        cmocka_unit_test(seeds_differ_and_repeat),
        cmocka_unit_test(limits_and_shares_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
