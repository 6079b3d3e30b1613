#include "proof/folder.h"
#include "proof/test.h"

#include <tapline/archive.h>

/* Makes an archive with these files. */
static struct tl_archive *archive_with(const struct test_folder *folder, const char *const *files)
{
    struct tl_archive *archive;
    char said[TL_ARCHIVE_TEXT_SIZE];

    assert_int_equal(tl_archive_make(folder->path, -1, &archive, said), TL_OK);
    for (; *files; files++) {
        char day[TL_ARCHIVE_NAME_SIZE];
        snprintf(day, sizeof(day), "%.*s", (int)strcspn(*files, "/"), *files);
        if (strchr(*files, '/'))
            mkdir(test_folder_path(folder, day), 0750);
        test_folder_put(folder, *files, "");
    }
    return archive;
}

/* "1 2-5 7h": a hot one has an h. */
static const char *text_of(const struct tl_archive_segment *segments, size_t count)
{
    static char text[1024];
    size_t at = 0;

    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%d", at ? " " : "", (int)segments[i].first);
        if (segments[i].last != segments[i].first)
            at += (size_t)snprintf(text + at, sizeof(text) - at, "-%d", (int)segments[i].last);
        at += (size_t)snprintf(text + at, sizeof(text) - at, "%s", segments[i].is_sealed ? "" : "h");
    }
    return text;
}

static void check(const char *const *files, const char *segments, const char *leftovers, uint64_t next)
{
    struct test_folder folder = test_folder_new();
    struct tl_archive *archive = archive_with(&folder, files);
    struct tl_archive_list list;
    uint64_t number;

    assert_int_equal(tl_archive_list(archive, &list), TL_OK);
    assert_string_equal(text_of(list.segments, list.count), segments);
    assert_string_equal(text_of(list.leftovers, list.leftover_count), leftovers);
    tl_archive_list_done(&list);
    assert_int_equal(tl_archive_next_number(archive, &number), TL_OK);
    assert_int_equal(number, next);
    tl_archive_close(archive);
    test_folder_free(&folder);
}

static void lists_by_origin(void **state)
{
    (void)state;
    check((const char *const[]){NULL}, "", "", 1);
    check((const char *const[]){"hot/20261123T215900Z-00000010.fstrm", "hot/20261123T205900Z-00000009.fstrm",
                                "hot/20261123T205900Z-00000009.runs",
                                "2026-11-23/20261123T200000Z-00000008.fstrm.zst",
                                "2026-11-22/20261122T200000Z-00000001-00000006.fstrm.zst", NULL},
          "1-6 8 9h 10h", "", 11);
}

static void what_is_sealed_or_merged_is_left_over(void **state)
{
    (void)state;
    check((const char *const[]){"hot/20261123T215900Z-00000010.fstrm", "hot/20261123T215900Z-00000010.runs",
                                "2026-11-23/20261123T215900Z-00000010.fstrm.zst",
                                "2026-11-23/20261123T205900Z-00000009.fstrm.zst",
                                "2026-11-22/20261122T200000Z-00000008.fstrm.zst",
                                "2026-11-22/20261122T200000Z-00000008-00000009.fstrm.zst", NULL},
          "8-9 10", "8 9 10h", 11);
    /* Rows are unlinked before the ledger. */
    check((const char *const[]){"hot/20261123T215900Z-00000010.runs",
                                "2026-11-23/20261123T215900Z-00000010.fstrm.zst", NULL},
          "10", "10h", 11);
}

static void other_files_are_passed_over(void **state)
{
    (void)state;
    check((const char *const[]){"hot/20261123T215900Z-00000010.runs", /* never had rows */
                                "hot/20261123T215900Z-00000011.fstrm.zst", "hot/notes.txt",
                                "2026-11-23/20261124T215900Z-00000012.fstrm.zst", /* of another day */
                                "2026-11-23/.20261123T215900Z-00000013.fstrm.zst.tmp",
                                "2026-11-23/20261123T215900Z-00000014.fstrm",
                                "20261123T215900Z-00000015.fstrm.zst",
                                "other/20261123T215900Z-00000016.fstrm.zst",
                                "damaged/20261123T215900Z-00000007.fstrm", NULL},
          "", "", 11);
    check((const char *const[]){"damaged/20261123T215900Z-00000007.fstrm", NULL}, "", "", 8);
}

/* They cannot come to be; none of them must be removed. */
static void overlaps_are_not_left_over(void **state)
{
    (void)state;
    check((const char *const[]){"2026-11-22/20261122T200000Z-00000003-00000005.fstrm.zst",
                                "2026-11-22/20261122T210000Z-00000004-00000008.fstrm.zst", NULL},
          "3-5", "", 9);
    check((const char *const[]){"2026-11-22/20261122T200000Z-00000003.fstrm.zst",
                                "2026-11-22/20261122T200001Z-00000003.fstrm.zst", NULL},
          "3", "", 4);
}

/* A segment is a file: whoever opened a FIFO of its name would wait for ever. */
static void what_is_no_file_is_passed_over(void **state)
{
    (void)state;
    struct test_folder folder = test_folder_new();
    static const char *const some[] = {"hot/20261123T215900Z-00000001.fstrm", NULL};
    struct tl_archive *archive = archive_with(&folder, some);
    struct tl_archive_list list;

    assert_int_equal(mkfifo(test_folder_path(&folder, "hot/20261123T215900Z-00000002.fstrm"), 0600), 0);
    assert_int_equal(mkdir(test_folder_path(&folder, "hot/20261123T215900Z-00000003.fstrm"), 0700), 0);
    assert_int_equal(symlink("20261123T215900Z-00000001.fstrm",
                             test_folder_path(&folder, "hot/20261123T215900Z-00000004.fstrm")),
                     0);
    assert_int_equal(tl_archive_list(archive, &list), TL_OK);
    assert_string_equal(text_of(list.segments, list.count), "1h");
    tl_archive_list_done(&list);
    tl_archive_close(archive);
    test_folder_free(&folder);
}

/* Whoever moved hot/, or the old days, to another disk. */
static void folders_may_be_links(void **state)
{
    (void)state;
    struct test_folder folder = test_folder_new();
    static const char *const none[] = {NULL};
    struct tl_archive *archive = archive_with(&folder, none);
    struct tl_archive_list list;

    assert_int_equal(rename(test_folder_path(&folder, "hot"), test_folder_path(&folder, "fast")), 0);
    assert_int_equal(symlink("fast", test_folder_path(&folder, "hot")), 0);
    assert_int_equal(mkdir(test_folder_path(&folder, "large"), 0700), 0);
    assert_int_equal(symlink("large", test_folder_path(&folder, "2026-11-23")), 0);
    assert_int_equal(symlink("nowhere", test_folder_path(&folder, "2026-11-24")), 0);
    test_folder_put(&folder, "2026-11-25", "a file");
    test_folder_put(&folder, "fast/20261123T215900Z-00000010.fstrm", "");
    assert_int_equal(mkdir(test_folder_path(&folder, "fast/20261123T215900Z-00000011.fstrm"), 0700), 0);
    assert_int_equal(mkfifo(test_folder_path(&folder, "fast/20261123T215900Z-00000012.fstrm"), 0600), 0);
    assert_int_equal(mkdir(test_folder_path(&folder, "large/20261123T210000Z-00000009.fstrm.zst"), 0700), 0);
    test_folder_put(&folder, "large/20261123T200000Z-00000008.fstrm.zst", "");
    assert_int_equal(tl_archive_list(archive, &list), TL_OK);
    assert_string_equal(text_of(list.segments, list.count), "8 10h");
    tl_archive_list_done(&list);
    tl_archive_close(archive);
    test_folder_free(&folder);
}

static void finds_the_segment_of_an_origin(void **state)
{
    (void)state;
    struct tl_archive_segment segments[] = {{3, 5, 0, true}, {6, 6, 0, true}, {9, 9, 0, false}};
    struct tl_archive_list list = {.segments = segments, .count = 3}, empty = {0};

    assert_ptr_equal(tl_archive_list_find(&list, 0), &segments[0]);
    assert_ptr_equal(tl_archive_list_find(&list, 4), &segments[0]);
    assert_ptr_equal(tl_archive_list_find(&list, 5), &segments[0]);
    assert_ptr_equal(tl_archive_list_find(&list, 6), &segments[1]);
    assert_ptr_equal(tl_archive_list_find(&list, 7), &segments[2]);
    assert_ptr_equal(tl_archive_list_find(&list, 9), &segments[2]);
    assert_null(tl_archive_list_find(&list, 10));
    assert_null(tl_archive_list_find(&empty, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_by_origin),
        cmocka_unit_test(what_is_sealed_or_merged_is_left_over),
        cmocka_unit_test(other_files_are_passed_over),
        cmocka_unit_test(overlaps_are_not_left_over),
        cmocka_unit_test(what_is_no_file_is_passed_over),
        cmocka_unit_test(folders_may_be_links),
        cmocka_unit_test(finds_the_segment_of_an_origin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
