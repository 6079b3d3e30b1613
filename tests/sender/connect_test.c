/* The sender and hosts that are slow to be found or never answer: one of them holds up nobody else. */
#include "sender/addresses.h"

#include "proof/resolver.h"
#include "proof/stuck.h"

#include <stdio.h>

static char name_address[64];

static int set_up_names(void **state)
{
    resolver_reset();
    return set_up(state);
}

static int tear_down_names(void **state)
{
    resolver_hold(false);
    return tear_down(state);
}

static void find_by_name(void)
{
    snprintf(name_address, sizeof(name_address), "tcp:collector.example:%s", strrchr(tcp_address, ':') + 1);
}

static struct tl_sender_endpoint_statistics endpoint_of(struct tl_sender *sender, size_t index)
{
    struct tl_sender_statistics all;

    tl_sender_statistics(sender, &all);
    return all.endpoints[index];
}

/* Of two endpoints the first is not to be had; the other gets everything, and the end is in order. */
static void send_beside(const char *address)
{
    struct seen seen = {0};
    struct peer peer = peer_listen(unix_address, &seen);
    struct tl_sender_options options = {.endpoints = {{.address = address}, {.address = unix_address}},
                                        .lanes = 1,
                                        .answer_ms = 60000,
                                        .close_ms = 1000};
    struct tl_sender *sender = start_sender(&options);

    submit_all(tl_sender_lane(sender, 0), 0, 0, 100, 200);
    peer_greet(&peer);
    assert_true(peer_read_until(&peer, 100));
    assert_int_equal(endpoint_of(sender, 0).link, TL_SENDER_LINK_CONNECTING);
    stop_in_order(sender, &peer);
    struct tl_sender_statistics all = assert_books(sender, 100, true);
    assert_int_equal(all.endpoints[0].dropped_at_close, 100);
    assert_int_equal(all.endpoints[1].sent, 100);
    tl_sender_free(sender);
    peer_close(&peer);
}

static void a_name_that_is_not_answered_holds_nobody_up(void **state)
{
    (void)state;
    resolver_hold(true);
    send_beside("tcp:collector.example:6000");
    assert_int_equal(resolver_asked(), 1);
}

static void a_host_that_does_not_answer_holds_nobody_up(void **state)
{
    struct stuck stuck = stuck_new();
    char address[64];

    (void)state;
    snprintf(address, sizeof(address), "tcp:127.0.0.1:%u", stuck.port);
    send_beside(address);
    stuck_free(&stuck);
}

/* It is asked for once, and not given up, however many attempts that takes. */
static void a_name_that_takes_longer_than_an_attempt_is_found(void **state)
{
    struct seen seen = {0};
    struct peer peer = peer_listen(tcp_address, &seen);

    (void)state;
    find_by_name();
    struct tl_sender_options options = {
        .endpoints = {{.address = name_address}}, .lanes = 1, .retry_ms = 20, .answer_ms = 200};
    resolver_hold(true);
    struct tl_sender *sender = start_sender(&options);
    submit_all(tl_sender_lane(sender, 0), 0, 0, 100, 200);
    while (endpoint_of(sender, 0).failures < 2)
        usleep(1000);
    assert_int_equal(endpoint_of(sender, 0).failure, TL_TIME_UP);
    assert_int_equal(endpoint_of(sender, 0).failed_in, TL_SENDER_LINK_CONNECTING);
    assert_int_equal(resolver_asked(), 1);
    resolver_hold(false);
    peer_greet(&peer);
    assert_true(peer_read_until(&peer, 100));
    stop_in_order(sender, &peer);
    assert_int_equal(assert_books(sender, 100, true).endpoints[0].sent, 100);
    tl_sender_free(sender);
    peer_close(&peer);
}

static void a_name_that_is_unknown_is_asked_for_again(void **state)
{
    struct seen seen = {0};
    struct peer peer = peer_listen(tcp_address, &seen);

    (void)state;
    find_by_name();
    struct tl_sender_options options = {.endpoints = {{.address = name_address}}, .lanes = 1, .retry_ms = 20};
    resolver_fail(EAI_NONAME);
    struct tl_sender *sender = start_sender(&options);
    while (endpoint_of(sender, 0).failures < 3)
        usleep(1000);
    assert_int_equal(endpoint_of(sender, 0).failure, TL_BAD_TEXT);
    resolver_fail(0);
    peer_greet(&peer);
    stop_in_order(sender, &peer);
    tl_sender_free(sender);
    peer_close(&peer);
}

/* Whatever a look-up that is not done needs is given back when it gets on. */
static void a_sender_may_be_freed_meanwhile(void **state)
{
    struct tl_sender_options options = {
        .endpoints = {{.address = "tcp:collector.example:6000"}}, .lanes = 1, .close_ms = 10};

    (void)state;
    resolver_hold(true);
    struct tl_sender *sender = start_sender(&options);
    resolver_await_asked(1);
    tl_sender_free(sender);
    resolver_hold(false);
    resolver_await_answered(1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up_names, tear_down_names)
    const struct CMUnitTest tests[] = {
        TEST(a_name_that_is_not_answered_holds_nobody_up),
        TEST(a_host_that_does_not_answer_holds_nobody_up),
        TEST(a_name_that_takes_longer_than_an_attempt_is_found),
        TEST(a_name_that_is_unknown_is_asked_for_again),
        TEST(a_sender_may_be_freed_meanwhile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
