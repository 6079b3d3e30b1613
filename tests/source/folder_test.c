#include "proof/test.h"
#include "source/folder.h"
#include "source/sample.h"

/* The names listed, one after the other. */
static const char *names(const char *folder, const char *base)
{
    static char text[1024];
    struct folder_list list;

    assert_int_equal(folder_read(folder, base, &list), 0);
    text[0] = '\0';
    for (size_t i = 0; i < list.count; i++)
        strcat(strcat(text, strrchr(list.entries[i].path, '/') + 1), " ");
    folder_list_done(&list);
    return text;
}

static void names_are_in_the_order_of_writing(void **state)
{
    (void)state;
    struct sample_folder folder;
    static const char *const files[] = {"x.000002.part", "x",        "x.part", "x.000001", "w.part", ".x",
                                        "x.000001.part", "x.000010", "xy",     ".part"};

    sample_folder_make(&folder);
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        sample_append(&folder, files[i], "", 0);
    assert_int_equal(mkdir(sample_path(&folder, "x.000003"), 0700), 0);
    assert_int_equal(symlink("x", sample_path(&folder, "x.000004")), 0);
    assert_int_equal(symlink("nothing", sample_path(&folder, "x.000005")), 0);
    assert_string_equal(names(folder.path, NULL),
                        "w.part x x.part x.000001 x.000001.part x.000002.part x.000004 "
                        "x.000010 xy ");
    assert_string_equal(names(folder.path, "x"),
                        "x x.part x.000001 x.000001.part x.000002.part x.000004 x.000010 ");
    assert_string_equal(names(folder.path, ".x"), ".x ");
    assert_string_equal(names(folder.path, "none"), "");
    sample_folder_remove(&folder);
}

static void a_missing_folder_is_an_error(void **state)
{
    (void)state;
    struct folder_list list = {NULL, 7, 7};

    assert_int_equal(folder_read("/nonexistent/folder", NULL, &list), -1);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(list.count, 0);
}

static void a_renamed_file_stays_itself_and_a_new_one_is_another(void **state)
{
    (void)state;
    struct sample_folder folder;
    struct folder_list list;
    struct folder_seen seen = {NULL, 0, 0, 0};
    struct folder_identity identity;

    sample_folder_make(&folder);
    int fd = open(sample_append(&folder, "a", "", 0), O_RDONLY | O_CLOEXEC);
    assert_int_equal(folder_identify(fd, &identity), 0);
    assert_int_equal(folder_add_seen(&seen, &identity), 0);
    assert_int_equal(folder_add_seen(&seen, &identity), 0);
    assert_int_equal(seen.count, 1);
    assert_int_equal(rename(sample_path(&folder, "a"), sample_path(&folder, "b")), 0);
    sample_append(&folder, "a", "", 0);
    assert_int_equal(folder_read(folder.path, NULL, &list), 0);
    assert_int_equal(list.count, 2);
    assert_false(folder_is_seen(&seen, &list.entries[0].identity));
    assert_true(folder_is_seen(&seen, &list.entries[1].identity));
    folder_list_done(&list);
    folder_seen_done(&seen);
    close(fd);
    sample_folder_remove(&folder);
}

static void files_that_are_gone_are_forgotten_after_some_lists(void **state)
{
    (void)state;
    struct folder_seen seen = {NULL, 0, 0, 0};
    struct folder_list list = {NULL, 0, 0};

    for (uint64_t i = 0; i < 100; i++) {
        struct folder_identity identity = {1, i * 37 % 100, 5, 6};
        assert_int_equal(folder_add_seen(&seen, &identity), 0);
    }
    assert_int_equal(seen.count, 100);
    struct folder_entry kept = {NULL, {1, 50, 5, 6}};
    list.entries = &kept;
    list.count = 1;
    for (int i = 0; i < 3; i++)
        folder_forget(&seen, &list);
    assert_int_equal(seen.count, 100);
    folder_forget(&seen, &list);
    assert_int_equal(seen.count, 1);
    assert_true(folder_is_seen(&seen, &kept.identity));
    folder_seen_done(&seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_in_the_order_of_writing),
        cmocka_unit_test(a_missing_folder_is_an_error),
        cmocka_unit_test(a_renamed_file_stays_itself_and_a_new_one_is_another),
        cmocka_unit_test(files_that_are_gone_are_forgotten_after_some_lists),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
