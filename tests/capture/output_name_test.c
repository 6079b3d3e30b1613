/* Names of output files, and the ends of their periods in zones with and without daylight saving time. */
#include "proof/test.h"
#include "proof/work_folder.h"

#include "capture/output_name.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void make(const char *path)
{
    int fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);

    assert_true(fd >= 0);
    close(fd);
}

static void use_zone(const char *zone)
{
    setenv("TZ", zone, 1);
    tzset();
}

static void test_pattern(void **state)
{
    char path[PATH_MAX], pattern[PATH_MAX + 10];

    (void)state;
    use_zone("<+02>-2");
    assert_int_equal(output_name_of("a/b.fstrm", 0, false, path), 0);
    assert_string_equal(path, "a/b.fstrm");
    assert_int_equal(output_name_of("%Y%m%dT%H%M%S-%%", 1700000000, true, path), 0);
    assert_string_equal(path, "20231114T221320-%");
    assert_int_equal(output_name_of("%Y%m%dT%H%M%S", 1700000000, false, path), 0);
    assert_string_equal(path, "20231115T001320");
    memset(pattern, 'x', sizeof(pattern));
    pattern[PATH_MAX - 1] = '\0';
    assert_int_equal(output_name_of(pattern, 0, true, path), -1);
    assert_int_equal(errno, ENAMETOOLONG);
    pattern[0] = '%';
    pattern[1] = 'Y';
    assert_int_equal(output_name_of(pattern, 0, true, path), -1);
    assert_int_equal(errno, ENAMETOOLONG);
}

/* A name is free only if neither it nor its .part is there, whatever they are. */
static void test_free_name(void **state)
{
    char path[PATH_MAX] = "free";
    uint32_t number = 0;

    (void)state;
    assert_int_equal(output_name_make_free(path, &number), 0);
    assert_string_equal(path, "free");
    assert_int_equal(number, 0);
    make("free.part");
    assert_int_equal(symlink("nowhere", "free.000001"), 0);
    assert_int_equal(mkdir("free.000002.part", 0700), 0);
    assert_int_equal(output_name_make_free(path, &number), 0);
    assert_string_equal(path, "free.000003");
    strcpy(path, "free");
    assert_int_equal(output_name_make_free(path, &number), 0);
    assert_string_equal(path, "free.000004");
    number = 999999;
    strcpy(path, "free");
    assert_int_equal(output_name_make_free(path, &number), -1);
    assert_int_equal(errno, EEXIST);
}

static void test_folders(void **state)
{
    struct stat found;

    (void)state;
    umask(0);
    assert_int_equal(output_name_make_folders("one/two//three/file"), 0);
    assert_int_equal(stat("one/two/three", &found), 0);
    assert_int_equal(found.st_mode & 0777, 0750);
    assert_int_equal(stat("one/two/three/file", &found), -1);
    assert_int_equal(output_name_make_folders("one/two/three/other"), 0);
    assert_int_equal(output_name_make_folders("file"), 0);
    make("blocked");
    assert_int_equal(output_name_make_folders("blocked/two/file"), -1);
    assert_int_equal(errno, ENOTDIR);
}

struct period {
    const char *zone;
    uint64_t seconds;
    time_t now, end;
};

/* Berlin's clock: rules written out, so that no table of zones has to be installed. */
#define BERLIN "CET-1CEST,M3.5.0,M10.5.0/3"

/* And clocks that are moved at midnight, or by half an hour. */
#define HAVANA    "CST5CDT,M3.2.0/0,M11.1.0/1"
#define LORD_HOWE "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0"

static const struct period periods[] = {
    {"UTC0", 0, 1700000000, 0},
    {"UTC0", 3600, 1700000000, 1700002800},
    {"UTC0", 3600, 1700002800, 1700006400}, /* the end itself belongs to the next */
    {"UTC0", 60, 59, 60},
    {"UTC0", 86400, 1700000000, 1700006400},
    {"<+0545>-5:45", 3600, 1700000000, 1700000100},  /* 03:58:20 there */
    {"<+0545>-5:45", 86400, 1700000000, 1700072100}, /* its midnight */
    {"<-0930>9:30", 86400, 1700000000, 1700040600},
    {BERLIN, 86400, 1711753200, 1711839600},     /* 2024-03-30 00:00, an ordinary day */
    {BERLIN, 86400, 1711839600, 1711922400},     /* 2024-03-31: 23 hours */
    {BERLIN, 86400, 1729980000, 1730070000},     /* 2024-10-27: 25 hours */
    {BERLIN, 3600, 1711846800 - 60, 1711846800}, /* before 02:00, which does not exist */
    {BERLIN, 3600, 1711846800, 1711850400},
    {BERLIN, 3600, 1729987200 + 60, 1729990800}, /* 02:01, for the first time */
    {BERLIN, 3600, 1729990800 + 60, 1729994400}, /* and for the second */
    {BERLIN, 21600, 1729980000, 1730005200},     /* 00:00 to 06:00: seven hours */
    {BERLIN, 7200, 1711845000, 1711846800},      /* 01:30: to 02:00, which is 03:00 */
    {HAVANA, 86400, 1710045000, 1710046800},     /* 23:30: to 00:00, which is 01:00 */
    {LORD_HOWE, 3600, 1728141000, 1728142200},   /* 01:40: to 02:00, which is 02:30 */
};

static void test_period(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(periods) / sizeof(periods[0]); i++) {
        const struct period *period = &periods[i];
        use_zone(period->zone);
        time_t end = output_name_period_end(period->seconds, period->now, false);
        if (end != period->end)
            print_error("case %zu (%s)\n", i, period->zone);
        assert_int_equal(end, period->end);
    }
    use_zone(BERLIN);
    assert_int_equal(output_name_period_end(86400, 1711839600, true), 1711843200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pattern),
        cmocka_unit_test(test_free_name),
        cmocka_unit_test(test_folders),
        cmocka_unit_test(test_period),
    };

    return cmocka_run_group_tests(tests, work_folder_enter, work_folder_leave);
}
