/* When a sender's statistics are true, and whose. */
#include "proof/test.h"

#include "cli/status_sender.h"

#include "proof/folder.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOW_MS  1800000000000u
#define NOBODY  4194305 /* above the highest number of a process */
#define SECONDS (NOW_MS / 1000)

static struct tl_sender_file file_of(uint64_t pid, uint64_t seconds)
{
    struct tl_sender_file file;

    memset(&file, 0, sizeof(file));
    file.pid = pid;
    file.written.seconds = seconds;
    file.statistics.endpoint_count = 2;
    file.statistics.endpoints[0].link = TL_SENDER_LINK_CLOSED;
    return file;
}

static void an_old_file_is_not_of_one_that_runs(void **state)
{
    uint64_t self = (uint64_t)getpid();
    const struct {
        uint64_t pid, seconds;
        enum status_sender_state state;
    } cases[] = {
        {self, SECONDS, STATUS_SENDER_RUNNING},     {self, SECONDS - 5, STATUS_SENDER_RUNNING},
        {self, SECONDS - 6, STATUS_SENDER_SILENT},  {self, 0, STATUS_SENDER_SILENT},
        {self, SECONDS + 6, STATUS_SENDER_SILENT},  {self, TL_TIME_SECONDS_MAX, STATUS_SENDER_SILENT},
        {NOBODY, SECONDS, STATUS_SENDER_UNSEEN},    {NOBODY, SECONDS - 6, STATUS_SENDER_GONE},
        {0, SECONDS - 6, STATUS_SENDER_GONE},       {UINT64_MAX, SECONDS - 6, STATUS_SENDER_GONE},
        {(uint64_t)1 << 32, 1, STATUS_SENDER_GONE}, {1, SECONDS, STATUS_SENDER_RUNNING},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct tl_sender_file file = file_of(cases[i].pid, cases[i].seconds);
        assert_int_equal(status_sender_state_of(&file, NOW_MS), cases[i].state);
    }
}

static void one_that_closed_everything_has_stopped(void **state)
{
    struct tl_sender_file file = file_of(NOBODY, 1);

    (void)state;
    file.statistics.endpoints[1].link = TL_SENDER_LINK_CLOSED;
    assert_int_equal(status_sender_state_of(&file, NOW_MS), STATUS_SENDER_STOPPED);
    file.statistics.endpoint_count = 0;
    assert_int_equal(status_sender_state_of(&file, NOW_MS), STATUS_SENDER_GONE);
}

static void every_state_has_a_name_and_a_sentence(void **state)
{
    (void)state;
    for (int i = STATUS_SENDER_RUNNING; i <= STATUS_SENDER_UNSEEN; i++) {
        const char *name = status_sender_state_name((enum status_sender_state)i);
        assert_true(*name && *status_sender_state_text((enum status_sender_state)i));
    }
}

static void what_was_lost_is_all_of_it(void **state)
{
    struct tl_sender_file file = file_of(1, 1);

    (void)state;
    file.statistics.submitted = 100;
    file.statistics.lanes.accepted = 90;
    file.statistics.endpoints[0].dropped_oldest = 1;
    file.statistics.endpoints[0].dropped_lagging = 2;
    file.statistics.endpoints[1].dropped_at_close = 3;
    file.statistics.endpoints[1].unconfirmed = 4;
    assert_int_equal(status_sender_lost(&file), 20);
}

static void nothing_is_taken_from_what_is_no_file(void **state)
{
    struct test_folder folder = test_folder_new();
    struct status_sender sender = {.now_ms = 17};
    char path[256];

    (void)state;
    snprintf(path, sizeof(path), "%s/fifo", folder.path);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_non_null(status_sender_take(path, &sender)); /* and does not wait */
    assert_true(status_sender_is_file(path) && !status_sender_is_file(folder.path));
    assert_non_null(status_sender_take(folder.path, &sender));
    unlink(path);
    assert_non_null(status_sender_take(path, &sender));
    assert_false(status_sender_is_file(path));
    assert_int_equal(sender.now_ms, 17);
    test_folder_free(&folder);
}

/* Larger than any: it is read as far as that may go, and refused. */
static void a_huge_file_is_refused(void **state)
{
    struct test_folder folder = test_folder_new();
    struct status_sender sender;
    char path[256];

    (void)state;
    snprintf(path, sizeof(path), "%s/huge", folder.path);
    FILE *to = fopen(path, "w");
    assert_non_null(to);
    fputs("tapline-sender 1\npid 1\nwritten 2026-11-26T00:00:00Z\nprogram ", to);
    for (int i = 0; i < 100000; i++)
        fputs("aaaaaaaaaa", to);
    fputs("\n", to);
    fclose(to);
    assert_non_null(status_sender_take(path, &sender));
    unlink(path);
    test_folder_free(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_old_file_is_not_of_one_that_runs),
        cmocka_unit_test(one_that_closed_everything_has_stopped),
        cmocka_unit_test(every_state_has_a_name_and_a_sentence),
        cmocka_unit_test(what_was_lost_is_all_of_it),
        cmocka_unit_test(nothing_is_taken_from_what_is_no_file),
        cmocka_unit_test(a_huge_file_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
