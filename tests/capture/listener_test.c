/* Listening sockets: named as they are really bound, read to the end of their queue after a stop, and never
 * at the cost of somebody else's path. */
#include "proof/test.h"
#include "proof/work_folder.h"

#include "capture/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const struct tl_listen_options as_it_is = {-1, -1, -1};
static struct listener listeners[LISTENER_SOCKETS_MAX];

static int try_to_open(const char *text, size_t *count, const char **ret_why)
{
    struct tl_endpoint endpoint;

    assert_int_equal(tl_endpoint_parse(text, &endpoint), TL_OK);
    return listener_open(&endpoint, &as_it_is, listeners, count, ret_why);
}

static struct listener *open_one(const char *text)
{
    size_t count = 0;
    const char *why;

    assert_int_equal(try_to_open(text, &count, &why), 0);
    assert_int_equal(count, 1);
    return &listeners[0];
}

/* A connected socket, or -1. */
static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    strcpy(address.sun_path, path);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    close(fd);
    return -1;
}

static void test_unix(void **state)
{
    struct listener *listener = open_one("unix:socket");
    char byte;

    (void)state;
    assert_true(listener->is_unix);
    assert_string_equal(listener->name, "unix:socket");
    int peer = connect_to("socket");
    assert_true(peer >= 0);
    assert_int_equal(write(peer, "x", 1), 1);
    listener_stop(listener);
    assert_int_not_equal(access("socket", F_OK), 0);
    assert_int_equal(connect_to("socket"), -1);
    int fd = accept(listener->fd, NULL, NULL); /* who came before is served */
    assert_int_equal(read(fd, &byte, 1), 1);
    listener_close(listener);
    assert_int_equal(listener->fd, -1);
    listener_close(listener); /* once more: nothing */
    close(fd);
    close(peer);
}

/* A successor has bound the path meanwhile. */
static void test_successor(void **state)
{
    struct listener *listener = open_one("unix:socket");
    struct listener ours = *listener;

    (void)state;
    assert_int_equal(rename("socket", "elsewhere"), 0);
    struct listener *successor = open_one("unix:socket");
    listener_stop(&ours);
    listener_close(&ours);
    assert_int_equal(access("socket", F_OK), 0);
    int peer = connect_to("socket");
    assert_true(peer >= 0);
    close(peer);
    listener_close(successor);
    assert_int_not_equal(access("socket", F_OK), 0);
}

static void test_tcp(void **state)
{
    struct listener *listener = open_one("tcp:127.0.0.1:0");
    struct sockaddr_in bound;
    socklen_t size = sizeof(bound);
    char name[64];

    (void)state;
    assert_false(listener->is_unix);
    assert_int_equal(getsockname(listener->fd, (struct sockaddr *)&bound, &size), 0);
    snprintf(name, sizeof(name), "tcp:127.0.0.1:%u", ntohs(bound.sin_port));
    assert_string_equal(listener->name, name);
    listener_stop(listener); /* it stays open, for what waits in it */
    assert_true(listener->fd >= 0);
    listener_close(listener);
}

static void test_trouble(void **state)
{
    size_t count = 0;
    const char *why = NULL;

    (void)state;
    assert_int_equal(try_to_open("unix:no/such/folder/socket", &count, &why), -1);
    assert_non_null(strstr(why, "folder"));
    assert_int_equal(count, 0);
    count = LISTENER_SOCKETS_MAX;
    assert_int_equal(try_to_open("unix:socket", &count, &why), -1);
    assert_string_equal(why, "too many listening sockets");
    assert_int_equal(count, LISTENER_SOCKETS_MAX);
    assert_int_not_equal(access("socket", F_OK), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unix),
        cmocka_unit_test(test_successor),
        cmocka_unit_test(test_tcp),
        cmocka_unit_test(test_trouble),
    };

    return cmocka_run_group_tests(tests, work_folder_enter, work_folder_leave);
}
