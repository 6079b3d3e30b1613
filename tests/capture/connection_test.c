/* One connection: however its stream is cut, the same frames come into the queue, every byte is in the books,
 * and what was lost is said once. */
#include "proof/test.h"

#include "capture/connection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIMIT 512u

static const uint8_t start_frame[] = "\0\0\0\0\0\0\0\x22\0\0\0\2\0\0\0\1\0\0\0\x16protobuf:dnstap.Dnstap";
static const uint8_t ready_frame[] = "\0\0\0\0\0\0\0\x22\0\0\0\4\0\0\0\1\0\0\0\x16protobuf:dnstap.Dnstap";
static const uint8_t accept_frame[] = "\0\0\0\0\0\0\0\x22\0\0\0\1\0\0\0\1\0\0\0\x16protobuf:dnstap.Dnstap";
static const uint8_t other_frame[] = "\0\0\0\0\0\0\0\x12\0\0\0\2\0\0\0\1\0\0\0\6other!";
static const uint8_t stop_frame[] = "\0\0\0\0\0\0\0\4\0\0\0\3";
static const uint8_t finish_frame[] = "\0\0\0\0\0\0\0\4\0\0\0\5";

#define CONTROL_SIZE (sizeof(start_frame) - 1)
#define STOP_SIZE    (sizeof(stop_frame) - 1)

struct fixture {
    struct queue queue;
    struct connection connection;
    struct queue_peer *peer;
    int sender;
    const char *why;
};

static struct fixture *fixture_new(void)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    uint64_t pid;
    bool is_old;
    int fd, ends[2];

    assert_int_equal(queue_open_file(NULL, &fd, &is_old, &pid), 0);
    assert_int_equal(queue_init(&fixture->queue, fd, QUEUE_SIZE_MIN, LIMIT), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    fixture->sender = ends[0];
    fixture->peer = queue_open_peer(&fixture->queue, 1, "somebody", "unix:socket", 0);
    connection_init(&fixture->connection, ends[1], true, fixture->peer, LIMIT, 0);
    return fixture;
}

static void fixture_free(struct fixture *fixture)
{
    close(fixture->sender);
    queue_done(&fixture->queue);
    free(fixture);
}

static void send_bytes(struct fixture *fixture, const void *bytes, size_t size)
{
    assert_int_equal(write(fixture->sender, bytes, size), size);
}

/* Receives until there is nothing more, or it is over. */
static enum connection_step receive(struct fixture *fixture)
{
    enum connection_step step;

    do {
        step = connection_receive(&fixture->connection, &fixture->queue, 0, &fixture->why);
    } while (step == CONNECTION_GOES_ON);
    return step;
}

static uint64_t count(const struct fixture *fixture, enum books_counter counter)
{
    return fixture->peer->books.count[counter];
}

/* Ends it; the books must balance, and what was lost be said. */
static void end(struct fixture *fixture, enum books_counter cause)
{
    connection_done(&fixture->connection, &fixture->queue, cause);
    assert_true(books_balance(&fixture->peer->books));
    for (int i = BOOKS_SKIPPED_OVERSIZED; i <= BOOKS_SKIPPED_EVICTED; i++)
        assert_int_equal(fixture->peer->noted.count[i], fixture->peer->books.count[i]);
    assert_int_equal(fixture->peer->noted.count[BOOKS_FRAMES_SKIPPED], count(fixture, BOOKS_FRAMES_SKIPPED));
    queue_close_peer(&fixture->queue, fixture->peer, "went");
}

/* All piece bytes, which become written. */
static size_t take_all(struct fixture *fixture, uint8_t *to)
{
    struct iovec stretches[64];
    size_t size = 0;

    for (;;) {
        uint64_t through = UINT64_MAX;
        int taken = queue_take(&fixture->queue, stretches, 64, SIZE_MAX, &through);
        size_t before = size;
        for (int i = 0; i < taken; i++) {
            memcpy(to + size, stretches[i].iov_base, stretches[i].iov_len);
            size += stretches[i].iov_len;
        }
        queue_release(&fixture->queue, size - before, through);
        if (!taken)
            break;
    }
    queue_reclaim(&fixture->queue);
    return size;
}

/* START, three frames, an oversized one, a frame, STOP, and something behind that. */
static size_t make_stream(uint8_t *stream, uint8_t *kept, size_t *ret_kept)
{
    static const uint32_t sizes[] = {1, 100, 512, 513, 7};
    size_t size = CONTROL_SIZE;

    *ret_kept = 0;
    memcpy(stream, start_frame, CONTROL_SIZE);
    for (int i = 0; i < 5; i++) {
        uint8_t *frame = stream + size;
        memset(frame, 'a' + i, 4 + sizes[i]);
        memcpy(frame, (uint8_t[]){0, 0, (uint8_t)(sizes[i] >> 8), (uint8_t)sizes[i]}, 4);
        size += 4 + sizes[i];
        if (sizes[i] > LIMIT)
            continue;
        memcpy(kept + *ret_kept, frame, 4 + sizes[i]);
        *ret_kept += 4 + sizes[i];
    }
    memcpy(stream + size, stop_frame, STOP_SIZE);
    return size + STOP_SIZE;
}

/* Cut at each byte, the stream comes to the same. */
static void test_splits(void **state)
{
    uint8_t stream[4096], kept[4096], found[4096];
    size_t kept_size, size = make_stream(stream, kept, &kept_size);

    (void)state;
    for (size_t cut = 0; cut <= size; cut++) {
        struct fixture *fixture = fixture_new();
        send_bytes(fixture, stream, cut);
        assert_int_equal(receive(fixture), cut == size ? CONNECTION_STOPPED : CONNECTION_IDLE);
        send_bytes(fixture, stream + cut, size - cut);
        if (cut < size)
            assert_int_equal(receive(fixture), CONNECTION_STOPPED);
        assert_int_equal(fixture->connection.finish_at, kept_size);
        end(fixture, BOOKS_SKIPPED_REFUSED);
        assert_int_equal(count(fixture, BOOKS_BYTES_IN), size);
        assert_int_equal(count(fixture, BOOKS_BYTES_OUT), kept_size);
        assert_int_equal(count(fixture, BOOKS_FRAMES_OUT), 4);
        assert_int_equal(count(fixture, BOOKS_SKIPPED_OVERSIZED), 517);
        assert_int_equal(count(fixture, BOOKS_FRAMES_SKIPPED), 1);
        assert_int_equal(count(fixture, BOOKS_SKIPPED_CONTROL), CONTROL_SIZE + STOP_SIZE);
        uint64_t losses = 0, frames = 0, pushed = atomic_load(&fixture->queue.head->pushed);
        for (uint64_t at = 0; at < pushed; at++) {
            const struct queue_piece *piece = queue_piece(&fixture->queue, at);
            losses += piece->kind == QUEUE_LOSS;
            frames += piece->kind == QUEUE_DATA ? piece->frames : 0;
            assert_true(piece->kind != QUEUE_DATA || piece->arrival_ms == fixture->peer->arrival_ms ||
                        piece->arrival_ms >= fixture->peer->opened_ms);
        }
        assert_int_equal(losses, 1); /* the frame, not its parts */
        assert_int_equal(frames, 4);
        assert_int_equal(take_all(fixture, found), kept_size);
        assert_memory_equal(found, kept, kept_size);
        assert_int_equal(fixture->peer->serial, 0);
        assert_int_equal(fixture->queue.free_count, QUEUE_SIZE_MIN / QUEUE_BLOCK_SIZE);
        fixture_free(fixture);
    }
}

static void test_bidirectional(void **state)
{
    struct fixture *fixture = fixture_new();
    uint8_t found[100];

    (void)state;
    send_bytes(fixture, ready_frame, CONTROL_SIZE);
    assert_int_equal(receive(fixture), CONNECTION_IDLE);
    assert_int_equal(read(fixture->sender, found, sizeof(found)), CONTROL_SIZE);
    assert_memory_equal(found, accept_frame, CONTROL_SIZE);
    send_bytes(fixture, start_frame, CONTROL_SIZE);
    send_bytes(fixture, "\0\0\0\1x", 5);
    send_bytes(fixture, stop_frame, STOP_SIZE);
    assert_int_equal(receive(fixture), CONNECTION_STOPPED);
    assert_true(fixture->peer->has_started && fixture->peer->has_stopped);
    connection_finish(&fixture->connection);
    assert_int_equal(read(fixture->sender, found, sizeof(found)), STOP_SIZE);
    assert_memory_equal(found, finish_frame, STOP_SIZE);
    end(fixture, BOOKS_SKIPPED_REFUSED);
    fixture_free(fixture);
}

/* What is none of ours is refused, and said so. */
static void test_refused(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
        const char *why;
        uint64_t frames; /* that were skipped */
    } all[] = {
        {"GET / HTTP/1.1\r\n\r\n and more of that", 35, "HTTP", 0},
        {(const char *)other_frame, sizeof(other_frame) - 1, "\"other!\"", 0},
        {"\0\0\0\4data\0\0\0\0", 12, "", 0},
        {"\0\0\0\0\0\0\0\0", 8, "", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        struct fixture *fixture = fixture_new();
        send_bytes(fixture, all[i].bytes, all[i].size);
        assert_int_equal(receive(fixture), CONNECTION_REFUSED);
        assert_non_null(strstr(fixture->why, all[i].why));
        end(fixture, BOOKS_SKIPPED_REFUSED);
        assert_int_equal(count(fixture, BOOKS_SKIPPED_REFUSED), all[i].size);
        assert_int_equal(count(fixture, BOOKS_FRAMES_SKIPPED), all[i].frames);
        assert_int_equal(count(fixture, BOOKS_BYTES_OUT), 0);
        fixture_free(fixture);
    }
}

/* The peer goes in the midst of a frame; or of an oversized one. */
static void test_broken_off(void **state)
{
    (void)state;
    for (int is_oversized = 0; is_oversized < 2; is_oversized++) {
        struct fixture *fixture = fixture_new();
        send_bytes(fixture, start_frame, CONTROL_SIZE);
        send_bytes(fixture, is_oversized ? "\0\0\x10\0half" : "\0\0\0\x10half", 8);
        close(fixture->sender);
        assert_int_equal(receive(fixture), CONNECTION_ENDED);
        assert_null(fixture->why);
        end(fixture, BOOKS_SKIPPED_CUT);
        assert_int_equal(count(fixture, BOOKS_SKIPPED_CUT), is_oversized ? 0 : 8);
        assert_int_equal(count(fixture, BOOKS_SKIPPED_OVERSIZED), is_oversized ? 8 : 0);
        assert_int_equal(count(fixture, BOOKS_FRAMES_SKIPPED), 0);
        fixture->sender = -1;
        fixture_free(fixture);
    }
}

/* The ring has no room: what was received waits, and is walked over later. */
static void test_starved(void **state)
{
    struct fixture *fixture = fixture_new();
    static uint8_t sink[QUEUE_SIZE_MIN];
    uint64_t sent = 0;
    enum connection_step step = CONNECTION_IDLE;

    (void)state;
    send_bytes(fixture, start_frame, CONTROL_SIZE);
    while (step != CONNECTION_STARVED) {
        send_bytes(fixture, "\0\0\0\1x", 5);
        sent++;
        step = receive(fixture);
    }
    assert_int_equal(connection_walk(&fixture->connection, &fixture->queue, &fixture->why),
                     CONNECTION_STARVED);
    size_t size = take_all(fixture, sink);
    assert_int_equal(connection_walk(&fixture->connection, &fixture->queue, &fixture->why),
                     CONNECTION_GOES_ON);
    size += take_all(fixture, sink);
    assert_int_equal(size, 5 * sent);
    end(fixture, BOOKS_SKIPPED_CUT);
    fixture_free(fixture);
}

/* Acknowledgements -------------------------------------------------------------------------------------- */

#define EXTENDED "protobuf:dnstap.Dnstap" TL_EXTENSION

static const uint8_t offer_frame[] = "\0\0\0\0\0\0\0\x4a\0\0\0\4\0\0\0\1\0\0\0\x16protobuf:dnstap.Dnstap"
                                     "\0\0\0\1\0\0\0\x20" EXTENDED;
static const uint8_t both_frame[] = "\0\0\0\0\0\0\0\x4a\0\0\0\1\0\0\0\1\0\0\0\x16protobuf:dnstap.Dnstap"
                                    "\0\0\0\1\0\0\0\x20" EXTENDED;

#define OFFER_SIZE (sizeof(offer_frame) - 1)
#define ACK_SIZE   28

static struct fixture *fixture_taking_part(void)
{
    struct fixture *fixture = fixture_new();

    fixture->connection.senders = senders_new();
    fixture->connection.receiver.may_acknowledge = true;
    return fixture;
}

static void fixture_done_taking_part(struct fixture *fixture)
{
    senders_free(fixture->connection.senders);
    fixture_free(fixture);
}

static size_t put_loss(uint8_t *to, uint64_t before, uint64_t total)
{
    const struct tl_loss loss = {.sender = 5, .count = 1, .lost = {{TL_LOSS_FULL, before, total}}};
    size_t size;

    assert_int_equal(tl_loss_encode(&loss, to, TL_CONTROL_FRAME_MAX, &size), TL_OK);
    return size;
}

/* What the sender reads next is an ACK of so much. */
static void expect_ack(const struct fixture *fixture, uint64_t offset)
{
    uint8_t found[ACK_SIZE];
    uint64_t acked;

    assert_int_equal(recv(fixture->sender, found, ACK_SIZE, MSG_DONTWAIT), ACK_SIZE);
    assert_int_equal(tl_ack_decode(tl_bytes(found + 8, ACK_SIZE - 8), &acked), TL_OK);
    assert_int_equal(acked, offset);
}

static void expect_silence(const struct fixture *fixture)
{
    uint8_t byte;

    assert_int_equal(recv(fixture->sender, &byte, 1, MSG_DONTWAIT), -1);
}

/* Offer, START, a frame, LOSS, a frame, LOSS that says a part of it again, cut at each byte. */
static void test_told(void **state)
{
    uint8_t stream[1000], found[1000];
    size_t size = 0;

    (void)state;
    memcpy(stream, offer_frame, OFFER_SIZE);
    memcpy(stream + OFFER_SIZE, start_frame, CONTROL_SIZE);
    size = OFFER_SIZE + CONTROL_SIZE;
    memcpy(stream + size, "\0\0\0\1x", 5);
    size += 5 + put_loss(stream + size + 5, 0, 10);
    memcpy(stream + size, "\0\0\0\1y", 5);
    size += 5;
    size_t before_last = size;
    size += put_loss(stream + size, 5, 12);
    for (size_t cut = 0; cut <= size; cut++) {
        struct fixture *fixture = fixture_taking_part();
        send_bytes(fixture, stream, cut);
        assert_int_equal(receive(fixture), CONNECTION_IDLE);
        send_bytes(fixture, stream + cut, size - cut);
        assert_int_equal(receive(fixture), CONNECTION_IDLE);
        assert_int_equal(recv(fixture->sender, found, OFFER_SIZE, 0), OFFER_SIZE);
        assert_memory_equal(found, both_frame, OFFER_SIZE);
        expect_ack(fixture, OFFER_SIZE + CONTROL_SIZE);
        assert_true(fixture->peer->tells_losses);
        assert_int_equal(count(fixture, BOOKS_LOST_BEFORE), 12);
        assert_int_equal(count(fixture, BOOKS_FRAMES_IN), 2);
        assert_true(connection_awaits_ack(&fixture->connection, &fixture->queue));
        assert_int_equal(connection_acknowledge(&fixture->connection, &fixture->queue, 1000, true), 0);
        expect_silence(fixture); /* nothing is written */
        assert_int_equal(take_all(fixture, found), 10);
        assert_false(connection_awaits_ack(&fixture->connection, &fixture->queue));
        connection_acknowledge(&fixture->connection, &fixture->queue, 1000, true);
        expect_ack(fixture, size);
        connection_acknowledge(&fixture->connection, &fixture->queue, 1100, true);
        expect_silence(fixture);
        uint64_t frames = 0, pushed = atomic_load(&fixture->queue.head->pushed), last = 0;
        for (uint64_t at = 0; at < pushed; at++) {
            const struct queue_piece *piece = queue_piece(&fixture->queue, at);
            if (piece->kind != QUEUE_LOST)
                continue;
            frames += piece->bytes_out;
            last = piece->stream_end;
            assert_int_equal(piece->sender, 5);
        }
        assert_int_equal(frames, 12);
        assert_int_equal(last, size);
        assert_true(before_last < size);
        end(fixture, BOOKS_SKIPPED_CUT);
        assert_int_equal(count(fixture, BOOKS_SKIPPED_CONTROL), size - 10);
        fixture_done_taking_part(fixture);
    }
}

/* Little is said after a while, much at once. */
static void test_pace(void **state)
{
    struct fixture *fixture = fixture_taking_part();
    static uint8_t frame[404] = {0, 0, 1, 0x90}, sink[1u << 20];
    uint64_t offset = OFFER_SIZE + CONTROL_SIZE;

    (void)state;
    send_bytes(fixture, offer_frame, OFFER_SIZE);
    send_bytes(fixture, start_frame, CONTROL_SIZE);
    assert_int_equal(receive(fixture), CONNECTION_IDLE);
    assert_int_equal(recv(fixture->sender, sink, OFFER_SIZE, 0), OFFER_SIZE);
    expect_ack(fixture, offset);
    fixture->connection.acked_ms = 1000;
    send_bytes(fixture, frame, sizeof(frame));
    assert_int_equal(receive(fixture), CONNECTION_IDLE);
    take_all(fixture, sink);
    assert_true(connection_acknowledge(&fixture->connection, &fixture->queue, 1004, false) > 0);
    expect_silence(fixture);
    assert_int_equal(connection_acknowledge(&fixture->connection, &fixture->queue, 1100, false), 0);
    expect_ack(fixture, offset += sizeof(frame));
    for (unsigned i = 0; i < CONNECTION_ACK_BYTES / sizeof(frame) + 1; i++) {
        send_bytes(fixture, frame, sizeof(frame));
        assert_int_equal(receive(fixture), CONNECTION_IDLE);
        offset += sizeof(frame);
        take_all(fixture, sink);
    }
    connection_acknowledge(&fixture->connection, &fixture->queue, 1100, false);
    expect_ack(fixture, offset);
    end(fixture, BOOKS_SKIPPED_CUT);
    fixture_done_taking_part(fixture);
}

/* A peer that does not read holds nobody up; when it reads, it finds whole control frames. */
static void test_deaf(void **state)
{
    struct fixture *fixture = fixture_taking_part();
    uint8_t sink[65536];
    ssize_t got;
    size_t held = 0;
    struct tl_frame_decoder decoder;
    struct tl_frame found;
    uint64_t last = 0;

    (void)state;
    send_bytes(fixture, offer_frame, OFFER_SIZE);
    send_bytes(fixture, start_frame, CONTROL_SIZE);
    assert_int_equal(receive(fixture), CONNECTION_IDLE);
    for (unsigned i = 0; i < 20000; i++) {
        send_bytes(fixture, "\0\0\0\1x", 5);
        assert_int_equal(receive(fixture), CONNECTION_IDLE);
        take_all(fixture, sink);
        connection_acknowledge(&fixture->connection, &fixture->queue, i, true);
    }
    send_bytes(fixture, stop_frame, STOP_SIZE);
    assert_int_equal(receive(fixture), CONNECTION_STOPPED);
    connection_finish(&fixture->connection);
    tl_frame_decoder_init(&decoder, 0);
    while ((got = recv(fixture->sender, sink + held, sizeof(sink) - held, MSG_DONTWAIT)) > 0) {
        struct tl_bytes in = tl_bytes(sink, held + (size_t)got);
        while (tl_frame_next(&decoder, &in, &found) == TL_OK) {
            uint64_t acked;
            assert_int_equal(found.kind, TL_FRAME_CONTROL);
            if (tl_ack_decode(found.payload, &acked) == TL_OK) {
                assert_true(acked > last);
                last = acked;
            }
        }
        memmove(sink, in.data, in.size);
        held = in.size;
    }
    assert_true(last > OFFER_SIZE);
    end(fixture, BOOKS_SKIPPED_REFUSED);
    fixture_done_taking_part(fixture);
}

/* An ACK for which there was no room at first, or only for its beginning, is sent when there is, also if the
 * peer sends nothing more before. */
static void test_deaf_for_a_while(void **state)
{
    struct fixture *fixture = fixture_taking_part();
    struct connection *connection = &fixture->connection;
    uint8_t sink[4096] = {0};
    uint64_t offset = OFFER_SIZE + CONTROL_SIZE;

    (void)state;
    send_bytes(fixture, offer_frame, OFFER_SIZE);
    send_bytes(fixture, start_frame, CONTROL_SIZE);
    assert_int_equal(receive(fixture), CONNECTION_IDLE);
    send_bytes(fixture, "\0\0\0\1x", 5);
    assert_int_equal(receive(fixture), CONNECTION_IDLE);
    take_all(fixture, sink);
    assert_int_equal(recv(fixture->sender, sink, OFFER_SIZE, 0), OFFER_SIZE);
    expect_ack(fixture, offset);
    while (send(connection->fd, sink, sizeof(sink), MSG_DONTWAIT) > 0)
        ;
    assert_true(connection_acknowledge(connection, &fixture->queue, 1000, false) > 0);
    while (recv(fixture->sender, sink, sizeof(sink), MSG_DONTWAIT) > 0)
        ;
    assert_int_equal(connection_acknowledge(connection, &fixture->queue, 1010, false), 0);
    expect_ack(fixture, offset + 5);
    connection->ack_done = 10; /* as if no more had gone */
    assert_int_equal(connection_acknowledge(connection, &fixture->queue, 1020, false), 0);
    assert_int_equal(recv(fixture->sender, sink, sizeof(sink), MSG_DONTWAIT), ACK_SIZE - 10);
    connection_acknowledge(connection, &fixture->queue, 1030, false);
    expect_silence(fixture);
    end(fixture, BOOKS_SKIPPED_CUT);
    fixture_done_taking_part(fixture);
}

/* Without the offer nothing is said, and LOSS is an unknown control frame; with it, one that cannot be is a
 * breach. */
static void test_others(void **state)
{
    uint8_t loss[TL_CONTROL_FRAME_MAX], found[100];
    size_t size = put_loss(loss, 0, 10);
    struct fixture *fixture = fixture_taking_part();

    (void)state;
    send_bytes(fixture, ready_frame, CONTROL_SIZE);
    send_bytes(fixture, start_frame, CONTROL_SIZE);
    send_bytes(fixture, loss, size);
    send_bytes(fixture, "\0\0\0\1x", 5);
    assert_int_equal(receive(fixture), CONNECTION_IDLE);
    take_all(fixture, found);
    connection_acknowledge(&fixture->connection, &fixture->queue, 1000, true);
    assert_int_equal(recv(fixture->sender, found, CONTROL_SIZE, 0), CONTROL_SIZE);
    assert_memory_equal(found, accept_frame, CONTROL_SIZE);
    expect_silence(fixture);
    assert_int_equal(count(fixture, BOOKS_LOST_BEFORE), 0);
    end(fixture, BOOKS_SKIPPED_CUT);
    fixture_done_taking_part(fixture);

    fixture = fixture_taking_part();
    loss[size - 9] = 99; /* `before` is above `total` */
    send_bytes(fixture, offer_frame, OFFER_SIZE);
    send_bytes(fixture, start_frame, CONTROL_SIZE);
    send_bytes(fixture, loss, size);
    assert_int_equal(receive(fixture), CONNECTION_REFUSED);
    assert_int_equal(count(fixture, BOOKS_LOST_BEFORE), 0);
    end(fixture, BOOKS_SKIPPED_REFUSED);
    fixture_done_taking_part(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_splits),
        cmocka_unit_test(test_bidirectional),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_broken_off),
        cmocka_unit_test(test_starved),
        cmocka_unit_test(test_told),
        cmocka_unit_test(test_pace),
        cmocka_unit_test(test_deaf),
        cmocka_unit_test(test_deaf_for_a_while),
        cmocka_unit_test(test_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
