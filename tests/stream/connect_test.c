/* Connecting without waiting: to those who are there, who are not, and who do not say. */
#include "proof/endpoint.h"
#include "proof/stuck.h"
#include "proof/work_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

static const struct tl_endpoint *tcp(void)
{
    static struct tl_endpoint endpoint;

    endpoint = endpoint_of("tcp:127.0.0.1:1");
    return &endpoint;
}

static int listen_on(const char *text)
{
    struct tl_endpoint endpoint = endpoint_of(text);
    size_t count;
    int fd;

    assert_int_equal(tl_endpoint_listen(&endpoint, NULL, &fd, 1, &count), TL_OK);
    return fd;
}

static unsigned port_of(int fd)
{
    struct sockaddr_in address;
    socklen_t size = sizeof(address);

    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    return ntohs(address.sin_port);
}

static void add(struct tl_addresses *addresses, unsigned port)
{
    addresses->list[addresses->count++].four = (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

/* A port at which nobody is. */
static unsigned deserted(void)
{
    int fd = listen_on("tcp:127.0.0.1:0");
    unsigned port = port_of(fd);

    close(fd);
    return port;
}

/* Until it is decided. */
static enum tl_status follow(struct tl_addresses *addresses, enum tl_status status, int *fd)
{
    while (status == TL_MORE) {
        poll(&(struct pollfd){.fd = *fd, .events = POLLOUT}, 1, -1);
        status = tl_connect_next(addresses, false, fd);
    }
    return status;
}

static void assert_connected(int listening, int fd)
{
    char byte = 0;
    int server = accept(listening, NULL, NULL);

    assert_true(server >= 0);
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
    assert_int_equal(write(fd, "x", 1), 1);
    assert_int_equal(recv(server, &byte, 1, MSG_WAITALL), 1);
    close(server);
    close(fd);
}

static void a_unix_socket_is_connected_at_once(void **state)
{
    struct tl_endpoint endpoint = endpoint_of("unix:there"), missing = endpoint_of("unix:missing");
    int listening = listen_on("unix:there"), fd = -1;

    (void)state;
    assert_int_equal(tl_connect_begin(&endpoint, NULL, &fd), TL_OK);
    assert_connected(listening, fd);
    fd = -1;
    assert_int_equal(tl_connect_begin(&missing, NULL, &fd), TL_SYSTEM);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(fd, -1);
    close(listening);
}

static void a_unix_socket_whose_queue_is_full_is_not_waited_for(void **state)
{
    struct tl_endpoint endpoint = endpoint_of("unix:full");
    int listening = listen_on("unix:full"), fds[8], count = 0;

    (void)state;
    assert_int_equal(listen(listening, 0), 0);
    while (count < 8 && tl_connect_begin(&endpoint, NULL, &fds[count]) == TL_OK)
        count++;
    assert_in_range(count, 1, 7);
    assert_int_equal(errno, EAGAIN);
    while (count)
        close(fds[--count]);
    close(listening);
}

static void the_first_address_that_answers_is_taken(void **state)
{
    int listening = listen_on("tcp:127.0.0.1:0"), fd = -1;
    struct tl_addresses addresses = {0};

    (void)state;
    add(&addresses, deserted());
    add(&addresses, port_of(listening));
    add(&addresses, deserted());
    assert_int_equal(follow(&addresses, tl_connect_begin(tcp(), &addresses, &fd), &fd), TL_OK);
    assert_int_equal(addresses.tried, 2);
    assert_connected(listening, fd);
    close(listening);
}

static void where_nobody_is_the_last_reason_is_said(void **state)
{
    struct tl_addresses addresses = {0};
    int fd = -1;

    (void)state;
    add(&addresses, deserted());
    add(&addresses, deserted());
    assert_int_equal(follow(&addresses, tl_connect_begin(tcp(), &addresses, &fd), &fd), TL_SYSTEM);
    assert_int_equal(errno, ECONNREFUSED);
    assert_int_equal(fd, -1);
}

/* A connect(2) that waits would do so for two minutes. */
static void who_does_not_answer_is_not_waited_for(void **state)
{
    struct stuck stuck = stuck_new();
    struct tl_addresses addresses = {0};
    int fd = -1;

    (void)state;
    add(&addresses, stuck.port);
    assert_int_equal(tl_connect_begin(tcp(), &addresses, &fd), TL_MORE);
    for (int i = 0; i < 3; i++) {
        int before = fd;
        assert_int_equal(tl_connect_next(&addresses, false, &fd), TL_MORE);
        assert_int_equal(fd, before);
    }
    assert_int_equal(tl_connect_next(&addresses, true, &fd), TL_TIME_UP);
    assert_int_equal(fd, -1);
    stuck_free(&stuck);
}

static void behind_one_that_does_not_answer_comes_the_next(void **state)
{
    struct stuck stuck = stuck_new();
    int listening = listen_on("tcp:127.0.0.1:0"), fd = -1;
    struct tl_addresses addresses = {0};

    (void)state;
    add(&addresses, stuck.port);
    add(&addresses, port_of(listening));
    assert_int_equal(tl_connect_begin(tcp(), &addresses, &fd), TL_MORE);
    assert_int_equal(tl_connect_due(&addresses, 100, 200), 150);
    enum tl_status status = tl_connect_next(&addresses, true, &fd);
    assert_int_equal(tl_connect_due(&addresses, 150, 200), 200);
    assert_int_equal(follow(&addresses, status, &fd), TL_OK);
    assert_connected(listening, fd);
    close(listening);
    stuck_free(&stuck);
}

static void every_address_has_its_share_of_the_time(void **state)
{
    struct tl_addresses addresses = {.count = 4, .tried = 1};
    uint64_t now = 1000;

    (void)state;
    for (; addresses.tried <= addresses.count; addresses.tried++) {
        uint64_t due = tl_connect_due(&addresses, now, 2000);
        assert_int_equal(due - now, 250);
        now = due;
    }
    addresses.tried = 1;
    assert_int_equal(tl_connect_due(&addresses, 3000, 2000), 3000);
}

static void what_cannot_be_connected_is_refused(void **state)
{
    struct tl_endpoint file = endpoint_of("file:x");
    struct tl_addresses none = {0};
    int fd = -7;

    (void)state;
    assert_int_equal(tl_connect_begin(&file, NULL, &fd), TL_BAD_ARGUMENT);
    assert_int_equal(tl_connect_begin(tcp(), &none, &fd), TL_BAD_ARGUMENT);
    assert_int_equal(fd, -7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_unix_socket_is_connected_at_once),
        cmocka_unit_test(a_unix_socket_whose_queue_is_full_is_not_waited_for),
        cmocka_unit_test(the_first_address_that_answers_is_taken),
        cmocka_unit_test(where_nobody_is_the_last_reason_is_said),
        cmocka_unit_test(who_does_not_answer_is_not_waited_for),
        cmocka_unit_test(behind_one_that_does_not_answer_comes_the_next),
        cmocka_unit_test(every_address_has_its_share_of_the_time),
        cmocka_unit_test(what_cannot_be_connected_is_refused),
    };
    return cmocka_run_group_tests(tests, work_folder_enter, work_folder_leave);
}
