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
    uint64_t through = UINT64_MAX;
    int count = queue_take(&fixture->queue, stretches, 8, bytes_max, &through);
    size_t size = 0;

    for (int i = 0; i < count; i++) {
        const uint8_t *bytes = stretches[i].iov_base;
        for (size_t k = 0; k < stretches[i].iov_len && size < max; k++, size++)
            assert_int_equal(bytes[k], byte_at(*from + size));
    }
    *from += size;
    queue_release(&fixture->queue, size, through);
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
    assert_int_equal(queue_take(queue, (struct iovec[8]){{0}}, 8, 1, &(uint64_t){UINT64_MAX}), 1);
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
    uint64_t through = UINT64_MAX, all = UINT64_MAX, first = UINT64_MAX, some = 3;

    send_bytes(fixture, 0, 60000);
    assert_int_equal(receive(fixture, 8), 60000);
    for (uint64_t to = 1000; to <= 60000; to += 1000)
        queue_push(queue, &fixture->chain, fixture->peer, to, 1);
    size_t size = 0;
    int count = queue_take(queue, stretches, 8, 5500, &through);
    for (int i = 0; i < count; i++)
        size += stretches[i].iov_len;
    assert_int_equal(size, 5000);
    assert_int_equal(count, 1); /* neighbours make one stretch */
    assert_int_equal(queue_take(queue, stretches, 1, 1u << 20, &all), 1);
    assert_int_equal(stretches[0].iov_len, 60000); /* also of neighbouring blocks */
    assert_int_equal(queue_take(queue, stretches, 8, 0, &first), 1);
    assert_int_equal(stretches[0].iov_len, 1000);
    assert_int_equal(through, 5);
    assert_int_equal(all, atomic_load(&queue->head->pushed));
    assert_int_equal(first, 1);
    assert_int_equal(queue_take(queue, stretches, 8, 1u << 20, &some), 1); /* none from that piece on */
    assert_int_equal(stretches[0].iov_len, 3000);
    assert_int_equal(some, 3);
    assert_int_equal(queue_release(queue, 2500, 2), 2); /* nor does more than that become written */
    assert_int_equal(atomic_load(&queue->head->written_pieces), 2);
    assert_int_equal(atomic_load(&queue->head->written_bytes), 2500);
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
    while (atomic_load(&queue->head->pushed) < 3 * (uint64_t)queue->piece_count) {
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
    assert_true(pushed + LIMIT / QUEUE_BLOCK_SIZE + QUEUE_READ_BLOCKS + 2 + QUEUE_PEERS * QUEUE_PEER_PIECES <=
                queue->piece_count);
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

/* What happens to a connection stands between its bytes, and its entry is kept until the end is written. */
static void test_notes(void **state)
{
    struct fixture *fixture = *state;
    struct queue *queue = &fixture->queue;
    uint64_t written = 0, through = UINT64_MAX;

    struct queue_peer *peer = queue_open_peer(queue, 8, "somebody", "unix:socket", 5);
    assert_ptr_equal(peer, &queue->peers[0]);
    assert_true(peer->opened_ms > 1700000000000);
    assert_int_equal(queue->peers_used, 1);
    fixture->peer = peer;
    send_bytes(fixture, 0, 1000);
    assert_int_equal(receive(fixture, 1), 1000);
    queue_push(queue, &fixture->chain, peer, 600, 6);
    queue_push_loss(queue, peer, BOOKS_SKIPPED_CUT); /* nothing was */
    peer->books.count[BOOKS_SKIPPED_OVERSIZED] = 400;
    peer->books.count[BOOKS_FRAMES_SKIPPED] = 2;
    queue_push_loss(queue, peer, BOOKS_SKIPPED_OVERSIZED);
    peer->books.count[BOOKS_SKIPPED_OVERSIZED] += 50;
    queue_push_loss(queue, peer, BOOKS_SKIPPED_OVERSIZED);
    queue_skip(queue, &fixture->chain, peer, 1000);
    queue_close_peer(queue, peer, "went");
    static const uint16_t kinds[] = {QUEUE_OPENED, QUEUE_DATA, QUEUE_LOSS, QUEUE_LOSS, QUEUE_CLOSED};
    assert_int_equal(atomic_load(&queue->head->pushed), 5);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(queue_piece(queue, i)->kind, kinds[i]);
        assert_int_equal(queue_piece(queue, i)->serial, 8);
        assert_int_equal(queue_piece(queue, i)->out_end, i ? 600 : 0);
    }
    assert_int_equal(queue_piece(queue, 1)->frames, 6);
    assert_int_equal(queue_piece(queue, 2)->cause, BOOKS_SKIPPED_OVERSIZED);
    assert_int_equal(queue_piece(queue, 2)->stream_end, 400);
    assert_int_equal(queue_piece(queue, 2)->frames, 2);
    assert_int_equal(queue_piece(queue, 3)->stream_end, 50);
    assert_int_equal(queue_piece(queue, 3)->frames, 0);
    assert_string_equal(peer->why, "went");
    assert_int_equal(queue_closed_books(queue)->count[BOOKS_BYTES_OUT], 600);
    assert_int_equal(queue_take(queue, (struct iovec[8]){{0}}, 8, 1u << 20, &through), 1);
    assert_int_equal(through, 5);
    write_some(fixture, SIZE_MAX, 599, &written);
    queue_reclaim(queue);
    assert_int_equal(queue->reclaimed, 1);
    write_some(fixture, SIZE_MAX, 1, &written); /* and what follows without bytes */
    assert_int_equal(atomic_load(&queue->head->written_pieces), 5);
    assert_true(queue_is_at_border(queue));
    assert_string_equal(peer->name, "somebody");
    assert_int_equal(peer->serial, 8);
    queue_reclaim(queue);
    assert_int_equal(peer->serial, 0);
    assert_int_equal(queue->peers_used, 0);
    assert_ptr_equal(queue_open_peer(queue, 9, "another", "", 0), peer);
    assert_int_equal(queue->free_count, QUEUE_SIZE_MIN / QUEUE_BLOCK_SIZE);
}

/* All connections may come, lose and go at once, when the ring has no room for anything else. */
static void test_all_peers(void **state)
{
    struct fixture *fixture = *state;
    struct queue *queue = &fixture->queue;
    uint64_t to = 0, through = UINT64_MAX;

    fixture->peer->serial = 0;
    fixture->peer = queue_open_peer(queue, 1, "", "", 0);
    send_bytes(fixture, 0, 16384);
    assert_int_equal(receive(fixture, 1), 16384);
    while (queue_has_room(queue))
        queue_push(queue, &fixture->chain, fixture->peer, ++to, 1);
    for (uint32_t i = 1; i < QUEUE_PEERS; i++)
        assert_non_null(queue_open_peer(queue, i + 1, "", "", 0));
    assert_null(queue_open_peer(queue, QUEUE_PEERS + 1, "", "", 0));
    for (uint32_t i = 0; i < QUEUE_PEERS; i++) {
        static const enum books_counter causes[] = {BOOKS_SKIPPED_OVERSIZED, BOOKS_SKIPPED_CUT, BOOKS_LEFT};
        for (int k = 0; k < 3; k++) {
            queue->peers[i].books.count[causes[k]] = 1;
            queue_push_loss(queue, &queue->peers[i], causes[k]);
        }
        queue_close_peer(queue, &queue->peers[i], "");
    }
    assert_true(atomic_load(&queue->head->pushed) <= queue->piece_count);
    assert_int_equal(queue_take(queue, (struct iovec[8]){{0}}, 8, SIZE_MAX, &through), 1);
    queue_release(queue, to, through);
    queue_reclaim(queue);
    assert_int_equal(queue->peers_used, 0);
    assert_int_equal(queue_closed_books(queue)->count[BOOKS_LEFT], QUEUE_PEERS);
}

/* The process died in the midst of what follows a CLOSED or LOSS piece: it is done, and once. */
static void test_complete_notes(void **state)
{
    struct fixture *fixture = *state;
    struct queue *queue = &fixture->queue;
    struct queue_head *head = queue->head;
    struct queue_peer *peer = queue_open_peer(queue, 8, "", "", 0);

    peer->books.count[BOOKS_LEFT] = 12;
    peer->books.count[BOOKS_FRAMES_SKIPPED] = 1;
    queue_push_loss(queue, peer, BOOKS_LEFT);
    for (int i = 0; i < 2; i++) {
        memset(&peer->noted, 0, sizeof(peer->noted));
        queue_complete_push(queue);
        assert_int_equal(peer->noted.count[BOOKS_LEFT], 12);
        assert_int_equal(peer->noted.count[BOOKS_FRAMES_SKIPPED], 1);
    }
    queue_close_peer(queue, peer, "");
    for (int is_counted = 0; is_counted < 2; is_counted++) {
        peer->is_closed = 0;
        if (!is_counted)
            atomic_store(&head->closed_valid, 1 - head->closed_valid); /* as before */
        for (int i = 0; i < 2; i++) {
            queue_complete_push(queue);
            assert_int_equal(peer->is_closed, 1);
            assert_int_equal(queue_closed_books(queue)->count[BOOKS_LEFT], 12);
        }
    }
}

/* What a sender told is pushed at once, with its place in the stream: the process may die behind that. */
static void test_lost(void **state)
{
    static const struct queue_lost lost[] = {{1, (uint64_t)1 << 40, 77, (uint64_t)1 << 41}, {2, 3, 77, 3}};
    struct fixture *fixture = *state;
    struct queue *queue = &fixture->queue;

    struct queue_peer *peer = queue_open_peer(queue, 8, "", "", 0);
    fixture->peer = peer;
    send_bytes(fixture, 0, 1000);
    assert_int_equal(receive(fixture, 1), 1000);
    queue_push(queue, &fixture->chain, peer, 600, 6);
    assert_int_equal(queue_kept(queue, peer), 0);
    peer->books.count[BOOKS_LOST_BEFORE] = 10;
    queue_push_lost(queue, peer, 650, lost, 2);
    assert_int_equal(peer->books.count[BOOKS_LOST_BEFORE], 13 + ((uint64_t)1 << 40));
    assert_int_equal(queue_piece(queue, 2)->bytes_out, (uint64_t)1 << 40);
    assert_int_equal(queue_piece(queue, 2)->total, (uint64_t)1 << 41);
    assert_int_equal(queue_piece(queue, 3)->sender, 77);
    assert_int_equal(queue_piece(queue, 3)->out_end, 600);
    for (int i = 0; i < 2; i++) { /* as if it had died before it was entered with the peer, or after */
        peer->books.count[BOOKS_LOST_BEFORE] = 10;
        peer->walked = i ? peer->walked : 600;
        queue_complete_push(queue);
        assert_int_equal(peer->walked, 650);
        assert_int_equal(peer->books.count[BOOKS_SKIPPED_CONTROL], 50);
        if (!i)
            assert_int_equal(peer->books.count[BOOKS_LOST_BEFORE], 13 + ((uint64_t)1 << 40));
    }
    queue_skip(queue, &fixture->chain, peer, 650);
    queue_push(queue, &fixture->chain, peer, 1000, 3);
    queue_release(queue, 700, atomic_load(&queue->head->pushed));
    queue_reclaim(queue);
    assert_int_equal(queue_kept(queue, peer), 600); /* of the second push only a part is written */
    queue_release(queue, 250, atomic_load(&queue->head->pushed));
    queue_reclaim(queue);
    assert_int_equal(queue_kept(queue, peer), 1000);
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
        cmocka_unit_test_setup_teardown(test_notes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_all_peers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_complete_notes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lost, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
