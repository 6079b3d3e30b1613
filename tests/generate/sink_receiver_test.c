#include "generate/sink.h"

#include "proof/test.h"

#include <tapline/dnstap.h>
#include <tapline/frame.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* What the receiver does with the stream. */
enum manner {
    CORRECT,
    NO_DNSTAP,    /* ACCEPT of another content type */
    WRONG_FRAME,  /* START instead of ACCEPT */
    OTHER_TONGUE, /* no Frame Streams */
    CLOSES_AT_ONCE,
    CLOSES_AT_STOP, /* instead of FINISH */
};

struct receiver {
    enum manner manner;
    int listening;
    uint64_t frames, bytes;
    bool has_finished;
};

static char folder[] = "/tmp/sink_receiver_test.XXXXXX";
static struct tl_endpoint endpoint;

static void send_control(int fd, enum tl_control_type type, const char *content_type)
{
    struct tl_control control = tl_control(type, tl_bytes_of_text(content_type));
    uint8_t buffer[TL_CONTROL_FRAME_MAX];
    size_t size;

    tl_control_encode(&control, buffer, sizeof(buffer), &size);
    tl_write(fd, tl_bytes(buffer, size), NULL);
}

/* The answer to a control frame; false: the connection ends. */
static bool answer(struct receiver *receiver, struct tl_receiver *end, int fd,
                   const struct tl_control *control)
{
    struct tl_control reply = {0};

    if (tl_receiver_control(end, control, &reply) != TL_OK || receiver->manner == CLOSES_AT_ONCE)
        return false;
    if (reply.type && receiver->manner == OTHER_TONGUE)
        return tl_write(fd, tl_bytes_of_text("HTTP/1.1 400 Bad Request\r\n\r\n"), NULL) == TL_OK;
    if (reply.type && receiver->manner == WRONG_FRAME)
        send_control(fd, TL_CONTROL_START, TL_DNSTAP_CONTENT_TYPE);
    else if (reply.type)
        send_control(fd, TL_CONTROL_ACCEPT, receiver->manner == NO_DNSTAP ? "other" : TL_DNSTAP_CONTENT_TYPE);
    if (end->state != TL_RECEIVER_STOPPED)
        return true;
    if (receiver->manner == CORRECT)
        send_control(fd, TL_CONTROL_FINISH, "");
    receiver->has_finished = true;
    return false;
}

static void *receive(void *argument)
{
    struct receiver *receiver = argument;
    struct tl_frame_decoder decoder;
    struct tl_receiver end;
    struct tl_frame frame;
    static uint8_t buffer[65536];
    size_t size;
    bool goes_on = true;
    int fd = accept(receiver->listening, NULL, NULL);

    tl_receiver_init(&end, tl_bytes_of_text(TL_DNSTAP_CONTENT_TYPE));
    tl_frame_decoder_init(&decoder, 0);
    while (goes_on && tl_read(fd, buffer, sizeof(buffer), &size) == TL_OK) {
        struct tl_bytes in = tl_bytes(buffer, size);
        while (goes_on && tl_frame_skim(&decoder, &in, &frame) == TL_OK) {
            struct tl_control control;
            if (frame.kind == TL_FRAME_CONTROL) {
                tl_control_decode(frame.payload, &control, NULL);
                goes_on = answer(receiver, &end, fd, &control);
            } else {
                receiver->frames++;
                receiver->bytes += frame.size;
            }
        }
    }
    close(fd);
    return NULL;
}

static bool send_messages(struct sink *sink, unsigned count)
{
    static const char payload[] = "no dnstap, but who looks";
    struct traffic_message message = {.frame = tl_bytes_of_text(payload)};

    for (unsigned i = 0; i < count; i++) {
        if (!sink->put(sink, &message, 0))
            return false;
    }
    return sink->flush(sink) && sink->finish(sink);
}

/* Sends `count` messages to a receiver of this manner; true if it confirmed them. */
static bool run(struct receiver *receiver, unsigned count)
{
    static const struct tl_listen_options as_it_is = {-1, -1, -1};
    pthread_t thread;
    size_t sockets;
    bool is_confirmed = false;

    assert_int_equal(tl_endpoint_listen(&endpoint, &as_it_is, &receiver->listening, 1, &sockets), TL_OK);
    assert_int_equal(fcntl(receiver->listening, F_SETFL, 0), 0); /* accept waits */
    assert_int_equal(pthread_create(&thread, NULL, receive, receiver), 0);
    struct sink *sink = sink_open_receiver(&endpoint);
    if (sink) {
        is_confirmed = send_messages(sink, count);
        sink->free(sink);
    }
    pthread_join(thread, NULL);
    close(receiver->listening);
    return is_confirmed;
}

static void what_is_confirmed_was_received(void **state)
{
    (void)state;
    struct receiver receiver = {.manner = CORRECT};

    assert_true(run(&receiver, 100000));
    assert_true(receiver.has_finished);
    assert_int_equal(receiver.frames, 100000);
    assert_int_equal(receiver.bytes, 100000 * 28);
}

static void without_finish_nothing_is_confirmed(void **state)
{
    (void)state;
    struct receiver receiver = {.manner = CLOSES_AT_STOP};

    assert_false(run(&receiver, 1000));
    assert_int_equal(receiver.frames, 1000);
}

static void other_receivers_get_nothing(void **state)
{
    (void)state;
    static const enum manner manners[] = {NO_DNSTAP, WRONG_FRAME, OTHER_TONGUE, CLOSES_AT_ONCE};

    for (size_t i = 0; i < sizeof(manners) / sizeof(manners[0]); i++) {
        struct receiver receiver = {.manner = manners[i]};
        assert_false(run(&receiver, 1000));
        assert_int_equal(receiver.frames, 0);
    }
}

static void nobody_listens(void **state)
{
    (void)state;

    assert_null(sink_open_receiver(&endpoint));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_listens),
        cmocka_unit_test(what_is_confirmed_was_received),
        cmocka_unit_test(without_finish_nothing_is_confirmed),
        cmocka_unit_test(other_receivers_get_nothing),
    };
    char text[128];

    signal(SIGPIPE, SIG_IGN);
    if (!mkdtemp(folder))
        return 1;
    snprintf(text, sizeof(text), "unix:%s/socket", folder);
    tl_endpoint_parse(text, &endpoint);
    int failures = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(endpoint.path);
    rmdir(folder);
    return failures;
}
