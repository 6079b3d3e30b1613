#include "pack/retention_plan.h"
#include "proof/test.h"

#include <string.h>

#define MIB   (1ull << 20)
#define GIB   (1ull << 30)
#define HOUR  3600u
#define BEGIN 1800000000u /* stamp of the first segment; each begins an hour after the one before */

/* Segments from origin 1 on, as "SSsH": sealed ones of 10 MiB (S) or 1 MiB (s), hot ones of 100 MiB (H),
 * merged ones of three origins and 30 MiB (M); what they are after the plan: '.' stays, 'a'ge, 's'ize,
 * 'f'ree, disk-full '!'. */
struct row {
    const char *what;
    const char *segments, *expected;
    struct retention_options options;
    uint64_t hours;     /* since the first stamp: now */
    uint64_t disk_free; /* of 100 GiB; 0: 50 GiB */
    uint64_t held_from; /* 0: nothing */
};

static const struct row rows[] = {
    {"no limits", "SSSH", "....", {0}, 1000, 0, 0},
    {"no limits, and the disk is full", "SSSH", "....", {0}, 1000, 1, 0},
    {"nothing there", "", "", {.age_ms = 1}, 1000, 0, 0},
    {"one sealed segment is the newest", "S", ".", {.age_ms = 1}, 1000, 1, 0},

    {"age is that of the end", "SSSH", "aa..", {.age_ms = 2 * HOUR * 1000}, 4, 0, 0},
    {"one millisecond too young", "SSSH", "a...", {.age_ms = 2 * HOUR * 1000 + 1}, 4, 0, 0},
    {"age spares the newest", "SSS", "aa.", {.age_ms = 1}, 1000, 0, 0},
    {"age spares hot ones between", "SHSH", "a.a.", {.age_ms = 1}, 1000, 0, 0},
    {"all in the future", "SSSH", "....", {.age_ms = 1}, 0, 0, 0},

    {"size just reached", "SSSH", "....", {.size = 130 * MIB}, 9, 0, 0},
    {"size exceeded by a byte", "SSSH", "s...", {.size = 130 * MIB - 1}, 9, 0, 0},
    {"size cannot be reached", "SSSH", "sss.", {.size = 1}, 9, 0, 0},
    {"size takes as many as needed", "sssSSS", "sss...", {.size = 31 * MIB - 1}, 9, 0, 0},
    {"size counts hot ones", "SHSH", "s.s.", {.size = 200 * MIB}, 9, 0, 0},

    {"free enough", "SSSH", "....", {.free_bytes = 20 * GIB}, 9, 20 * GIB, 0},
    {"free lacks a byte", "SSSH", "f...", {.free_bytes = 20 * GIB}, 9, 20 * GIB - 1, 0},
    {"free lacks eleven", "SSSH", "ff..", {.free_bytes = 20 * GIB}, 9, 20 * GIB - 11 * MIB, 0},
    {"percent", "SSSH", "f...", {.free_percent = 10}, 9, 10 * GIB - MIB, 0},
    {"percent reached", "SSSH", "....", {.free_percent = 10}, 9, 10 * GIB, 0},
    {"the larger of both", "SSSH", "f...", {.free_percent = 1, .free_bytes = 10 * GIB}, 9, 10 * GIB - 1, 0},

    {"each its cause",
     "SSSSH",
     "asf..",
     {.age_ms = 8 * HOUR * 1000, .size = 121 * MIB, .free_bytes = 20 * GIB},
     9,
     20 * GIB - 21 * MIB,
     0},

    {"a cursor holds", "SSSSH", "aa...", {.age_ms = 1}, 1000, 0, 3},
    {"it holds a merged one that it is inside of", "SMSH", "a...", {.age_ms = 1}, 1000, 0, 3},
    {"it holds a merged one at its end", "SMSH", "a...", {.age_ms = 1}, 1000, 0, 4},
    {"it is behind a merged one", "SMSH", "aa..", {.age_ms = 1}, 1000, 0, 5},
    {"it holds against size and free", "SSSSH", "s....", {.size = 1, .free_percent = 50}, 9, 49 * GIB, 2},

    {"nearly full: an hour more than was asked to keep",
     "SSSH",
     "!...",
     {.age_ms = 1000 * HOUR * 1000},
     9,
     64 * MIB - 1,
     0},
    {"not nearly full", "SSSSH", ".....", {.age_ms = 1000 * HOUR * 1000}, 9, 64 * MIB, 0},
    {"nearly full: what is held as well", "SSSSH", "ff!..", {.free_bytes = 85 * MIB}, 9, 43 * MIB, 3},
    {"nearly full: all but hot and newest", "SSHSS", "!!.!.", {.age_ms = 1000 * HOUR * 1000}, 9, 1, 1},
};

static size_t lay_out(const struct row *row, struct retention_segment *segments)
{
    size_t count = strlen(row->segments);
    uint64_t origin = 1;

    for (size_t i = 0; i < count; i++) {
        char kind = row->segments[i];
        uint64_t origins = kind == 'M' ? 3 : 1;
        segments[i].segment = (struct tl_archive_segment){origin, origin + origins - 1,
                                                          BEGIN + (origin - 1) * HOUR, kind != 'H'};
        segments[i].bytes = MIB * (kind == 'H' ? 100 : kind == 'M' ? 30 : kind == 's' ? 1 : 10);
        origin += origins;
    }
    return count;
}

static void the_plans_of_the_table(void **state)
{
    (void)state;
    for (size_t r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
        const struct row *row = &rows[r];
        struct retention_segment segments[8];
        enum retention_cause causes[8];
        char text[9] = "";
        struct retention_view view = {.segments = segments,
                                      .count = lay_out(row, segments),
                                      .now_ms = (BEGIN + row->hours * HOUR) * 1000ull,
                                      .disk_size = 100 * GIB,
                                      .disk_free = row->disk_free ? row->disk_free : 50 * GIB,
                                      .held_from = row->held_from ? row->held_from : UINT64_MAX};
        size_t going = retention_plan(&row->options, &view, causes), marked = 0;
        for (size_t i = 0; i < view.count; i++) {
            text[i] = ".asf!"[causes[i]];
            marked += causes[i] != RETENTION_STAYS;
        }
        if (strcmp(text, row->expected) != 0 || going != marked)
            fail_msg("%s: %s instead of %s, %zu go", row->what, text, row->expected, going);
    }
}

static void a_clock_that_was_set_back_ages_nothing(void **state)
{
    (void)state;
    struct retention_segment segments[] = {
        {{1, 1, BEGIN, true}, MIB}, {{2, 2, BEGIN - 10 * HOUR, true}, MIB}, {{3, 3, BEGIN, false}, MIB}};
    enum retention_cause causes[3];
    struct retention_options options = {.age_ms = HOUR * 1000};
    struct retention_view view = {segments, 3, BEGIN * 1000ull, 100 * GIB, 50 * GIB, UINT64_MAX};

    assert_int_equal(retention_plan(&options, &view, causes), 0);
}

/* Each case: hours after BEGIN at which the segments were begun, as their names say. */
static void stamps_of_a_wrong_clock_tell_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        int64_t hours[6];
        int64_t now;
        const char *expected;
    } cases[] = {
        {"years back for a while", {0, 1, -300000, -299999, 4, 5}, 8, "a....."},
        {"years back for a while, later", {0, 1, -300000, -299999, 4, 5}, 9, "aaaa.."},
        {"years back for a while, later still", {0, 1, -300000, -299999, 4, 5}, 10, "aaaaa."},
        {"years ahead for a while", {0, 1, 300000, 300001, 4, 5}, 8, "a....."},
        {"years ahead for a while, later", {0, 1, 300000, 300001, 4, 5}, 9, "aaaa.."},
        {"years ahead to the end", {0, 1, 2, 300000, 300001, 300002}, 100, "aa...."},
        {"set back for good", {300000, 300001, 300002, 0, 1, 2}, 7, "aaaaa."},
        {"now is long ago", {0, 1, 2, 3, 4, 5}, -300000, "......"},
        {"all begun at once", {0, 0, 0, 0, 0, 0}, 5, "aaaaa."},
    };

    for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
        struct retention_segment segments[6] = {0};
        enum retention_cause causes[6];
        char text[7] = "";
        struct retention_options options = {.age_ms = 5 * HOUR * 1000};
        struct retention_view view = {
            segments,  6,        (uint64_t)((int64_t)BEGIN + cases[c].now * (int64_t)HOUR) * 1000,
            100 * GIB, 50 * GIB, UINT64_MAX};
        for (size_t i = 0; i < 6; i++)
            segments[i].segment = (struct tl_archive_segment){
                i + 1, i + 1, (uint64_t)((int64_t)BEGIN + cases[c].hours[i] * (int64_t)HOUR), true};
        retention_plan(&options, &view, causes);
        for (size_t i = 0; i < 6; i++)
            text[i] = ".asf!"[causes[i]];
        if (strcmp(text, cases[c].expected) != 0)
            fail_msg("%s: %s instead of %s", cases[c].what, text, cases[c].expected);
    }
}

static void shares_of_a_disk_do_not_overflow(void **state)
{
    (void)state;
    struct retention_options options = {.free_percent = 99};

    assert_true(retention_free_wanted(&options, UINT64_MAX) == UINT64_MAX / 100 * 99 + 15 * 99 / 100);
    options.free_percent = 50;
    assert_int_equal(retention_free_wanted(&options, 199), 99);
}

static void causes_have_words(void **state)
{
    (void)state;
    assert_string_equal(retention_cause_word(RETENTION_STAYS), "");
    assert_string_equal(retention_cause_word(RETENTION_KEEP), "keep");
    assert_string_equal(retention_cause_word(RETENTION_KEEP_SIZE), "keep-size");
    assert_string_equal(retention_cause_word(RETENTION_KEEP_FREE), "keep-free");
    assert_string_equal(retention_cause_word(RETENTION_DISK_FULL), "disk-full");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_plans_of_the_table),
        cmocka_unit_test(a_clock_that_was_set_back_ages_nothing),
        cmocka_unit_test(stamps_of_a_wrong_clock_tell_nothing),
        cmocka_unit_test(shares_of_a_disk_do_not_overflow),
        cmocka_unit_test(causes_have_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
