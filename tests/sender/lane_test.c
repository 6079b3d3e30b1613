/* Lanes: whose they are, and what they refuse. */
#include "sender/kept.h"

/* Nobody is there: these senders are not started. */
static const char address[] = "unix:/nowhere/sock";

static void lanes_are_given_out_once(void **state)
{
    struct tl_sender_options options = {.endpoints = {{.address = address}}, .lanes = 3};
    struct tl_sender *sender;

    (void)state;
    assert_int_equal(tl_sender_new(&options, &sender), TL_OK);
    struct tl_sender_lane *shared = tl_sender_lane_shared(sender), *numbered_lane = tl_sender_lane(sender, 1);
    assert_ptr_equal(tl_sender_lane(sender, 1), numbered_lane);
    assert_null(tl_sender_lane(sender, 3));
    struct tl_sender_lane *first = tl_sender_lane_claim(sender), *second = tl_sender_lane_claim(sender);
    assert_true(first != second && first != numbered_lane && second != numbered_lane && second != shared);
    assert_null(tl_sender_lane(sender, 0));
    assert_ptr_equal(tl_sender_lane_claim(sender), shared);
    assert_ptr_equal(tl_sender_lane_claim(sender), shared);
    tl_sender_lane_release(shared);
    tl_sender_lane_release(NULL);
    assert_ptr_equal(tl_sender_lane_claim(sender), shared);
    tl_sender_lane_release(second);
    assert_ptr_equal(tl_sender_lane_claim(sender), second);
    assert_int_equal(tl_sender_stop(sender), TL_STOPPED);
    assert_int_equal(tl_sender_submit(first, tl_bytes("x", 1)), TL_STOPPED);
    tl_sender_free(sender);
}

static void a_frame_that_can_never_fit_is_refused(void **state)
{
    struct tl_sender_options options = {.endpoints = {{.address = address}}, .ring_size = TL_SENDER_RING_MIN};
    static uint8_t frame[TL_SENDER_RING_MIN];
    struct tl_sender_lane_statistics counts;
    struct tl_sender *sender;

    (void)state;
    assert_int_equal(tl_sender_new(&options, &sender), TL_OK);
    struct tl_sender_lane *lane = tl_sender_lane(sender, 0);
    assert_int_equal(tl_sender_submit(lane, tl_bytes(frame, 0)), TL_BAD_ARGUMENT);
    assert_int_equal(tl_sender_submit(lane, tl_bytes(frame, sizeof(frame) - 3)), TL_FRAME_TOO_LONG);
    assert_int_equal(tl_sender_lane_room(lane), sizeof(frame) - 4);
    assert_int_equal(tl_sender_submit(lane, tl_bytes(frame, sizeof(frame) - 4)), TL_OK);
    assert_int_equal(tl_sender_lane_room(lane), 0);
    assert_int_equal(tl_sender_submit(lane, tl_bytes(frame, 1)), TL_FULL);
    assert_int_equal(tl_sender_lane_statistics(sender, 0, &counts), TL_OK);
    assert_int_equal(counts.accepted, 1);
    assert_int_equal(counts.dropped_too_long, 1);
    assert_int_equal(counts.dropped_full, 1);
    assert_int_equal(counts.used, sizeof(frame));
    assert_int_equal(counts.high_water, sizeof(frame));
    tl_sender_free(sender);
}

#define PUTTERS    8
#define PUT_FRAMES 20000u

struct putter {
    struct tl_sender *sender;
    uint32_t number;
    uint64_t taken;
};

static void *put_frames(void *argument)
{
    struct putter *putter = argument;
    uint8_t buffer[100];

    for (uint32_t i = 0; i < PUT_FRAMES; i++) {
        struct tl_bytes frame = numbered(buffer, 20 + i % 80, putter->number, (uint32_t)putter->taken);
        enum tl_status status = tl_sender_put(putter->sender, frame);
        putter->taken += status == TL_OK;
    }
    return NULL;
}

/* More threads than lanes: some share one. Frames of each stay in order. */
static void threads_put_through_lanes_of_their_own(void **state)
{
    struct kept kept = {0};
    struct tl_sender_transport transport = transport_to(&kept);
    struct tl_sender_options options = {
        .endpoints = {{.transport = &transport}}, .lanes = 3, .close_ms = 60000};
    struct tl_sender *sender = start_sender(&options);
    struct putter putters[PUTTERS];
    pthread_t threads[PUTTERS];
    uint64_t taken = 0;

    (void)state;
    for (uint32_t i = 0; i < PUTTERS; i++) {
        putters[i] = (struct putter){sender, i, 0};
        assert_int_equal(pthread_create(&threads[i], NULL, put_frames, &putters[i]), 0);
    }
    for (uint32_t i = 0; i < PUTTERS; i++) {
        pthread_join(threads[i], NULL);
        taken += putters[i].taken;
    }
    assert_int_equal(tl_sender_stop(sender), TL_OK);
    struct tl_sender_statistics all = assert_books(sender, (uint64_t)PUTTERS * PUT_FRAMES, true);
    assert_int_equal(all.lanes.accepted, taken);
    assert_int_equal(all.endpoints[0].sent, taken);
    assert_int_equal(kept.seen.frames, taken);
    assert_int_equal(kept.seen.damaged + kept.seen.again + kept.seen.jumps, 0);
    /* The threads have ended: their lanes are free again. */
    for (int i = 0; i < 3; i++)
        assert_true(tl_sender_lane_claim(sender) != tl_sender_lane_shared(sender));
    tl_sender_free(sender);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lanes_are_given_out_once),
        cmocka_unit_test(a_frame_that_can_never_fit_is_refused),
        cmocka_unit_test(threads_put_through_lanes_of_their_own),
    };

    watchdog();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
