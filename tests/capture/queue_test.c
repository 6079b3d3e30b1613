/* The write queue: what is received, pushed, written and reclaimed comes out in order and once, over piece
 * borders and many turns of the rings, and the blocks all come back. */
#include "proof/test.h"

#include "capture/queue.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIMIT 65536u

struct fixture {
    struct queue queue;
    struct queue_chain chain;
    struct queue_peer *peer;
    int ends[2]; /* the sender's, the queue's */
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    uint64_t pid;
    bool is_old;
    int fd;

    assert_int_equal(queue_open_file(NULL, &fd, &is_old, &pid), 0);
    assert_false(is_old);
    assert_int_equal(queue_init(&fixture->queue, fd, QUEUE_SIZE_MIN, LIMIT), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fixture->ends), 0);
    fixture->chain = queue_chain();
    fixture->peer = &fixture->queue.peers[3];
    fixture->peer->serial = 7;
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    close(fixture->ends[0]);
    close(fixture->ends[1]);
    queue_done(&fixture->queue);
    free(fixture);
    return 0;
}

/* Byte `at` of the stream that all these tests send. */
static uint8_t byte_at(uint64_t at)
{
    return (uint8_t)(at * 7 + (at >> 8) * 13 + (at >> 16) * 31);
}

static void send_bytes(struct fixture *fixture, uint64_t from, size_t size)
{
    uint8_t *bytes = malloc(size);

    for (size_t i = 0; i < size; i++)
        bytes[i] = byte_at(from + i);
    assert_int_equal(write(fixture->ends[0], bytes, size), size);
    free(bytes);
}

static ssize_t receive(struct fixture *fixture, uint32_t fresh)
{
    return queue_receive(&fixture->queue, &fixture->chain, fixture->peer, fixture->ends[1], fresh);
}

/* "Writes" up to `max` bytes of what is taken, checks that they are the stream's, and returns how many. */
static size_t write_some(struct fixture *fixture, size_t bytes_max, size_t max, uint64_t *from)
{
    struct iovec stretches[8];
    int count = queue_take(&fixture->queue, stretches, 8, bytes_max);
    size_t size = 0;

    for (int i = 0; i < count; i++) {
        const uint8_t *bytes = stretches[i].iov_base;
        for (size_t k = 0; k < stretches[i].iov_len && size < max; k++, size++)
            assert_int_equal(bytes[k], byte_at(*from + size));
    }
    *from += size;
    queue_release(&fixture->queue, size);
    return size;
}

static void test_receive(void **state)
{
    struct fixture *fixture = *state;
    struct queue *queue = &fixture->queue;
    uint32_t all = queue->free_count;

    assert_int_equal(all, QUEUE_SIZE_MIN / QUEUE_BLOCK_SIZE);
    assert_int_equal(receive(fixture, 1), -1);
    assert_int_equal(errno, EAGAIN);
    assert_int_equal(queue->free_count, all);
    send_bytes(fixture, 0, 40000);
    assert_int_equal(receive(fixture, 1), QUEUE_BLOCK_SIZE);
    assert_int_equal(receive(fixture, 2), 40000 - QUEUE_BLOCK_SIZE);
    assert_int_equal(fixture->chain.received, 40000);
    assert_int_equal(queue->free_count, all - 3);
    send_bytes(fixture, 40000, 10); /* goes behind the others in the third block */
    assert_int_equal(receive(fixture, 1), 10);
    assert_int_equal(queue->free_count, all - 3);
    for (uint64_t at = 0; at < 40010;) {
        struct tl_bytes bytes = queue_bytes(queue, &fixture->chain, at);
        assert_true(bytes.size > 0);
        for (size_t i = 0; i < bytes.size; i++)
            assert_int_equal(bytes.data[i], byte_at(at + i));
        at += bytes.size;
    }
    assert_int_equal(queue_bytes(queue, &fixture->chain, 40010).size, 0);
    assert_int_equal(queue_bytes(queue, &fixture->chain, 20).size, QUEUE_BLOCK_SIZE - 20); /* back again */
    queue_skip(queue, &fixture->chain, fixture->peer, 40010);
    assert_int_equal(queue->free_count, all);
    assert_int_equal(fixture->peer->walked, 40010);
    close(fixture->ends[0]);
    fixture->ends[0] = -1;
    assert_int_equal(receive(fixture, 1), 0);
}

static void test_no_block(void **state)
{
    struct fixture *fixture = *state;
    uint64_t sent = 0;

    while (fixture->queue.free_count) {
        send_bytes(fixture, sent, 65536);
        sent += 65536;
        assert_int_equal(receive(fixture, 8), 65536);
    }
    send_bytes(fixture, sent, 1);
    assert_int_equal(receive(fixture, 8), -1);
    assert_int_equal(errno, ENOBUFS);
}

static void test_push(void **state)
{
    struct fixture *fixture = *state;
    struct queue *queue = &fixture->queue;
    uint32_t all = queue->free_count;
    uint64_t written = 0;

    send_bytes(fixture, 0, 50000);
    assert_int_equal(receive(fixture, 8), 50000);
    queue_skip(queue, &fixture->chain, fixture->peer, 0);
    queue_push(queue, &fixture->chain, fixture->peer, 100, 1);   /* in one block */
    queue_push(queue, &fixture->chain, fixture->peer, 40000, 9); /* over three */
    assert_int_equal(atomic_load(&queue->head->pushed), 4);
    assert_int_equal(fixture->peer->walked, 40000);
    assert_int_equal(fixture->peer->books.count[BOOKS_BYTES_OUT], 40000);
    assert_int_equal(fixture->peer->books.count[BOOKS_FRAMES_OUT], 10);
    assert_int_equal(queue->out, 40000);
    assert_true(queue_is_at_border(queue));
    assert_int_equal(write_some(fixture, 1, SIZE_MAX, &written), 100); /* up to a border, though it is more */
    assert_true(queue_is_at_border(queue));
    assert_int_equal(write_some(fixture, 50000, 20000, &written), 20000); /* a short write */
    assert_false(queue_is_at_border(queue));
    assert_int_equal(queue_take(queue, (struct iovec[8]){{0}}, 8, 1), 1);
    assert_int_equal(write_some(fixture, 50000, SIZE_MAX, &written), 19900);
    assert_true(queue_is_at_border(queue));
    assert_int_equal(write_some(fixture, 50000, SIZE_MAX, &written), 0);
    assert_int_equal(queue->free_count, all - 4);
    queue_reclaim(queue);
    assert_int_equal(queue->free_count, all - 2); /* two blocks are written whole, and two hold the rest */
    queue_skip(queue, &fixture->chain, fixture->peer, 50000);
    assert_int_equal(queue->free_count, all);
}

/* What may be taken at once is bounded, and whole groups go before parts. */
static void test_take(void **state)
{
    struct fixture *fixture = *state;
    struct queue *queue = &fixture->queue;
    struct iovec stretches[8];

    send_bytes(fixture, 0, 60000);
    assert_int_equal(receive(fixture, 8), 60000);
    for (uint64_t to = 1000; to <= 60000; to += 1000)
        queue_push(queue, &fixture->chain, fixture->peer, to, 1);
    size_t size = 0;
    int count = queue_take(queue, stretches, 8, 5500);
    for (int i = 0; i < count; i++)
        size += stretches[i].iov_len;
    assert_int_equal(size, 5000);
    assert_int_equal(count, 1); /* neighbours make one stretch */
    assert_int_equal(queue_take(queue, stretches, 1, 1u << 20), 1);
    assert_int_equal(stretches[0].iov_len, 60000); /* also of neighbouring blocks */
    assert_int_equal(queue_take(queue, stretches, 8, 0), 1);
    assert_int_equal(stretches[0].iov_len, 1000);
}

/* Through many turns of the ring of pieces and of all blocks, with receives, pushes and writes of all sizes.
 */
static void test_turns(void **state)
{
    struct fixture *fixture = *state;
    struct queue *queue = &fixture->queue;
    uint32_t all = queue->free_count;
    uint64_t sent = 0, written = 0;

    srandom(1);
    while (atomic_load(&queue->head->pushed) < 3 * (uint64_t)QUEUE_PIECES) {
        size_t size = 1 + (size_t)random() % (random() % 50 ? 300 : 60000);
        send_bytes(fixture, sent, size);
        sent += size;
        while (fixture->chain.received < sent)
            assert_true(receive(fixture, 1 + (uint32_t)random() % 4) > 0);
        uint64_t held = fixture->chain.received - fixture->peer->walked;
        if (queue_has_room(queue) && random() % 4)
            queue_push(queue, &fixture->chain, fixture->peer,
                       fixture->peer->walked + 1 + (uint64_t)random() % held, 1);
        while (random() % 3 || !queue_has_room(queue) || queue->free_count < 10) {
            if (!write_some(fixture, 1 + (size_t)random() % 200000, 1 + (size_t)random() % 100000,
                            &written)) {
                if (queue->free_count < 10) /* all is written, and still held: it is not pushed yet */
                    queue_push(queue, &fixture->chain, fixture->peer, fixture->chain.received, 1);
                else
                    break;
            }
            queue_reclaim(queue);
        }
    }
    if (fixture->peer->walked < sent)
        queue_push(queue, &fixture->chain, fixture->peer, sent, 1);
    while (write_some(fixture, 1u << 20, SIZE_MAX, &written))
        ;
    queue_reclaim(queue);
    assert_int_equal(written, sent);
    assert_int_equal(queue->free_count, all);
    assert_int_equal(atomic_load(&queue->head->written_bytes), queue->out);
}

/* Any number of pushes stays inside the ring as long as there is room, also the largest one at the last
 * moment. */
static void test_room(void **state)
{
    struct fixture *fixture = *state;
    struct queue *queue = &fixture->queue;
    uint64_t to = 0;

    while (queue_has_room(queue)) {
        if (fixture->chain.received == to) {
            send_bytes(fixture, to, 16384);
            assert_int_equal(receive(fixture, 1), 16384);
        }
        queue_push(queue, &fixture->chain, fixture->peer, ++to, 1);
    }
    uint64_t pushed = atomic_load(&queue->head->pushed);
    assert_true(pushed + LIMIT / QUEUE_BLOCK_SIZE + QUEUE_READ_BLOCKS + 2 <= QUEUE_PIECES);
    uint64_t written = 0;
    while (write_some(fixture, 1u << 20, SIZE_MAX, &written))
        ;
    assert_int_equal(written, to);
    queue_reclaim(queue);
    assert_true(queue_has_room(queue));
}

/* A push after whose `pushed` the process died: also if the writer had written it already. */
static void test_complete_push(void **state)
{
    struct fixture *fixture = *state;
    struct queue *queue = &fixture->queue;
    uint64_t written = 0;

    queue_complete_push(queue); /* nothing was pushed */
    send_bytes(fixture, 0, 20000);
    assert_int_equal(receive(fixture, 8), 20000);
    queue_push(queue, &fixture->chain, fixture->peer, 500, 2);
    queue_push(queue, &fixture->chain, fixture->peer, 17000, 5);
    write_some(fixture, 1u << 20, SIZE_MAX, &written);
    assert_int_equal(written, 17000);
    fixture->peer->walked = 500;
    fixture->peer->books.count[BOOKS_BYTES_OUT] = 500;
    fixture->peer->books.count[BOOKS_FRAMES_OUT] = 2;
    for (int i = 0; i < 2; i++) {
        queue_complete_push(queue);
        assert_int_equal(fixture->peer->walked, 17000);
        assert_int_equal(fixture->peer->books.count[BOOKS_BYTES_OUT], 17000);
        assert_int_equal(fixture->peer->books.count[BOOKS_FRAMES_OUT], 7);
    }
    fixture->peer->serial = 8; /* the entry is another connection's by now */
    fixture->peer->walked = 3;
    queue_complete_push(queue);
    assert_int_equal(fixture->peer->walked, 3);
}

/* Frames that come one at a time, and are not written yet, share a block. */
static void test_one_at_a_time(void **state)
{
    struct fixture *fixture = *state;
    struct queue *queue = &fixture->queue;
    uint32_t all = queue->free_count;
    uint64_t sent = 0, from = 0;

    for (int i = 0; i < 400; i++, sent += 100) {
        send_bytes(fixture, sent, 100);
        assert_int_equal(receive(fixture, 1), 100);
        queue_push(queue, &fixture->chain, fixture->peer, sent + 100, 1);
        assert_int_equal(receive(fixture, 1), -1); /* which changes nothing */
        if (i == 150)
            write_some(fixture, SIZE_MAX, 7777, &from);
        queue_reclaim(queue);
    }
    assert_int_equal(all - queue->free_count, 3); /* 40,000 bytes */
    while (write_some(fixture, SIZE_MAX, SIZE_MAX, &from))
        ;
    assert_int_equal(from, sent);
    queue_reclaim(queue);
    assert_int_equal(queue->free_count, all);
    send_bytes(fixture, sent, 100); /* the block that is written is nobody's any more */
    assert_int_equal(receive(fixture, 1), 100);
    assert_int_equal(queue->blocks[fixture->chain.first].filled, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_receive, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_block, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_push, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_take, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_turns, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_room, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_complete_push, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_one_at_a_time, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
