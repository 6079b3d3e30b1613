/* One look-up for all that lead to the same place, with a resolver that a test holds in its hand. */
#include "send/look_up.h"

#include "proof/endpoint.h"
#include "proof/resolver.h"

#include <poll.h>

/* Until there is an answer. */
static enum tl_status follow(struct look_up *look_up, const struct tl_endpoint *endpoint, uint64_t now_ms,
                             struct tl_addresses *addresses)
{
    enum tl_status status;

    while ((status = look_up_addresses(look_up, endpoint, now_ms, addresses)) == TL_MORE)
        poll(&(struct pollfd){.fd = look_up_fd(look_up), .events = POLLIN}, 1, -1);
    return status;
}

static void a_number_needs_nobody(void **state)
{
    struct tl_endpoint endpoint = endpoint_of("tcp:127.0.0.1:6000");
    struct look_up look_up = {0};
    struct tl_addresses addresses;

    (void)state;
    assert_int_equal(look_up_addresses(&look_up, &endpoint, 0, &addresses), TL_OK);
    assert_int_equal(addresses.count, 1);
    assert_int_equal(look_up_fd(&look_up), -1);
    assert_int_equal(resolver_asked(), 0);
    look_up_done(&look_up);
}

static void an_answer_holds_for_a_while(void **state)
{
    struct tl_endpoint endpoint = endpoint_of("tcp:collector.example:6000");
    struct look_up look_up = {0};
    struct tl_addresses addresses;

    (void)state;
    assert_int_equal(follow(&look_up, &endpoint, 100, &addresses), TL_OK);
    assert_int_equal(look_up_fd(&look_up), -1);
    assert_int_equal(look_up_addresses(&look_up, &endpoint, 99 + LOOK_UP_GOOD_MS, &addresses), TL_OK);
    assert_int_equal(resolver_asked(), 1);
    assert_int_equal(follow(&look_up, &endpoint, 100 + LOOK_UP_GOOD_MS, &addresses), TL_OK);
    assert_int_equal(resolver_asked(), 2);
    look_up_done(&look_up);
}

static void the_lack_of_one_holds_for_less(void **state)
{
    struct tl_endpoint endpoint = endpoint_of("tcp:nobody.example:6000");
    struct look_up look_up = {0};
    struct tl_addresses addresses = {.count = 77};

    (void)state;
    resolver_fail(EAI_NONAME);
    assert_int_equal(follow(&look_up, &endpoint, 100, &addresses), TL_BAD_TEXT);
    assert_int_equal(look_up_addresses(&look_up, &endpoint, 99 + LOOK_UP_BAD_MS, &addresses), TL_BAD_TEXT);
    assert_int_equal(resolver_asked(), 1);
    assert_int_equal(addresses.count, 77);
    resolver_fail(0);
    assert_int_equal(follow(&look_up, &endpoint, 100 + LOOK_UP_BAD_MS, &addresses), TL_OK);
    look_up_done(&look_up);
}

static void who_asks_meanwhile_waits_for_the_same(void **state)
{
    struct tl_endpoint endpoint = endpoint_of("tcp:collector.example:6000");
    struct look_up look_up = {0};
    struct tl_addresses addresses;

    (void)state;
    resolver_hold(true);
    for (uint64_t now_ms = 0; now_ms < 100000; now_ms += 10000)
        assert_int_equal(look_up_addresses(&look_up, &endpoint, now_ms, &addresses), TL_MORE);
    resolver_await_asked(1);
    resolver_hold(false);
    assert_int_equal(follow(&look_up, &endpoint, 100000, &addresses), TL_OK);
    assert_int_equal(resolver_asked(), 1);
    look_up_done(&look_up);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_number_needs_nobody, resolver_set_up),
        cmocka_unit_test_setup(an_answer_holds_for_a_while, resolver_set_up),
        cmocka_unit_test_setup(the_lack_of_one_holds_for_less, resolver_set_up),
        cmocka_unit_test_setup(who_asks_meanwhile_waits_for_the_same, resolver_set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
