/* Sockets whose sendmsg(2) comes back short or not at all, and peers that do nothing. */
#include "proof/test.h"

#include "api_peer.h"
#include "socket.h"
#include "writer.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE 150 /* ms that a peer has for its answer, here */

ssize_t __real_sendmsg(int fd, const struct msghdr *message, int flags);
ssize_t __wrap_sendmsg(int fd, const struct msghdr *message, int flags);

static atomic_uint short_sends; /* how many still come back short */
static char path[64];

/* A third of the pieces, and of the last one a few bytes; every other call is interrupted. */
ssize_t __wrap_sendmsg(int fd, const struct msghdr *message, int flags)
{
    unsigned left = atomic_load(&short_sends);
    struct iovec pieces[256];
    struct msghdr less = *message;

    if (left == 0)
        return __real_sendmsg(fd, message, flags);
    atomic_store(&short_sends, left - 1);
    if (left % 2) {
        errno = EINTR;
        return -1;
    }
    assert_in_range(message->msg_iovlen, 1, 256);
    memcpy(pieces, message->msg_iov, message->msg_iovlen * sizeof(*pieces));
    less.msg_iov = pieces;
    less.msg_iovlen = (message->msg_iovlen + 2) / 3;
    struct iovec *last = &pieces[less.msg_iovlen - 1];
    if (last->iov_len > 3)
        last->iov_len = last->iov_len / 2;
    return __real_sendmsg(fd, &less, flags);
}

static struct fstrm_writer *unix_writer(unsigned milliseconds)
{
    struct fstrm_unix_writer_options *options = fstrm_unix_writer_options_init();
    struct fstrm_writer_options *writer_options = fstrm_writer_options_init();

    fstrm_unix_writer_options_set_socket_path(options, path);
    fstrm_unix_writer_options_set_read_timeout(options, milliseconds);
    fstrm_writer_options_add_content_type(writer_options, "protobuf:dnstap.Dnstap", 22);
    struct fstrm_writer *writer = fstrm_unix_writer_init(options, writer_options);
    fstrm_unix_writer_options_destroy(&options);
    fstrm_writer_options_destroy(&writer_options);
    assert_non_null(writer);
    return writer;
}

static uint64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void short_sends_spoil_nothing(void **state)
{
    struct peer peer;
    struct iovec frames[100];
    char bytes[3000];
    size_t total = 0;

    (void)state;
    memset(bytes, 'x', sizeof(bytes));
    peer_listen(&peer, path);
    peer_play(&peer, "arAsdFc");
    struct fstrm_writer *writer = unix_writer(5000);
    atomic_store(&short_sends, 2000);
    for (int turn = 0; turn < 50; turn++) {
        for (size_t i = 0; i < 100; i++) {
            frames[i] = (struct iovec){bytes, 1 + (i * 29 + (size_t)turn) % sizeof(bytes)};
            total += frames[i].iov_len;
        }
        assert_int_equal(fstrm_writer_writev(writer, frames, 100), fstrm_res_success);
    }
    assert_int_equal(fstrm_writer_destroy(&writer), fstrm_res_success);
    pthread_join(peer.thread, NULL);
    atomic_store(&short_sends, 0);
    assert_int_equal(peer.control_frames, 3);
    assert_int_equal(peer.data_frames, 5000);
    assert_int_equal(peer.data_bytes, total);
    assert_true(peer.stopped);
    peer_close(&peer);
}

/* It ends, within its time, and not at once: it has waited. */
static void assert_patience(uint64_t since)
{
    assert_in_range(now_ms() - since, PATIENCE, 20 * PATIENCE);
}

static void a_peer_that_does_not_answer_is_given_up(void **state)
{
    struct peer peer;

    (void)state;
    peer_listen(&peer, path);
    struct fstrm_writer *writer = unix_writer(PATIENCE);
    uint64_t since = now_ms();
    assert_int_equal(fstrm_writer_open(writer), fstrm_res_failure);
    assert_patience(since);
    fstrm_writer_destroy(&writer);
    peer_close(&peer);
}

static void a_peer_without_room_for_connections_is_given_up(void **state)
{
    struct peer peer;
    struct fstrm_writer *writers[20];
    int failed = 0;

    (void)state;
    peer_listen(&peer, path);
    for (int i = 0; i < 20; i++)
        writers[i] = unix_writer(20);
    for (int i = 0; i < 20; i++)
        failed += fstrm_writer_open(writers[i]) != fstrm_res_success;
    assert_int_equal(failed, 20); /* some were not accepted, the others not answered */
    for (int i = 0; i < 20; i++)
        fstrm_writer_destroy(&writers[i]);
    peer_close(&peer);
}

static void a_peer_that_does_not_finish_is_given_up(void **state)
{
    struct peer peer;

    (void)state;
    peer_listen(&peer, path);
    peer_play(&peer, "arAsdw");
    struct fstrm_writer *writer = unix_writer(PATIENCE);
    assert_int_equal(fstrm_writer_write(writer, "x", 1), fstrm_res_success);
    uint64_t since = now_ms();
    assert_int_equal(fstrm_writer_close(writer), fstrm_res_failure);
    assert_patience(since);
    fstrm_writer_destroy(&writer);
    peer_release(&peer);
    pthread_join(peer.thread, NULL);
    assert_int_equal(peer.data_frames, 1);
    peer_close(&peer);
}

/* A thread that writes through a transport gives data frames a time too (targets.c). */
static void a_peer_that_does_not_read_is_given_up(void **state)
{
    static char bytes[1 << 20];
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct peer peer;

    (void)state;
    strcpy(address.sun_path, path);
    peer_listen(&peer, path);
    peer_play(&peer, "arAw");
    struct fstrm_writer *writer = socket_writer((struct sockaddr *)&address, sizeof(address), PATIENCE, NULL);
    assert_non_null(writer);
    socket_of(writer_rdwr(writer))->stall_ms = PATIENCE;
    assert_int_equal(fstrm_writer_open(writer), fstrm_res_success);
    uint64_t since = now_ms();
    assert_int_equal(fstrm_writer_write(writer, bytes, sizeof(bytes)), fstrm_res_failure);
    assert_patience(since);
    assert_int_equal(fstrm_writer_close(writer), fstrm_res_failure);
    fstrm_writer_destroy(&writer);
    peer_release(&peer);
    pthread_join(peer.thread, NULL);
    peer_close(&peer);
}

static int set_up(void **state)
{
    (void)state;
    snprintf(path, sizeof(path), "/tmp/tapline-socket-%d", (int)getpid());
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return unlink(path);
}

/* For who is to be told why: a peer that is silent, one that goes, one that speaks something else, none. */
static void a_failure_has_its_own_errno(void **state)
{
    static const struct {
        const char *script;
        int error;
    } cases[] = {{NULL, ENOENT}, {"ar...", ETIMEDOUT}, {"arc", ECONNRESET}, {"arx", EINVAL}};
    struct peer peer;

    (void)state;
    unlink(path);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct fstrm_writer *writer = unix_writer(PATIENCE);
        if (cases[i].script) {
            peer_listen(&peer, path);
            peer_play(&peer, cases[i].script);
        }
        errno = EINVAL; /* is left alone by what is not a failed call */
        assert_int_equal(fstrm_writer_open(writer), fstrm_res_failure);
        assert_int_equal(errno, cases[i].error);
        fstrm_writer_destroy(&writer);
        if (cases[i].script) {
            pthread_join(peer.thread, NULL);
            peer_close(&peer);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_sends_spoil_nothing),
        cmocka_unit_test(a_peer_that_does_not_answer_is_given_up),
        cmocka_unit_test(a_peer_without_room_for_connections_is_given_up),
        cmocka_unit_test(a_peer_that_does_not_finish_is_given_up),
        cmocka_unit_test(a_peer_that_does_not_read_is_given_up),
        cmocka_unit_test(a_failure_has_its_own_errno),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
