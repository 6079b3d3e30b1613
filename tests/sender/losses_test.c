/* A collector that takes part: what it acknowledges is not sent again, all else is, over TCP too; what was
 * dropped is told to it, and once more until it is known to have heard it. One that lies is left. */
#include "sender/addresses.h"

#define RING TL_SENDER_RING_MIN

static struct tl_sender_options options_to(const char *address)
{
    return (struct tl_sender_options){
        .endpoints = {{.address = address}}, .ring_size = RING, .retry_ms = 20, .delay_ms = 1};
}

static struct tl_sender *start_to(const char *address)
{
    struct tl_sender_options options = options_to(address);

    return start_sender(&options);
}

static struct peer listen_at(char *address, struct seen *seen)
{
    struct peer peer = peer_listen(address, seen);

    peer.takes_part = true;
    return peer;
}

/* The next connection, as far as START, which is acknowledged. */
static void greet(struct peer *peer)
{
    peer_greet(peer);
    assert_true(peer->receiver.acknowledges);
    peer_ack(peer, peer->decoder.offset);
}

/* Waits until a counter of the endpoint has come so far. */
#define AWAIT(sender, name, least)                                                                           \
    do {                                                                                                     \
        struct tl_sender_statistics at;                                                                      \
        do {                                                                                                 \
            usleep(500);                                                                                     \
            tl_sender_statistics(sender, &at);                                                               \
        } while (at.endpoints[0].name < (least));                                                            \
    } while (0)

static void stop_and_ack(struct tl_sender *sender, struct peer *peer)
{
    pthread_t stop = stop_begin(sender);

    peer_ack(peer, peer->decoder.offset); /* what was read before; else no more may come */
    while (peer_read(peer, PEER_BUFFER))
        peer_ack(peer, peer->decoder.offset);
    assert_int_equal(peer->receiver.state, TL_RECEIVER_STOPPED);
    peer_say(peer, tl_control(TL_CONTROL_FINISH, tl_bytes(NULL, 0)));
    assert_int_equal(stop_end(stop), TL_OK);
}

static void free_both(struct tl_sender *sender, struct peer *peer)
{
    tl_sender_free(sender);
    peer_close(peer);
}

/* Acknowledgements -------------------------------------------------------------------------------------- */

static void what_is_not_acknowledged_is_sent_again_over_tcp(void **state)
{
    struct seen seen = {0};
    struct peer peer = listen_at(tcp_address, &seen);
    struct tl_sender *sender = start_to(tcp_address);
    uint32_t submitted = 0;

    (void)state;
    for (unsigned round = 0; round < 20; round++) {
        uint64_t acked = 0;
        greet(&peer);
        submit_all(tl_sender_lane(sender, 0), 0, submitted, submitted + 50, 100);
        submitted += 50;
        while (seen.next[0] < submitted) {
            assert_true(peer_read(&peer, 1000));
            acked = peer.decoder.offset;
        }
        /* All of it is read, and any part of it acknowledged; also in the middle of a frame. */
        peer_ack(&peer, acked - round * 117);
        AWAIT(sender, acks, 2 * round + 2);
        peer_hang_up(&peer);
    }
    greet(&peer);
    stop_and_ack(sender, &peer);
    struct tl_sender_statistics all = assert_books(sender, submitted, true);
    assert_int_equal(all.endpoints[0].confirmed, submitted);
    assert_int_equal(all.endpoints[0].sent, submitted);
    assert_int_equal(seen.damaged + seen.jumps, 0);
    assert_int_equal(seen.next[0], submitted);
    /* Exactly what was not acknowledged came again: 117 bytes are two frames begun, … */
    uint64_t again = 0;
    for (unsigned round = 0; round < 20; round++)
        again += (round * 117 + 103) / 104;
    assert_int_equal(seen.again, again);
    assert_int_equal(all.endpoints[0].resent, again);
    free_both(sender, &peer);
}

/* No more is sent than can be kept; what does not fit is dropped and counted, and nothing given up. */
static void no_more_is_sent_than_can_be_sent_again(void **state)
{
    struct seen seen = {0};
    struct peer peer = listen_at(tcp_address, &seen);
    struct tl_sender *sender = start_to(tcp_address);
    struct tl_sender_lane *lane = tl_sender_lane(sender, 0);
    uint8_t buffer[1000];
    uint32_t number = 0;

    (void)state;
    greet(&peer);
    while (tl_sender_submit(lane, numbered(buffer, sizeof(buffer), 0, number)) == TL_OK)
        number++;
    assert_int_equal(number, RING / 1004);
    AWAIT(sender, sent, RING / 1004 * 3 / 4);
    usleep(20000);
    struct tl_sender_statistics all;
    tl_sender_statistics(sender, &all);
    assert_true(all.endpoints[0].sent < RING / 1004 * 3 / 4 + 3); /* a block more */
    assert_int_equal(all.endpoints[0].confirmed, 0);
    assert_true(peer_read_until(&peer, all.endpoints[0].sent));
    peer_ack(&peer, peer.decoder.offset);
    assert_true(peer_read_until(&peer, number));
    peer_hang_up(&peer);
    greet(&peer);
    stop_and_ack(sender, &peer);
    tl_sender_statistics(sender, &all);
    assert_int_equal(all.endpoints[0].unconfirmed, 0);
    assert_int_equal(all.endpoints[0].confirmed, number);
    assert_int_equal(seen.jumps, 0);
    free_both(sender, &peer);
}

/* One that reads and never acknowledges has failed when others are there, also when what is on its way is
 * many stretches of few bytes. */
static void who_acknowledges_nothing_has_failed(void **state)
{
    enum { FRAMES = 800 };
    struct seen seen = {0};
    struct peer peer = listen_at(tcp_address, &seen), other = listen_at(unix_address, &seen);
    struct tl_sender_options options = options_to(tcp_address);
    uint8_t buffer[20];

    (void)state;
    options.endpoints[1].address = unix_address;
    options.mode = TL_SENDER_FAILOVER;
    options.stall_ms = 100;
    struct tl_sender *sender = start_sender(&options);
    greet(&peer);
    struct pollfd wait = {.fd = other.listening, .events = POLLIN};
    for (uint32_t number = 0; number < FRAMES; number++) {
        submit_patiently(tl_sender_lane(sender, 0), numbered(buffer, sizeof(buffer), 0, number));
        poll(&wait, 1, 2); /* a stretch each */
    }
    greet(&other); /* waits for ever if it is not left */
    assert_true(peer_read_until(&other, FRAMES));
    stop_and_ack(sender, &other);
    assert_int_equal(assert_books(sender, FRAMES, false).endpoints[1].confirmed, FRAMES);
    assert_int_equal(seen.next[0], FRAMES);
    assert_int_equal(seen.jumps + seen.damaged, 0);
    tl_sender_free(sender);
    peer_hang_up(&peer);
    peer_close(&peer);
    peer_close(&other);
}

/* What a unix peer has read it has: its acknowledgements come later and change nothing. */
static void over_a_unix_socket_reading_is_enough(void **state)
{
    struct seen seen = {0};
    struct peer peer = listen_at(unix_address, &seen);
    struct tl_sender *sender = start_to(unix_address);

    (void)state;
    greet(&peer);
    for (uint32_t number = 0; number < 1000; number++) {
        uint8_t buffer[500];
        while (tl_sender_lane_room(tl_sender_lane(sender, 0)) < sizeof(buffer))
            peer_read_if_any(&peer);
        submit_patiently(tl_sender_lane(sender, 0), numbered(buffer, sizeof(buffer), 0, number));
    }
    assert_true(peer_read_until(&peer, 1000));
    peer_hang_up(&peer);
    greet(&peer);
    stop_and_ack(sender, &peer);
    assert_int_equal(assert_books(sender, 1000, true).endpoints[0].confirmed, 1000);
    assert_int_equal(seen.again + seen.jumps + seen.damaged, 0);
    free_both(sender, &peer);
}

/* Lies -------------------------------------------------------------------------------------------------- */

/* The peer is left for that, and comes again until the sender stops. */
static void await_break(struct tl_sender *sender, struct peer *peer, enum tl_status status)
{
    struct tl_sender_statistics all;

    AWAIT(sender, breaks, 1);
    tl_sender_statistics(sender, &all);
    assert_int_equal(all.endpoints[0].failure, status);
    peer_hang_up(peer);
    greet(peer);
    stop_and_ack(sender, peer);
}

static void left_after(char *address, uint64_t first, bool is_relative, uint64_t second,
                       enum tl_status status)
{
    struct seen seen = {0};
    struct peer peer = listen_at(address, &seen);
    struct tl_sender *sender = start_to(address);

    peer_greet(&peer);
    submit_all(tl_sender_lane(sender, 0), 0, 0, 10, 100);
    assert_true(peer_read_until(&peer, 10));
    peer_ack(&peer, first);
    peer_ack(&peer, is_relative ? peer.decoder.offset + second : second);
    await_break(sender, &peer, status);
    assert_int_equal(assert_books(sender, 10, true).endpoints[0].confirmed, 10);
    assert_int_equal(seen.jumps + seen.damaged, 0);
    free_both(sender, &peer);
}

static void who_lies_is_left(void **state)
{
    (void)state;
    left_after(tcp_address, 200, true, 1, TL_BAD_ACK); /* what was not sent */
    strcpy(tcp_address, "tcp:127.0.0.1:0");
    left_after(tcp_address, 200, false, 199, TL_BAD_ACK); /* less than before */
    left_after(unix_address, 200, true, 1, TL_BAD_ACK);
    left_after(unix_address, 0, false, UINT64_MAX, TL_BAD_ACK);
}

static void what_is_no_acknowledgement_is_a_fault(void **state)
{
    static const uint8_t cut[] = {0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, TL_CONTROL_ACK};
    struct seen seen = {0};
    struct peer peer = listen_at(unix_address, &seen);
    struct tl_sender *sender = start_to(unix_address);

    (void)state;
    greet(&peer);
    assert_int_equal(send(peer.fd, cut, sizeof(cut), 0), sizeof(cut));
    await_break(sender, &peer, TL_BAD_CONTROL_FIELD);
    free_both(sender, &peer);
}

static void a_flood_of_them_is_read_beside_the_rest(void **state)
{
    struct seen seen = {0};
    struct peer peer = listen_at(tcp_address, &seen);
    struct tl_sender *sender = start_to(tcp_address);

    (void)state;
    greet(&peer);
    for (uint32_t number = 0; number < 200; number++) {
        submit_all(tl_sender_lane(sender, 0), 0, number, number + 1, 100);
        for (unsigned i = 0; i < 100; i++)
            peer_ack(&peer, peer.decoder.offset);
        peer_read_if_any(&peer);
    }
    assert_true(peer_read_until(&peer, 200));
    stop_and_ack(sender, &peer);
    assert_int_equal(assert_books(sender, 200, true).endpoints[0].confirmed, 200);
    assert_int_equal(seen.again + seen.jumps + seen.damaged, 0);
    free_both(sender, &peer);
}

/* Losses ------------------------------------------------------------------------------------------------ */

/* Submits until so many were refused. */
static uint32_t overflow(struct tl_sender *sender, uint32_t number, unsigned refused)
{
    struct tl_sender_lane *lane = tl_sender_lane(sender, 0);
    uint8_t buffer[300];

    while (refused) {
        if (tl_sender_submit(lane, numbered(buffer, sizeof(buffer), 0, number)) == TL_OK)
            number++;
        else
            refused--;
    }
    return number;
}

static void read_until_told(struct peer *peer, unsigned losses)
{
    while (peer->losses < losses)
        assert_true(peer_read(peer, 777));
}

static void what_is_dropped_is_told_until_it_is_known(char *address)
{
    struct seen seen = {0};
    struct peer peer = listen_at(address, &seen);
    struct tl_sender *sender = start_to(address);
    uint8_t large[RING];

    uint32_t number = overflow(sender, 0, 1000);
    memset(large, 0, sizeof(large));
    assert_int_equal(tl_sender_submit(tl_sender_lane(sender, 0), tl_bytes(large, RING)), TL_FRAME_TOO_LONG);
    greet(&peer);
    read_until_told(&peer, 1);
    uint64_t id = peer.loss.sender;
    assert_int_equal(peer.loss.count, 2);
    assert_int_equal(peer_lost(&peer, TL_LOSS_FULL).before, 0);
    assert_int_equal(peer_lost(&peer, TL_LOSS_FULL).total, 1000);
    assert_int_equal(peer_lost(&peer, TL_LOSS_TOO_LONG).total, 1);
    /* Before it has acknowledged that; and before it has read all, so that it is not known. */
    peer_hang_up(&peer);

    number = overflow(sender, number, 500);
    greet(&peer);
    read_until_told(&peer, 2);
    assert_int_equal(peer.loss.sender, id);
    assert_int_equal(peer_lost(&peer, TL_LOSS_FULL).before, 0);
    assert_int_equal(peer_lost(&peer, TL_LOSS_FULL).total, 1500);
    peer_ack(&peer, peer.decoder.offset);
    AWAIT(sender, reported, 1501);

    number = overflow(sender, number, 7);
    read_until_told(&peer, 3);
    assert_int_equal(peer.loss.count, 1);
    assert_int_equal(peer_lost(&peer, TL_LOSS_FULL).before, 1500);
    assert_true(peer_lost(&peer, TL_LOSS_FULL).total <= 1507); /* perhaps in two */
    stop_and_ack(sender, &peer);
    assert_int_equal(peer_lost(&peer, TL_LOSS_FULL).total, 1507);
    struct tl_sender_statistics all;
    tl_sender_statistics(sender, &all);
    assert_int_equal(all.lanes.dropped_full, 1507);
    assert_int_equal(all.endpoints[0].reported, 1508);
    assert_int_equal(all.endpoints[0].confirmed + all.endpoints[0].unconfirmed, number);
    assert_int_equal(seen.next[0], number);
    assert_int_equal(seen.damaged + seen.jumps, 0);
    free_both(sender, &peer);
}

static void losses_are_told_over_a_unix_socket(void **state)
{
    (void)state;
    what_is_dropped_is_told_until_it_is_known(unix_address);
}

static void losses_are_told_over_tcp(void **state)
{
    (void)state;
    what_is_dropped_is_told_until_it_is_known(tcp_address);
}

/* Else, what is dropped all the time over a long path would be told anew before the answer, and none of it
 * ever be known to be known. */
static void one_is_told_after_the_other(void **state)
{
    struct seen seen = {0};
    struct peer peer = listen_at(tcp_address, &seen);
    struct tl_sender *sender = start_to(tcp_address);

    (void)state;
    uint32_t number = overflow(sender, 0, 10);
    greet(&peer);
    read_until_told(&peer, 1);
    assert_int_equal(peer_lost(&peer, TL_LOSS_FULL).total, 10);
    uint64_t end = peer.decoder.offset;
    for (unsigned round = 0; round < 20; round++) {
        number = overflow(sender, number, 10);
        usleep(5000);
        peer_read_if_any(&peer);
    }
    assert_int_equal(peer.losses, 1);
    peer_ack(&peer, end);
    AWAIT(sender, reported, 10);
    read_until_told(&peer, 2);
    assert_int_equal(peer_lost(&peer, TL_LOSS_FULL).before, 10);
    assert_int_equal(peer_lost(&peer, TL_LOSS_FULL).total, 210);
    stop_and_ack(sender, &peer);
    free_both(sender, &peer);
}

/* The oldest ones, too; and what is refused while it stops, as far as there is time. */
static void other_drops_are_told(void **state)
{
    struct seen seen = {0};
    struct peer peer = listen_at(unix_address, &seen);
    struct tl_sender_options options = options_to(unix_address);
    uint8_t buffer[300];

    (void)state;
    options.drop = TL_SENDER_DROP_OLDEST;
    struct tl_sender *sender = start_sender(&options);
    for (uint32_t number = 0; number < 2000; number++)
        submit_patiently(tl_sender_lane(sender, 0), numbered(buffer, sizeof(buffer), 0, number));
    greet(&peer);
    read_until_told(&peer, 1);
    stop_and_ack(sender, &peer);
    struct tl_sender_statistics all;
    tl_sender_statistics(sender, &all);
    assert_true(all.endpoints[0].dropped_oldest > 0);
    assert_int_equal(peer_lost(&peer, TL_LOSS_OLDEST).total, all.endpoints[0].dropped_oldest);
    assert_int_equal(all.endpoints[0].reported, all.endpoints[0].dropped_oldest);
    free_both(sender, &peer);
}

/* Others ------------------------------------------------------------------------------------------------ */

/* One that accepts whatever it is offered, and knows nothing of it, is told nothing, and after a while the
 * kernel's word does. */
static void who_only_repeats_the_offer_is_not_waited_for(void **state)
{
    struct seen seen = {0};
    struct peer peer = listen_at(tcp_address, &seen);
    struct tl_sender_options options = options_to(tcp_address);

    (void)state;
    options.answer_ms = 300;
    struct tl_sender *sender = start_sender(&options);
    peer_greet(&peer);
    uint32_t number = overflow(sender, 0, 100);
    assert_true(peer_read_until(&peer, number));
    AWAIT(sender, confirmed, number);
    assert_int_equal(overflow(sender, number, 0), number);
    submit_all(tl_sender_lane(sender, 0), 0, number, number + 100, 300);
    assert_true(peer_read_until(&peer, number + 100));
    stop_in_order(sender, &peer);
    assert_int_equal(peer.losses, 0);
    assert_int_equal(seen.jumps + seen.again + seen.damaged, 0);
    free_both(sender, &peer);
}

/* One that knows nothing of it gets READY with one content type more, and from then on what it always got. */
static void others_see_one_content_type_more(void **state)
{
    static const char type[] = TL_SENDER_CONTENT_DEFAULT, extended[] = TL_SENDER_CONTENT_DEFAULT TL_EXTENSION;
    struct seen seen = {0};
    struct peer peer = peer_listen(unix_address, &seen);
    struct tl_sender *sender = start_to(unix_address);
    struct tl_control ready = tl_control(TL_CONTROL_READY, tl_bytes_of_text(type)), reply;
    struct tl_control stop = tl_control(TL_CONTROL_STOP, tl_bytes(NULL, 0));
    uint8_t expected[4096], found[4096], frame[100];
    size_t size;

    (void)state;
    submit_all(tl_sender_lane(sender, 0), 0, 0, 3, 100);
    ready.content_types[ready.content_type_count++] = tl_bytes_of_text(extended);
    assert_int_equal(tl_control_encode(&ready, expected, sizeof(expected), &size), TL_OK);
    peer_connect(&peer);
    assert_int_equal(recv(peer.fd, found, size, MSG_WAITALL), size);
    assert_memory_equal(found, expected, size);
    assert_int_equal(tl_receiver_control(&peer.receiver, &ready, &reply), TL_OK);
    peer_say(&peer, reply);
    pthread_t stopping = stop_begin(sender);
    struct tl_builder all = tl_builder(expected, sizeof(expected));
    reply.type = TL_CONTROL_START;
    assert_int_equal(tl_control_encode(&reply, expected, sizeof(expected), &size), TL_OK);
    all.at += size;
    for (uint32_t number = 0; number < 3; number++) {
        tl_builder_put_be32(&all, sizeof(frame));
        tl_builder_put(&all, numbered(frame, sizeof(frame), 0, number));
    }
    assert_int_equal(tl_control_encode(&stop, all.at, 100, &size), TL_OK);
    all.at += size;
    size = tl_builder_size(&all);
    assert_int_equal(recv(peer.fd, found, size, MSG_WAITALL), size);
    assert_memory_equal(found, expected, size);
    peer_say(&peer, tl_control(TL_CONTROL_FINISH, tl_bytes(NULL, 0)));
    assert_int_equal(stop_end(stopping), TL_OK);
    assert_int_equal(recv(peer.fd, found, 1, 0), 0);
    free_both(sender, &peer);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_not_acknowledged_is_sent_again_over_tcp),
        TEST(no_more_is_sent_than_can_be_sent_again),
        TEST(who_acknowledges_nothing_has_failed),
        TEST(over_a_unix_socket_reading_is_enough),
        TEST(who_lies_is_left),
        TEST(what_is_no_acknowledgement_is_a_fault),
        TEST(a_flood_of_them_is_read_beside_the_rest),
        TEST(losses_are_told_over_a_unix_socket),
        TEST(losses_are_told_over_tcp),
        TEST(one_is_told_after_the_other),
        TEST(other_drops_are_told),
        TEST(who_only_repeats_the_offer_is_not_waited_for),
        TEST(others_see_one_content_type_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
