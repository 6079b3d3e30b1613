#include "archive/test_archive.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#define CURSOR "tapline cursor 1\nnext 17/1234\nhold yes\nupdated 2026-11-23T21:59:00.123Z\n"
#define MS     1795471140123u

static void stores_and_goes_on(void **state)
{
    (void)state;
    struct tl_cursor_owner *owner;
    struct tl_archive_cursor cursor;
    uint64_t pid = 0;

    assert_int_equal(tl_archive_cursor_open(archive, "relay-1", &owner, &cursor, &pid), TL_END);
    assert_string_equal(cursor.name, "relay-1");
    assert_true(cursor.next.segment == 0 && cursor.next.number == 0 && !cursor.hold);
    assert_false(test_folder_has(&folder, "cursors/relay-1"));
    cursor.next = (struct tl_frame_name){17, 1234};
    cursor.hold = true;
    cursor.updated_ms = MS;
    assert_int_equal(tl_archive_cursor_store(owner, &cursor), TL_OK);
    assert_string_equal(test_folder_text(&folder, "cursors/relay-1"), CURSOR);
    assert_false(test_folder_has(&folder, "cursors/.relay-1.new"));
    tl_archive_cursor_close(owner);

    memset(&cursor, 0xFF, sizeof(cursor));
    assert_int_equal(tl_archive_cursor_open(archive, "relay-1", &owner, &cursor, &pid), TL_OK);
    assert_string_equal(cursor.name, "relay-1");
    assert_true(cursor.next.segment == 17 && cursor.next.number == 1234 && cursor.hold);
    assert_int_equal(cursor.updated_ms, MS);
    cursor.updated_ms = UINT64_MAX;
    assert_int_equal(tl_archive_cursor_store(owner, &cursor), TL_BAD_ARGUMENT);
    assert_string_equal(test_folder_text(&folder, "cursors/relay-1"), CURSOR);
    tl_archive_cursor_close(owner);
    tl_archive_cursor_close(NULL);
}

static void has_one_owner(void **state)
{
    (void)state;
    struct tl_cursor_owner *owner, *other = NULL;
    struct tl_archive_cursor cursor;
    uint64_t pid = 0;

    assert_int_equal(tl_archive_cursor_open(archive, "a", &owner, &cursor, &pid), TL_END);
    assert_int_equal(tl_archive_cursor_open(archive, "a", &other, &cursor, &pid), TL_FULL);
    assert_int_equal(tl_archive_cursor_user(archive, "a"), getpid());
    assert_int_equal(tl_archive_cursor_user(archive, "b"), 0);
    assert_int_equal(tl_archive_cursor_user(archive, "../a"), 0);
    assert_int_equal(pid, getpid());
    assert_int_equal(tl_archive_cursor_remove(archive, "a"), TL_FULL);
    assert_int_equal(tl_archive_cursor_open(archive, "b", &other, &cursor, NULL), TL_END);
    tl_archive_cursor_close(other);
    tl_archive_cursor_close(owner);
    assert_int_equal(tl_archive_cursor_user(archive, "a"), 0);
    assert_int_equal(tl_archive_cursor_open(archive, "a", &owner, &cursor, &pid), TL_END);
    tl_archive_cursor_close(owner);
}

static void names_are_plain(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",     ".",   "..",  ".a",       "a/b",
        "../a", "a b", "a\n", "\xC3\xA4", "12345678901234567890123456789012345678901234567890123456789012345",
    };
    struct tl_cursor_owner *owner;
    struct tl_archive_cursor cursor;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(tl_archive_is_cursor_name(bad[i]));
        assert_int_equal(tl_archive_cursor_open(archive, bad[i], &owner, &cursor, NULL), TL_BAD_TEXT);
        assert_int_equal(tl_archive_cursor_remove(archive, bad[i]), TL_END);
    }
    const char *longest = "A.b_c-7890123456789012345678901234567890123456789012345678901234";
    assert_int_equal(strlen(longest), TL_CURSOR_NAME_MAX);
    assert_true(tl_archive_is_cursor_name(longest));
    assert_int_equal(tl_archive_cursor_open(archive, longest, &owner, &cursor, NULL), TL_END);
    assert_int_equal(tl_archive_cursor_store(owner, &cursor), TL_OK);
    tl_archive_cursor_close(owner);
    assert_int_equal(tl_archive_cursor_remove(archive, longest), TL_OK);
}

static void damaged_ones_are_told(void **state)
{
    (void)state;
    static const char *const damaged[] = {
        "",
        "tapline cursor 1\nnext 17/1234\nhold yes\nupdated 2026-11-23T21:59:00.123Z",
        "tapline cursor 1\nnext 17/1234\nhold yes\nupdated 2026-11-23T21:59:00.123Z\n\n",
        "tapline cursor 2\nnext 17/1234\nhold yes\nupdated 2026-11-23T21:59:00.123Z\n",
        "tapline cursor 1\nnext 17\nhold yes\nupdated 2026-11-23T21:59:00.123Z\n",
        "tapline cursor 1\nnext 17/1234\nhold maybe\nupdated 2026-11-23T21:59:00.123Z\n",
        "tapline cursor 1\nnext 17/1234\nhold yes\nupdated 2026-11-23T21:59:00Z\n",
        "tapline cursor 1\nnext 17/1234\nhold yes\nupdated yesterday\n",
    };
    struct tl_cursor_owner *owner;
    struct tl_archive_cursor cursor, *cursors;
    size_t count, bad;

    test_folder_put(&folder, "cursors/good", CURSOR);
    for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
        test_folder_put(&folder, "cursors/bad", damaged[i]);
        assert_int_equal(tl_archive_cursor_open(archive, "bad", &owner, &cursor, NULL), TL_BAD_TEXT);
        assert_int_equal(tl_archive_cursors(archive, &cursors, &count, &bad), TL_OK);
        assert_true(count == 1 && bad == 1);
        assert_string_equal(cursors[0].name, "good");
        free(cursors);
    }
    assert_int_equal(tl_archive_cursor_remove(archive, "bad"), TL_OK);
    assert_int_equal(tl_archive_cursors(archive, &cursors, &count, &bad), TL_OK);
    assert_true(count == 1 && bad == 0);
    free(cursors);
}

/* Whoever may make cursors must not keep the capture from starting, or status from showing the others. */
static void unreadable_ones_are_told(void **state)
{
    (void)state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct tl_archive_cursor *cursors;
    size_t count, bad;
    uint64_t number;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    test_folder_put(&folder, "cursors/good", CURSOR);
    test_folder_put(&folder, "cursors/private", CURSOR);
    assert_int_equal(chmod(test_folder_path(&folder, "cursors/private"), 0), 0);
    assert_int_equal(mkdir(test_folder_path(&folder, "cursors/folder"), 0700), 0);
    assert_int_equal(mkfifo(test_folder_path(&folder, "cursors/pipe"), 0600), 0);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", test_folder_path(&folder, "cursors/socket"));
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    close(fd);
    bool is_root = geteuid() == 0; /* then nothing is unreadable, unless one is somebody else */
    if (is_root) {
        static const char *const open[] = {".", "hot", "cursors", "damaged", "cursors/good"};
        for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++)
            assert_int_equal(chmod(test_folder_path(&folder, open[i]), 0755), 0);
        assert_int_equal(seteuid(54321), 0);
    }
    enum tl_status listed = tl_archive_cursors(archive, &cursors, &count, &bad),
                   numbered = tl_archive_next_number(archive, &number);
    if (is_root)
        assert_int_equal(seteuid(0), 0);
    assert_int_equal(listed, TL_OK);
    assert_int_equal(numbered, TL_OK);
    assert_int_equal(number, 18);
    assert_int_equal(count, 1);
    assert_string_equal(cursors[0].name, "good");
    assert_int_equal(bad, 4);
    free(cursors);
}

static void all_are_listed_by_name(void **state)
{
    (void)state;
    struct tl_archive_cursor *cursors;
    size_t count;

    test_folder_put(&folder, "cursors/zebra", CURSOR);
    test_folder_put(&folder, "cursors/ape", CURSOR);
    test_folder_put(&folder, "cursors/.ape.lock", "1\n");
    test_folder_put(&folder, "cursors/.ape.new", CURSOR);
    assert_int_equal(tl_archive_cursors(archive, &cursors, &count, NULL), TL_OK);
    assert_int_equal(count, 2);
    assert_string_equal(cursors[0].name, "ape");
    assert_string_equal(cursors[1].name, "zebra");
    free(cursors);
    assert_int_equal(tl_archive_cursor_remove(archive, "ape"), TL_OK);
    assert_false(test_folder_has(&folder, "cursors/.ape.lock"));
    assert_false(test_folder_has(&folder, "cursors/.ape.new"));
    assert_int_equal(tl_archive_cursor_remove(archive, "ape"), TL_END);
    assert_false(test_folder_has(&folder, "cursors/.ape.lock"));
    assert_int_equal(tl_archive_cursor_remove(archive, "zebra"), TL_OK);
}

static void nothing_is_followed_out_of_the_archive(void **state)
{
    (void)state;
    struct tl_cursor_owner *owner;
    struct tl_archive_cursor cursor;

    test_folder_put(&folder, "letter", CURSOR);
    assert_int_equal(symlink("../letter", test_folder_path(&folder, "cursors/link")), 0);
    assert_int_equal(tl_archive_cursor_open(archive, "link", &owner, &cursor, NULL), TL_BAD_TEXT);
    assert_int_equal(symlink("../letter", test_folder_path(&folder, "cursors/.a.lock")), 0);
    assert_int_equal(tl_archive_cursor_open(archive, "a", &owner, &cursor, NULL), TL_SYSTEM);
    assert_int_equal(symlink("../letter", test_folder_path(&folder, "cursors/.b.new")), 0);
    assert_int_equal(tl_archive_cursor_open(archive, "b", &owner, &cursor, NULL), TL_END);
    cursor.next.segment = 99;
    assert_int_equal(tl_archive_cursor_store(owner, &cursor), TL_OK);
    tl_archive_cursor_close(owner);
    assert_string_equal(test_folder_text(&folder, "letter"), CURSOR);
}

/* A disk that takes no more is a limit on the size of files here. */
static void limit_files(rlim_t size)
{
    struct rlimit limit;

    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = size;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void on_a_full_disk_the_old_one_stays(void **state)
{
    (void)state;
    struct tl_cursor_owner *owner;
    struct tl_archive_cursor cursor;

    test_folder_put(&folder, "cursors/a", CURSOR);
    assert_int_equal(tl_archive_cursor_open(archive, "a", &owner, &cursor, NULL), TL_OK);
    cursor.next.segment = 99;
    limit_files(30);
    enum tl_status status = tl_archive_cursor_store(owner, &cursor);
    int error = errno;
    limit_files(RLIM_INFINITY);
    assert_int_equal(status, TL_SYSTEM);
    assert_int_equal(error, EFBIG);
    assert_string_equal(test_folder_text(&folder, "cursors/a"), CURSOR);
    assert_false(test_folder_has(&folder, "cursors/.a.new"));
    assert_int_equal(tl_archive_cursor_store(owner, &cursor), TL_OK);
    tl_archive_cursor_close(owner);
}

static void numbers_of_delivered_frames_are_not_given_again(void **state)
{
    (void)state;
    uint64_t number;

    test_folder_put(&folder, "cursors/a", CURSOR);
    assert_int_equal(tl_archive_next_number(archive, &number), TL_OK);
    assert_int_equal(number, 18);
    test_folder_put(&folder, "cursors/a",
                    "tapline cursor 1\nnext 20/0\nhold yes\nupdated 2026-11-23T21:59:00.123Z\n");
    assert_int_equal(tl_archive_next_number(archive, &number), TL_OK);
    assert_int_equal(number, 20);
    test_folder_put(
        &folder, "cursors/a",
        "tapline cursor 1\nnext 18446744073709551615/1\nhold yes\nupdated 2026-11-23T21:59:00.123Z\n");
    assert_int_equal(tl_archive_next_number(archive, &number), TL_FULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(stores_and_goes_on),
        TEST(has_one_owner),
        TEST(names_are_plain),
        TEST(damaged_ones_are_told),
        TEST(unreadable_ones_are_told),
        TEST(all_are_listed_by_name),
        TEST(nothing_is_followed_out_of_the_archive),
        TEST(on_a_full_disk_the_old_one_stays),
        TEST(numbers_of_delivered_frames_are_not_given_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
