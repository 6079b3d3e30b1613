#include "record/siphash.h"

#include "proof/guarded.h"
#include "proof/test.h"

static const struct siphash_key key = {{0x0706050403020100, 0x0f0e0d0c0b0a0908}};

/* Appendix A of the paper: the key 00 to 0f, and 00 to 0e hashed. */
static void it_is_that_of_the_paper(void **state)
{
    (void)state;
    static const uint8_t input[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14};
    struct guarded in = guarded_new(input, sizeof(input));

    assert_true(siphash(&key, tl_bytes(in.data, in.size)) == 0xa129ca6149be45e5);
    guarded_free(&in);
}

static void zeros_at_the_end_count(void **state)
{
    (void)state;
    static const uint8_t zeros[20];
    uint64_t seen[20];

    for (size_t size = 0; size < 20; size++) {
        seen[size] = siphash(&key, tl_bytes(zeros, size));
        for (size_t i = 0; i < size; i++)
            assert_true(seen[i] != seen[size]);
    }
    assert_true(siphash(&key, tl_bytes(NULL, 0)) == seen[0]);
}

static void keys_are_not_the_same_twice(void **state)
{
    (void)state;
    struct siphash_key a = siphash_random_key(), b = siphash_random_key();
    struct tl_bytes text = tl_bytes_of_text("text");

    assert_true(a.half[0] != b.half[0]);
    assert_true(siphash(&a, text) != siphash(&b, text));
    assert_true(siphash(&a, text) == siphash(&a, text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_that_of_the_paper),
        cmocka_unit_test(zeros_at_the_end_count),
        cmocka_unit_test(keys_are_not_the_same_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
