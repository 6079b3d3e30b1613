/* Sockets and files opened from endpoints, in a private folder. The test is linked so that connect comes
 * through here, to be interrupted. */
#include "proof/endpoint.h"
#include "proof/guarded.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

int __real_connect(int fd, const struct sockaddr *address, socklen_t size);
int __wrap_connect(int fd, const struct sockaddr *address, socklen_t size);

#define NOBODY 65534

static int interruptions; /* of the next calls of connect */

int __wrap_connect(int fd, const struct sockaddr *address, socklen_t size)
{
    if (interruptions > 0) {
        interruptions--;
        errno = EINTR;
        return -1;
    }
    return __real_connect(fd, address, size);
}

static char folder[64];

/* The tests use relative paths, so that no name is too long for a socket. */
static int enter_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/tapline-open-XXXXXX");
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int leave_folder(void **state)
{
    struct dirent *entry;
    DIR *open = opendir(".");

    (void)state;
    while (open && (entry = readdir(open))) {
        if (entry->d_name[0] != '.' && unlink(entry->d_name) != 0)
            rmdir(entry->d_name);
    }
    closedir(open);
    return chdir("/") == 0 ? rmdir(folder) : -1;
}

static int count_fds(void)
{
    int count = 0;

    for (int fd = 0; fd < 256; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static int listen_on(const char *text, const struct tl_listen_options *options)
{
    struct tl_endpoint endpoint = endpoint_of(text);
    size_t count = 0;
    int fd = -1;

    assert_int_equal(tl_endpoint_listen(&endpoint, options, &fd, 1, &count), TL_OK);
    assert_int_equal(count, 1);
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
    return fd;
}

static int open_to(const char *text)
{
    struct tl_endpoint endpoint = endpoint_of(text);
    int fd = -1;

    assert_int_equal(tl_endpoint_open(&endpoint, &fd), TL_OK);
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    assert_false(fcntl(fd, F_GETFL) & O_NONBLOCK);
    return fd;
}

/* Listening fails with this errno, changes nothing and leaves no descriptor open. */
static void assert_no_listening(const char *text, int expected_error)
{
    struct tl_endpoint endpoint = endpoint_of(text);
    int before = count_fds(), fds[2] = {-7, -7};
    size_t count = 77;

    assert_int_equal(tl_endpoint_listen(&endpoint, NULL, fds, 2, &count), TL_SYSTEM);
    assert_int_equal(errno, expected_error);
    assert_in_set((uintmax_t)fds[0], ((const uintmax_t[]){(uintmax_t)-7, (uintmax_t)-1}), 2);
    assert_int_equal(count, 77);
    assert_int_equal(count_fds(), before);
}

static void assert_no_opening(const char *text, enum tl_status expected, int expected_error)
{
    struct tl_endpoint endpoint = endpoint_of(text);
    int before = count_fds(), fd = -7;

    assert_int_equal(tl_endpoint_open(&endpoint, &fd), expected);
    if (expected == TL_SYSTEM)
        assert_int_equal(errno, expected_error);
    assert_int_equal(fd, -7);
    assert_int_equal(count_fds(), before);
}

static void make_file(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, "kept", 4), 4);
    close(fd);
}

/* A socket of `type` bound to a path; the descriptor, on which nobody listens. */
static int bind_unix(const char *path, int type)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, type, 0);

    strcpy(address.sun_path, path);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

/* Something sent from one end arrives at the other. Closes all three. */
static void assert_connected(int listening, int client)
{
    char c = '?';
    int server = accept(listening, NULL, NULL);

    assert_true(server >= 0);
    assert_int_equal(write(client, "!", 1), 1);
    assert_int_equal(read(server, &c, 1), 1);
    assert_int_equal(c, '!');
    close(server);
    close(client);
    close(listening);
}

static void a_unix_socket_is_made_and_connected(void **state)
{
    (void)state;
    int listening = listen_on("unix:fresh", NULL);

    assert_connected(listening, open_to("unix:fresh"));
}

static void a_stale_socket_is_replaced(void **state)
{
    (void)state;
    close(bind_unix("stale", SOCK_STREAM));
    assert_no_opening("unix:stale", TL_SYSTEM, ECONNREFUSED);
    int listening = listen_on("unix:stale", NULL);
    assert_connected(listening, open_to("unix:stale"));
}

static void a_socket_in_use_stays(void **state)
{
    (void)state;
    int listening = listen_on("unix:used", NULL);

    assert_no_listening("unix:used", EADDRINUSE);
    close(accept(listening, NULL, NULL)); /* the attempt looked whether somebody is there */
    assert_connected(listening, open_to("unix:used"));
}

/* Whoever is too busy to accept is there all the same: no waiting, and no removing. */
static void a_socket_whose_queue_is_full_is_in_use(void **state)
{
    (void)state;
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "busy"};
    int listening = bind_unix("busy", SOCK_STREAM), clients[8];
    size_t count = 0;

    assert_int_equal(listen(listening, 0), 0);
    do
        clients[count] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    while (connect(clients[count++], (struct sockaddr *)&address, sizeof(address)) == 0 && count < 8);
    assert_int_equal(errno, EAGAIN);
    assert_no_listening("unix:busy", EADDRINUSE);
    assert_int_equal(access("busy", F_OK), 0);
    while (count)
        close(clients[--count]);
    close(listening);
}

static void a_datagram_socket_is_in_use(void **state)
{
    (void)state;
    int fd = bind_unix("datagram", SOCK_DGRAM);

    assert_no_listening("unix:datagram", EADDRINUSE);
    assert_int_equal(access("datagram", F_OK), 0);
    close(fd);
}

static void what_is_no_socket_is_never_removed(void **state)
{
    (void)state;
    char content[5] = "";
    struct stat found;

    make_file("file");
    assert_int_equal(symlink("file", "link"), 0);
    assert_int_equal(symlink("nowhere", "dangling"), 0);
    close(bind_unix("target", SOCK_STREAM));
    assert_int_equal(symlink("target", "link-to-socket"), 0);
    assert_int_equal(mkdir("folder", 0700), 0);
    assert_int_equal(mkfifo("fifo", 0600), 0);
    static const char *const names[] = {"file", "link", "dangling", "link-to-socket", "folder", "fifo"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char text[32];
        snprintf(text, sizeof(text), "unix:%s", names[i]);
        assert_no_listening(text, EEXIST);
        assert_int_equal(lstat(names[i], &found), 0);
        assert_false(S_ISSOCK(found.st_mode));
    }
    assert_int_equal(lstat("target", &found), 0);
    assert_int_equal(lstat("nowhere", &found), -1);
    int fd = open_to("file:file");
    assert_int_equal(read(fd, content, 5), 4);
    assert_string_equal(content, "kept");
    close(fd);
}

static void a_socket_gets_the_mode_that_is_asked_for(void **state)
{
    (void)state;
    static const struct {
        long mode;
        mode_t expected;
    } cases[] = {{-1, 0750}, {0, 0}, {0600, 0600}, {0666, 0666}, {0777, 0777}};
    mode_t umask_before = umask(027);

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct tl_listen_options options = {-1, -1, cases[i].mode};
        struct stat found;
        int fd = listen_on("unix:moded", &options);
        assert_int_equal(lstat("moded", &found), 0);
        assert_int_equal(found.st_mode & 07777, cases[i].expected);
        close(fd);
        unlink("moded");
    }
    assert_int_equal(umask(umask_before), 027);
}

static void a_socket_gets_the_owner_that_is_asked_for(void **state)
{
    (void)state;
    bool root = geteuid() == 0;
    struct tl_listen_options options = {root ? 12 : (long)geteuid(), root ? 34 : (long)getegid(), 0640};
    struct stat found;

    close(listen_on("unix:owned", &options));
    assert_int_equal(lstat("owned", &found), 0);
    assert_int_equal(found.st_uid, options.owner);
    assert_int_equal(found.st_gid, options.group);
    assert_int_equal(found.st_mode & 07777, 0640);
}

/* Then the socket that was just made goes again. */
static void an_owner_that_cannot_be_set_is_an_error(void **state)
{
    (void)state;
    bool root = geteuid() == 0;
    struct tl_listen_options options = {12, 34, -1};
    struct tl_endpoint endpoint = endpoint_of("unix:theirs");
    int fd = -7, before = count_fds();
    size_t count = 77;

    if (root && (chmod(".", 0777) != 0 || seteuid(NOBODY) != 0))
        skip(); /* root may do anything, and cannot be anybody else here */
    enum tl_status status = tl_endpoint_listen(&endpoint, &options, &fd, 1, &count);
    int error = errno;
    assert_true(!root || seteuid(0) == 0);
    assert_int_equal(status, TL_SYSTEM);
    assert_int_equal(error, EPERM);
    assert_int_equal(fd, -7);
    assert_int_equal(count_fds(), before);
    assert_int_equal(access("theirs", F_OK), -1);
}

static void what_cannot_be_made_is_an_error(void **state)
{
    (void)state;
    struct tl_endpoint endpoint = endpoint_of("unix:x");
    int fd = -7;
    size_t count = 77;

    assert_no_listening("unix:nowhere/x", ENOENT);
    assert_no_opening("unix:nowhere/x", TL_SYSTEM, ENOENT);
    assert_no_opening("file:nowhere", TL_SYSTEM, ENOENT);
    assert_int_equal(tl_endpoint_listen(&endpoint, NULL, &fd, 0, &count), TL_BAD_ARGUMENT);
    endpoint = endpoint_of("file:x");
    assert_int_equal(tl_endpoint_listen(&endpoint, NULL, &fd, 1, &count), TL_BAD_ARGUMENT);
    endpoint = endpoint_of("-");
    assert_int_equal(tl_endpoint_listen(&endpoint, NULL, &fd, 1, &count), TL_BAD_ARGUMENT);
    assert_int_equal(tl_endpoint_open(&endpoint, &fd), TL_OK);
    assert_int_equal(fd, STDIN_FILENO);
}

static void an_interrupted_connect_goes_on(void **state)
{
    (void)state;
    int listening = listen_on("unix:interrupted", NULL);

    interruptions = 3;
    assert_connected(listening, open_to("unix:interrupted"));
    assert_int_equal(interruptions, 0);
    listening = listen_on("tcp:127.0.0.1:0", NULL);
    struct sockaddr_in address;
    socklen_t size = sizeof(address);
    char text[32];
    assert_int_equal(getsockname(listening, (struct sockaddr *)&address, &size), 0);
    snprintf(text, sizeof(text), "tcp:127.0.0.1:%u", ntohs(address.sin_port));
    interruptions = 2;
    assert_connected(listening, open_to(text));
}

static unsigned port_of(int fd)
{
    struct sockaddr_storage address;
    socklen_t size = sizeof(address);

    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    return ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
                                               : ((struct sockaddr_in *)&address)->sin_port);
}

static bool has_ipv6(void)
{
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    bool is_bound = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0;

    if (fd >= 0)
        close(fd);
    return is_bound;
}

/* Listens at any port of `host`, connects, and looks at both names of the peers. */
static void check_tcp(const char *host)
{
    char text[64], expected[64], name[64];

    snprintf(text, sizeof(text), "tcp:%s:0", host);
    int listening = listen_on(text, NULL);
    assert_int_not_equal(port_of(listening), 0);
    snprintf(text, sizeof(text), "tcp:%s:%u", host, port_of(listening));
    int client = open_to(text);
    int server = accept(listening, NULL, NULL);

    tl_peer_print(client, name, sizeof(name));
    assert_string_equal(name, text);
    tl_peer_print(server, name, sizeof(name));
    snprintf(expected, sizeof(expected), "tcp:%s:%u", host, port_of(client));
    assert_string_equal(name, expected);
    assert_no_listening(text, EADDRINUSE);
    close(server);
    close(client);
    close(listening);
    assert_no_opening(text, TL_SYSTEM, ECONNREFUSED);
}

static void tcp_in_both_families(void **state)
{
    (void)state;
    check_tcp("127.0.0.1");
    if (has_ipv6())
        check_tcp("[::1]");
}

/* Two sockets if there is IPv6, one of each family; no more than asked for. */
static void everywhere_is_both_families(void **state)
{
    (void)state;
    struct tl_endpoint endpoint = endpoint_of("tcp:*:0");
    int fds[8] = {0};
    size_t count = 0;

    assert_int_equal(tl_endpoint_listen(&endpoint, NULL, fds, 8, &count), TL_OK);
    assert_in_range(count, has_ipv6() ? 2 : 1, 2);
    for (size_t i = 0; i < count; i++) {
        int only = 1;
        socklen_t size = sizeof(only);
        getsockopt(fds[i], IPPROTO_IPV6, IPV6_V6ONLY, &only, &size); /* leaves it alone for IPv4 */
        assert_int_equal(only, 1);
        close(fds[i]);
    }
    assert_int_equal(fds[2], 0);
    int before = count_fds();
    fds[1] = -7;
    assert_int_equal(tl_endpoint_listen(&endpoint, NULL, fds, 1, &count), TL_OK);
    assert_int_equal(count, 1);
    assert_int_equal(fds[1], -7);
    assert_int_equal(count_fds(), before + 1);
    close(fds[0]);
}

/* A port that is taken in one of the families is taken. */
static void everywhere_is_all_or_nothing(void **state)
{
    (void)state;
    char text[32];

    if (!has_ipv6())
        skip();
    int listening = listen_on("tcp:[::]:0", NULL);
    snprintf(text, sizeof(text), "tcp:*:%u", port_of(listening));
    assert_no_listening(text, EADDRINUSE);
    close(listening);
}

static void an_unknown_service_is_bad_text(void **state)
{
    (void)state;
    struct tl_endpoint endpoint = endpoint_of("tcp:127.0.0.1:no-such-service");
    int fd = -7;
    size_t count = 77;

    assert_no_opening("tcp:127.0.0.1:no-such-service", TL_BAD_TEXT, 0);
    assert_int_equal(tl_endpoint_listen(&endpoint, NULL, &fd, 1, &count), TL_BAD_TEXT);
    assert_int_equal(fd, -7);
}

static void peers_without_a_network_address(void **state)
{
    (void)state;
    char expected[64], name[64];
    int pair[2], file = open("/dev/null", O_RDONLY);

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    snprintf(expected, sizeof(expected), "unix:pid %ld uid %ld", (long)getpid(), (long)getuid());
    tl_peer_print(pair[0], name, sizeof(name));
    assert_string_equal(name, expected);
    for (size_t size = 1; size <= strlen(expected); size++) {
        struct guarded out = guarded_new(name, size);
        tl_peer_print(pair[0], (char *)out.data, size);
        assert_memory_equal(out.data, expected, size - 1);
        assert_int_equal(out.data[size - 1], 0);
        guarded_free(&out);
    }
    close(pair[0]);
    close(pair[1]);
    tl_peer_print(file, name, sizeof(name));
    assert_string_equal(name, "unknown");
    close(file);
    int unconnected = socket(AF_INET, SOCK_STREAM, 0);
    tl_peer_print(unconnected, name, sizeof(name));
    assert_string_equal(name, "unknown");
    close(unconnected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_unix_socket_is_made_and_connected),
        cmocka_unit_test(a_stale_socket_is_replaced),
        cmocka_unit_test(a_socket_in_use_stays),
        cmocka_unit_test(a_socket_whose_queue_is_full_is_in_use),
        cmocka_unit_test(a_datagram_socket_is_in_use),
        cmocka_unit_test(what_is_no_socket_is_never_removed),
        cmocka_unit_test(a_socket_gets_the_mode_that_is_asked_for),
        cmocka_unit_test(a_socket_gets_the_owner_that_is_asked_for),
        cmocka_unit_test(an_owner_that_cannot_be_set_is_an_error),
        cmocka_unit_test(what_cannot_be_made_is_an_error),
        cmocka_unit_test(an_interrupted_connect_goes_on),
        cmocka_unit_test(tcp_in_both_families),
        cmocka_unit_test(everywhere_is_both_families),
        cmocka_unit_test(everywhere_is_all_or_nothing),
        cmocka_unit_test(an_unknown_service_is_bad_text),
        cmocka_unit_test(peers_without_a_network_address),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
