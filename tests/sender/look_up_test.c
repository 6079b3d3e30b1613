/* Names looked up in a thread, with a resolver that a test holds in its hand. */
#include "proof/endpoint.h"
#include "proof/resolver.h"

#include <tapline/sender.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

static void in_a_thread_nobody_waits(void **state)
{
    struct tl_endpoint endpoint = endpoint_of("tcp:collector.example:6000");
    struct tl_addresses addresses = {.count = 77};
    struct tl_look_up *look_up;

    (void)state;
    resolver_hold(true);
    assert_int_equal(tl_look_up_start(&endpoint, &look_up), TL_OK);
    struct pollfd look = {.fd = tl_look_up_fd(look_up), .events = POLLIN};
    resolver_await_asked(1);
    assert_int_equal(tl_look_up_result(look_up, &addresses), TL_MORE);
    assert_int_equal(poll(&look, 1, 0), 0);
    assert_int_equal(addresses.count, 77);
    resolver_hold(false);
    assert_int_equal(poll(&look, 1, -1), 1);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(tl_look_up_result(look_up, &addresses), TL_OK);
        assert_loopback(&addresses, 6000);
    }
    tl_look_up_free(look_up);
    tl_look_up_free(NULL);
}

static void a_failure_in_a_thread_is_said(void **state)
{
    struct tl_endpoint endpoint = endpoint_of("tcp:nobody.example:6000");
    struct tl_addresses addresses = {.count = 77};
    struct tl_look_up *look_up;

    (void)state;
    resolver_fail(EAI_NONAME);
    assert_int_equal(tl_look_up_start(&endpoint, &look_up), TL_OK);
    struct pollfd look = {.fd = tl_look_up_fd(look_up), .events = POLLIN};
    assert_int_equal(poll(&look, 1, -1), 1);
    assert_int_equal(tl_look_up_result(look_up, &addresses), TL_BAD_TEXT);
    assert_int_equal(addresses.count, 77);
    tl_look_up_free(look_up);
}

/* Its descriptor is closed by the thread, when that gets on. */
static void one_that_is_not_done_is_left_to_itself(void **state)
{
    struct tl_endpoint endpoint = endpoint_of("tcp:collector.example:6000");
    struct tl_look_up *look_up;

    (void)state;
    resolver_hold(true);
    assert_int_equal(tl_look_up_start(&endpoint, &look_up), TL_OK);
    int fd = tl_look_up_fd(look_up);
    resolver_await_asked(1);
    tl_look_up_free(look_up);
    assert_int_not_equal(fcntl(fd, F_GETFD), -1);
    resolver_hold(false);
    while (fcntl(fd, F_GETFD) != -1)
        usleep(1000);
}

/* Where there is no thread that could get on. */
static void a_child_gives_back_its_copy(void **state)
{
    struct tl_endpoint endpoint = endpoint_of("tcp:collector.example:6000");
    struct tl_addresses addresses;
    struct tl_look_up *look_up;
    int result;

    (void)state;
    resolver_hold(true);
    assert_int_equal(tl_look_up_start(&endpoint, &look_up), TL_OK);
    int fd = tl_look_up_fd(look_up);
    resolver_await_asked(1);
    pid_t child = fork();
    if (child == 0) {
        tl_look_up_free(look_up);
        _exit(fcntl(fd, F_GETFD) == -1 ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_int_equal(result, 0);
    resolver_hold(false);
    assert_int_equal(poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, -1), 1);
    assert_int_equal(tl_look_up_result(look_up, &addresses), TL_OK);
    tl_look_up_free(look_up);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(in_a_thread_nobody_waits, resolver_set_up),
        cmocka_unit_test_setup(a_failure_in_a_thread_is_said, resolver_set_up),
        cmocka_unit_test_setup(one_that_is_not_done_is_left_to_itself, resolver_set_up),
        cmocka_unit_test_setup(a_child_gives_back_its_copy, resolver_set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
