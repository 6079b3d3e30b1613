/* Addresses of hosts, with a resolver that a test holds in its hand. */
#include "proof/endpoint.h"
#include "proof/resolver.h"

static void a_number_is_known_at_once(void **state)
{
    struct tl_endpoint four = endpoint_of("tcp:127.0.0.1:6000"), six = endpoint_of("tcp:[::1]:53");
    struct tl_addresses addresses;

    (void)state;
    assert_int_equal(tl_endpoint_look_up(&four, false, &addresses), TL_OK);
    assert_loopback(&addresses, 6000);
    assert_int_equal(tl_endpoint_look_up(&six, true, &addresses), TL_OK);
    assert_int_equal(addresses.count, 1);
    assert_int_equal(addresses.list[0].six.sin6_family, AF_INET6);
    assert_int_equal(ntohs(addresses.list[0].six.sin6_port), 53);
    assert_int_equal(resolver_asked(), 0);
}

static void a_name_is_asked_for_if_that_is_wished(void **state)
{
    struct tl_endpoint endpoint = endpoint_of("tcp:collector.example:6000");
    struct tl_addresses addresses = {.count = 77};

    (void)state;
    assert_int_equal(tl_endpoint_look_up(&endpoint, false, &addresses), TL_BAD_TEXT);
    assert_int_equal(resolver_asked(), 0);
    assert_int_equal(addresses.count, 77);
    assert_int_equal(tl_endpoint_look_up(&endpoint, true, &addresses), TL_OK);
    assert_loopback(&addresses, 6000);
    assert_int_equal(resolver_asked(), 1);
}

static void what_is_not_to_be_had_is_said(void **state)
{
    struct tl_endpoint name = endpoint_of("tcp:nobody.example:6000");
    struct tl_endpoint local = endpoint_of("unix:socket");
    struct tl_addresses addresses = {.count = 77};

    (void)state;
    resolver_fail(EAI_AGAIN);
    assert_int_equal(tl_endpoint_look_up(&name, true, &addresses), TL_BAD_TEXT);
    resolver_fail(EAI_SYSTEM);
    assert_int_equal(tl_endpoint_look_up(&name, true, &addresses), TL_SYSTEM);
    assert_int_equal(tl_endpoint_look_up(&local, true, &addresses), TL_BAD_ARGUMENT);
    assert_int_equal(addresses.count, 77);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_number_is_known_at_once, resolver_set_up),
        cmocka_unit_test_setup(a_name_is_asked_for_if_that_is_wished, resolver_set_up),
        cmocka_unit_test_setup(what_is_not_to_be_had_is_said, resolver_set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
