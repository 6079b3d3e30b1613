#include "proof/test.h"
#include "source/transcript.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

static struct transcript transcript;

struct fixture {
    struct sample_folder folder;
    struct source *source;
    int stop[2];
};

static void open_fixture(struct fixture *fixture)
{
    struct tl_endpoint endpoint;
    char text[128];

    memset(&transcript, 0, sizeof(transcript));
    sample_folder_make(&fixture->folder);
    snprintf(text, sizeof(text), "unix:%s/sock", fixture->folder.path);
    assert_int_equal(tl_endpoint_parse(text, &endpoint), TL_OK);
    assert_int_equal(pipe2(fixture->stop, O_CLOEXEC), 0);
    struct source_options options = {.listen = &endpoint, .listen_count = 1, .stop_fd = fixture->stop[0]};
    options.frame_limit = 1000;
    fixture->source = sample_open(&options);
}

/* Everything that is there now. */
static void take_all(struct fixture *fixture)
{
    while (transcript_take(&transcript, fixture->source))
        ;
}

static void close_fixture(struct fixture *fixture)
{
    close(fixture->stop[1]);
    while (!transcript.has_ended)
        transcript_take(&transcript, fixture->source);
    source_free(fixture->source);
    assert_int_equal(access(sample_path(&fixture->folder, "sock"), F_OK), -1);
    close(fixture->stop[0]);
    sample_folder_remove(&fixture->folder);
}

static int connect_to(struct fixture *fixture)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    strcpy(address.sun_path, sample_path(&fixture->folder, "sock"));
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

static void send_sample(int fd, const struct sample *sample)
{
    assert_int_equal(send(fd, sample->data, sample->size, MSG_NOSIGNAL), sample->size);
}

static void send_control(int fd, enum tl_control_type type, const char *content_type)
{
    struct sample sample = {.size = 0};

    sample_put_control(&sample, type, content_type);
    send_sample(fd, &sample);
}

static void send_frame(int fd, unsigned number)
{
    struct sample sample = {.size = 0};

    sample_frame(&sample, number);
    send_sample(fd, &sample);
}

/* What the source has sent must be exactly this control frame. */
static void assert_received(int fd, enum tl_control_type type, const char *content_type)
{
    struct sample expected = {.size = 0};
    uint8_t got[600];

    sample_put_control(&expected, type, content_type);
    assert_int_equal(recv(fd, got, expected.size, MSG_DONTWAIT), expected.size);
    assert_memory_equal(got, expected.data, expected.size);
}

static void assert_closed(int fd)
{
    uint8_t byte;

    assert_int_equal(recv(fd, &byte, 1, MSG_DONTWAIT), 0);
}

/* "skipped unix:pid 1 uid 2 ..." says which process: replaced. */
static void assert_said(const char *expected)
{
    char said[4096], name[64];
    size_t length = 0;

    snprintf(name, sizeof(name), "unix:pid %ld uid %ld", (long)getpid(), (long)getuid());
    for (const char *at = transcript.text; *at;) {
        if (strncmp(at, name, strlen(name)) == 0) {
            said[length++] = 'P';
            at += strlen(name);
        } else {
            said[length++] = *at++;
        }
    }
    said[length] = '\0';
    assert_string_equal(said, expected);
}

static void a_bidirectional_stream_is_answered(void **state)
{
    (void)state;
    struct fixture fixture;

    open_fixture(&fixture);
    int fd = connect_to(&fixture);
    send_control(fd, TL_CONTROL_READY, TL_DNSTAP_CONTENT_TYPE);
    take_all(&fixture);
    assert_received(fd, TL_CONTROL_ACCEPT, TL_DNSTAP_CONTENT_TYPE);
    send_control(fd, TL_CONTROL_START, TL_DNSTAP_CONTENT_TYPE);
    send_frame(fd, 1);
    send_frame(fd, 2);
    take_all(&fixture);
    send_control(fd, TL_CONTROL_STOP, "");
    take_all(&fixture);
    assert_received(fd, TL_CONTROL_FINISH, "");
    assert_closed(fd);
    close(fd);
    close_fixture(&fixture);
    assert_said("frame 1\nframe 2\nend\n");
}

static void a_unidirectional_stream_is_not_answered(void **state)
{
    (void)state;
    struct fixture fixture;

    open_fixture(&fixture);
    int fd = connect_to(&fixture);
    send_control(fd, TL_CONTROL_START, TL_DNSTAP_CONTENT_TYPE);
    send_frame(fd, 1);
    send_control(fd, TL_CONTROL_STOP, "");
    take_all(&fixture);
    assert_closed(fd);
    close(fd);
    close_fixture(&fixture);
    assert_said("frame 1\nend\n");
}

static void one_byte_at_a_time_is_enough(void **state)
{
    (void)state;
    struct fixture fixture;
    struct sample sample = {.size = 0};

    open_fixture(&fixture);
    int fd = connect_to(&fixture);
    sample_put_control(&sample, TL_CONTROL_READY, TL_DNSTAP_CONTENT_TYPE);
    sample_stream(&sample, 1, 2);
    for (size_t i = 0; i < sample.size; i++) {
        assert_int_equal(send(fd, sample.data + i, 1, MSG_NOSIGNAL), 1);
        take_all(&fixture);
    }
    assert_received(fd, TL_CONTROL_ACCEPT, TL_DNSTAP_CONTENT_TYPE);
    assert_received(fd, TL_CONTROL_FINISH, "");
    close(fd);
    close_fixture(&fixture);
    assert_said("frame 1\nframe 2\nend\n");
}

static void what_is_no_frame_streams_is_refused_by_name(void **state)
{
    (void)state;
    struct fixture fixture;
    static const struct {
        const char *bytes;
        size_t size;
    } streams[] = {
        {"GET / HTTP/1.1\r\n", 16},
        {"\0\0\0\0\0\0\0\2ab", 10},       /* a control frame of bad length */
        {"\0\0\0\3ab", 6},                /* data before START */
        {"\0\0\0\0\0\0\0\4\0\0\0\5", 12}, /* FINISH */
    };

    open_fixture(&fixture);
    for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++) {
        int fd = connect_to(&fixture);
        assert_int_equal(send(fd, streams[i].bytes, streams[i].size, MSG_NOSIGNAL), streams[i].size);
        take_all(&fixture);
        assert_closed(fd);
        close(fd);
    }
    int fd = connect_to(&fixture);
    send_control(fd, TL_CONTROL_START, "protobuf:\nother");
    take_all(&fixture);
    close(fd);
    close_fixture(&fixture);
    assert_said("skipped P +16: refused: it looks like HTTP\n"
                "skipped P +10: refused: a control frame is shorter than its type or longer than 512 bytes\n"
                "skipped P +6: refused: a data frame comes before START or after STOP\n"
                "skipped P +12: refused: a control frame comes out of turn\n"
                "skipped P +35: refused: the peer offers another content type, \"protobuf:?other\"\nend\n");
}

static void a_peer_that_goes_away_is_told_of(void **state)
{
    (void)state;
    struct fixture fixture;
    struct sample sample = {.size = 0};

    open_fixture(&fixture);
    close(connect_to(&fixture)); /* it only looked whether anybody listens */
    take_all(&fixture);
    int fd = connect_to(&fixture);
    sample_start(&sample);
    sample_frame(&sample, 1);
    send_sample(fd, &sample);
    close(fd);
    take_all(&fixture);
    fd = connect_to(&fixture);
    sample_frame(&sample, 2);
    sample.size -= 5;
    send_sample(fd, &sample);
    take_all(&fixture);
    close(fd);
    take_all(&fixture);
    close_fixture(&fixture);
    assert_said(
        "frame 1\nnotice P at 84: the connection ended without STOP: the peer closed it\n"
        "frame 1\nskipped P at 84 +37: the connection ended inside a frame: the peer closed it\nend\n");
}

static void an_oversized_frame_is_passed_over(void **state)
{
    (void)state;
    struct fixture fixture;
    struct sample sample = {.size = 0};

    open_fixture(&fixture);
    int fd = connect_to(&fixture);
    sample_start(&sample);
    sample_put_be32(&sample, 1001);
    sample.size += 1001;
    sample_frame(&sample, 1);
    sample_put_be32(&sample, 0xfffffffc);
    sample.size += 6;
    send_sample(fd, &sample);
    take_all(&fixture);
    close(fd);
    take_all(&fixture);
    close_fixture(&fixture);
    assert_said(
        "skipped P at 42 +1005: a frame of 1001 bytes, above the limit of 1000, was passed over\n"
        "frame 1\nskipped P at 1089 +10: the connection ended inside a frame: the peer closed it\nend\n");
}

static void bytes_behind_stop_are_told_of(void **state)
{
    (void)state;
    struct fixture fixture;
    struct sample sample = {.size = 0};

    open_fixture(&fixture);
    int fd = connect_to(&fixture);
    sample_stream(&sample, 1, 1);
    sample_frame(&sample, 2);
    send_sample(fd, &sample);
    take_all(&fixture);
    close(fd);
    close_fixture(&fixture);
    assert_said("frame 1\nskipped P at 96 +42: sent more behind STOP\nend\n");
}

/* Hundreds of peers with half a frame each, and one that sends all the time: everybody gets through. */
static void no_peer_keeps_the_others_waiting(void **state)
{
    (void)state;
    enum { PEERS = 100 };
    struct fixture fixture;
    struct sample sample = {.size = 0}, big = {.size = 0};
    int fds[PEERS];

    open_fixture(&fixture);
    sample_start(&sample);
    sample_frame(&sample, 1);
    for (int i = 0; i < PEERS; i++) {
        fds[i] = connect_to(&fixture);
        assert_int_equal(send(fds[i], sample.data, 50, MSG_NOSIGNAL), 50);
    }
    int busy = connect_to(&fixture);
    sample_start(&big);
    for (unsigned i = 0; i < 100; i++)
        sample_frame(&big, 2);
    send_sample(busy, &big);
    take_all(&fixture);
    transcript.length = 0;
    for (int i = 0; i < PEERS; i++)
        assert_int_equal(send(fds[i], sample.data + 50, sample.size - 50, MSG_NOSIGNAL), sample.size - 50);
    /* The busy one sends a frame for each item that comes: it is never idle. */
    unsigned others = 0;
    for (unsigned items = 0; others < PEERS; items++) {
        send_frame(busy, 2);
        transcript.length = 0;
        assert_true(items < 10 * PEERS);
        if (transcript_take(&transcript, fixture.source))
            others += strcmp(transcript.text, "frame 1\n") == 0;
    }
    for (int i = 0; i < PEERS; i++)
        close(fds[i]);
    close(busy);
    close_fixture(&fixture);
}

static void a_large_frame_comes_in_pieces(void **state)
{
    (void)state;
    static uint8_t large[900000];
    struct tl_endpoint endpoint;
    struct sample_folder folder;
    struct source_item item;
    struct fixture fixture;
    char text[128];

    sample_folder_make(&folder);
    fixture.folder = folder;
    snprintf(text, sizeof(text), "unix:%s/sock", folder.path);
    assert_int_equal(tl_endpoint_parse(text, &endpoint), TL_OK);
    struct source_options options = {.listen = &endpoint, .listen_count = 1, .stop_fd = -1};
    struct source *source = sample_open(&options);
    int fd = connect_to(&fixture);
    for (size_t i = 0; i < sizeof(large); i++)
        large[i] = (uint8_t)(i >> 8);
    send_control(fd, TL_CONTROL_START, TL_DNSTAP_CONTENT_TYPE);
    for (int round = 0; round < 2; round++) {
        memcpy(large, "\0\x0d\xbb\x9c", 4); /* 900,000 - 4 */
        for (size_t sent = 0, step = 1; sent < sizeof(large); step = step * 3 % 9973) {
            size_t size = sizeof(large) - sent < step ? sizeof(large) - sent : step;
            assert_int_equal(send(fd, large + sent, size, MSG_NOSIGNAL), size);
            sent += size;
            do {
                source_next(source, &item);
            } while (sent == sizeof(large) && item.kind != SOURCE_FRAME);
        }
        assert_int_equal(item.frame.size, sizeof(large) - 4);
        assert_memory_equal(item.frame.data, large + 4, item.frame.size);
        send_frame(fd, 1);
        do {
            source_next(source, &item);
        } while (item.kind != SOURCE_FRAME);
        assert_int_equal(sample_number(item.frame), 1);
    }
    close(fd);
    source_free(source);
    sample_folder_remove(&folder);
}

static void stopping_reads_what_the_kernel_holds(void **state)
{
    (void)state;
    struct fixture fixture;
    struct sample sample = {.size = 0};

    open_fixture(&fixture);
    int fd = connect_to(&fixture);
    send_control(fd, TL_CONTROL_START, TL_DNSTAP_CONTENT_TYPE);
    take_all(&fixture);
    sample_frame(&sample, 1);
    sample_frame(&sample, 2);
    sample_put(&sample, "\0\0", 2);
    int other = connect_to(&fixture);
    send_control(other, TL_CONTROL_START, TL_DNSTAP_CONTENT_TYPE);
    take_all(&fixture);
    close(fixture.stop[1]);
    fixture.stop[1] = -1;
    send_sample(fd, &sample);
    close_fixture(&fixture);
    close(fd);
    close(other);
    assert_said("frame 1\nframe 2\nskipped P at 126 +2: the connection ended inside a frame: listening was "
                "ended here\nend\n");
}

static void tcp_is_listened_on_as_well(void **state)
{
    (void)state;
    struct tl_endpoint endpoint;
    struct source_item item;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    char text[64];

    /* A port that is free a moment ago. */
    int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(probe, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(getsockname(probe, (struct sockaddr *)&address, &size), 0);
    close(probe);
    snprintf(text, sizeof(text), "tcp:127.0.0.1:%u", ntohs(address.sin_port));
    assert_int_equal(tl_endpoint_parse(text, &endpoint), TL_OK);
    struct source_options options = {.listen = &endpoint, .listen_count = 1, .stop_fd = -1};
    struct source *source = sample_open(&options);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    send_control(fd, TL_CONTROL_START, TL_DNSTAP_CONTENT_TYPE);
    send_frame(fd, 7);
    do {
        source_next(source, &item);
    } while (item.kind == SOURCE_IDLE);
    assert_int_equal(item.kind, SOURCE_FRAME);
    assert_int_equal(sample_number(item.frame), 7);
    assert_int_equal(strncmp(item.name, "tcp:127.0.0.1:", 14), 0);
    close(fd);
    source_free(source);
}

static void what_cannot_be_listened_on_is_said(void **state)
{
    (void)state;
    struct sample_folder folder;
    struct tl_endpoint endpoint;
    char text[SOURCE_TEXT_SIZE], expected[256];
    struct source_options options = {.listen = &endpoint, .listen_count = 1, .stop_fd = -1};

    sample_folder_make(&folder);
    assert_int_equal(tl_endpoint_parse("file:/x", &endpoint), TL_OK);
    assert_null(source_new(&options, text));
    assert_string_equal(text,
                        "cannot listen on file:/x: only unix:PATH and tcp:HOST:PORT can be listened on");
    sample_append(&folder, "file", "text", 4);
    snprintf(expected, sizeof(expected), "unix:%s/file", folder.path);
    assert_int_equal(tl_endpoint_parse(expected, &endpoint), TL_OK);
    assert_null(source_new(&options, text));
    snprintf(expected, sizeof(expected),
             "cannot listen on unix:%s/file: there is something at that path that is not a socket; it is "
             "left as it is: "
             "move it, or choose another path",
             folder.path);
    assert_string_equal(text, expected);
    sample_folder_remove(&folder);
}

/* Without descriptors, those who connect wait; the others are served on, and nothing spins. */
static void without_descriptors_connections_wait(void **state)
{
    (void)state;
    struct fixture fixture;
    struct rlimit saved, low;

    open_fixture(&fixture);
    int first = connect_to(&fixture);
    send_control(first, TL_CONTROL_START, TL_DNSTAP_CONTENT_TYPE);
    take_all(&fixture);
    int second = connect_to(&fixture);
    send_control(second, TL_CONTROL_START, TL_DNSTAP_CONTENT_TYPE);
    send_frame(second, 2);
    send_frame(first, 1);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &saved), 0);
    low = saved;
    low.rlim_cur = 3;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    take_all(&fixture);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &saved), 0);
    assert_non_null(strstr(transcript.text, "frame 1\n"));
    assert_non_null(strstr(transcript.text, "connections have to wait: Too many open files\n"));
    assert_null(strstr(transcript.text, "frame 2\n"));
    do {
        take_all(&fixture);
    } while (!strstr(transcript.text, "frame 2\n"));
    close(first);
    close(second);
    close_fixture(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bidirectional_stream_is_answered),
        cmocka_unit_test(a_unidirectional_stream_is_not_answered),
        cmocka_unit_test(one_byte_at_a_time_is_enough),
        cmocka_unit_test(what_is_no_frame_streams_is_refused_by_name),
        cmocka_unit_test(a_peer_that_goes_away_is_told_of),
        cmocka_unit_test(an_oversized_frame_is_passed_over),
        cmocka_unit_test(bytes_behind_stop_are_told_of),
        cmocka_unit_test(no_peer_keeps_the_others_waiting),
        cmocka_unit_test(a_large_frame_comes_in_pieces),
        cmocka_unit_test(stopping_reads_what_the_kernel_holds),
        cmocka_unit_test(tcp_is_listened_on_as_well),
        cmocka_unit_test(what_cannot_be_listened_on_is_said),
        cmocka_unit_test(without_descriptors_connections_wait),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
