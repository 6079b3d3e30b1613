#include "print/date.h"

#include "proof/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* What libc says of the same second. */
static void assert_as_libc(struct print_date *date, uint64_t second)
{
    char expected[64];
    struct tm tm;
    time_t time = (time_t)second;

    assert_non_null(date->utc ? gmtime_r(&time, &tm) : localtime_r(&time, &tm));
    strftime(expected, sizeof(expected), "%d-%b-%Y %H:%M:%S", &tm);
    const char *found = print_date_line(date, second);
    assert_non_null(found);
    assert_memory_equal(found, expected, PRINT_DATE_SIZE);
    assert_int_equal(strlen(expected), PRINT_DATE_SIZE);
}

/* Around each change of the zone between 1970 and 2040, and at steps that meet none. */
static void check_zone(const char *zone)
{
    struct print_date date;
    long offset = 0;

    setenv("TZ", zone, 1);
    print_date_init(&date, false);
    for (uint64_t second = 0; second < 2208988800u; second += 86400 * 6 + 1234) {
        struct tm tm;
        time_t time = (time_t)second;
        localtime_r(&time, &tm);
        assert_as_libc(&date, second);
        if (tm.tm_gmtoff == offset)
            continue;
        offset = tm.tm_gmtoff;
        for (uint64_t around = second > 86400 * 7 ? second - 86400 * 7 : 0; around < second; around += 450) {
            assert_as_libc(&date, around + 449);
            assert_as_libc(&date, around);
        }
    }
}

static void local_time_is_libcs_over_every_change(void **state)
{
    (void)state;
    /* Rules of POSIX first: they need no files. Two of them change in the middle of a quarter of an hour. */
    check_zone("CET-1CEST,M3.5.0,M10.5.0/3");
    check_zone("XXX+3:30YYY+2:45:30,M3.2.0/2:07:21,M11.1.0/2:00:01");
    check_zone("ZZZ-14");
    check_zone("UTC0");
    check_zone("Europe/Berlin");
    check_zone("America/St_Johns");
    check_zone("Australia/Lord_Howe");
    check_zone("Africa/Monrovia");
    check_zone("right/Europe/Berlin");
}

static void utc_needs_no_zone(void **state)
{
    (void)state;
    struct print_date date;

    setenv("TZ", "America/New_York", 1);
    tzset(); /* the zone before may have counted leap seconds */
    print_date_init(&date, true);
    for (uint64_t second = 0; second < TL_TIME_SECONDS_MAX - 86400 * 1000; second += 86399 * 977)
        assert_as_libc(&date, second);
    assert_memory_equal(print_date_line(&date, TL_TIME_SECONDS_MAX), "31-Dec-9999 23:59:59", PRINT_DATE_SIZE);
    assert_null(print_date_line(&date, TL_TIME_SECONDS_MAX + 1ull));
    assert_null(print_date_line(&date, UINT64_MAX));
}

static void what_has_no_four_digits_has_no_text(void **state)
{
    (void)state;
    struct print_date date;

    setenv("TZ", "ZZZ-1", 1);
    print_date_init(&date, false);
    assert_null(print_date_line(&date, TL_TIME_SECONDS_MAX));
    assert_null(print_date_line(&date, TL_TIME_SECONDS_MAX + 1ull));
    assert_null(print_date_line(&date, 67768036191676799ull)); /* the last year of a 32-bit tm_year */
    assert_null(print_date_line(&date, UINT64_MAX));
    assert_memory_equal(print_date_line(&date, 0), "01-Jan-1970 01:00:00", PRINT_DATE_SIZE);
    setenv("TZ", "ZZZ+1", 1);
    print_date_init(&date, false);
    assert_memory_equal(print_date_line(&date, 0), "31-Dec-1969 23:00:00", PRINT_DATE_SIZE);
    assert_memory_equal(print_date_line(&date, TL_TIME_SECONDS_MAX), "31-Dec-9999 22:59:59", PRINT_DATE_SIZE);
}

static void json_has_rfc_3339(void **state)
{
    (void)state;
    struct print_date date;

    print_date_init(&date, true);
    assert_memory_equal(print_date_json(&date, 1795469062), "2026-11-23T21:24:22.", PRINT_DATE_SIZE);
    assert_memory_equal(print_date_json(&date, 1795469062), "2026-11-23T21:24:22.", PRINT_DATE_SIZE);
    assert_memory_equal(print_date_json(&date, 0), "1970-01-01T00:00:00.", PRINT_DATE_SIZE);
    assert_memory_equal(print_date_json(&date, 951782400), "2000-02-29T00:00:00.", PRINT_DATE_SIZE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(local_time_is_libcs_over_every_change),
        cmocka_unit_test(utc_needs_no_zone),
        cmocka_unit_test(what_has_no_four_digits_has_no_text),
        cmocka_unit_test(json_has_rfc_3339),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
