/* While one process begins, seals, merges and removes segments as tapline does, another lists them. */
#include "archive/test_archive.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#define DAY_SECONDS 86400u
#define KEPT        6 /* merged ones, before the oldest goes */
#define PAUSE_US    1000

static void put(const struct tl_archive_segment *segment, enum tl_archive_part part)
{
    char name[TL_ARCHIVE_NAME_SIZE];

    tl_archive_name(segment, part, name);
    int fd = openat(tl_archive_folder(archive), name, O_CREAT | O_WRONLY, 0600);
    if (fd < 0)
        abort();
    close(fd);
}

static void drop(const struct tl_archive_segment *segment, enum tl_archive_part part)
{
    char name[TL_ARCHIVE_NAME_SIZE];

    tl_archive_name(segment, part, name);
    if (unlinkat(tl_archive_folder(archive), name, 0) != 0)
        abort();
}

/* A temporary file that gets its name. */
static void commit(const struct tl_archive_segment *segment)
{
    char name[TL_ARCHIVE_NAME_SIZE], temporary[TL_ARCHIVE_NAME_SIZE], day[16];

    tl_archive_name(segment, TL_ARCHIVE_ROWS, name);
    snprintf(day, sizeof(day), "%.10s", name);
    if (mkdirat(tl_archive_folder(archive), day, 0700) != 0 && errno != EEXIST)
        abort();
    put(segment, TL_ARCHIVE_TEMPORARY);
    tl_archive_name(segment, TL_ARCHIVE_TEMPORARY, temporary);
    if (renameat(tl_archive_folder(archive), temporary, tl_archive_folder(archive), name) != 0)
        abort();
}

/* Three a day, so that merging four goes over days. */
static struct tl_archive_segment segment_of(uint64_t first, uint64_t last, bool is_sealed)
{
    return (struct tl_archive_segment){first, last, 1795392000 + first * (DAY_SECONDS / 3), is_sealed};
}

static void begin(uint64_t number)
{
    struct tl_archive_segment hot = segment_of(number, number, false);

    put(&hot, TL_ARCHIVE_ROWS);
    put(&hot, TL_ARCHIVE_RUNS);
}

static void seal(uint64_t number)
{
    struct tl_archive_segment hot = segment_of(number, number, false),
                              sealed = segment_of(number, number, true);

    commit(&sealed);
    drop(&hot, TL_ARCHIVE_ROWS);
    drop(&hot, TL_ARCHIVE_RUNS);
}

static void merge(uint64_t first)
{
    struct tl_archive_segment merged = segment_of(first, first + 3, true);

    commit(&merged);
    for (uint64_t number = first; number < first + 4; number++) {
        struct tl_archive_segment input = segment_of(number, number, true);
        drop(&input, TL_ARCHIVE_ROWS);
    }
}

static void remove_merged(uint64_t first)
{
    struct tl_archive_segment merged = segment_of(first, first + 3, true);

    drop(&merged, TL_ARCHIVE_ROWS);
}

/* Until it is killed. The pauses are longer than one reading, mostly, and shorter than the kernel's tick. */
static void keep_going(void)
{
    begin(1);
    for (uint64_t number = 1;; number++) {
        begin(number + 1);
        usleep(PAUSE_US);
        seal(number);
        usleep(PAUSE_US);
        if (number % 4 == 0)
            merge(number - 3);
        if (number % 4 == 0 && number > 4 * KEPT)
            remove_merged(number - 4 * KEPT - 3);
    }
}

/* All origins between the first and the last are there, once; false otherwise. */
static bool is_whole(const struct tl_archive_list *list)
{
    for (size_t i = 1; i < list->count; i++) {
        if (list->segments[i].first != list->segments[i - 1].last + 1)
            return false;
    }
    return true;
}

/* Lists until origin 100 was there. Returns how many lists were wrong. */
static int count_wrong(pid_t child, uint64_t *ret_newest)
{
    int wrong = 0;

    for (*ret_newest = 0; *ret_newest < 100 && waitpid(child, NULL, WNOHANG) == 0;) {
        struct tl_archive_list list;
        if (tl_archive_list(archive, &list) != TL_OK)
            return wrong + 1;
        uint64_t newest = list.count ? list.segments[list.count - 1].last : 0;
        wrong += !is_whole(&list) || newest < *ret_newest;
        *ret_newest = newest;
        tl_archive_list_done(&list);
    }
    return wrong;
}

static void nothing_is_missing_or_doubled(void **state)
{
    (void)state;
    uint64_t newest;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        keep_going();
        _exit(1);
    }
    int wrong = count_wrong(child, &newest);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    assert_int_equal(wrong, 0);
    assert_true(newest >= 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_is_missing_or_doubled, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
