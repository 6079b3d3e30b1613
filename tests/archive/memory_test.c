/* The n-th allocation fails: it is said, nothing is left behind, and the next attempt works. */
#include "proof/failing_alloc.h"
#include "proof/folder.h"
#include "proof/test.h"

#include <tapline/archive.h>

#define CURSOR "tapline cursor 1\nnext 17/1234\nhold yes\nupdated 2026-11-23T21:59:00.123Z\n"
#define LINE   "first=3 last=15 frames=1 bytes=1 at=2026-11-23T21:59:00.123Z cause=keep\n"

static struct test_folder folder;
static char said[TL_ARCHIVE_TEXT_SIZE];

static enum tl_status make(void)
{
    struct tl_archive *archive = NULL;
    enum tl_status status = tl_archive_make(folder.path, -1, &archive, said);

    tl_archive_close(archive);
    return status;
}

static enum tl_status list(void)
{
    struct tl_archive *archive = NULL;
    struct tl_archive_list segments = {0};
    enum tl_status status = tl_archive_open(folder.path, &archive, said);

    if (status == TL_OK)
        status = tl_archive_list(archive, &segments);
    if (status == TL_OK && segments.count != 1)
        status = TL_END;
    tl_archive_list_done(&segments);
    tl_archive_close(archive);
    return status;
}

static enum tl_status number(void)
{
    struct tl_archive *archive = NULL;
    uint64_t next = 0;
    enum tl_status status = tl_archive_open(folder.path, &archive, said);

    if (status == TL_OK)
        status = tl_archive_next_number(archive, &next);
    if (status == TL_OK && next != 18)
        status = TL_END;
    tl_archive_close(archive);
    return status;
}

static enum tl_status open_cursor(void)
{
    struct tl_archive *archive = NULL;
    struct tl_cursor_owner *owner = NULL;
    struct tl_archive_cursor cursor;
    enum tl_status status = tl_archive_open(folder.path, &archive, said);

    if (status == TL_OK)
        status = tl_archive_cursor_open(archive, "a", &owner, &cursor, NULL);
    if (status == TL_OK)
        status = tl_archive_cursor_store(owner, &cursor);
    tl_archive_cursor_close(owner);
    tl_archive_close(archive);
    return status;
}

static enum tl_status count(void)
{
    struct tl_archive *archive = NULL;
    struct tl_counters *counters = NULL;
    enum tl_status status = tl_archive_open(folder.path, &archive, said);

    if (status == TL_OK)
        status = tl_counters_new(archive, &counters);
    tl_counters_free(counters);
    tl_archive_close(archive);
    return status;
}

static enum tl_status try_is(void)
{
    return tl_archive_is(folder.path) ? TL_OK : TL_NO_MEMORY;
}

/* Where the C library itself allocates a failure is a system call's. */
static void each_fails_once(void **state)
{
    (void)state;
    static enum tl_status (*const actions[])(void) = {make, list, number, open_cursor, count, try_is};

    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
        unsigned long failures = 0;
        for (;; failures++) {
            failing_alloc_start(failures + 1);
            enum tl_status status = actions[i]();
            bool has_failed = failing_alloc_stop();
            assert_int_equal(status, has_failed ? TL_NO_MEMORY : TL_OK);
            assert_int_equal(actions[i](), TL_OK);
            if (!has_failed)
                break;
        }
        assert_true(failures > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_fails_once)};
    folder = test_folder_new();
    if (make() != TL_OK)
        return 1;
    test_folder_put(&folder, "cursors/a", CURSOR);
    test_folder_put(&folder, "removed", LINE);
    test_folder_put(&folder, "hot/20261123T215900Z-00000016.fstrm", "");
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    test_folder_free(&folder);
    return failed;
}
