/* Points in time as users write them. */
#include "proof/test.h"

#include "record/times.h"

#include <stdlib.h>
#include <time.h>

struct example {
    const char *text;
    const char *time; /* RFC 3339, as tl_time_print has it */
};

static const struct tl_time now = {1795728262, 402000000}; /* 2026-11-26T21:24:22.402Z, a Thursday */

static void set_zone(const char *zone)
{
    setenv("TZ", zone, 1);
    tzset();
}

static void expect(const struct example *examples, size_t count, bool utc)
{
    char text[TL_TIME_TEXT_SIZE];
    struct tl_time time;

    for (size_t i = 0; i < count; i++) {
        if (!record_parse_time_at(examples[i].text, utc, now, &time))
            fail_msg("%s is no time", examples[i].text);
        tl_time_print(time, text);
        assert_string_equal(text, examples[i].time);
    }
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void a_zone_is_taken_as_it_is_given(void **state)
{
    static const struct example examples[] = {
        {"2026-11-23T21:24:22.402123456Z", "2026-11-23T21:24:22.402123456Z"},
        {"2026-11-23t21:24:22z", "2026-11-23T21:24:22.000000000Z"},
        {"2026-11-23 22:24:22+01:00", "2026-11-23T21:24:22.000000000Z"},
        {"2026-11-23T16:24-05:00", "2026-11-23T21:24:00.000000000Z"},
        {"2026-11-23T21:24Z", "2026-11-23T21:24:00.000000000Z"},
    };

    (void)state;
    set_zone("Europe/Berlin");
    expect(examples, COUNT(examples), false);
    expect(examples, COUNT(examples), true);
}

static void without_a_zone_it_is_local_time(void **state)
{
    static const struct example local[] = {
        {"2026-11-23T10:00", "2026-11-23T09:00:00.000000000Z"},
        {"2026-07-23T10:00:30.5", "2026-07-23T08:00:30.500000000Z"},
        {"2026-07-23 10:00:30", "2026-07-23T08:00:30.000000000Z"},
        {"2026-11-23", "2026-11-22T23:00:00.000000000Z"},
        {"2026-10-25T02:30", "2026-10-25T00:30:00.000000000Z"}, /* comes twice */
        {"2026-03-29T02:30", "2026-03-29T01:30:00.000000000Z"}, /* is skipped */
        {"2026-03-29T03:00", "2026-03-29T01:00:00.000000000Z"},
        {"2026-03-29T01:59:59", "2026-03-29T00:59:59.000000000Z"},
        {"2026-10-25T03:00", "2026-10-25T02:00:00.000000000Z"},
    };
    static const struct example utc[] = {
        {"2026-11-23T10:00", "2026-11-23T10:00:00.000000000Z"},
        {"2026-11-23", "2026-11-23T00:00:00.000000000Z"},
    };

    (void)state;
    set_zone("CET-1CEST,M3.5.0,M10.5.0/3");
    expect(local, COUNT(local), false);
    expect(utc, COUNT(utc), true);
}

static void words_are_about_now(void **state)
{
    static const struct example local[] = {
        {"now", "2026-11-26T21:24:22.402000000Z"},       {"10m ago", "2026-11-26T21:14:22.402000000Z"},
        {"500ms ago", "2026-11-26T21:24:21.902000000Z"}, {"0 ago", "2026-11-26T21:24:22.402000000Z"},
        {"1h30m ago", "2026-11-26T19:54:22.402000000Z"}, {"2d ago", "2026-11-24T21:24:22.402000000Z"},
        {"today", "2026-11-26T18:00:00.000000000Z"},     {"yesterday", "2026-11-25T18:00:00.000000000Z"},
    };
    static const struct example utc[] = {
        {"today", "2026-11-26T00:00:00.000000000Z"},
        {"yesterday", "2026-11-25T00:00:00.000000000Z"},
    };

    (void)state;
    set_zone("XYZ-6"); /* there it is the 27th already */
    expect(local, COUNT(local), false);
    expect(utc, COUNT(utc), true);
}

static void what_is_printed_is_taken(void **state)
{
    static const struct example local[] = {
        {"23-Nov-2026 21:24:22.402", "2026-11-23T20:24:22.402000000Z"},
        {"01-Jul-2026 21:24", "2026-07-01T19:24:00.000000000Z"},
        {"23-Nov-2026 21:24:22.402Z", "2026-11-23T21:24:22.402000000Z"},
    };
    static const struct example utc[] = {
        {"23-Nov-2026 21:24:22.402", "2026-11-23T21:24:22.402000000Z"},
        {"31-Dec-2026 23:59:59", "2026-12-31T23:59:59.000000000Z"},
    };

    (void)state;
    set_zone("CET-1CEST,M3.5.0,M10.5.0/3");
    expect(local, COUNT(local), false);
    expect(utc, COUNT(utc), true);
}

static void a_clock_shows_today(void **state)
{
    static const struct example local[] = {
        {"04:10", "2026-11-26T22:10:00.000000000Z"}, /* of the 27th */
        {"23:59:59.5", "2026-11-27T17:59:59.500000000Z"},
    };
    static const struct example utc[] = {{"04:10", "2026-11-26T04:10:00.000000000Z"}};

    (void)state;
    set_zone("XYZ-6");
    expect(local, COUNT(local), false);
    expect(utc, COUNT(utc), true);
}

static void seconds_since_1970_have_no_zone(void **state)
{
    static const struct example examples[] = {
        {"@1795728262", "2026-11-26T21:24:22.000000000Z"},
        {"@1795728262.402", "2026-11-26T21:24:22.402000000Z"},
        {"@1795728262.1234567899", "2026-11-26T21:24:22.123456789Z"},
        {"@0", "1970-01-01T00:00:00.000000000Z"},
        {"@253402300799", "9999-12-31T23:59:59.000000000Z"},
    };

    (void)state;
    set_zone("XYZ-6");
    expect(examples, COUNT(examples), false);
}

static void anything_else_is_none(void **state)
{
    static const char *const wrong[] = {
        "",
        "ago",
        " ago",
        "10m",
        "10 ago",
        "10m  ago",
        "-1s ago",
        "60y ago",
        "9999w ago",
        "Today",
        "tomorrow",
        "2026",
        "2026-11",
        "2026-13-01",
        "2026-02-29",
        "2026-11-23T",
        "2026-11-23T10",
        "2026-11-23T10:0",
        "2026-11-23T25:00",
        "2026-11-23T10:00:",
        "2026-11-23T10:00:00Zx",
        "2026-11-23T10:00+1",
        "2026-11-23x10:00",
        "1969-12-31",
        "23-nov-2026 10:00:00",
        "23-anF-2026 10:00:00",
        "23-Nov-2026",
        "23-Nov-2026 10",
        "31-Nov-2026 10:00:00",
        "3-Nov-2026 10:00:00",
        "10:0",
        "1:00",
        "24:00",
        "10:00Z",
        "10:00:00:00",
        "10:00:00.00000000000000000000000000000000000000000000000000000000000000000000",
        "@",
        "@-1",
        "@1.",
        "@1.5s",
        "@253402300800",
        "@99999999999999999999",
        "1h30 ago",
        "1h 30m ago",
        "h30m ago",
        "9999w9999w ago",
        "30500568904943w30500568904943w ago",
        "2026-11-23T10:00:00.1234567890",
        "2026-11-23T10:00:00.000000000000000000000000000000000000000000000000000000000000000000"};
    struct tl_time time;

    (void)state;
    set_zone("UTC");
    for (size_t i = 0; i < COUNT(wrong); i++) {
        if (record_parse_time_at(wrong[i], false, now, &time))
            fail_msg("\"%s\" was taken", wrong[i]);
    }
    set_zone("XYZ-6");
    assert_false(record_parse_time("1970-01-01", false, &time)); /* before 1970 in UTC */
    assert_true(record_parse_time("now", false, &time));
    assert_true(time.seconds > 1700000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_zone_is_taken_as_it_is_given),
        cmocka_unit_test(without_a_zone_it_is_local_time),
        cmocka_unit_test(words_are_about_now),
        cmocka_unit_test(what_is_printed_is_taken),
        cmocka_unit_test(a_clock_shows_today),
        cmocka_unit_test(seconds_since_1970_have_no_zone),
        cmocka_unit_test(anything_else_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
