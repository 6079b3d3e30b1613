#include "proof/test.h"

#include "cli/quantities.h"

#include <stdlib.h>
#include <time.h>

static void numbers(void **state)
{
    (void)state;
    assert_string_equal(quantity_number(0), "0");
    assert_string_equal(quantity_number(999), "999");
    assert_string_equal(quantity_number(1000), "1,000");
    assert_string_equal(quantity_number(1234567), "1,234,567");
    assert_string_equal(quantity_number(UINT64_MAX), "18,446,744,073,709,551,615");
}

static void sizes(void **state)
{
    (void)state;
    assert_string_equal(quantity_size(0), "0 B");
    assert_string_equal(quantity_size(1023), "1023 B");
    assert_string_equal(quantity_size(1024), "1.0 KiB");
    assert_string_equal(quantity_size(1024 * 1024 - 1), "1.0 MiB"); /* not 1024.0 KiB */
    assert_string_equal(quantity_size(189ull << 20), "189.0 MiB");
    assert_string_equal(quantity_size(UINT64_MAX), "16.0 EiB");
}

static void durations(void **state)
{
    (void)state;
    assert_string_equal(quantity_duration(0), "0.0 s");
    assert_string_equal(quantity_duration(9999), "9.9 s");
    assert_string_equal(quantity_duration(10000), "10 s");
    assert_string_equal(quantity_duration(200000), "3m 20s");
    assert_string_equal(quantity_duration(4 * 3600000 + 5 * 60000), "4h 5m");
    assert_string_equal(quantity_duration(76ull * 3600000), "3d 4h");
}

static void times(void **state)
{
    (void)state;
    setenv("TZ", "UTC", 1);
    tzset();
    assert_string_equal(quantity_time(1795471140123), "2026-11-23 21:59:00");
    assert_string_equal(quantity_time(UINT64_MAX), "?");
    setenv("TZ", "XYZ-1", 1);
    tzset();
    assert_string_equal(quantity_time(1795471140123), "2026-11-23 22:59:00");
}

static void ratios(void **state)
{
    (void)state;
    assert_string_equal(quantity_ratio(81, 10), "8.1");
    assert_string_equal(quantity_ratio(1, 0), "0.0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers), cmocka_unit_test(sizes),  cmocka_unit_test(durations),
        cmocka_unit_test(times),   cmocka_unit_test(ratios),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
