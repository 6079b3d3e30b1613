#include "proof/failing_alloc.h"
#include "proof/test.h"

/* Volatile, so that the compiler does not take the pairs of malloc and free away. */
static void *volatile kept[4];

/* Four allocations. Returns how many worked before the first that did not. */
static int allocate(void)
{
    int count = 0;

    memset((void *)(uintptr_t)kept, 0, sizeof(kept));
    if ((kept[0] = malloc(10)) && ++count && (kept[1] = calloc(2, 5)) && ++count &&
        (kept[2] = strdup("text")) && ++count && (kept[3] = realloc(NULL, 20)))
        ++count;
    for (int i = 0; i < 4; i++)
        free(kept[i]);
    return count;
}

static void each_allocation_fails_once(void **state)
{
    (void)state;
    for (unsigned long n = 1; n <= 4; n++) {
        failing_alloc_start(n);
        errno = 0;
        assert_int_equal(allocate(), n - 1);
        assert_int_equal(errno, ENOMEM);
        assert_true(failing_alloc_stop());
        assert_int_equal(allocate(), 4);
    }
}

static void after_the_last_nothing_fails(void **state)
{
    (void)state;
    failing_alloc_start(5);
    assert_int_equal(allocate(), 4);
    assert_false(failing_alloc_stop());
    assert_int_equal(allocate(), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_allocation_fails_once),
                                       cmocka_unit_test(after_the_last_nothing_fails)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
