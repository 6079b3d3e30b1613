#include "source/archive_gap.h"

#include "proof/test.h"
#include "source/archive_sample.h"

static char text[SOURCE_TEXT_SIZE];

static void note(struct archive_sample *sample, uint64_t first, uint64_t last, uint64_t frames)
{
    struct tl_archive_removed removed = {
        .first = first, .last = last, .frames = frames, .at_ms = 1, .cause = "keep-size"};

    assert_int_equal(tl_archive_note_removed(sample->archive, &removed), TL_OK);
}

static bool tell(const struct archive_sample *sample, uint64_t segment, uint64_t number, uint64_t to)
{
    return archive_gap_tell(sample->archive, (struct tl_frame_name){segment, number}, to, false, text);
}

static void it_is_said_what_is_missed(void **state)
{
    (void)state;
    struct archive_sample sample;

    archive_sample_make(&sample);
    note(&sample, 1, 1, 100);
    note(&sample, 2, 5, 400);
    note(&sample, 6, 6, 50);
    assert_true(tell(&sample, 1, 0, 5));
    assert_string_equal(text, "segments 1 to 5 were removed before they were read: 500 frames (keep-size)");
    assert_true(tell(&sample, 1, 30, 1));
    assert_string_equal(text, "segment 1 was removed before it was read: 70 frames (keep-size)");
    assert_true(tell(&sample, 2, 30, 6)); /* which of the 400 were in segment 2 is not known */
    assert_string_equal(text,
                        "segments 2 to 6 were removed before they were read: at most 450 frames (keep-size)");
    assert_true(tell(&sample, 4, 0, 6));
    assert_string_equal(text,
                        "segments 4 to 6 were removed before they were read: at most 450 frames (keep-size)");
    assert_true(tell(&sample, 6, 0, 8));
    assert_string_equal(
        text, "segments 6 to 8 are not there: 1 of them were removed, 50 frames; nothing is known of the "
              "others");
    assert_true(tell(&sample, 9, 4, 9));
    assert_string_equal(text, "segment 9 is not there, and nothing says that it was removed");
    archive_sample_remove(&sample);
}

static void what_was_read_to_its_end_is_not_missed(void **state)
{
    (void)state;
    struct archive_sample sample;

    archive_sample_make(&sample);
    note(&sample, 1, 1, 100);
    note(&sample, 2, 2, 0);
    assert_false(tell(&sample, 1, 100, 1));
    assert_false(tell(&sample, 1, 200, 1));
    assert_false(tell(&sample, 1, 100, 2));
    assert_true(tell(&sample, 1, 99, 2));
    archive_sample_remove(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_said_what_is_missed),
        cmocka_unit_test(what_was_read_to_its_end_is_not_missed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
