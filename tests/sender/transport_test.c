/* Frames to a transport of the caller's own, one that fails, and one that does not come back. */
#include "sender/kept.h"

static void a_transport_gets_whole_frames(void **state)
{
    struct kept kept = {.refuse_opens = 2};
    struct tl_sender_transport transport = transport_to(&kept);
    struct tl_sender_options options = {.endpoints = {{.transport = &transport}},
                                        .ring_size = TL_SENDER_RING_MIN};
    struct tl_sender *sender = start_sender(&options);
    struct tl_sender_lane *lane = tl_sender_lane(sender, 0);
    uint8_t buffer[3000];

    (void)state;
    for (uint32_t i = 0; i < 5000; i++) {
        size_t size = 8 + (i * 37) % (sizeof(buffer) - 8);
        submit_patiently(lane, numbered(buffer, size, 0, i));
    }
    assert_int_equal(tl_sender_flush(sender, 60000), TL_OK);
    assert_int_equal(tl_sender_stop(sender), TL_OK);
    struct tl_sender_statistics all = assert_books(sender, 5000, true);
    assert_int_equal(all.endpoints[0].confirmed, 5000);
    assert_int_equal(all.endpoints[0].failures, 2);
    assert_int_equal(all.endpoints[0].failure, TL_BAD_CONTENT_TYPE);
    assert_int_equal(kept.seen.frames, 5000);
    assert_int_equal(kept.seen.damaged + kept.seen.again + kept.seen.jumps, 0);
    assert_int_equal(kept.opened, 1);
    assert_int_equal(kept.closed, 1);
    assert_int_equal(kept.closed_in_order, 1);
    assert_int_equal(kept.freed, 0);
    tl_sender_free(sender);
    assert_int_equal(kept.freed, 1);
}

static void fail_in_between(bool knows_what_it_did)
{
    struct kept kept = {.fail_after = 100, .knows_what_it_did = knows_what_it_did};
    struct tl_sender_transport transport = transport_to(&kept);
    struct tl_sender_options options = {.endpoints = {{.transport = &transport}}, .retry_ms = 10};
    struct tl_sender *sender = start_sender(&options);

    submit_all(tl_sender_lane(sender, 0), 0, 0, 1000, 100);
    assert_int_equal(tl_sender_flush(sender, 60000), TL_OK);
    assert_int_equal(tl_sender_stop(sender), TL_OK);
    struct tl_sender_statistics all = assert_books(sender, 1000, true);
    assert_int_equal(kept.seen.damaged + kept.seen.jumps, 0);
    assert_int_equal(kept.seen.next[0], 1000);
    assert_true(all.endpoints[0].breaks > 0);
    assert_int_equal(kept.opened, 1 + all.endpoints[0].breaks);
    assert_int_equal(kept.closed, kept.opened);
    if (knows_what_it_did)
        assert_int_equal(kept.seen.again + all.endpoints[0].resent, 0);
    else
        assert_true(kept.seen.again > 0);
    tl_sender_free(sender);
}

static void what_a_transport_did_not_take_it_gets_again(void **state)
{
    (void)state;
    fail_in_between(true);
    fail_in_between(false);
}

static enum tl_status never_write(void *context, const struct iovec *frames, int count, int *ret_done)
{
    char byte;
    const int *ends = context;

    (void)frames, (void)count, (void)ret_done;
    return read(ends[0], &byte, 1) == 1 ? TL_OK : TL_SYSTEM;
}

static void never_free(void *context)
{
    const int *ends = context;
    ssize_t put = write(ends[2], "f", 1);

    (void)put;
}

/* One that comes back late, with the thread of a stop that did not wait for it. */
static void a_thread_that_was_held_up_may_still_end(void **state)
{
    int ends[3];
    struct tl_sender_transport transport = {.context = ends, .write = never_write};
    struct tl_sender_options options = {.endpoints = {{.transport = &transport}}, .close_ms = 20};

    (void)state;
    assert_int_equal(pipe(ends), 0);
    struct tl_sender *sender = start_sender(&options);
    submit_all(tl_sender_lane(sender, 0), 0, 0, 1, 100);
    assert_int_equal(tl_sender_flush(sender, 10), TL_TIME_UP);
    assert_int_equal(tl_sender_stop(sender), TL_TIME_UP);
    assert_int_equal(write(ends[1], "g", 1), 1);
    enum tl_status status;
    do
        status = tl_sender_stop(sender);
    while (status == TL_TIME_UP);
    assert_int_equal(status, TL_OK);
    assert_int_equal(tl_sender_stop(sender), TL_STOPPED);
    assert_int_equal(assert_books(sender, 1, true).endpoints[0].confirmed, 1);
    tl_sender_free(sender);
    close(ends[0]);
    close(ends[1]);
}

/* A transport that does not come back keeps the thread, but not the caller. */
static void a_thread_that_is_held_up_is_left_behind(void **state)
{
    int ends[4];
    char byte;
    struct tl_sender_transport transport = {.context = ends, .write = never_write, .free = never_free};
    struct tl_sender_options options = {.endpoints = {{.transport = &transport}}, .close_ms = 20};

    (void)state;
    assert_int_equal(pipe(ends), 0);     /* 0, 1: lets it go on */
    assert_int_equal(pipe(ends + 2), 0); /* 2, 3: it was freed */
    int freed = ends[2];
    ends[2] = ends[3];
    struct tl_sender *sender = start_sender(&options);
    submit_all(tl_sender_lane(sender, 0), 0, 0, 1, 100);
    assert_int_equal(tl_sender_flush(sender, 10), TL_TIME_UP);
    assert_int_equal(tl_sender_stop(sender), TL_TIME_UP);
    struct tl_sender_statistics all;
    tl_sender_statistics(sender, &all);
    assert_int_equal(all.endpoints[0].waiting, 1);
    tl_sender_free(sender);
    assert_int_equal(write(ends[1], "g", 1), 1);
    assert_int_equal(read(freed, &byte, 1), 1);
    close(ends[0]);
    close(ends[1]);
    close(ends[3]);
    close(freed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_transport_gets_whole_frames),
        cmocka_unit_test(what_a_transport_did_not_take_it_gets_again),
        cmocka_unit_test(a_thread_that_was_held_up_may_still_end),
        cmocka_unit_test(a_thread_that_is_held_up_is_left_behind),
    };

    watchdog();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
