/* The life of a sender: its thread, fork, memory that is not there, the file of its statistics. The test is
 * linked so that waiting for a thread and for a condition come through here, to be counted. */
#include "sender/kept.h"

#include "proof/failing_alloc.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

int __real_pthread_join(pthread_t thread, void **ret_value);
int __wrap_pthread_join(pthread_t thread, void **ret_value);
int __real_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                                  const struct timespec *until);
int __wrap_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                                  const struct timespec *until);

static unsigned joins, waits; /* calls so far */

int __wrap_pthread_join(pthread_t thread, void **ret_value)
{
    __atomic_fetch_add(&joins, 1, __ATOMIC_RELAXED);
    return __real_pthread_join(thread, ret_value);
}

int __wrap_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                                  const struct timespec *until)
{
    __atomic_fetch_add(&waits, 1, __ATOMIC_RELAXED);
    return __real_pthread_cond_timedwait(condition, mutex, until);
}

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
    stop_in_order(sender, &peer);
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

static void a_child_leaves_transports_and_says_nothing(void **state)
{
    struct kept kept = {0};
    struct tl_sender_transport transport = transport_to(&kept);
    struct tl_sender_options options = {.endpoints = {{.transport = &transport}}};
    struct tl_sender *sender = start_sender(&options);

    (void)state;
    submit_all(tl_sender_lane(sender, 0), 0, 0, 10, 100);
    assert_int_equal(tl_sender_flush(sender, 60000), TL_OK);
    pid_t child = fork();
    if (child == 0) {
        tl_sender_free(sender);
        _exit(kept.left == 1 && kept.freed == 0 && kept.closed == 0 ? 0 : 1);
    }
    wait_for_child(child);
    tl_sender_free(sender);
    assert_int_equal(kept.left, 0);
    assert_int_equal(kept.closed_in_order, 1);
    assert_int_equal(kept.freed, 1);
}

/* A thread of the parent waits for the end just then; the child has that wait, and not the thread. */
static void a_child_does_not_wait_for_threads_of_its_parent(void **state)
{
    struct seen seen = {0};
    struct peer peer = peer_listen(address, &seen);
    struct tl_sender_options options = {.endpoints = {{.address = address}}, .close_ms = 60000};
    struct tl_sender *sender = start_sender(&options);
    struct tl_sender_statistics all;

    (void)state;
    submit_all(tl_sender_lane(sender, 0), 0, 0, 10, 100);
    peer_greet(&peer);
    assert_true(peer_read_until(&peer, 10));
    pthread_t stop = stop_begin(sender);
    do {
        usleep(1000);
        tl_sender_statistics(sender, &all);
    } while (all.endpoints[0].link != TL_SENDER_LINK_STOPPING);
    pid_t child = fork();
    if (child == 0) {
        alarm(20);
        tl_sender_free(sender);
        _exit(0);
    }
    wait_for_child(child);
    peer_finish(&peer);
    assert_int_equal(stop_end(stop), TL_OK);
    tl_sender_free(sender);
    peer_close(&peer);
}

/* The rings are not there in a child; what it has put in their place is its own. */
static void a_child_keeps_what_it_mapped(void **state)
{
    struct tl_sender_options options = {.endpoints = {{.address = address}}, .close_ms = 100};
    struct tl_sender *sender = start_sender(&options);
    uint8_t *mapped[64];

    (void)state;
    for (size_t lane = 0; lane < tl_sender_lane_count(sender); lane++)
        assert_non_null(tl_sender_lane(sender, lane));
    pid_t child = fork();
    if (child == 0) {
        for (size_t i = 0; i < 64; i++) {
            mapped[i] = mmap(NULL, TL_SENDER_RING_DEFAULT, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            if (mapped[i] == MAP_FAILED)
                _exit(1);
        }
        tl_sender_free(sender);
        for (size_t i = 0; i < 64; i++)
            memset(mapped[i], 1, TL_SENDER_RING_DEFAULT);
        _exit(0);
    }
    wait_for_child(child);
    tl_sender_free(sender);
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
    const char *counts = strstr(test_folder_text(&folder, "statistics"), "submitted ");
    assert_non_null(counts); /* behind whose they are */
    assert_string_equal(counts, text);
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

/* A thread may be joined once. */
static void two_may_stop_it_at_once(void **state)
{
    struct seen seen = {0};
    struct peer peer = peer_listen(address, &seen);
    struct tl_sender_options options = {.endpoints = {{.address = address}}, .close_ms = 60000};
    struct tl_sender *sender = start_sender(&options);
    unsigned joins_before = joins;

    (void)state;
    peer_greet(&peer);
    __atomic_store_n(&waits, 0, __ATOMIC_RELAXED);
    pthread_t first = stop_begin(sender), second = stop_begin(sender);
    while (__atomic_load_n(&waits, __ATOMIC_RELAXED) < 2)
        usleep(1000);
    peer_finish(&peer);
    assert_int_equal(stop_end(first), TL_OK);
    assert_int_equal(stop_end(second), TL_OK);
    assert_int_equal(joins - joins_before, 3); /* the sender's thread, and the two */
    assert_int_equal(tl_sender_stop(sender), TL_STOPPED);
    tl_sender_free(sender);
    peer_close(&peer);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_child_cannot_use_it_and_does_not_disturb),
        TEST(a_child_does_not_keep_the_connection),
        TEST(a_child_leaves_transports_and_says_nothing),
        TEST(a_child_does_not_wait_for_threads_of_its_parent),
        TEST(a_child_keeps_what_it_mapped),
        TEST(a_child_may_start_what_the_parent_made),
        TEST(every_allocation_may_fail),
        TEST(the_thread_is_named_and_takes_no_signals),
        TEST(statistics_are_also_a_file),
        TEST(two_may_stop_it_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
