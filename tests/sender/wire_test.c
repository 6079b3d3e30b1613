/* What is on the wire when everything happens at once: the kernel takes any part of what it is given, peers
 * go at random, several threads submit, the process is stopped, continued and signalled. The stream is never
 * corrupted, and on a unix socket nothing is missing. */
#include "sender/addresses.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <time.h>

ssize_t __real_sendmsg(int fd, const struct msghdr *message, int flags);
ssize_t __wrap_sendmsg(int fd, const struct msghdr *message, int flags);

static atomic_uint crumbs; /* the kernel takes at most so many bytes at a time; 0: what it likes */

/* A generator for each purpose: the threads' turns must not change what comes. */
static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

static uint32_t kernel_random = 1; /* of the sender's thread */

ssize_t __wrap_sendmsg(int fd, const struct msghdr *message, int flags)
{
    struct msghdr part = *message;
    struct iovec pieces[64];
    size_t most = atomic_load(&crumbs), count = 0;

    if (!most)
        return __real_sendmsg(fd, message, flags);
    uint32_t choice = next_random(&kernel_random);
    if (choice % 16 < 2) {
        errno = choice % 16 ? EAGAIN : EINTR;
        return -1;
    }
    most = 1 + choice / 16 % most;
    for (; count < (size_t)message->msg_iovlen && most; count++) {
        pieces[count] = message->msg_iov[count];
        if (pieces[count].iov_len > most)
            pieces[count].iov_len = most;
        most -= pieces[count].iov_len;
    }
    part.msg_iov = pieces;
    part.msg_iovlen = count;
    return __real_sendmsg(fd, &part, flags);
}

static int end_crumbs(void **state)
{
    atomic_store(&crumbs, 0);
    return tear_down(state);
}

/* Submitting threads ------------------------------------------------------------------------------------ */

#define SUBMITTERS 3

struct submitter {
    struct tl_sender *sender;
    uint32_t lane;
    uint32_t frames;    /* to be taken */
    uint64_t submitted; /* tries */
    pthread_t thread;
};

static void *submit_frames(void *argument)
{
    struct submitter *submitter = argument;
    struct tl_sender_lane *lane = tl_sender_lane_claim(submitter->sender);
    uint32_t random = submitter->lane + 7;
    uint8_t buffer[2000];

    for (uint32_t number = 0; number < submitter->frames;) {
        size_t size =
            NUMBERED_MIN + next_random(&random) % (number % 16 ? 200 : sizeof(buffer) - NUMBERED_MIN);
        numbered(buffer, size, submitter->lane, number);
        submitter->submitted++;
        if (tl_sender_submit(lane, tl_bytes(buffer, size)) == TL_OK)
            number++;
        else
            usleep(200);
    }
    return NULL;
}

static void begin_to_submit(struct submitter *submitters, struct tl_sender *sender, uint32_t frames)
{
    for (uint32_t i = 0; i < SUBMITTERS; i++) {
        submitters[i] = (struct submitter){.sender = sender, .lane = i, .frames = frames};
        assert_int_equal(pthread_create(&submitters[i].thread, NULL, submit_frames, &submitters[i]), 0);
    }
}

static bool all_seen(const struct seen *seen, uint32_t frames)
{
    for (uint32_t i = 0; i < SUBMITTERS; i++) {
        if (seen->next[i] < frames)
            return false;
    }
    return true;
}

/* A peer that goes at random ---------------------------------------------------------------------------- */

/* One connection, which was just taken, to some end. */
static void misbehave(struct peer *peer, uint32_t *random)
{
    static const uint8_t rubbish[64] = {0, 0, 0, 0, 0, 0, 0, 9, 1, 2, 3};
    uint32_t choice = next_random(random) % 8;

    if (choice == 0) {
        peer_hang_up(peer);
        return;
    }
    while (peer->receiver.state != TL_RECEIVER_DATA && peer_read(peer, 1 + next_random(random) % 64))
        ;
    for (uint32_t reads = next_random(random) % 20; reads && !peer->ended; reads--) {
        struct pollfd wait = {.fd = peer->fd, .events = POLLIN};
        if (poll(&wait, 1, 20) == 1 && !peer_read(peer, 1 + next_random(random) % 30000))
            break;
    }
    if (choice == 1)
        send(peer->fd, rubbish, sizeof(rubbish), MSG_NOSIGNAL);
    if (choice == 2)
        shutdown(peer->fd, SHUT_RD);
    if (choice == 3)
        shutdown(peer->fd, SHUT_WR);
    if (choice > 5 || choice == 2) {
        /* It reads what has come by now. */
        struct pollfd wait = {.fd = peer->fd, .events = POLLIN};
        for (int turns = 0; turns < 50 && poll(&wait, 1, 0) == 1 && peer_read(peer, 65536); turns++)
            ;
    }
    peer_hang_up(peer);
}

static void meet_a_random_peer(char *address, unsigned taken_at_once, uint32_t seed, bool may_lose)
{
    struct seen seen = {0};
    struct peer peer = peer_listen(address, &seen);
    struct tl_sender_options options = {.endpoints = {{.address = address}},
                                        .ring_size = (size_t)256 << 10,
                                        .retry_ms = 10,
                                        .delay_ms = 5,
                                        .answer_ms = 60000,
                                        .close_ms = 100000};
    const uint32_t frames = 4000;
    struct submitter submitters[SUBMITTERS];
    uint32_t random = seed;

    atomic_store(&crumbs, taken_at_once);
    struct tl_sender *sender = start_sender(&options);
    begin_to_submit(submitters, sender, frames);
    for (int turns = 0; turns < 60 && !all_seen(&seen, frames); turns++) {
        peer_connect(&peer);
        misbehave(&peer, &random);
    }
    /* And then it is good. */
    peer_greet(&peer);
    while (!all_seen(&seen, frames) && !peer.ended && !may_lose) {
        if (!peer_read(&peer, PEER_BUFFER)) {
            peer_hang_up(&peer);
            peer_greet(&peer);
        }
    }
    while (may_lose && tl_sender_flush(sender, 0) != TL_OK)
        peer_read_if_any(&peer);
    uint64_t submitted = 0;
    for (uint32_t i = 0; i < SUBMITTERS; i++) {
        /* On TCP nobody knows from here when the last one has come. */
        while (may_lose && pthread_tryjoin_np(submitters[i].thread, NULL) != 0)
            peer_read_if_any(&peer);
        if (!may_lose)
            pthread_join(submitters[i].thread, NULL);
        submitted += submitters[i].submitted;
    }
    stop_in_order(sender, &peer);
    struct tl_sender_statistics all = assert_books(sender, submitted, true);
    const struct tl_sender_endpoint_statistics *of = &all.endpoints[0];
    assert_int_equal(seen.damaged, 0);
    assert_int_equal(all.lanes.accepted, SUBMITTERS * frames);
    assert_int_equal(of->sent, SUBMITTERS * frames);
    assert_true(seen.frames <= of->sent + of->resent);
    if (!may_lose) {
        assert_int_equal(seen.jumps + of->unconfirmed, 0);
        assert_int_equal(seen.frames - seen.again, of->sent);
        assert_true(seen.again <= of->resent);
    }
    tl_sender_free(sender);
    peer_close(&peer);
}

/* More rounds if SENDER_ROUNDS says so. */
static uint32_t rounds(uint32_t otherwise)
{
    const char *wanted = getenv("SENDER_ROUNDS");

    return wanted ? (uint32_t)strtoul(wanted, NULL, 10) : otherwise;
}

static void random_peers_on_a_unix_socket_miss_nothing(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= rounds(3); seed++) {
        meet_a_random_peer(unix_address, 0, seed, false);
        meet_a_random_peer(unix_address, 20000, seed + 1000, false);
    }
}

static void random_peers_on_tcp_see_whole_frames(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= rounds(3); seed++) {
        strcpy(tcp_address, "tcp:127.0.0.1:0");
        meet_a_random_peer(tcp_address, 0, seed, true);
        strcpy(tcp_address, "tcp:127.0.0.1:0");
        meet_a_random_peer(tcp_address, 20000, seed + 1000, true);
    }
}

/* Two peers that go at random, and a sender that copies or fails over: each peer in a thread of its own,
 * until it is told to be good, and then to the end. */
struct wild {
    struct peer peer;
    struct seen seen;
    uint32_t random;
    atomic_bool is_good;
    pthread_t thread;
};

/* The next connection. False: the listening socket was shut down. */
static bool wild_connect(struct peer *peer)
{
    struct pollfd wait = {.fd = peer->listening, .events = POLLIN};

    peer_hang_up(peer);
    while ((peer->fd = accept(peer->listening, NULL, NULL)) < 0) {
        if (poll(&wait, 1, -1) == 1 && wait.revents & POLLHUP)
            return false;
    }
    peer_begin(peer);
    return true;
}

static void *be_wild(void *argument)
{
    struct wild *wild = argument;

    while (wild_connect(&wild->peer)) {
        if (atomic_load(&wild->is_good))
            peer_finish(&wild->peer);
        else
            misbehave(&wild->peer, &wild->random);
    }
    return NULL;
}

static void meet_two(enum tl_sender_mode mode, enum tl_sender_drop drop, uint32_t seed)
{
    static struct wild wild[2];
    char addresses[2][200];
    struct tl_sender_options options = {.mode = mode,
                                        .drop = drop,
                                        .ring_size = (size_t)128 << 10,
                                        .retry_ms = 10,
                                        .delay_ms = 5,
                                        .answer_ms = 100,
                                        .stall_ms = 50,
                                        .close_ms = 100000};
    struct submitter submitters[SUBMITTERS];
    uint64_t submitted = 0, sent[2];

    for (int i = 0; i < 2; i++) {
        snprintf(addresses[i], sizeof(addresses[i]), "%s-%d", unix_address, i);
        options.endpoints[i].address = addresses[i];
        memset(&wild[i], 0, sizeof(wild[i]));
        wild[i].peer = peer_listen(addresses[i], &wild[i].seen);
        wild[i].random = seed * 2 + (uint32_t)i;
        assert_int_equal(pthread_create(&wild[i].thread, NULL, be_wild, &wild[i]), 0);
    }
    struct tl_sender *sender = start_sender(&options);
    begin_to_submit(submitters, sender, 3000);
    for (uint32_t i = 0; i < SUBMITTERS; i++) {
        pthread_join(submitters[i].thread, NULL);
        submitted += submitters[i].submitted;
    }
    for (int i = 0; i < 2; i++)
        atomic_store(&wild[i].is_good, true);
    assert_int_equal(tl_sender_stop(sender), TL_OK);
    for (int i = 0; i < 2; i++) {
        shutdown(wild[i].peer.listening, SHUT_RDWR);
        pthread_join(wild[i].thread, NULL);
    }
    struct tl_sender_statistics all = assert_books(sender, submitted, mode == TL_SENDER_COPY);
    for (int i = 0; i < 2; i++) {
        const struct tl_sender_endpoint_statistics *of = &all.endpoints[i];
        sent[i] = of->sent + of->resent;
        assert_int_equal(wild[i].seen.damaged, 0);
        assert_true(wild[i].seen.frames <= sent[i]);
        /* Each that was sent and is not known to be lost has been seen. */
        if (mode == TL_SENDER_COPY)
            assert_true(wild[i].seen.frames - wild[i].seen.again + of->unconfirmed >= of->sent);
        peer_close(&wild[i].peer);
    }
    tl_sender_free(sender);
}

static void two_random_peers_leave_the_books_in_order(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= rounds(2); seed++) {
        meet_two(TL_SENDER_COPY, TL_SENDER_DROP_NEWEST, seed);
        meet_two(TL_SENDER_COPY, TL_SENDER_DROP_OLDEST, seed);
        meet_two(TL_SENDER_FAILOVER, TL_SENDER_DROP_NEWEST, seed);
        meet_two(TL_SENDER_FAILOVER, TL_SENDER_DROP_OLDEST, seed);
    }
}

/* The kernel takes a few bytes at a time: every place of a frame is once where a write ended. */
static void crumbs_make_a_whole(char *address)
{
    struct seen seen = {0};
    struct peer peer = peer_listen(address, &seen);
    struct tl_sender_options options = {.endpoints = {{.address = address}}, .close_ms = 100000};

    atomic_store(&crumbs, 40);
    struct tl_sender *sender = start_sender(&options);
    submit_all(tl_sender_lane(sender, 0), 0, 0, 200, 60);
    submit_all(tl_sender_lane(sender, 1), 1, 0, 200, 33);
    peer_greet(&peer);
    stop_in_order(sender, &peer);
    assert_int_equal(assert_books(sender, 400, true).endpoints[0].confirmed, 400);
    assert_int_equal(seen.frames, 400);
    assert_int_equal(seen.damaged + seen.again + seen.jumps, 0);
    tl_sender_free(sender);
    peer_close(&peer);
}

static void the_kernel_may_take_crumbs(void **state)
{
    (void)state;
    crumbs_make_a_whole(unix_address);
    crumbs_make_a_whole(tcp_address);
}

/* Stopped, continued, signalled ------------------------------------------------------------------------- */

static void ignore_it(int signal)
{
    (void)signal;
}

static int send_much(const char *address, uint32_t frames)
{
    struct sigaction action = {.sa_handler = ignore_it, .sa_flags = SA_RESTART};
    struct tl_sender_options options = {.endpoints = {{.address = address}}, .close_ms = 100000};
    struct tl_sender *sender;
    uint8_t buffer[500];

    sigaction(SIGHUP, &action, NULL);
    if (tl_sender_new(&options, &sender) != TL_OK || tl_sender_start(sender) != TL_OK)
        return 1;
    struct tl_sender_lane *lane = tl_sender_lane(sender, 0);
    for (uint32_t i = 0; i < frames;) {
        if (tl_sender_submit(lane, numbered(buffer, sizeof(buffer), 0, i)) == TL_OK)
            i++;
        else
            usleep(100);
    }
    if (tl_sender_stop(sender) != TL_OK)
        return 2;
    tl_sender_free(sender);
    return 0;
}

static void disturb(char *address)
{
    struct seen seen = {0};
    struct peer peer = peer_listen(address, &seen);
    const uint32_t frames = 40000;
    uint32_t signals = 0;

    pid_t child = fork();
    if (child == 0)
        _exit(send_much(address, frames));
    peer_greet(&peer);
    /* A slow reader, so that the sender mostly has more than the socket takes. */
    while (!peer.ended) {
        kill(child, SIGHUP);
        if (++signals % 4 == 0) {
            kill(child, SIGSTOP);
            kill(child, SIGCONT);
        }
        if (!peer_read(&peer, 8192))
            break;
    }
    assert_int_equal(peer.receiver.state, TL_RECEIVER_STOPPED);
    peer_finish(&peer);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_true(signals > 2000);
    assert_int_equal(seen.frames, frames);
    assert_int_equal(seen.damaged + seen.again + seen.jumps, 0);
    peer_close(&peer);
}

static void a_process_that_is_stopped_and_signalled_sends_whole_frames(void **state)
{
    (void)state;
    disturb(unix_address);
    disturb(tcp_address);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, end_crumbs)
    const struct CMUnitTest tests[] = {
        TEST(the_kernel_may_take_crumbs),
        TEST(random_peers_on_a_unix_socket_miss_nothing),
        TEST(random_peers_on_tcp_see_whole_frames),
        TEST(two_random_peers_leave_the_books_in_order),
        TEST(a_process_that_is_stopped_and_signalled_sends_whole_frames),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
