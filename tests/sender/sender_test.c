/* The life of a sender: options, lanes, threads, transports, fork, memory that is not there. */
#include "sender/peer.h"

#include "proof/failing_alloc.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

static struct test_folder folder;
static char address[160];

static int set_up(void **state)
{
    (void)state;
    watchdog();
    folder = test_folder_new();
    snprintf(address, sizeof(address), "unix:%s/sock", folder.path);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    test_folder_free(&folder);
    return 0;
}

/* A transport that keeps what it is given ------------------------------------------------------------- */

struct kept {
    struct seen seen;
    unsigned opened, closed, closed_in_order, freed;
    unsigned refuse_opens;  /* so many fail */
    unsigned fail_after;    /* frames; 0: never */
    bool knows_what_it_did; /* says how many frames it took before it failed */
    unsigned wait;          /* microseconds that each write takes */
};

static enum tl_status kept_open(void *context)
{
    struct kept *kept = context;

    if (kept->refuse_opens) {
        kept->refuse_opens--;
        return TL_BAD_CONTENT_TYPE;
    }
    kept->opened++;
    return TL_OK;
}

static enum tl_status kept_write(void *context, const struct iovec *frames, int count, int *ret_done)
{
    struct kept *kept = context;

    if (kept->wait)
        usleep(kept->wait);
    for (int i = 0; i < count; i++) {
        if (kept->fail_after && kept->seen.frames && kept->seen.frames % kept->fail_after == 0) {
            *ret_done = kept->knows_what_it_did ? i : 0;
            kept->fail_after += kept->fail_after; /* and goes on the next time */
            return TL_SYSTEM;
        }
        see(&kept->seen, tl_bytes(frames[i].iov_base, frames[i].iov_len));
    }
    return TL_OK;
}

static enum tl_status kept_close(void *context, bool in_order)
{
    struct kept *kept = context;

    kept->closed++;
    kept->closed_in_order += in_order;
    return TL_OK;
}

static void kept_free(void *context)
{
    struct kept *kept = context;

    kept->freed++;
}

static struct tl_sender_transport transport_to(struct kept *kept)
{
    struct tl_sender_transport transport = {kept, kept_open, kept_write, kept_close, kept_free};
    return transport;
}

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
        numbered(buffer, size, 0, i);
        while (tl_sender_lane_room(lane) < size)
            usleep(50);
        assert_int_equal(tl_sender_submit(lane, tl_bytes(buffer, size)), TL_OK);
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

/* Options ---------------------------------------------------------------------------------------------- */

static void options_are_checked(void **state)
{
    struct kept kept = {0};
    struct tl_sender_transport transport = transport_to(&kept), none = {0};
    static const uint8_t long_type[257] = {1};
    struct {
        struct tl_sender_options options;
        enum tl_status status;
    } cases[] = {
        {{.lanes = 1}, TL_BAD_ARGUMENT},
        {{.endpoints = {{.address = "nonsense"}}}, TL_BAD_ARGUMENT},
        {{.endpoints = {{.address = "-"}}}, TL_BAD_ARGUMENT},
        {{.endpoints = {{.address = "tcp:nowhere"}}}, TL_BAD_TEXT},
        {{.endpoints = {{.address = address, .transport = &transport}}}, TL_BAD_ARGUMENT},
        {{.endpoints = {{.transport = &none}}}, TL_BAD_ARGUMENT},
        {{.endpoints = {{.address = address}}, .lanes = TL_SENDER_LANES_MAX + 1}, TL_BAD_ARGUMENT},
        {{.endpoints = {{.address = address}}, .ring_size = TL_SENDER_RING_MAX + 1}, TL_BAD_ARGUMENT},
        {{.endpoints = {{.address = address}}, .content_type = {long_type, 257}}, TL_CONTENT_TYPE_TOO_LONG},
        {{.endpoints = {{.address = address}}, .mode = (enum tl_sender_mode)7}, TL_BAD_ARGUMENT},
        {{.endpoints = {{.address = address}}, .drop = (enum tl_sender_drop)7}, TL_BAD_ARGUMENT},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct tl_sender *sender = NULL;
        assert_int_equal(tl_sender_new(&cases[i].options, &sender), cases[i].status);
        assert_null(sender);
    }
    assert_int_equal(kept.freed, 0);
}

static size_t ring_of(size_t lanes, size_t ring_size, size_t budget, size_t *ret_lanes)
{
    struct tl_sender_options options = {
        .endpoints = {{.address = address}}, .lanes = lanes, .ring_size = ring_size, .budget = budget};
    struct tl_sender_lane_statistics lane;
    struct tl_sender *sender;

    assert_int_equal(tl_sender_new(&options, &sender), TL_OK);
    assert_non_null(tl_sender_lane_shared(sender));
    *ret_lanes = tl_sender_lane_count(sender);
    assert_int_equal(tl_sender_lane_statistics(sender, *ret_lanes, &lane), TL_OK);
    assert_int_equal(tl_sender_lane_statistics(sender, *ret_lanes + 1, &lane), TL_BAD_ARGUMENT);
    tl_sender_free(sender);
    return lane.ring_size;
}

static void rings_fit_into_the_budget(void **state)
{
    size_t lanes;

    (void)state;
    assert_int_equal(ring_of(0, 0, 0, &lanes), TL_SENDER_RING_DEFAULT);
    assert_int_equal(lanes, TL_SENDER_LANES_DEFAULT);
    assert_int_equal(ring_of(128, 0, 0, &lanes), (size_t)256 << 10);
    assert_int_equal(lanes, 128);
    assert_int_equal(ring_of(3, 100000, 0, &lanes), 131072);
    assert_int_equal(ring_of(1000, 0, (size_t)1 << 20, &lanes), TL_SENDER_RING_MIN);
    assert_int_equal(lanes, 15);
    assert_int_equal(ring_of(4, 0, 1, &lanes), TL_SENDER_RING_MIN);
    assert_int_equal(lanes, 0);
}

/* Lanes ------------------------------------------------------------------------------------------------ */

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

/* Fork -------------------------------------------------------------------------------------------------- */

static int be_the_child(struct tl_sender *sender, struct tl_sender_lane *lane)
{
    if (tl_sender_submit(lane, tl_bytes("x", 1)) != TL_STOPPED)
        return 1;
    if (tl_sender_put(sender, tl_bytes("x", 1)) != TL_STOPPED)
        return 2;
    if (tl_sender_lane_room(lane) != 0)
        return 3;
    if (tl_sender_start(sender) != TL_STOPPED || tl_sender_stop(sender) != TL_STOPPED)
        return 4;
    if (tl_sender_flush(sender, 1000) != TL_STOPPED)
        return 5;
    tl_sender_free(sender);
    return 0;
}

static void wait_for_child(pid_t child)
{
    int status;

    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void a_child_cannot_use_it_and_does_not_disturb(void **state)
{
    struct seen seen = {0};
    struct peer peer = peer_listen(address, &seen);
    struct tl_sender_options options = {.endpoints = {{.address = address}}, .close_ms = 60000};
    struct tl_sender *sender = start_sender(&options);
    struct tl_sender_lane *lane = tl_sender_lane(sender, 0);

    (void)state;
    submit_all(lane, 0, 0, 100, 100);
    peer_greet(&peer);
    assert_true(peer_read_until(&peer, 100));
    pid_t child = fork();
    if (child == 0)
        _exit(be_the_child(sender, lane));
    wait_for_child(child);
    submit_all(lane, 0, 100, 200, 100);
    assert_true(peer_read_until(&peer, 200));
    pthread_t stop = stop_begin(sender);
    peer_finish(&peer);
    assert_int_equal(stop_end(stop), TL_OK);
    struct tl_sender_statistics all = assert_books(sender, 200, true);
    assert_int_equal(all.endpoints[0].breaks, 0);
    assert_int_equal(seen.frames, 200);
    tl_sender_free(sender);
    peer_close(&peer);
}

/* The parent's end is the end, although a child still has the descriptor. */
static void a_child_does_not_keep_the_connection(void **state)
{
    struct seen seen = {0};
    struct peer peer = peer_listen(address, &seen);
    struct tl_sender_options options = {.endpoints = {{.address = address, .unidirectional = true}}};
    struct tl_sender *sender = start_sender(&options);
    int ends[2];
    char byte;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    submit_all(tl_sender_lane(sender, 0), 0, 0, 10, 100);
    peer_greet(&peer);
    assert_true(peer_read_until(&peer, 10));
    pid_t child = fork();
    if (child == 0) {
        close(ends[1]);
        _exit(read(ends[0], &byte, 1) == 0 ? 0 : 1);
    }
    pthread_t stop = stop_begin(sender);
    peer_finish(&peer);
    assert_int_equal(recv(peer.fd, &byte, 1, 0), 0);
    stop_end(stop);
    close(ends[1]);
    wait_for_child(child);
    close(ends[0]);
    tl_sender_free(sender);
    peer_close(&peer);
}

static void a_child_may_start_what_the_parent_made(void **state)
{
    struct seen seen = {0};
    struct peer peer = peer_listen(address, &seen);
    struct tl_sender_options options = {.endpoints = {{.address = address}}, .close_ms = 60000};
    struct tl_sender *sender;

    (void)state;
    assert_int_equal(tl_sender_new(&options, &sender), TL_OK);
    submit_all(tl_sender_lane(sender, 0), 0, 0, 10, 100);
    pid_t child = fork();
    if (child == 0) {
        if (tl_sender_start(sender) != TL_OK ||
            tl_sender_submit(tl_sender_lane(sender, 1), tl_bytes("x", 1)) != TL_OK)
            _exit(1);
        _exit(tl_sender_stop(sender) == TL_OK ? 0 : 2);
    }
    peer_greet(&peer);
    peer_finish(&peer);
    wait_for_child(child);
    assert_int_equal(seen.frames, 11);
    assert_int_equal(seen.next[0], 10);
    tl_sender_free(sender);
    peer_close(&peer);
}

/* And else ---------------------------------------------------------------------------------------------- */

static void every_allocation_may_fail(void **state)
{
    char path[200];

    (void)state;
    snprintf(path, sizeof(path), "%s/statistics", folder.path);
    for (unsigned long n = 1;; n++) {
        struct kept kept = {0};
        struct tl_sender_transport transport = transport_to(&kept);
        struct tl_sender_options options = {.endpoints = {{.address = address}, {.transport = &transport}},
                                            .statistics_path = path};
        struct tl_sender *sender = NULL;
        failing_alloc_start(n);
        enum tl_status status = tl_sender_new(&options, &sender);
        bool failed = failing_alloc_stop();
        if (!failed) {
            assert_int_equal(status, TL_OK);
            tl_sender_free(sender);
            assert_int_equal(kept.freed, 1);
            assert_true(n > 4);
            break;
        }
        assert_int_equal(status, TL_NO_MEMORY);
        assert_null(sender);
        assert_int_equal(kept.freed, 0);
    }
}

static atomic_int signalled_thread_is_sender;

static void note_thread(int signal)
{
    char name[32] = "";

    (void)signal;
    pthread_getname_np(pthread_self(), name, sizeof(name));
    if (strcmp(name, "tapline-sender") == 0)
        atomic_store(&signalled_thread_is_sender, 1);
}

static bool there_is_a_thread(const char *name)
{
    char command[200];

    snprintf(command, sizeof(command), "grep -qx %s /proc/%ld/task/*/comm", name, (long)getpid());
    return system(command) == 0;
}

static void the_thread_is_named_and_takes_no_signals(void **state)
{
    struct tl_sender_options options = {.endpoints = {{.address = address}}, .close_ms = 1};
    struct sigaction action = {.sa_handler = note_thread};
    sigset_t usr1;

    (void)state;
    sigaction(SIGUSR1, &action, NULL);
    struct tl_sender *sender = start_sender(&options);
    while (!there_is_a_thread("tapline-sender"))
        usleep(1000);
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &usr1, NULL);
    kill(getpid(), SIGUSR1); /* for whichever thread takes it: this one does not */
    struct tl_sender_statistics all;
    do
        tl_sender_statistics(sender, &all);
    while (all.endpoints[0].failures < 3);
    assert_int_equal(atomic_load(&signalled_thread_is_sender), 0);
    pthread_sigmask(SIG_UNBLOCK, &usr1, NULL);
    assert_int_equal(tl_sender_start(sender), TL_BAD_ARGUMENT);
    tl_sender_free(sender);
    tl_sender_free(NULL);
}

static void statistics_are_also_a_file(void **state)
{
    struct kept kept = {0};
    struct tl_sender_transport transport = transport_to(&kept);
    char path[200], text[8192];
    struct tl_sender_options options = {.endpoints = {{.transport = &transport}}, .statistics_path = path};
    struct tl_sender_statistics all;

    (void)state;
    snprintf(path, sizeof(path), "%s/statistics", folder.path);
    struct tl_sender *sender = start_sender(&options);
    while (!test_folder_has(&folder, "statistics"))
        usleep(1000);
    submit_all(tl_sender_lane(sender, 0), 0, 0, 17, 100);
    assert_int_equal(tl_sender_stop(sender), TL_OK);
    tl_sender_statistics(sender, &all);
    size_t length = tl_sender_statistics_print(&all, text, sizeof(text));
    assert_int_equal(strlen(text), length);
    assert_string_equal(test_folder_text(&folder, "statistics"), text);
    assert_false(test_folder_has(&folder, "statistics.new"));
    assert_non_null(strstr(text, "submitted 17\naccepted 17\ndropped_full 0\n"));
    assert_non_null(strstr(text, "\n0.sent 17\n"));
    assert_non_null(strstr(text, "\n0.link closed\n"));
    char little[20];
    assert_int_equal(tl_sender_statistics_print(&all, little, sizeof(little)), length);
    assert_true(strlen(little) < sizeof(little));
    assert_int_equal(tl_sender_statistics_print(&all, NULL, 0), length);
    assert_null(tl_sender_link_name((enum tl_sender_link)99));
    tl_sender_free(sender);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_transport_gets_whole_frames),
        TEST(what_a_transport_did_not_take_it_gets_again),
        TEST(a_thread_that_is_held_up_is_left_behind),
        TEST(options_are_checked),
        TEST(rings_fit_into_the_budget),
        TEST(lanes_are_given_out_once),
        TEST(a_frame_that_can_never_fit_is_refused),
        TEST(threads_put_through_lanes_of_their_own),
        TEST(a_child_cannot_use_it_and_does_not_disturb),
        TEST(a_child_does_not_keep_the_connection),
        TEST(a_child_may_start_what_the_parent_made),
        TEST(every_allocation_may_fail),
        TEST(the_thread_is_named_and_takes_no_signals),
        TEST(statistics_are_also_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
