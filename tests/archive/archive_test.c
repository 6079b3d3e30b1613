#include "proof/folder.h"
#include "proof/test.h"

#include <tapline/archive.h>

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

static char said[TL_ARCHIVE_TEXT_SIZE];

#define VERSION_1 "tapline archive\nformat 1\nreadable by 1\nwritable by 1\n"

static void is_made_and_opened(void **state)
{
    (void)state;
    struct test_folder folder = test_folder_new();
    struct tl_archive *archive;
    const char *path = test_folder_path(&folder, "archive");
    struct stat found;

    assert_false(tl_archive_is(path));
    assert_int_equal(tl_archive_open(path, &archive, said), TL_SYSTEM);
    assert_int_equal(errno, ENOENT);
    mode_t mask = umask(077);
    assert_int_equal(tl_archive_make(path, -1, &archive, said), TL_OK);
    umask(mask);
    assert_true(tl_archive_is(path));
    assert_string_equal(test_folder_text(&folder, "archive/version"), VERSION_1);
    assert_int_equal(fstat(tl_archive_folder(archive), &found), 0);
    assert_int_equal(found.st_mode & 07777, 0750);
    assert_int_equal(stat(test_folder_path(&folder, "archive/cursors"), &found), 0);
    assert_int_equal(found.st_mode & 07777, 02770);
    assert_int_equal(stat(test_folder_path(&folder, "archive/version"), &found), 0);
    assert_int_equal(found.st_mode & 07777, 0640);
    tl_archive_close(archive);

    assert_int_equal(symlink("archive", test_folder_path(&folder, "link")), 0);
    assert_int_equal(tl_archive_open(test_folder_path(&folder, "link/."), &archive, said), TL_OK);
    char *real = realpath(path, NULL);
    assert_string_equal(tl_archive_path(archive), real);
    free(real);
    tl_archive_close(archive);
    tl_archive_close(NULL);
    test_folder_free(&folder);
}

static void gives_all_to_the_group(void **state)
{
    (void)state;
    struct test_folder folder = test_folder_new();
    struct tl_archive *archive;
    struct stat found;

    assert_int_equal(tl_archive_make(folder.path, (long)getegid(), &archive, said), TL_OK);
    tl_archive_close(archive);
    assert_int_equal(stat(folder.path, &found), 0);
    assert_int_equal(found.st_mode & 07777, 02750);
    assert_int_equal(stat(test_folder_path(&folder, "hot"), &found), 0);
    assert_int_equal(found.st_mode & 07777, 02750);
    assert_int_equal(stat(test_folder_path(&folder, "cursors"), &found), 0);
    assert_int_equal(found.st_mode & 07777, 02770);
    test_folder_free(&folder);
}

/* A group that is not the one files get by themselves; -1: there is none. */
static long other_group(void)
{
    gid_t groups[64];
    int count = getgroups(64, groups);

    if (geteuid() == 0)
        return 54321;
    while (count > 0 && groups[count - 1] == getegid())
        count--;
    return count > 0 ? (long)groups[count - 1] : -1;
}

static void assert_group(const struct test_folder *folder, const char *name, long group, mode_t mode)
{
    struct stat found;

    assert_int_equal(lstat(test_folder_path(folder, name), &found), 0);
    assert_int_equal(found.st_gid, group);
    assert_int_equal(found.st_mode & 07777, mode);
}

/* Also what was there before anybody asked for the group: who may read the rows must be able to come to them.
 */
static void gives_an_old_one_to_the_group_as_a_whole(void **state)
{
    (void)state;
    static const char *const files[] = {"version",
                                        "lock",
                                        "lock.pack",
                                        "removed",
                                        "hot/20261123T215900Z-00000017.fstrm",
                                        "hot/20261123T215900Z-00000017.runs",
                                        "2026-11-22/20261122T210000Z-00000003-00000008.fstrm.zst"};
    long group = other_group();
    struct tl_archive *archive;
    struct stat kept;

    if (group < 0)
        skip(); /* nothing can be given to a group that we do not belong to */
    struct test_folder folder = test_folder_new();
    assert_int_equal(tl_archive_make(folder.path, -1, &archive, said), TL_OK);
    tl_archive_close(archive);
    assert_int_equal(mkdir(test_folder_path(&folder, "2026-11-22"), 0750), 0);
    for (size_t i = 1; i < sizeof(files) / sizeof(files[0]); i++)
        test_folder_put(&folder, files[i], "");
    test_folder_put(&folder, "letter", "Dear all,\n");
    test_folder_put(&folder, "elsewhere", "");
    assert_int_equal(symlink("elsewhere", test_folder_path(&folder, "counters")), 0);
    assert_int_equal(stat(test_folder_path(&folder, "letter"), &kept), 0);
    for (int i = 0; i < 2; i++) { /* as if killed before the end, the second time */
        assert_int_equal(tl_archive_make(folder.path, group, &archive, said), TL_OK);
        tl_archive_close(archive);
        assert_group(&folder, ".", group, 02750);
        assert_group(&folder, "hot", group, 02750);
        assert_group(&folder, "cursors", group, 02770);
        assert_group(&folder, "damaged", group, 02750);
        assert_group(&folder, "2026-11-22", group, 02750);
        for (size_t j = 0; j < sizeof(files) / sizeof(files[0]); j++) {
            struct stat found;
            assert_int_equal(stat(test_folder_path(&folder, files[j]), &found), 0);
            assert_int_equal(found.st_gid, group);
        }
        assert_group(&folder, "letter", kept.st_gid, kept.st_mode & 07777);
        assert_group(&folder, "elsewhere", kept.st_gid, kept.st_mode & 07777);
        assert_int_equal(chown(folder.path, (uid_t)-1, kept.st_gid), 0);
        assert_int_equal(chown(test_folder_path(&folder, files[4]), (uid_t)-1, kept.st_gid), 0);
    }
    test_folder_free(&folder);
}

/* Packing as root must not keep the capture, which is not root, out of its own archive. */
static void what_root_makes_is_the_owners(void **state)
{
    (void)state;
    static const char *const made[] = {"lock",
                                       "removed",
                                       "counters",
                                       "cursors/a",
                                       "cursors/.a.lock",
                                       "2026-11-23",
                                       "2026-11-23/20261123T210000Z-00000003.fstrm.zst"};
    static const struct tl_archive_removed removed = {.first = 1, .last = 1, .at_ms = 1, .cause = "keep"};
    static const struct tl_sealer_options options = {0};
    struct tl_archive_cursor cursor;
    struct tl_cursor_owner *owner;
    struct tl_counters *counters;
    struct tl_archive *archive;
    struct tl_sealer *sealer;
    struct stat found;
    uint64_t pid;

    if (geteuid() != 0)
        skip();
    struct test_folder folder = test_folder_new();
    assert_int_equal(tl_archive_make(folder.path, -1, &archive, said), TL_OK);
    assert_int_equal(chown(folder.path, 54321, 54322), 0);
    assert_int_equal(chown(test_folder_path(&folder, "cursors"), 54321, 54322), 0);
    assert_int_equal(tl_archive_lock(archive, TL_ARCHIVE_LOCK_WRITE, &pid), TL_OK);
    assert_int_equal(tl_archive_note_removed(archive, &removed), TL_OK);
    assert_int_equal(tl_counters_new(archive, &counters), TL_OK);
    tl_counters_free(counters);
    assert_int_equal(tl_archive_cursor_open(archive, "a", &owner, &cursor, NULL), TL_END);
    assert_int_equal(tl_archive_cursor_store(owner, &cursor), TL_OK);
    tl_archive_cursor_close(owner);
    assert_int_equal(tl_sealer_new(archive, 3, 1795467600, &options, &sealer), TL_OK);
    assert_int_equal(tl_sealer_begin(sealer, 3, 0, 0, tl_bytes("", 0)), TL_OK);
    assert_int_equal(tl_sealer_commit(sealer, NULL, NULL), TL_OK);
    tl_sealer_free(sealer);
    for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++) {
        assert_int_equal(stat(test_folder_path(&folder, made[i]), &found), 0);
        assert_int_equal(found.st_uid, 54321);
        assert_int_equal(found.st_gid, 54322);
        assert_int_equal(found.st_mode & 07007, 0);
    }
    tl_archive_close(archive);
    test_folder_free(&folder);
}

static void only_an_empty_folder_becomes_one(void **state)
{
    (void)state;
    struct test_folder folder = test_folder_new();
    struct tl_archive *archive;

    test_folder_put(&folder, "letter", "Dear all,\n");
    assert_int_equal(tl_archive_make(folder.path, -1, &archive, said), TL_BAD_TEXT);
    assert_string_equal(said, "it is no archive and not empty: only an empty or a new folder can become one");
    assert_int_equal(tl_archive_open(folder.path, &archive, said), TL_BAD_TEXT);
    assert_string_equal(said, "it is no archive: it has no file 'version'");
    assert_false(test_folder_has(&folder, "hot"));
    assert_int_equal(tl_archive_make(test_folder_path(&folder, "letter"), -1, &archive, said), TL_SYSTEM);
    assert_int_equal(tl_archive_make(test_folder_path(&folder, "no/archive"), -1, &archive, said), TL_SYSTEM);
    test_folder_free(&folder);
}

/* As somebody left it who was killed while making it. */
static void a_half_made_one_is_completed(void **state)
{
    (void)state;
    struct test_folder folder = test_folder_new();
    struct tl_archive *archive;

    assert_int_equal(mkdir(test_folder_path(&folder, "lost+found"), 0700), 0);
    assert_int_equal(mkdir(test_folder_path(&folder, "hot"), 0700), 0);
    test_folder_put(&folder, ".version.4711", "tapl");
    test_folder_put(&folder, "hot/letter", "Dear all,\n");
    assert_int_equal(tl_archive_make(folder.path, -1, &archive, said), TL_BAD_TEXT);
    assert_int_equal(unlink(test_folder_path(&folder, "hot/letter")), 0);
    assert_int_equal(tl_archive_make(folder.path, -1, &archive, said), TL_OK);
    assert_string_equal(test_folder_text(&folder, "version"), VERSION_1);
    assert_true(test_folder_has(&folder, "cursors"));
    tl_archive_close(archive);
    test_folder_free(&folder);
}

static void what_an_archive_has_lost_is_made_again(void **state)
{
    (void)state;
    struct test_folder folder = test_folder_new();
    struct tl_archive *archive;

    test_folder_put(&folder, "version", VERSION_1);
    test_folder_put(&folder, "letter", "Dear all,\n");
    assert_int_equal(tl_archive_make(folder.path, -1, &archive, said), TL_OK);
    assert_true(test_folder_has(&folder, "hot"));
    assert_true(test_folder_has(&folder, "cursors"));
    assert_true(test_folder_has(&folder, "damaged"));
    tl_archive_close(archive);
    test_folder_free(&folder);
}

static void versions_are_respected(void **state)
{
    (void)state;
    static const struct {
        const char *version;
        enum tl_status open, make;
        const char *said;
    } cases[] = {
        {"tapline archive\nformat 2\nreadable by 1\nwritable by 1\nnovelty yes\n", TL_OK, TL_OK, NULL},
        {"tapline archive\nformat 3\nreadable by 1\nwritable by 2\n", TL_OK, TL_BAD_VERSION,
         "it has format 3, and writing it needs a program that knows format 2 at least; this one knows "
         "format "
         "1: use a newer tapline"},
        {"tapline archive\nformat 3\nreadable by 2\nwritable by 3\n", TL_BAD_VERSION, TL_BAD_VERSION,
         "it has format 3, and reading it needs a program that knows format 2 at least; this one knows "
         "format "
         "1: use a newer tapline"},
        {"tapline archive\nformat 1\nreadable by 2\nwritable by 1\n", TL_BAD_TEXT, TL_BAD_TEXT,
         "its file 'version' is damaged"},
        {"tapline archive\nformat 1\nreadable by 1\nwritable by 1", TL_BAD_TEXT, TL_BAD_TEXT,
         "its file 'version' is damaged"},
        {"tapline archive\nformat 0\nreadable by 0\nwritable by 0\n", TL_BAD_TEXT, TL_BAD_TEXT,
         "its file 'version' is damaged"},
        {"tapline archive\n", TL_BAD_TEXT, TL_BAD_TEXT, "its file 'version' is damaged"},
        {"", TL_BAD_TEXT, TL_BAD_TEXT, "it is no archive: its 'version' is not one of an archive"},
        {"1.2.3\n", TL_BAD_TEXT, TL_BAD_TEXT, "it is no archive: its 'version' is not one of an archive"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct test_folder folder = test_folder_new();
        struct tl_archive *archive = NULL;
        test_folder_put(&folder, "version", cases[i].version);
        assert_int_equal(tl_archive_open(folder.path, &archive, said), cases[i].open);
        if (archive)
            tl_archive_close(archive);
        archive = NULL;
        assert_int_equal(tl_archive_make(folder.path, -1, &archive, said), cases[i].make);
        if (archive)
            tl_archive_close(archive);
        else
            assert_string_equal(said, cases[i].said);
        assert_string_equal(test_folder_text(&folder, "version"), cases[i].version);
        test_folder_free(&folder);
    }
}

static void locks_exclude_and_name_their_owner(void **state)
{
    (void)state;
    struct test_folder folder = test_folder_new();
    struct tl_archive *first, *second;
    uint64_t pid = 5;

    assert_int_equal(tl_archive_make(folder.path, -1, &first, said), TL_OK);
    assert_int_equal(tl_archive_open(folder.path, &second, said), TL_OK);
    assert_int_equal(tl_archive_lock_owner(second, TL_ARCHIVE_LOCK_WRITE), 0);
    assert_int_equal(tl_archive_lock(first, TL_ARCHIVE_LOCK_WRITE, &pid), TL_OK);
    assert_int_equal(tl_archive_lock(first, TL_ARCHIVE_LOCK_WRITE, &pid), TL_OK);
    assert_int_equal(pid, 5);
    assert_int_equal(tl_archive_lock(second, TL_ARCHIVE_LOCK_WRITE, &pid), TL_FULL);
    assert_int_equal(pid, getpid());
    assert_int_equal(tl_archive_lock_owner(second, TL_ARCHIVE_LOCK_WRITE), getpid());
    assert_int_equal(tl_archive_lock_owner(first, TL_ARCHIVE_LOCK_WRITE), getpid());
    assert_int_equal(tl_archive_lock_owner(first, TL_ARCHIVE_LOCK_PACK), 0);
    assert_int_equal(tl_archive_lock(second, TL_ARCHIVE_LOCK_PACK, &pid), TL_OK);
    tl_archive_unlock(first, TL_ARCHIVE_LOCK_WRITE);
    tl_archive_unlock(first, TL_ARCHIVE_LOCK_WRITE);
    assert_int_equal(tl_archive_lock_owner(second, TL_ARCHIVE_LOCK_WRITE), 0);
    assert_int_equal(tl_archive_lock(second, TL_ARCHIVE_LOCK_WRITE, &pid), TL_OK);
    tl_archive_close(second);
    assert_int_equal(tl_archive_lock(first, TL_ARCHIVE_LOCK_PACK, &pid), TL_OK);
    tl_archive_close(first);
    test_folder_free(&folder);
}

/* Two make the same one at once, again and again: both succeed, and nobody ever sees it half made. */
static void several_may_make_the_same(void **state)
{
    (void)state;
    for (int i = 0; i < 30; i++) {
        struct test_folder folder = test_folder_new();
        struct tl_archive *archive;
        pid_t child = fork();
        int status;
        assert_true(child >= 0);
        enum tl_status made = tl_archive_make(folder.path, -1, &archive, said);
        if (child == 0)
            _exit(made == TL_OK ? 0 : 1);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
        assert_int_equal(made, TL_OK);
        tl_archive_close(archive);
        assert_string_equal(test_folder_text(&folder, "version"), VERSION_1);
        test_folder_free(&folder);
    }
}

static void a_lock_ends_with_its_process(void **state)
{
    (void)state;
    struct test_folder folder = test_folder_new();
    struct tl_archive *archive;
    uint64_t pid = 0;
    int ends[2], status;
    char byte;

    assert_int_equal(tl_archive_make(folder.path, -1, &archive, said), TL_OK);
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct tl_archive *own;
        if (tl_archive_open(folder.path, &own, said) != TL_OK ||
            tl_archive_lock(own, TL_ARCHIVE_LOCK_WRITE, &pid) != TL_OK || write(ends[1], "x", 1) != 1)
            _exit(1);
        pause();
        _exit(1);
    }
    close(ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 1);
    assert_int_equal(tl_archive_lock_owner(archive, TL_ARCHIVE_LOCK_WRITE), child);
    assert_int_equal(tl_archive_lock(archive, TL_ARCHIVE_LOCK_WRITE, &pid), TL_FULL);
    assert_int_equal(pid, child);
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(tl_archive_lock_owner(archive, TL_ARCHIVE_LOCK_WRITE), 0);
    assert_int_equal(tl_archive_lock(archive, TL_ARCHIVE_LOCK_WRITE, &pid), TL_OK);
    close(ends[0]);
    tl_archive_close(archive);
    test_folder_free(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_made_and_opened),
        cmocka_unit_test(gives_all_to_the_group),
        cmocka_unit_test(gives_an_old_one_to_the_group_as_a_whole),
        cmocka_unit_test(what_root_makes_is_the_owners),
        cmocka_unit_test(only_an_empty_folder_becomes_one),
        cmocka_unit_test(a_half_made_one_is_completed),
        cmocka_unit_test(what_an_archive_has_lost_is_made_again),
        cmocka_unit_test(versions_are_respected),
        cmocka_unit_test(locks_exclude_and_name_their_owner),
        cmocka_unit_test(several_may_make_the_same),
        cmocka_unit_test(a_lock_ends_with_its_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
