/* The sender and peers that are absent, slow, mad or gone: what was submitted is sent or counted, the peer
 * sees nothing but whole frames, and nobody hangs. */
#include "sender/addresses.h"

#include <errno.h>

static struct tl_sender_options options_to(const char *address)
{
    struct tl_sender_options options = {
        .endpoints = {{.address = address}}, .lanes = 4, .retry_ms = 20, .close_ms = 60000};
    return options;
}

static void send_over(char *address, bool unidirectional)
{
    struct seen seen = {0};
    struct peer peer = peer_listen(address, &seen);
    struct tl_sender_options options = options_to(address);

    options.endpoints[0].unidirectional = unidirectional;
    struct tl_sender *sender = start_sender(&options);
    submit_all(tl_sender_lane(sender, 0), 0, 0, 1000, 200);
    peer_greet(&peer);
    assert_true(peer_read_until(&peer, 1000));
    assert_int_equal(peer.receiver.bidirectional, !unidirectional);
    pthread_t stop = stop_begin(sender);
    peer_finish(&peer);
    peer_hang_up(&peer);
    assert_int_equal(stop_end(stop), TL_OK);
    assert_int_equal(peer.receiver.state, TL_RECEIVER_STOPPED);
    struct tl_sender_statistics all = assert_books(sender, 1000, true);
    assert_int_equal(all.endpoints[0].sent, 1000);
    assert_int_equal(all.endpoints[0].confirmed, 1000);
    assert_int_equal(all.endpoints[0].bytes, 1000 * 204);
    assert_int_equal(all.endpoints[0].breaks, 0);
    assert_int_equal(seen.frames, 1000);
    assert_int_equal(seen.damaged + seen.again + seen.jumps, 0);
    tl_sender_free(sender);
    peer_close(&peer);
}

static void frames_go_over_a_unix_socket(void **state)
{
    (void)state;
    send_over(unix_address, false);
}

static void frames_go_over_tcp(void **state)
{
    (void)state;
    send_over(tcp_address, false);
}

static void frames_go_one_way(void **state)
{
    (void)state;
    send_over(unix_address, true);
    strcpy(tcp_address, "tcp:127.0.0.1:0");
    send_over(tcp_address, true);
}

static void a_peer_that_is_absent_at_first_gets_everything(void **state)
{
    struct seen seen = {0};
    struct tl_sender_options options = options_to(unix_address);
    struct tl_sender *sender = start_sender(&options);

    (void)state;
    submit_all(tl_sender_lane(sender, 0), 0, 0, 500, 100);
    struct tl_sender_statistics all;
    do
        tl_sender_statistics(sender, &all);
    while (all.endpoints[0].failures < 2);
    assert_int_equal(all.endpoints[0].failure, TL_SYSTEM);
    assert_int_equal(all.endpoints[0].error, ENOENT);
    assert_int_equal(all.endpoints[0].failed_in, TL_SENDER_LINK_CONNECTING);
    assert_int_equal(all.endpoints[0].waiting, 500);
    struct peer peer = peer_listen(unix_address, &seen);
    peer_greet(&peer);
    submit_all(tl_sender_lane(sender, 1), 1, 0, 500, 100);
    assert_true(peer_read_until(&peer, 1000));
    stop_in_order(sender, &peer);
    all = assert_books(sender, 1000, true);
    assert_int_equal(all.endpoints[0].confirmed, 1000);
    assert_int_equal(seen.damaged + seen.again + seen.jumps, 0);
    tl_sender_free(sender);
    peer_close(&peer);
}

/* The peer reads a little, breaks off, and comes again: on a unix socket nothing is missing. */
static void what_was_not_read_is_sent_again(void **state)
{
    struct seen seen = {0};
    struct peer peer = peer_listen(unix_address, &seen);
    struct tl_sender_options options = options_to(unix_address);
    struct tl_sender *sender = start_sender(&options);
    uint32_t submitted = 0;

    (void)state;
    for (unsigned round = 0; round < 20; round++) {
        submit_all(tl_sender_lane(sender, 0), 0, submitted, submitted + 300, 120);
        submit_all(tl_sender_lane(sender, 1), 1, submitted, submitted + 300, 40);
        submitted += 300;
        peer_greet(&peer);
        for (unsigned i = 0; i <= round % 5 && (seen.next[0] < submitted || seen.next[1] < submitted); i++)
            assert_true(peer_read(&peer, 1 + round * 977));
        peer_hang_up(&peer);
    }
    peer_greet(&peer);
    stop_in_order(sender, &peer);
    struct tl_sender_statistics all = assert_books(sender, 2 * submitted, true);
    assert_int_equal(all.endpoints[0].sent, 2 * submitted);
    assert_int_equal(all.endpoints[0].confirmed, 2 * submitted);
    assert_int_equal(all.endpoints[0].breaks, 20);
    assert_int_equal(seen.damaged + seen.jumps, 0);
    assert_int_equal(seen.next[0], submitted);
    assert_int_equal(seen.next[1], submitted);
    assert_int_equal(seen.frames - seen.again, 2 * submitted);
    assert_true(seen.again <= all.endpoints[0].resent);
    tl_sender_free(sender);
    peer_close(&peer);
}

/* A collector that stops in good order takes no more and reads what there is: then nothing is repeated. */
static void an_orderly_end_of_the_peer_repeats_nothing(void **state)
{
    struct seen seen = {0};
    struct peer peer = peer_listen(unix_address, &seen);
    struct tl_sender_options options = options_to(unix_address);
    struct tl_sender *sender = start_sender(&options);
    uint32_t submitted = 0;

    (void)state;
    for (unsigned round = 0; round < 10; round++) {
        submit_all(tl_sender_lane(sender, 0), 0, submitted, submitted + 400, 300);
        submitted += 400;
        peer_greet(&peer);
        shutdown(peer.fd, SHUT_RD);
        while (peer_read(&peer, PEER_BUFFER))
            ;
        peer_hang_up(&peer);
    }
    peer_greet(&peer);
    stop_in_order(sender, &peer);
    struct tl_sender_statistics all = assert_books(sender, submitted, true);
    assert_int_equal(all.endpoints[0].sent, submitted);
    /* A frame of which a part was read is repeated, and no other. */
    assert_int_equal(seen.again + seen.damaged + seen.jumps, 0);
    assert_int_equal(all.endpoints[0].confirmed, submitted);
    tl_sender_free(sender);
    peer_close(&peer);
}

/* The connection is taken, and nothing else ever happens; or not even that. */
static void give_up_on(bool is_accepted, unsigned answer_ms)
{
    struct seen seen = {0};
    struct peer peer = peer_listen(unix_address, &seen);
    struct tl_sender_options options = options_to(unix_address);

    options.close_ms = 50;
    options.answer_ms = answer_ms;
    struct tl_sender *sender = start_sender(&options);
    submit_all(tl_sender_lane(sender, 0), 0, 0, 100, 100);
    if (is_accepted)
        peer_connect(&peer);
    struct tl_sender_statistics all;
    do
        tl_sender_statistics(sender, &all);
    while (answer_ms < 1000 ? all.endpoints[0].failures < 3
                            : all.endpoints[0].link != TL_SENDER_LINK_GREETING);
    if (answer_ms < 1000)
        assert_int_equal(all.endpoints[0].failure, TL_TIME_UP);
    assert_int_equal(tl_sender_stop(sender), TL_OK);
    all = assert_books(sender, 100, true);
    assert_int_equal(all.endpoints[0].dropped_at_close, 100);
    tl_sender_free(sender);
    peer_close(&peer);
}

static void a_peer_that_never_answers_holds_nobody_up(void **state)
{
    (void)state;
    give_up_on(true, 60000);
    give_up_on(false, 60000);
    give_up_on(true, 5);
    give_up_on(false, 5);
}

/* Fills all there is: the ring and the socket. */
static uint32_t submit_until_full(struct tl_sender *sender)
{
    struct tl_sender_lane *lane = tl_sender_lane(sender, 0);
    uint32_t number = 0;
    uint8_t buffer[1000];

    do {
        while (tl_sender_lane_room(lane) >= sizeof(buffer))
            assert_int_equal(tl_sender_submit(lane, numbered(buffer, sizeof(buffer), 0, number++)), TL_OK);
    } while (tl_sender_flush(sender, 1000) == TL_OK);
    while (tl_sender_submit(lane, numbered(buffer, sizeof(buffer), 0, number++)) == TL_OK)
        ;
    return number;
}

static void stop_reading_on(char *address)
{
    struct seen seen = {0};
    struct peer peer = peer_listen(address, &seen);
    struct tl_sender_options options = options_to(address);

    options.close_ms = 50;
    options.ring_size = TL_SENDER_RING_MIN;
    struct tl_sender *sender = start_sender(&options);
    peer_greet(&peer);
    uint32_t submitted = submit_until_full(sender);
    assert_int_equal(tl_sender_stop(sender), TL_OK);
    struct tl_sender_statistics all = assert_books(sender, submitted, true);
    assert_int_equal(all.lanes.dropped_full, 1);
    assert_int_equal(all.lanes.high_water, TL_SENDER_RING_MIN);
    assert_true(all.endpoints[0].dropped_at_close > 0);
    while (peer_read(&peer, PEER_BUFFER))
        ;
    /* It was cut off, but what came before is whole. */
    assert_int_equal(seen.damaged + seen.again + seen.jumps, 0);
    assert_int_equal(seen.frames, all.endpoints[0].sent);
    tl_sender_free(sender);
    peer_close(&peer);
}

static void a_peer_that_never_reads_holds_nobody_up(void **state)
{
    (void)state;
    stop_reading_on(unix_address);
    stop_reading_on(tcp_address);
}

static void the_oldest_go_if_that_is_wished(void **state)
{
    struct seen seen = {0};
    struct tl_sender_options options = options_to(unix_address);
    uint8_t buffer[1000];

    (void)state;
    options.drop = TL_SENDER_DROP_OLDEST;
    options.ring_size = TL_SENDER_RING_MIN;
    struct tl_sender *sender = start_sender(&options);
    struct tl_sender_lane *lane = tl_sender_lane(sender, 0);
    for (uint32_t i = 0; i < 1000; i++) {
        submit_patiently(lane, numbered(buffer, sizeof(buffer), 0, i));
    }
    struct peer peer = peer_listen(unix_address, &seen);
    peer_greet(&peer);
    stop_in_order(sender, &peer);
    struct tl_sender_statistics all = assert_books(sender, 1000, true);
    assert_true(all.endpoints[0].dropped_oldest >= 1000 - 64);
    assert_int_equal(seen.frames, all.endpoints[0].sent);
    assert_int_equal(seen.next[0], 1000); /* the last one is there */
    assert_int_equal(seen.jumps, all.endpoints[0].dropped_oldest);
    assert_int_equal(seen.damaged + seen.again, 0);
    tl_sender_free(sender);
    peer_close(&peer);
}

static void a_stuck_peer_loses_the_oldest_too(void **state)
{
    struct seen seen = {0};
    struct peer peer = peer_listen(unix_address, &seen);
    struct tl_sender_options options = options_to(unix_address);
    uint8_t buffer[1000];

    (void)state;
    options.drop = TL_SENDER_DROP_OLDEST;
    options.ring_size = TL_SENDER_RING_MIN;
    options.answer_ms = 60000;
    struct tl_sender *sender = start_sender(&options);
    struct tl_sender_lane *lane = tl_sender_lane(sender, 0);
    peer_greet(&peer);
    for (uint32_t i = 0; i < 3000; i++) {
        submit_patiently(lane, numbered(buffer, sizeof(buffer), 0, i));
    }
    pthread_t stop = stop_begin(sender);
    peer_finish(&peer);
    /* If the dropped ones began within a frame of which a part was sent, the connection was given up. */
    while (peer.receiver.state != TL_RECEIVER_STOPPED) {
        peer_hang_up(&peer);
        peer_greet(&peer);
        peer_finish(&peer);
    }
    assert_int_equal(stop_end(stop), TL_OK);
    struct tl_sender_statistics all = assert_books(sender, 3000, true);
    assert_true(all.endpoints[0].dropped_oldest > 0);
    assert_int_equal(seen.next[0], 3000);
    assert_int_equal(seen.damaged, 0);
    assert_int_equal(seen.frames - seen.again + seen.jumps, 3000);
    tl_sender_free(sender);
    peer_close(&peer);
}

static void of_two_peers_the_dead_one_does_not_hurt_the_other(void **state)
{
    struct seen seen = {0};
    char missing[200];
    struct peer peer = peer_listen(unix_address, &seen);
    struct tl_sender_options options = options_to(missing);
    uint8_t buffer[1000];

    (void)state;
    snprintf(missing, sizeof(missing), "%s-missing", unix_address);
    options.endpoints[1].address = unix_address;
    options.ring_size = TL_SENDER_RING_MIN;
    struct tl_sender *sender = start_sender(&options);
    struct tl_sender_lane *lane = tl_sender_lane(sender, 0);
    peer_greet(&peer);
    for (uint32_t i = 0; i < 2000; i++) {
        numbered(buffer, sizeof(buffer), 0, i);
        while (tl_sender_lane_room(lane) < sizeof(buffer))
            peer_read_if_any(&peer);
        assert_int_equal(tl_sender_submit(lane, tl_bytes(buffer, sizeof(buffer))), TL_OK);
    }
    stop_in_order(sender, &peer);
    struct tl_sender_statistics all = assert_books(sender, 2000, true);
    assert_int_equal(all.endpoints[1].sent, 2000);
    assert_int_equal(seen.frames, 2000);
    assert_int_equal(seen.damaged + seen.again + seen.jumps, 0);
    assert_int_equal(all.endpoints[0].sent, 0);
    assert_int_equal(all.endpoints[0].dropped_lagging + all.endpoints[0].dropped_at_close, 2000);
    assert_true(all.endpoints[0].dropped_lagging > 0);
    tl_sender_free(sender);
    peer_close(&peer);
}

static void two_peers_both_get_everything(void **state)
{
    struct seen seen[2] = {{0}};
    struct peer peers[2] = {peer_listen(unix_address, &seen[0]), peer_listen(tcp_address, &seen[1])};
    struct tl_sender_options options = options_to(unix_address);

    (void)state;
    options.endpoints[1].address = tcp_address;
    struct tl_sender *sender = start_sender(&options);
    submit_all(tl_sender_lane(sender, 0), 0, 0, 1000, 200);
    for (int i = 0; i < 2; i++) {
        peer_greet(&peers[i]);
        assert_true(peer_read_until(&peers[i], 1000));
    }
    pthread_t stop = stop_begin(sender);
    for (int i = 0; i < 2; i++)
        peer_finish(&peers[i]);
    assert_int_equal(stop_end(stop), TL_OK);
    assert_books(sender, 1000, true);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(seen[i].frames, 1000);
        assert_int_equal(seen[i].damaged + seen[i].again + seen[i].jumps, 0);
        peer_close(&peers[i]);
    }
    tl_sender_free(sender);
}

static void when_one_peer_fails_the_next_takes_over(void **state)
{
    struct seen seen = {0};
    struct peer peers[2] = {peer_listen(unix_address, &seen), peer_listen(tcp_address, &seen)};
    struct tl_sender_options options = options_to(unix_address);

    (void)state;
    options.endpoints[1].address = tcp_address;
    options.mode = TL_SENDER_FAILOVER;
    struct tl_sender *sender = start_sender(&options);
    for (uint32_t round = 0; round < 6; round++) {
        struct peer *peer = &peers[round % 2];
        submit_all(tl_sender_lane(sender, 0), 0, round * 100, round * 100 + 100, 200);
        peer_greet(peer);
        assert_true(peer_read_until(peer, 1));
        while (seen.next[0] < round * 100 + 100)
            assert_true(peer_read(peer, PEER_BUFFER));
        peer_hang_up(peer);
    }
    peer_greet(&peers[0]);
    stop_in_order(sender, &peers[0]);
    struct tl_sender_statistics all = assert_books(sender, 600, false);
    assert_int_equal(all.endpoints[0].sent + all.endpoints[1].sent, 600);
    assert_true(all.endpoints[1].sent >= 100);
    assert_int_equal(seen.damaged + seen.jumps, 0);
    assert_int_equal(seen.next[0], 600);
    assert_true(seen.again <= all.endpoints[0].resent + all.endpoints[1].resent);
    tl_sender_free(sender);
    peer_close(&peers[0]);
    peer_close(&peers[1]);
}

static void a_peer_that_stalls_has_failed(void **state)
{
    struct seen seen = {0};
    struct peer peers[2] = {peer_listen(unix_address, &seen), peer_listen(tcp_address, &seen)};
    struct tl_sender_options options = options_to(unix_address);

    (void)state;
    options.endpoints[1].address = tcp_address;
    options.mode = TL_SENDER_FAILOVER;
    options.stall_ms = 20;
    struct tl_sender *sender = start_sender(&options);
    peer_greet(&peers[0]); /* and reads nothing */
    submit_all(tl_sender_lane(sender, 0), 0, 0, 1500, 1000);
    peer_greet(&peers[1]);
    stop_in_order(sender, &peers[1]);
    struct tl_sender_statistics all = assert_books(sender, 1500, false);
    assert_int_equal(all.endpoints[0].failure, TL_TIME_UP);
    assert_int_equal(seen.frames, 1500); /* all of them by way of the second */
    assert_int_equal(seen.damaged + seen.again + seen.jumps, 0);
    assert_int_equal(all.endpoints[1].resent, all.endpoints[0].sent);
    tl_sender_free(sender);
    peer_close(&peers[0]);
    peer_close(&peers[1]);
}

static void a_wrong_answer_is_a_failure(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
        enum tl_status status;
    } answers[] = {
        {"\0\0\0\0\0\0\0\4\0\0\0\5", 12, TL_UNEXPECTED_CONTROL}, /* FINISH */
        {"\0\0\0\0\0\0\0\3\0\0\0", 11, TL_BAD_CONTROL_LENGTH},   /* too short */
        {"\0\0\0\1x", 5, TL_UNEXPECTED_DATA},                    /* a data frame */
        {"HTTP", 4, TL_UNEXPECTED_DATA},                         /* the length of one that never comes */
        {"\0\0\0\0\0\0\0\15\0\0\0\1\0\0\0\1\0\0\0\1x", 21, TL_BAD_CONTENT_TYPE}, /* ACCEPT of another type */
        {"\0\0\0\0\0\0\0\14\0\0\0\1\0\0\0\2\0\0\0\0", 20, TL_BAD_CONTROL_FIELD},
    };
    struct seen seen = {0};
    struct peer peer = peer_listen(unix_address, &seen);
    struct tl_sender_options options = options_to(unix_address);
    struct tl_sender_statistics all;

    (void)state;
    options.answer_ms = 60000;
    struct tl_sender *sender = start_sender(&options);
    for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
        peer_connect(&peer);
        assert_int_equal(send(peer.fd, answers[i].bytes, answers[i].size, 0), answers[i].size);
        do
            tl_sender_statistics(sender, &all);
        while (all.endpoints[0].failures <= i);
        assert_int_equal(all.endpoints[0].failure, answers[i].status);
        assert_int_equal(all.endpoints[0].failed_in, TL_SENDER_LINK_GREETING);
        peer_hang_up(&peer);
    }
    peer_greet(&peer);
    stop_in_order(sender, &peer);
    tl_sender_free(sender);
    peer_close(&peer);
}

/* ACCEPT in pieces of one byte, after a control frame of a kind that nobody knows. */
static void an_answer_may_come_in_pieces(void **state)
{
    static const uint8_t unknown[] = {0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 99};
    struct seen seen = {0};
    struct peer peer = peer_listen(unix_address, &seen);
    struct tl_sender_options options = options_to(unix_address);
    struct tl_sender *sender = start_sender(&options);
    struct tl_control accept = tl_control(TL_CONTROL_ACCEPT, tl_bytes_of_text(TL_SENDER_CONTENT_DEFAULT));
    uint8_t wire[sizeof(unknown) + TL_CONTROL_FRAME_MAX];
    size_t size;

    (void)state;
    memcpy(wire, unknown, sizeof(unknown));
    assert_int_equal(tl_control_encode(&accept, wire + sizeof(unknown), TL_CONTROL_FRAME_MAX, &size), TL_OK);
    size += sizeof(unknown);
    peer_connect(&peer);
    for (size_t i = 0; i < size; i++)
        assert_int_equal(send(peer.fd, wire + i, 1, 0), 1);
    submit_all(tl_sender_lane(sender, 0), 0, 0, 10, 100);
    peer.receiver.state = TL_RECEIVER_ACCEPTED; /* READY is not answered a second time */
    peer.receiver.bidirectional = true;
    uint8_t ready[8 + 4 + 8 + sizeof(TL_SENDER_CONTENT_DEFAULT) - 1 + 8 +
                  sizeof(TL_SENDER_CONTENT_DEFAULT TL_EXTENSION) - 1];
    assert_int_equal(recv(peer.fd, ready, sizeof(ready), MSG_WAITALL), sizeof(ready));
    assert_true(peer_read_until(&peer, 10));
    stop_in_order(sender, &peer);
    assert_int_equal(assert_books(sender, 10, true).endpoints[0].confirmed, 10);
    tl_sender_free(sender);
    peer_close(&peer);
}

static void a_connection_may_be_given(void **state)
{
    struct seen seen = {0};
    struct peer peer = {.listening = -1, .seen = &seen, .buffer = malloc(PEER_BUFFER)};
    struct tl_sender_options options = options_to(unix_address);
    int ends[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    peer.fd = ends[1];
    tl_frame_decoder_init(&peer.decoder, 0);
    tl_receiver_init(&peer.receiver, tl_bytes_of_text(TL_SENDER_CONTENT_DEFAULT));
    peer.receiver.state = TL_RECEIVER_DATA;
    peer.receiver.bidirectional = true;
    options.endpoints[0].connected = true;
    options.endpoints[0].fd = ends[0];
    struct tl_sender *sender = start_sender(&options);
    submit_all(tl_sender_lane(sender, 0), 0, 0, 100, 100);
    assert_true(peer_read_until(&peer, 100));
    stop_in_order(sender, &peer);
    assert_int_equal(assert_books(sender, 100, true).endpoints[0].confirmed, 100);
    tl_sender_free(sender);
    peer_close(&peer);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(frames_go_over_a_unix_socket),
        TEST(frames_go_over_tcp),
        TEST(frames_go_one_way),
        TEST(a_peer_that_is_absent_at_first_gets_everything),
        TEST(what_was_not_read_is_sent_again),
        TEST(an_orderly_end_of_the_peer_repeats_nothing),
        TEST(a_peer_that_never_answers_holds_nobody_up),
        TEST(a_peer_that_never_reads_holds_nobody_up),
        TEST(the_oldest_go_if_that_is_wished),
        TEST(a_stuck_peer_loses_the_oldest_too),
        TEST(of_two_peers_the_dead_one_does_not_hurt_the_other),
        TEST(two_peers_both_get_everything),
        TEST(when_one_peer_fails_the_next_takes_over),
        TEST(a_peer_that_stalls_has_failed),
        TEST(a_wrong_answer_is_a_failure),
        TEST(an_answer_may_come_in_pieces),
        TEST(a_connection_may_be_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
