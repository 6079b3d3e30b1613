/* Sizes and durations as users write them. */
#include "proof/test.h"

#include "record/units.h"

struct example {
    const char *text;
    uint64_t value;
};

static const struct example sizes[] = {
    {"0", 0},
    {"4096", 4096},
    {"1B", 1},
    {"64KiB", 65536},
    {"64kib", 65536},
    {"1MiB", 1048576},
    {"10kB", 10000},
    {"2GiB", 2147483648},
    {"1TB", 1000000000000},
    {"16777215TiB", 18446742974197923840ull},
    {"007KiB", 7168},
};

static const struct example durations[] = {
    {"0", 0},        {"500ms", 500},  {"1s", 1000},        {"10m", 600000},
    {"10M", 600000}, {"1h", 3600000}, {"30d", 2592000000}, {"2w", 1209600000},
};

static const struct example nanoseconds[] = {
    {"0", 0},
    {"200ns", 200},
    {"500us", 500000},
    {"10ms", 10000000},
    {"1S", 1000000000},
    {"1m", 60000000000ull},
    {"30500w", 18446400000000000000ull},
};

static const char *const wrong_sizes[] = {
    "", "KiB", "-1", "+1", "1 KiB", " 1", "1KiBs", "1.5K", "0x10", "16777216TiB", "18446744073709551616"};

static const char *const wrong_durations[] = {"",    "s",  "1",    "-1s", "1.5s",
                                              "1 s", "1y", "1min", "1ss", "18446744073709551615h"};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void test_sizes(void **state)
{
    uint64_t value;

    (void)state;
    for (size_t i = 0; i < COUNT(sizes); i++) {
        assert_true(record_parse_size(sizes[i].text, &value));
        assert_true(value == sizes[i].value);
    }
    for (size_t i = 0; i < COUNT(wrong_sizes); i++)
        assert_false(record_parse_size(wrong_sizes[i], &value));
}

static void test_durations(void **state)
{
    uint64_t value;

    (void)state;
    for (size_t i = 0; i < COUNT(durations); i++) {
        assert_true(record_parse_duration(durations[i].text, &value));
        assert_true(value == durations[i].value);
    }
    for (size_t i = 0; i < COUNT(wrong_durations); i++)
        assert_false(record_parse_duration(wrong_durations[i], &value));
}

static void test_nanoseconds(void **state)
{
    uint64_t value;

    (void)state;
    for (size_t i = 0; i < COUNT(nanoseconds); i++) {
        assert_true(record_parse_nanoseconds(nanoseconds[i].text, &value));
        assert_true(value == nanoseconds[i].value);
    }
    for (size_t i = 0; i < COUNT(wrong_durations); i++)
        assert_false(record_parse_nanoseconds(wrong_durations[i], &value));
    assert_false(record_parse_nanoseconds("30502w", &value));
    assert_false(record_parse_duration("500us", &value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_durations),
        cmocka_unit_test(test_nanoseconds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
