#include "send/lane.h"

#include "proof/failing_alloc.h"
#include "proof/test.h"

static void frames_stand_as_on_the_wire(void **state)
{
    (void)state;
    static const uint8_t expected[] = {0, 0, 0, 2, 'a', 'b', 0, 0, 0, 1, 'c'};
    struct lane lane = {0};

    assert_true(lane_put(&lane, tl_bytes_of_text("ab")));
    assert_true(lane_put(&lane, tl_bytes_of_text("c")));
    assert_int_equal(lane.used, sizeof(expected));
    assert_int_equal(lane.frames, 2);
    assert_memory_equal(lane.bytes, expected, sizeof(expected));
    lane_done(&lane);
}

static void only_whole_frames_count(void **state)
{
    (void)state;
    static const uint64_t frames[] = {0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2};
    struct lane lane = {0};

    assert_true(lane_put(&lane, tl_bytes_of_text("ab")));
    assert_true(lane_put(&lane, tl_bytes_of_text("c")));
    for (size_t size = 0; size <= lane.used; size++)
        assert_int_equal(lane_frames_within(&lane, size), frames[size]);
    lane_done(&lane);
}

static void it_grows_and_is_emptied(void **state)
{
    (void)state;
    static uint8_t payload[100000];
    struct lane lane = {0};

    for (unsigned i = 0; i < 20; i++)
        assert_true(lane_put(&lane, tl_bytes(payload, sizeof(payload) - i)));
    assert_int_equal(lane_frames_within(&lane, lane.used), 20);
    lane_clear(&lane);
    assert_int_equal(lane.used + lane.frames, 0);
    lane_done(&lane);
}

static void without_memory_it_is_as_it_was(void **state)
{
    (void)state;
    static uint8_t payload[100000];
    struct lane lane = {0};

    assert_true(lane_put(&lane, tl_bytes_of_text("ab")));
    failing_alloc_start(1);
    assert_false(lane_put(&lane, tl_bytes(payload, sizeof(payload))));
    assert_true(failing_alloc_stop());
    assert_int_equal(lane.frames, 1);
    assert_int_equal(lane.used, 6);
    assert_true(lane_put(&lane, tl_bytes(payload, sizeof(payload))));
    lane_done(&lane);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_stand_as_on_the_wire),
        cmocka_unit_test(only_whole_frames_count),
        cmocka_unit_test(it_grows_and_is_emptied),
        cmocka_unit_test(without_memory_it_is_as_it_was),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
