#include "proof/test.h"

#include "pack/finding.h"

#include <stdlib.h>

static void frames_are_called_by_their_names(void **state)
{
    (void)state;
    char text[FINDING_NAMES_SIZE];
    struct tl_frame_name most = {UINT64_MAX, UINT64_MAX};

    assert_string_equal(finding_names((struct tl_frame_name){16, 0}, (struct tl_frame_name){17, 99}, text),
                        "16/0 to 17/99");
    assert_string_equal(finding_names((struct tl_frame_name){16, 3}, (struct tl_frame_name){16, 3}, text),
                        "16/3");
    assert_int_equal(strlen(finding_names(most, (struct tl_frame_name){UINT64_MAX, UINT64_MAX - 1}, text)),
                     2 * (TL_FRAME_NAME_SIZE - 1) + 4);
}

static void times_are_written_to_the_millisecond(void **state)
{
    (void)state;
    char text[FINDING_TIMES_SIZE];

    assert_string_equal(finding_times(0, 1795467600123, text),
                        "1970-01-01T00:00:00.000Z to 2026-11-23T21:00:00.123Z");
    assert_string_equal(finding_times(7, 7, text), "1970-01-01T00:00:00.007Z");
    assert_string_equal(finding_times(7, UINT64_MAX, text),
                        "1970-01-01T00:00:00.007Z to 18446744073709551615 ms");
}

struct said {
    unsigned count;
    char text[FINDING_TEXT_SIZE];
};

static void say(void *user, enum verify_weight weight, const char *place, const char *text)
{
    struct said *said = user;

    assert_string_equal(place, "place");
    assert_true(weight == VERIFY_NOTICE || weight == VERIFY_DAMAGE);
    said->count++;
    strcpy(said->text, text);
}

static void findings_are_counted_by_weight_and_cut(void **state)
{
    (void)state;
    struct said said = {0};
    struct verify verify = {.say = say, .user = &said};
    char *text = calloc(1, 5000);

    memset(text, 'x', 4999);
    finding_say(&verify, VERIFY_NOTICE, "place", "%d", 5);
    assert_string_equal(said.text, "5");
    assert_int_equal(verify.sums.damages, 0);
    finding_say(&verify, VERIFY_DAMAGE, "place", "%s", text);
    assert_int_equal(strlen(said.text), FINDING_TEXT_SIZE - 1);
    assert_int_equal(verify.sums.damages, 1);
    assert_int_equal(said.count, 2);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_are_called_by_their_names),
        cmocka_unit_test(times_are_written_to_the_millisecond),
        cmocka_unit_test(findings_are_counted_by_weight_and_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
