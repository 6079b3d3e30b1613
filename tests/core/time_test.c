/* The oracle is the C library's gmtime_r. */
#include "proof/guarded.h"
#include "proof/test.h"

#include <tapline/core.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* `in` are 30 bytes at a guard page. */
static void check_second(uint64_t seconds, const struct guarded *in)
{
    struct tl_date date;
    struct tm tm;
    time_t value = (time_t)seconds;

    assert_int_equal(tl_date_of(seconds, &date), TL_OK);
    assert_non_null(gmtime_r(&value, &tm));
    assert_int_equal(date.year, tm.tm_year + 1900);
    assert_int_equal(date.month, tm.tm_mon + 1);
    assert_int_equal(date.day, tm.tm_mday);
    assert_int_equal(date.hour, tm.tm_hour);
    assert_int_equal(date.minute, tm.tm_min);
    assert_int_equal(date.second, tm.tm_sec);

    char text[TL_TIME_TEXT_SIZE];
    struct tl_time time = {seconds, (uint32_t)(seconds % 1000000000)}, back;
    assert_int_equal(tl_time_print(time, text), 30);
    memcpy(in->data, text, 30);
    assert_int_equal(tl_time_parse(tl_bytes(in->data, in->size), &back), TL_OK);
    assert_int_equal(back.seconds, time.seconds);
    assert_int_equal(back.nanoseconds, time.nanoseconds);
}

static void dates_are_those_of_gmtime(void **state)
{
    (void)state;
    char zero[30] = {0};
    struct guarded in = guarded_new(zero, sizeof(zero));

    for (uint64_t day = 0; day < 300 * 366; day++)
        check_second(day * 86400 + day % 86400, &in);
    srandom(3);
    for (int i = 0; i < 20000; i++)
        check_second(((uint64_t)random() << 20 ^ (uint64_t)random()) % (TL_TIME_SECONDS_MAX + 1ull), &in);
    check_second(TL_TIME_SECONDS_MAX, &in);
    guarded_free(&in);

    struct tl_date date;
    char text[TL_TIME_TEXT_SIZE];
    assert_int_equal(tl_date_of(TL_TIME_SECONDS_MAX + 1ull, &date), TL_BAD_ARGUMENT);
    assert_int_equal(tl_time_print((struct tl_time){TL_TIME_SECONDS_MAX + 1ull, 0}, text), 0);
    assert_int_equal(tl_time_print((struct tl_time){0, 1000000000}, text), 0);
}

static void texts(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t seconds;
        uint32_t nanoseconds;
    } good[] = {
        {"1970-01-01T00:00:00Z", 0, 0},
        {"2026-11-23T21:24:22.402Z", 1795469062, 402000000},
        {"2026-11-23 22:24:22.4+01:00", 1795469062, 400000000},
        {"2026-11-23t20:54:22-00:30", 1795469062, 0},
        {"2024-02-29T23:59:60Z", 1709251200, 0},
    };
    static const char *const bad[] = {
        "",
        "2026",
        "2026-11-23",
        "2026-11-23T21:24:22",
        "2026-13-23T21:24:22Z",
        "2026-02-29T00:00:00Z",
        "2026-11-23T24:00:00Z",
        "2026-11-23T21:24:22.Z",
        "2026-11-23T21:24:22.1234567890Z",
        "2026-11-23T21:24:22Zx",
        "1969-12-31T23:59:59Z",
        "1970-01-01T00:00:00+01:00",
        "2026-11-23T21:24:22+24:00",
    };
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct tl_time time = {1, 1};
        assert_int_equal(tl_time_parse(tl_bytes_of_text(good[i].text), &time), TL_OK);
        assert_int_equal(time.seconds, good[i].seconds);
        assert_int_equal(time.nanoseconds, good[i].nanoseconds);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct tl_time time = {1, 1};
        assert_int_equal(tl_time_parse(tl_bytes_of_text(bad[i]), &time), TL_BAD_TEXT);
        assert_int_equal(time.seconds, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(dates_are_those_of_gmtime), cmocka_unit_test(texts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
