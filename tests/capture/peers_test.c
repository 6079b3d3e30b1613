/* All connections: entries of the table are used once at a time and come back when their end is written; the
 * closed books and those of the open ones are the run's; and who holds the most of what never ends is given
 * up. */
#include "proof/test.h"

#include "capture/peers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIMIT 65536u

static const uint8_t start_frame[] = "\0\0\0\0\0\0\0\x22\0\0\0\2\0\0\0\1\0\0\0\x16protobuf:dnstap.Dnstap";

#define START_SIZE (sizeof(start_frame) - 1)

struct fixture {
    struct queue queue;
    struct peers peers;
    int senders[3];
    struct connection *connections[3];
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    uint64_t pid;
    bool is_old;
    int fd;

    assert_int_equal(queue_open_file(NULL, &fd, &is_old, &pid), 0);
    assert_int_equal(queue_init(&fixture->queue, fd, QUEUE_SIZE_MIN, LIMIT), 0);
    peers_init(&fixture->peers, &fixture->queue);
    for (int i = 0; i < 3; i++) {
        int ends[2];
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
        fixture->senders[i] = ends[0];
        fixture->connections[i] = peers_add(&fixture->peers, ends[1], true, "unix:socket", LIMIT, 0);
        assert_non_null(fixture->connections[i]);
    }
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    for (int i = 0; i < 3; i++)
        close(fixture->senders[i]);
    for (uint32_t i = 0; i < fixture->peers.highest; i++) {
        if (fixture->peers.connections[i])
            close(fixture->peers.connections[i]->fd);
    }
    peers_done(&fixture->peers);
    queue_done(&fixture->queue);
    free(fixture);
    return 0;
}

/* START and `size` bytes of one frame that is longer. */
static void send_part(struct fixture *fixture, int which, size_t size)
{
    uint8_t *bytes = calloc(1, START_SIZE + size);
    const char *why;

    memcpy(bytes, start_frame, START_SIZE);
    memcpy(bytes + START_SIZE, "\0\0\xff\xff", 4);
    assert_int_equal(write(fixture->senders[which], bytes, START_SIZE + size), START_SIZE + size);
    free(bytes);
    while (connection_receive(fixture->connections[which], &fixture->queue, 0, &why) == CONNECTION_GOES_ON)
        ;
}

static void write_all(struct fixture *fixture)
{
    struct iovec stretches[8];
    uint64_t through = UINT64_MAX;

    assert_int_equal(queue_take(&fixture->queue, stretches, 8, SIZE_MAX, &through), 0);
    queue_release(&fixture->queue, 0, through);
    queue_reclaim(&fixture->queue);
}

static void test_entries(void **state)
{
    struct fixture *fixture = *state;
    struct peers *peers = &fixture->peers;
    const struct queue_peer *table = fixture->queue.peers;

    assert_int_equal(peers->count, 3);
    assert_int_equal(peers->highest, 3);
    for (uint32_t i = 0; i < 3; i++) {
        assert_ptr_equal(peers->connections[i], fixture->connections[i]);
        assert_int_equal(table[i].serial, i + 1);
        assert_string_equal(table[i].listener, "unix:socket");
        assert_memory_equal(table[i].name, "unix:", 5);
        assert_true(table[i].hidden_max > 0);
    }
    peers_remove(peers, fixture->connections[1], BOOKS_SKIPPED_CUT, "went");
    assert_null(peers->connections[1]);
    assert_int_equal(peers->count, 2);
    assert_int_equal(table[1].serial, 2); /* for whoever writes its end */
    assert_string_equal(table[1].why, "went");
    peers_remove(peers, fixture->connections[2], BOOKS_SKIPPED_REFUSED, "was refused");
    assert_int_equal(peers->highest, 1);
    assert_int_equal(peers->refused, 1);
    write_all(fixture);
    assert_int_equal(table[1].serial, 0);
    assert_int_equal(fixture->queue.peers_used, 1);
}

/* No entry is free: the socket is closed, and nothing else happens. */
static void test_full_table(void **state)
{
    struct fixture *fixture = *state;
    int ends[2];
    char byte;

    for (uint32_t i = 3; i < QUEUE_PEERS; i++)
        assert_non_null(queue_open_peer(&fixture->queue, i + 1, "", "", 0));
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    assert_null(peers_add(&fixture->peers, ends[1], true, "unix:socket", LIMIT, 0));
    assert_int_equal(read(ends[0], &byte, 1), 0);
    assert_int_equal(fixture->peers.count, 3);
    assert_int_equal(fixture->peers.serial, 3);
    close(ends[0]);
    peers_remove(&fixture->peers, fixture->connections[0], BOOKS_SKIPPED_CUT, "went");
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    write_all(fixture);
    assert_non_null(peers_add(&fixture->peers, ends[1], true, "unix:socket", LIMIT, 0));
    close(ends[0]);
}

static void test_books(void **state)
{
    struct fixture *fixture = *state;

    send_part(fixture, 0, 100);
    send_part(fixture, 1, 200);
    assert_int_equal(write(fixture->senders[1], "more", 4), 4); /* and stays in the socket */
    peers_remove(&fixture->peers, fixture->connections[0], BOOKS_SKIPPED_CUT, "went");
    peers_remove(&fixture->peers, fixture->connections[1], BOOKS_SKIPPED_CUT, "went");
    const struct books *closed = queue_closed_books(&fixture->queue);
    assert_true(books_balance(closed));
    assert_int_equal(closed->count[BOOKS_BYTES_IN], 2 * START_SIZE + 300);
    assert_int_equal(closed->count[BOOKS_SKIPPED_CONTROL], 2 * START_SIZE);
    assert_int_equal(closed->count[BOOKS_SKIPPED_CUT], 300);
    assert_int_equal(closed->count[BOOKS_LEFT], 4);
    peers_log_books(&fixture->peers, 0);
}

static void test_evict(void **state)
{
    struct fixture *fixture = *state;

    send_part(fixture, 0, 100);
    send_part(fixture, 1, 20000);
    send_part(fixture, 2, 300);
    uint32_t blocks = fixture->queue.free_count;
    assert_true(peers_evict(&fixture->peers));
    assert_null(fixture->peers.connections[1]);
    assert_int_equal(fixture->queue.free_count, blocks + 2);
    assert_int_equal(queue_closed_books(&fixture->queue)->count[BOOKS_SKIPPED_EVICTED], 20000);
    assert_true(peers_evict(&fixture->peers));
    assert_null(fixture->peers.connections[2]);
    assert_true(peers_evict(&fixture->peers));
    assert_false(peers_evict(&fixture->peers)); /* nobody holds anything */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_entries, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_full_table, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_books, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_evict, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
