#include "proof/guarded.h"
#include "proof/test.h"
#include "source/plausible.h"
#include "source/sample.h"

enum { LIMIT = 1000 };

/* A judge with what it may ask for in one number: the verdict, or -(bytes it wants). */
typedef enum plausible (*judge_function)(const struct plausible_place *place, size_t *ret_want);

static enum plausible judge_frame(const struct plausible_place *place, size_t *ret_want)
{
    uint64_t work;

    return plausible_frame(place, ret_want, &work);
}

static int judge(judge_function function, const void *data, size_t size, bool is_end)
{
    struct guarded in = guarded_new(data, size);
    struct plausible_place place = {tl_bytes(in.data, in.size), is_end, LIMIT};
    size_t want = 0;
    enum plausible verdict = function(&place, &want);

    guarded_free(&in);
    return verdict == PLAUSIBLE_MORE ? -(int)want : (int)verdict;
}

static void a_border_is_a_head_within_the_limit(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
        int at_end, before_end;
    } places[] = {
        {"", 0, PLAUSIBLE_YES, -4},
        {"\0", 1, PLAUSIBLE_YES, -4},
        {"\0\0\3", 3, PLAUSIBLE_YES, -4},
        {"\0\0\4", 3, PLAUSIBLE_NO, -4}, /* 1024 at least */
        {"\1", 1, PLAUSIBLE_NO, -4},
        {"\0\0\3\xe8", 4, PLAUSIBLE_YES, -5},
        {"\0\0\3\xe9", 4, PLAUSIBLE_NO, PLAUSIBLE_NO},
        {"\0\0\3\xe8\x0a", 5, PLAUSIBLE_YES, PLAUSIBLE_YES},
        {"\0\0\3\xe8\x02", 5, PLAUSIBLE_NO, PLAUSIBLE_NO}, /* field number 0 */
        {"\0\0\3\xe8\x0b", 5, PLAUSIBLE_NO, PLAUSIBLE_NO}, /* a group */
        {"\0\0\3\xe8\x0e", 5, PLAUSIBLE_NO, PLAUSIBLE_NO}, /* no wire type */
        {"\0\0\0\0", 4, PLAUSIBLE_NO, -8},
        {"\0\0\0\0\0\0\0\3", 8, PLAUSIBLE_NO, PLAUSIBLE_NO},
        {"\0\0\0\0\0\0\2\1", 8, PLAUSIBLE_NO, PLAUSIBLE_NO},
        {"\0\0\0\0\0\0\0\4", 8, PLAUSIBLE_NO, -12},
        {"\0\0\0\0\0\0\0\4\0\0\0\3", 12, PLAUSIBLE_YES, PLAUSIBLE_YES},
        {"\0\0\0\0\0\0\0\4\0\0\0\6", 12, PLAUSIBLE_NO, PLAUSIBLE_NO},
        {"\0\0\0\0\0\0\0\5\0\0\0\3x", 13, PLAUSIBLE_NO, PLAUSIBLE_NO},
    };

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        assert_int_equal(judge(plausible_border, places[i].bytes, places[i].size, true), places[i].at_end);
        assert_int_equal(judge(plausible_border, places[i].bytes, places[i].size, false),
                         places[i].before_end);
    }
}

static void a_frame_with_a_message_stands_alone(void **state)
{
    (void)state;
    struct sample sample = {.size = 0};

    sample_frame(&sample, 1);
    assert_int_equal(judge(judge_frame, sample.data, 42, false), PLAUSIBLE_YES);
    for (size_t size = 5; size < 42; size++) {
        assert_int_equal(judge(judge_frame, sample.data, size, false), -42);
        assert_int_equal(judge(judge_frame, sample.data, size, true), PLAUSIBLE_NO);
    }
    sample.data[9] = 0xff; /* the length of `identity` ends in the frame no more */
    assert_int_equal(judge(judge_frame, sample.data, 42, false), PLAUSIBLE_NO);
}

static void another_frame_needs_a_border_behind(void **state)
{
    (void)state;

    assert_int_equal(judge(judge_frame, "\0\0\0\2\x78\1", 6, true), PLAUSIBLE_YES);
    assert_int_equal(judge(judge_frame, "\0\0\0\2\x78\1", 6, false), -10);
    assert_int_equal(judge(judge_frame, "\0\0\0\2\x78\1zzzz", 10, false), PLAUSIBLE_NO);
    assert_int_equal(judge(judge_frame, "\0\0\0\2\x78\1\0\0\0\2\x78", 11, false), PLAUSIBLE_YES);
    assert_int_equal(judge(judge_frame, "\0\0\0\2\x0a\0", 6, true), PLAUSIBLE_NO); /* no `type` */
    assert_int_equal(judge(judge_frame, "\0\0\0\0\0\0\0\4\0\0\0\3", 12, true), PLAUSIBLE_YES);
    assert_int_equal(judge(judge_frame, "\0\0\0\0\0\0\0\4\0\0\0\3zzzz", 16, false), PLAUSIBLE_NO);
}

static void what_is_wrong_at_the_front_needs_no_more_bytes(void **state)
{
    (void)state;
    struct plausible_place place = {tl_bytes("\0\0\3\xe8\x0a\1a\7", 8), false, LIMIT};
    size_t want;
    uint64_t work = 77;

    assert_int_equal(plausible_frame(&place, &want, &work), PLAUSIBLE_NO);
    assert_int_equal(work, 3);
}

static void a_successor_decodes_or_is_followed_by_a_border(void **state)
{
    (void)state;

    assert_int_equal(judge(plausible_successor, "", 0, true), PLAUSIBLE_YES);
    assert_int_equal(judge(plausible_successor, "\0\0\0\2\x78\1", 6, false), PLAUSIBLE_YES);
    assert_int_equal(judge(plausible_successor, "\0\0\0\2\x78", 5, false), -6);
    assert_int_equal(judge(plausible_successor, "\0\0\0\2\x78", 5, true), PLAUSIBLE_NO);
    assert_int_equal(judge(plausible_successor, "\0\0\0\2\x0a\7", 6, false), -10);
    assert_int_equal(judge(plausible_successor, "\0\0\0\2\x0a\7", 6, true), PLAUSIBLE_YES);
    assert_int_equal(judge(plausible_successor, "\0\0\0\2\x0a\7zzzz", 10, true), PLAUSIBLE_NO);
    assert_int_equal(judge(plausible_successor, "\0\0\0\0\0\0\0\4\0\0\0\3", 12, false), PLAUSIBLE_YES);
}

static bool judge_payload(const void *data, size_t size)
{
    struct guarded in = guarded_new(data, size);
    bool verdict = plausible_payload(tl_bytes(in.data, in.size));

    guarded_free(&in);
    return verdict;
}

/* Cut short or too long the payload is none, so that a length that is wrong is seen; what is wrong inside the
 * message does not matter. */
static void a_payload_is_filled_by_its_fields(void **state)
{
    (void)state;
    static const uint8_t frame[] = {0x0a, 1, 'x', 0x72, 4, 8, 5, 0x10, 1, 0x78, 1};
    uint8_t bytes[400];

    for (size_t size = 0; size < sizeof(frame); size++)
        assert_false(judge_payload(frame, size));
    memcpy(bytes, frame, sizeof(frame));
    assert_true(judge_payload(bytes, sizeof(frame)));
    for (unsigned behind = 0; behind < 0x78; behind++) {
        bytes[sizeof(frame)] = (uint8_t)behind;
        assert_false(judge_payload(bytes, sizeof(frame) + 1));
    }
    bytes[5] = 0; /* no field has that number */
    assert_true(judge_payload(bytes, sizeof(frame)));
    bytes[9] = 0x70; /* no type, and a message that is a number */
    assert_false(judge_payload(bytes, sizeof(frame)));

    memset(bytes, 0, sizeof(bytes));
    memcpy(bytes, "\x0a\xac\2", 3); /* 300 bytes */
    memcpy(bytes + 303, "\x78\x81\x80\0", 4);
    assert_true(judge_payload(bytes, 307));
    for (size_t size = 0; size < 307; size++)
        assert_false(judge_payload(bytes, size));
    assert_true(judge_payload("\x78\1\x0a\1z", 5)); /* the type first */
    assert_false(
        judge_payload("\x72\3zzz\x78\2", 7)); /* a type that is none yet, of a message that is none */
    assert_true(judge_payload("\xff\xff\xff\x78\1", 5)); /* it ends as frames do */
    assert_true(judge_payload("\x78\1\xa0\6\1", 5));     /* an unknown field, behind a tag of two bytes */
    assert_true(judge_payload("\x78\1\x0a\x81\0x", 6));  /* a length of two bytes that needs but one */
    assert_true(judge_payload("\x78\1\x0a\x81\x80\0x", 7));
    assert_false(judge_payload("\x78\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\1", 12));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_border_is_a_head_within_the_limit),
        cmocka_unit_test(a_frame_with_a_message_stands_alone),
        cmocka_unit_test(another_frame_needs_a_border_behind),
        cmocka_unit_test(what_is_wrong_at_the_front_needs_no_more_bytes),
        cmocka_unit_test(a_successor_decodes_or_is_followed_by_a_border),
        cmocka_unit_test(a_payload_is_filled_by_its_fields),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
