#include "archive/test_archive.h"

#include <time.h>

static void are_read_while_they_count(void **state)
{
    (void)state;
    struct tl_counters *counters;
    struct tl_counters_view view;
    uint64_t pid, now = (uint64_t)time(NULL) * 1000;

    assert_int_equal(tl_counters_read(archive, &view), TL_END);
    assert_int_equal(tl_counters_new(archive, &counters), TL_OK);
    assert_int_equal(tl_counters_read(archive, &view), TL_OK);
    assert_int_equal(view.pid, getpid());
    assert_in_range(view.started_ms, now, now + 60000);
    assert_false(view.is_running);
    for (int i = 0; i < TL_COUNTERS; i++) {
        assert_true(view.is_known[i]);
        assert_int_equal(view.values[i], 0);
        tl_counters_set(counters, (enum tl_counter)i, (uint64_t)i << 40);
    }
    tl_counters_add(counters, TL_COUNTER_FRAMES_IN, 5);
    assert_int_equal(tl_archive_lock(archive, TL_ARCHIVE_LOCK_WRITE, &pid), TL_OK);
    assert_int_equal(tl_counters_read(archive, &view), TL_OK);
    assert_true(view.is_running);
    for (int i = 0; i < TL_COUNTERS; i++)
        assert_int_equal(view.values[i], ((uint64_t)i << 40) + (i == TL_COUNTER_FRAMES_IN ? 5 : 0));

    /* The next capture's do not change what somebody has mapped. */
    struct tl_counters *next;
    assert_int_equal(tl_counters_new(archive, &next), TL_OK);
    tl_counters_add(counters, TL_COUNTER_FRAMES_IN, 5);
    assert_int_equal(tl_counters_read(archive, &view), TL_OK);
    assert_int_equal(view.values[TL_COUNTER_FRAMES_IN], 0);
    tl_counters_free(next);
    tl_counters_free(counters);
    tl_counters_free(NULL);
    assert_false(test_folder_has(&folder, ".counters.new"));
}

/* Each fits into a key of the file, and none is there twice. */
static void have_names(void **state)
{
    (void)state;
    for (int i = 0; i < TL_COUNTERS; i++) {
        assert_in_range(strlen(tl_counter_key((enum tl_counter)i)), 1, 31);
        assert_true(strlen(tl_counter_sentence((enum tl_counter)i)) > 5);
        for (int k = 0; k < i; k++)
            assert_string_not_equal(tl_counter_key((enum tl_counter)i), tl_counter_key((enum tl_counter)k));
    }
}

struct head {
    char magic[8];
    uint32_t version, count;
    uint64_t pid, started_ms;
};

struct entry {
    char key[32];
    uint64_t value;
};

static void put(const struct head *head, const struct entry *entries, size_t count)
{
    FILE *file = fopen(test_folder_path(&folder, "counters"), "w");

    assert_non_null(file);
    assert_int_equal(fwrite(head, sizeof(*head), 1, file), 1);
    assert_int_equal(fwrite(entries, sizeof(*entries), count, file), count);
    fclose(file);
}

static void of_another_table_are_found_by_name(void **state)
{
    (void)state;
    struct head head = {"taplineN", 1, 3, 77, 88};
    struct entry entries[3] = {{"frames out", 6}, {"novelties", 7}, {"bytes in", 8}};
    struct tl_counters_view view;

    put(&head, entries, 3);
    assert_int_equal(tl_counters_read(archive, &view), TL_OK);
    assert_true(view.pid == 77 && view.started_ms == 88 && !view.is_running);
    assert_int_equal(view.values[TL_COUNTER_FRAMES_OUT], 6);
    assert_int_equal(view.values[TL_COUNTER_BYTES_IN], 8);
    assert_true(view.is_known[TL_COUNTER_FRAMES_OUT]);
    assert_false(view.is_known[TL_COUNTER_FRAMES_IN]);
}

static void damaged_ones_are_told(void **state)
{
    (void)state;
    struct head good = {"taplineN", 1, 1, 77, 88}, bad[4] = {good, good, good, good};
    struct entry entry = {"frames out", 6};
    struct tl_counters_view view;

    bad[0].magic[7] = 'M';
    bad[1].version = 2;
    bad[2].count = 2;
    bad[3].count = UINT32_MAX;
    for (size_t i = 0; i < 4; i++) {
        put(&bad[i], &entry, 1);
        assert_int_equal(tl_counters_read(archive, &view), TL_BAD_TEXT);
    }
    put(&good, &entry, 0);
    assert_int_equal(tl_counters_read(archive, &view), TL_BAD_TEXT);
    test_folder_put(&folder, "counters", "taplineN");
    assert_int_equal(tl_counters_read(archive, &view), TL_BAD_TEXT);
    test_folder_put(&folder, "counters", "");
    assert_int_equal(tl_counters_read(archive, &view), TL_BAD_TEXT);
    assert_int_equal(unlink(test_folder_path(&folder, "counters")), 0);
    assert_int_equal(mkdir(test_folder_path(&folder, "counters"), 0700), 0);
    assert_int_equal(tl_counters_read(archive, &view), TL_BAD_TEXT);
    struct tl_counters *counters;
    assert_int_equal(tl_counters_new(archive, &counters), TL_SYSTEM);
    assert_false(test_folder_has(&folder, ".counters.new"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(are_read_while_they_count),
        TEST(have_names),
        TEST(of_another_table_are_found_by_name),
        TEST(damaged_ones_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
