#include "archive/test_archive.h"

#define LINE                                                                                                 \
    "first=3 last=15 frames=81234 bytes=1390234 from=2026-11-23T21:00:00.000Z to=2026-11-23T21:59:00.123Z "  \
    "at=2026-11-23T21:59:00.123Z cause=keep\n"
#define MS 1795471140123u

static const struct tl_archive_removed one = {3, 15, 81234, 1390234, MS - MS % 3600000, MS, MS, "keep"};

/* "3-15 keep, 16-16 keep-size" */
static const char *listed(void)
{
    static char text[512];
    struct tl_archive_removed *removed;
    size_t count, at = 0;

    text[0] = '\0';
    assert_int_equal(tl_archive_list_removed(archive, &removed, &count), TL_OK);
    for (size_t i = 0; i < count; i++)
        at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%d-%d %s", at ? ", " : "",
                               (int)removed[i].first, (int)removed[i].last, removed[i].cause);
    free(removed);
    return text;
}

static void notes_a_line(void **state)
{
    (void)state;
    struct tl_archive_removed *removed;
    struct stat found;
    size_t count;
    uint64_t number;

    assert_string_equal(listed(), "");
    assert_int_equal(tl_archive_note_removed(archive, &one), TL_OK);
    assert_string_equal(test_folder_text(&folder, "removed"), LINE);
    assert_int_equal(stat(test_folder_path(&folder, "removed"), &found), 0);
    assert_int_equal(found.st_mode & 0777, 0640);
    assert_int_equal(tl_archive_list_removed(archive, &removed, &count), TL_OK);
    assert_int_equal(count, 1);
    assert_memory_equal(&removed[0], &one, sizeof(one));
    free(removed);
    assert_int_equal(tl_archive_next_number(archive, &number), TL_OK);
    assert_int_equal(number, 16);
}

static void torn_lines_are_passed_over(void **state)
{
    (void)state;
    struct tl_archive_removed next = {.first = 16, .last = 16, .at_ms = MS, .cause = "keep-size"};

    for (size_t size = 1; size < strlen(LINE); size++) {
        char text[512] = LINE;
        text[strlen(LINE) + size] = '\0';
        memcpy(text + strlen(LINE),
               "first=16 last=16 frames=1 bytes=1 at=2026-11-23T21:59:00.123Z cause=keep-s",
               size < 74 ? size : 74);
        test_folder_put(&folder, "removed", text);
        assert_string_equal(listed(), "3-15 keep");
        assert_int_equal(tl_archive_note_removed(archive, &next), TL_OK);
        assert_string_equal(listed(), "3-15 keep, 16-16 keep-size");
    }
}

static void what_is_noted_again_counts_once(void **state)
{
    (void)state;
    test_folder_put(&folder, "removed",
                    "first=1 last=1 frames=1 bytes=1 at=2026-11-23T21:59:00.123Z cause=keep\n"
                    "first=2 last=2 frames=1 bytes=1 at=2026-11-23T21:59:00.123Z cause=keep\n"
                    "first=3 last=3 frames=1 bytes=1 at=2026-11-23T21:59:00.123Z cause=keep\n"
                    "first=3 last=3 frames=1 bytes=1 at=2026-11-23T21:59:00.124Z cause=disk-full\n"
                    "first=2 last=5 frames=1 bytes=1 at=2026-11-23T21:59:00.125Z cause=keep-size\n");
    assert_string_equal(listed(), "1-1 keep, 2-5 keep-size");
}

static void newer_words_are_passed_over(void **state)
{
    (void)state;
    test_folder_put(
        &folder, "removed",
        "colour=red first=1 last=1 frames=1 bytes=1 at=2026-11-23T21:59:00.123Z cause=keep shape=\n");
    assert_string_equal(listed(), "1-1 keep");
}

static void other_lines_are_passed_over(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "\n",
        "nothing\n",
        "first=0 last=1 frames=1 bytes=1 at=2026-11-23T21:59:00.123Z cause=keep\n",
        "first=2 last=1 frames=1 bytes=1 at=2026-11-23T21:59:00.123Z cause=keep\n",
        "first=1 last=1 frames=1 bytes=1 at=2026-11-23T21:59:00.123Z\n",
        "first=1 last=1 frames=1 bytes=1 at=2026-11-23T21:59:00.123Z cause=\n",
        "first=1 last=1 frames=1 bytes=1 at=2026-11-23 cause=keep\n",
        "first=1 last=1 frames=x bytes=1 at=2026-11-23T21:59:00.123Z cause=keep\n",
        "first=1 last=1 at=2026-11-23T21:59:00.123Z cause=a-cause-that-is-longer-than-it-can-be\n",
    };

    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        test_folder_put(&folder, "removed", lines[i]);
        assert_string_equal(listed(), "");
    }
}

static void what_no_line_can_say_is_refused(void **state)
{
    (void)state;
    struct tl_archive_removed bad[6];

    for (size_t i = 0; i < 6; i++)
        bad[i] = one;
    bad[0].first = 0;
    bad[1].last = 2;
    bad[2].at_ms = 0;
    bad[3].cause[0] = '\0';
    strcpy(bad[4].cause, "two words");
    bad[5].to_ms = UINT64_MAX;
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(tl_archive_note_removed(archive, &bad[i]), TL_BAD_ARGUMENT);
    assert_string_equal(test_folder_text(&folder, "removed"), "(none)");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(notes_a_line),
        TEST(torn_lines_are_passed_over),
        TEST(what_is_noted_again_counts_once),
        TEST(newer_words_are_passed_over),
        TEST(other_lines_are_passed_over),
        TEST(what_no_line_can_say_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
