/* When a route connects again: its steps are taken one by one, with a clock of the test's own. */
#include "sender/peer.h"

#include "sender/drive.h"
#include "sender/watch.h"

#include <errno.h>

#define MS 1000000u

static struct test_folder folder;
static char addresses[2][200];

static int set_up(void **state)
{
    (void)state;
    watchdog();
    folder = test_folder_new();
    for (int i = 0; i < 2; i++)
        snprintf(addresses[i], sizeof(addresses[i]), "unix:%s/sock%d", folder.path, i);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    test_folder_free(&folder);
    return 0;
}

static struct tl_sender *sender_to(size_t count, enum tl_sender_mode mode)
{
    struct tl_sender_options options = {.mode = mode, .retry_ms = 100};
    struct tl_sender *sender;

    for (size_t i = 0; i < count; i++)
        options.endpoints[i].address = addresses[i];
    assert_int_equal(tl_sender_new(&options, &sender), TL_OK);
    return sender;
}

static void attempts_come_later_and_later(void **state)
{
    static const uint64_t delays[] = {10, 20, 40, 80, 100, 100, 100};
    struct tl_sender *sender = sender_to(1, TL_SENDER_COPY);
    struct route *route = &sender->routes[0];
    uint64_t now = 5000000000u;

    (void)state;
    for (size_t i = 0; i < sizeof(delays) / sizeof(*delays); i++) {
        drive(route, 0, now);
        assert_int_equal(route->endpoints[0].counts.failures, i + 1);
        assert_int_equal(route->retry_at, now + delays[i] * MS);
        assert_int_equal(drive_due(route, now), route->retry_at);
        drive(route, 0, route->retry_at - 1); /* too early */
        assert_int_equal(route->endpoints[0].counts.failures, i + 1);
        now = route->retry_at;
    }
    tl_sender_free(sender);
}

static void one_comes_at_once_when_the_socket_appears(void **state)
{
    struct seen seen = {0};
    struct tl_sender *sender = sender_to(1, TL_SENDER_COPY);
    struct route *route = &sender->routes[0];
    uint64_t now = 5000000000u;

    (void)state;
    for (int i = 0; i < 5; i++) {
        drive(route, 0, now);
        now = route->retry_at;
    }
    test_folder_put(&folder, "another", "");
    watch_read(sender, now - 50 * MS);
    assert_int_equal(route->retry_at, now);
    struct peer peer = peer_listen(addresses[0], &seen);
    watch_read(sender, now - 50 * MS);
    assert_int_equal(route->retry_at, now - 50 * MS);
    drive(route, 0, now - 50 * MS);
    assert_int_equal(route->link.state, TL_SENDER_LINK_GREETING);
    assert_int_equal(route->endpoints[0].watch, -1);
    tl_sender_free(sender);
    peer_close(&peer);
}

static void all_endpoints_are_tried_before_there_is_a_pause(void **state)
{
    struct tl_sender *sender = sender_to(2, TL_SENDER_FAILOVER);
    struct route *route = &sender->routes[0];
    uint64_t now = 5000000000u;

    (void)state;
    assert_int_equal(sender->route_count, 1);
    for (uint64_t round = 1; round <= 3; round++) {
        drive(route, 0, now);
        assert_int_equal(route->current, 1);
        assert_int_equal(route->retry_at, now);
        drive(route, 0, now);
        assert_int_equal(route->current, 0);
        assert_int_equal(route->retry_at, now + (10u << (round - 1)) * MS);
        assert_int_equal(route->endpoints[0].counts.failures, round);
        assert_int_equal(route->endpoints[1].counts.failures, round);
        now = route->retry_at;
    }
    tl_sender_free(sender);
}

static void a_folder_that_is_not_there_is_not_watched(void **state)
{
    strcpy(addresses[0], "unix:/nowhere/at/all");
    struct tl_sender *sender = sender_to(1, TL_SENDER_COPY);
    struct route *route = &sender->routes[0];

    (void)state;
    drive(route, 0, 5000000000u);
    assert_int_equal(route->endpoints[0].watch, -1);
    assert_int_equal(route->endpoints[0].counts.error, ENOENT);
    watch_read(sender, 1);
    tl_sender_free(sender);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(attempts_come_later_and_later),
        TEST(one_comes_at_once_when_the_socket_appears),
        TEST(all_endpoints_are_tried_before_there_is_a_pause),
        TEST(a_folder_that_is_not_there_is_not_watched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
