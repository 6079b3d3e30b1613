/* Writers on unix sockets and TCP, on peers of every kind. */
#include "api.h"
#include "api_peer.h"

#include <unistd.h>

static char path[120];

struct fstrm_writer_options *dnstap_options(void)
{
    struct fstrm_writer_options *options = fstrm_writer_options_init();

    fstrm_writer_options_add_content_type(options, DNSTAP, strlen(DNSTAP));
    return options;
}

struct fstrm_writer *unix_writer(const char *socket_path)
{
    struct fstrm_unix_writer_options *options = fstrm_unix_writer_options_init();
    struct fstrm_writer_options *writer_options = dnstap_options();

    fstrm_unix_writer_options_set_socket_path(options, socket_path);
    struct fstrm_writer *writer = fstrm_unix_writer_init(options, writer_options);
    fstrm_unix_writer_options_destroy(&options);
    fstrm_writer_options_destroy(&writer_options);
    return writer;
}

static struct fstrm_writer *tcp_writer(const char *address, const char *port)
{
    struct fstrm_tcp_writer_options *options = fstrm_tcp_writer_options_init();
    struct fstrm_writer_options *writer_options = dnstap_options();

    fstrm_tcp_writer_options_set_socket_address(options, address);
    fstrm_tcp_writer_options_set_socket_port(options, port);
    struct fstrm_writer *writer = fstrm_tcp_writer_init(options, writer_options);
    fstrm_tcp_writer_options_destroy(&options);
    fstrm_writer_options_destroy(&writer_options);
    return writer;
}

static void unix_paths(void)
{
    char name[120];

    for (size_t length = 105; length <= 110; length++) {
        memset(name, 'x', length);
        name[length] = 0;
        struct fstrm_writer *writer = unix_writer(name);
        printf("unix path of %zu bytes: %s\n", length, writer ? "made" : "NULL");
        fstrm_writer_destroy(&writer);
    }
    struct fstrm_writer *writer = unix_writer("");
    say_made("unix path that is empty", writer);
    fstrm_writer_destroy(&writer);
    say_made("unix path that is NULL", unix_writer(NULL));
    struct fstrm_unix_writer_options *options = fstrm_unix_writer_options_init();
    fstrm_unix_writer_options_destroy(&options);
    say_made("unix options destroyed", options);
    fstrm_unix_writer_options_destroy(&options);
}

static void tcp_addresses(void)
{
    static const char *const addresses[] = {"127.0.0.1",  "::1",       "0.0.0.0", "::ffff:1.2.3.4",
                                            "localhost",  "",          "1.2.3",   "127.0.0.1 ",
                                            "fe80::1%lo", "256.1.1.1", "[::1]",   NULL};
    static const char *const ports[] = {"1",    "65535", "65536", "0",  "",    "0x50", "010",
                                        "http", "80x",   " 80",   "-1", "+80", NULL};
    size_t count = sizeof(addresses) / sizeof(*addresses);

    for (size_t i = 0; i < count; i++) {
        struct fstrm_writer *writer = tcp_writer(addresses[i], "53");
        printf("tcp address \"%s\": %s\n", addresses[i] ? addresses[i] : "NULL", writer ? "made" : "NULL");
        fstrm_writer_destroy(&writer);
    }
    for (size_t i = 0; i < sizeof(ports) / sizeof(*ports); i++) {
        struct fstrm_writer *writer = tcp_writer("127.0.0.1", ports[i]);
        printf("tcp port \"%s\": %s\n", ports[i] ? ports[i] : "NULL", writer ? "made" : "NULL");
        fstrm_writer_destroy(&writer);
    }
    struct fstrm_tcp_writer_options *options = fstrm_tcp_writer_options_init();
    fstrm_tcp_writer_options_destroy(&options);
    say_made("tcp options destroyed", options);
    fstrm_tcp_writer_options_destroy(&options);
}

static void use(struct fstrm_writer *writer)
{
    struct iovec frames[2] = {{(void *)(uintptr_t) "one", 3}, {(void *)(uintptr_t) "four", 4}};
    static char large[100000];
    int failed = 0;

    say("  open", fstrm_writer_open(writer));
    say("  open again", fstrm_writer_open(writer));
    for (int i = 0; i < 20; i++)
        failed += fstrm_writer_write(writer, large, sizeof(large)) != fstrm_res_success;
    say_number("  writes that failed", (size_t)failed);
    say("  writev", fstrm_writer_writev(writer, frames, 2));
    say("  close", fstrm_writer_close(writer));
    say("  destroy", fstrm_writer_destroy(&writer));
}

static void good_peers(void)
{
    struct peer peer;
    char port[16];

    printf("unix peer\n");
    peer_listen(&peer, path);
    peer_play(&peer, "arAsdFc");
    use(unix_writer(path));
    peer_join(&peer);
    peer_close(&peer);
    printf("unix peer that takes anything\n");
    peer_listen(&peer, path);
    peer_play(&peer, "ar0sdFc");
    use(unix_writer(path));
    peer_join(&peer);
    peer_close(&peer);
    printf("tcp peer\n");
    snprintf(port, sizeof(port), "%d", peer_listen(&peer, NULL));
    peer_play(&peer, "arAsdFc");
    use(tcp_writer("127.0.0.1", port));
    peer_join(&peer);
    peer_close(&peer);
}

/* Only what is certain whatever the timing: that it opens or not, that it ends. */
static void open_and_close(const char *what, const char *script)
{
    struct peer peer;
    struct fstrm_writer *writer = unix_writer(path);

    printf("unix peer that %s\n", what);
    peer_listen(&peer, path);
    peer_play(&peer, script);
    say("  open", fstrm_writer_open(writer));
    say("  close", fstrm_writer_close(writer));
    say("  destroy", fstrm_writer_destroy(&writer));
    peer_join(&peer);
    peer_close(&peer);
}

static void bad_peers(void)
{
    struct fstrm_writer *writer;

    open_and_close("closes at once", "arc");
    open_and_close("sends no frame", "arx.c");
    open_and_close("sends FINISH instead of ACCEPT", "arF.c");
    open_and_close("sends no FINISH", "arAsdc");
    open_and_close("sends ACCEPT instead of FINISH", "arAsdA.c");
    unlink(path);
    writer = unix_writer(path);
    printf("unix peer that is not there\n");
    say("  open", fstrm_writer_open(writer));
    say("  write", fstrm_writer_write(writer, "x", 1));
    say("  destroy", fstrm_writer_destroy(&writer));
    writer = tcp_writer("127.0.0.1", "1");
    printf("tcp peer that is not there\n");
    say("  open", fstrm_writer_open(writer));
    say("  destroy", fstrm_writer_destroy(&writer));
}

void api_sockets(const char *folder)
{
    snprintf(path, sizeof(path), "%.100s/socket", folder);
    unix_paths();
    tcp_addresses();
    good_peers();
    bad_peers();
}
