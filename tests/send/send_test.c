#include "send/send.h"

#include "process/clock.h"
#include "proof/failing_alloc.h"
#include "proof/test.h"

#include <tapline/dnstap.h>

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define COLLECTORS 2

static char folder[] = "/tmp/send_send_test.XXXXXX";
static struct tl_endpoint endpoints[COLLECTORS];
static volatile sig_atomic_t is_stopped;

/* Takes sessions one after the other, each whole, until its socket is shut down. */
struct collector {
    int listening;
    unsigned leaves; /* so many connections are closed at once */
    pthread_t thread;
    uint64_t sessions, frames;
};

static void answer(int fd, const struct tl_control *reply)
{
    uint8_t buffer[TL_CONTROL_FRAME_MAX];
    size_t size;

    assert_int_equal(tl_control_encode(reply, buffer, sizeof(buffer), &size), TL_OK);
    tl_write(fd, tl_bytes(buffer, size), NULL);
}

static void take_session(struct collector *collector, int fd)
{
    struct tl_frame_decoder decoder;
    struct tl_receiver end;
    struct tl_frame frame;
    static _Thread_local uint8_t buffer[1 << 16];
    size_t size;

    tl_receiver_init(&end, tl_bytes_of_text(TL_DNSTAP_CONTENT_TYPE));
    tl_frame_decoder_init(&decoder, 0);
    while (tl_read(fd, buffer, sizeof(buffer), &size) == TL_OK) {
        struct tl_bytes in = tl_bytes(buffer, size);
        while (tl_frame_skim(&decoder, &in, &frame) == TL_OK) {
            struct tl_control control, reply;
            collector->frames += frame.kind != TL_FRAME_CONTROL;
            if (frame.kind != TL_FRAME_CONTROL)
                continue;
            assert_int_equal(tl_control_decode(frame.payload, &control, NULL), TL_OK);
            assert_int_equal(tl_receiver_control(&end, &control, &reply), TL_OK);
            if (end.state == TL_RECEIVER_STOPPED) /* FINISH is for who has stored it all */
                reply = tl_control(TL_CONTROL_FINISH, tl_bytes(NULL, 0));
            if (reply.type)
                answer(fd, &reply);
        }
        if (end.state == TL_RECEIVER_STOPPED)
            break;
    }
    collector->sessions++;
}

static void *collect(void *argument)
{
    struct collector *collector = argument;
    int fd;

    while ((fd = accept(collector->listening, NULL, NULL)) >= 0) {
        if (collector->leaves)
            collector->leaves--;
        else
            take_session(collector, fd);
        close(fd);
    }
    return NULL;
}

static void start(struct collector *collector, size_t index)
{
    static const struct tl_listen_options as_it_is = {-1, -1, -1};
    size_t count;

    assert_int_equal(tl_endpoint_listen(&endpoints[index], &as_it_is, &collector->listening, 1, &count),
                     TL_OK);
    assert_int_equal(fcntl(collector->listening, F_SETFL, 0), 0); /* accept waits */
    assert_int_equal(pthread_create(&collector->thread, NULL, collect, collector), 0);
}

static void stop(struct collector *collector)
{
    shutdown(collector->listening, SHUT_RDWR);
    pthread_join(collector->thread, NULL);
    close(collector->listening);
}

static struct send *make(size_t collectors, size_t connections)
{
    struct send_options options = {.to = endpoints,
                                   .to_count = collectors,
                                   .connections = connections,
                                   .batch_size = 65536,
                                   .timeout_ms = 30000,
                                   .stop = &is_stopped};

    is_stopped = 0;
    return send_new(&options);
}

static void put_all(struct send *send, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        assert_true(send_put(send, tl_bytes_of_text("a frame")));
        if (send_is_due(send))
            assert_true(send_settle(send));
    }
}

static void everything_goes_to_everybody(void **state)
{
    (void)state;
    struct collector collectors[COLLECTORS] = {0};

    for (size_t i = 0; i < COLLECTORS; i++)
        start(&collectors[i], i);
    struct send *send = make(COLLECTORS, 1);
    put_all(send, 20000);
    assert_true(send_settle(send));
    assert_int_equal(send_frames(send), 20000);
    assert_int_equal(send_bytes(send), 20000 * 11);
    for (size_t i = 0; i < COLLECTORS; i++) {
        stop(&collectors[i]);
        assert_int_equal(send_destination(send, i)->confirmed, 20000);
        assert_int_equal(collectors[i].frames, 20000);
        assert_int_equal(collectors[i].sessions, 4); /* 220000 bytes in batches of 65536 */
    }
    assert_null(send_destination(send, COLLECTORS));
    send_free(send);
}

static void what_breaks_is_sent_again(void **state)
{
    (void)state;
    struct collector collector = {.leaves = 3};

    start(&collector, 0);
    struct send *send = make(1, 1);
    put_all(send, 10000);
    assert_true(send_settle(send));
    stop(&collector);
    assert_int_equal(send_destination(send, 0)->confirmed, 10000);
    assert_int_equal(collector.frames, 10000);
    send_free(send);
}

/* An empty batch asks nobody. */
static void nothing_is_confirmed_at_once(void **state)
{
    (void)state;
    struct send *send = make(1, 3); /* nobody is there */

    assert_true(send_settle(send));
    assert_int_equal(send_begun_ms(send), 0);
    send_free(send);
}

static void after_stop_nobody_waits_for_who_is_away(void **state)
{
    (void)state;
    struct send *send = make(1, 1);

    assert_true(send_put(send, tl_bytes_of_text("a")));
    assert_true(send_begun_ms(send) > 0);
    is_stopped = 1;
    send_wait(send, UINT64_MAX);
    assert_false(send_settle(send));
    assert_int_equal(send_destination(send, 0)->confirmed, 0);
    send_free(send);
}

static void waiting_ends_in_time(void **state)
{
    (void)state;
    struct send *send = make(1, 1);
    uint64_t until = process_clock_ms() + 20;

    send_wait(send, until);
    assert_true(process_clock_ms() >= until);
    send_free(send);
}

static void without_memory_there_is_none(void **state)
{
    (void)state;
    for (unsigned long n = 1;; n++) {
        failing_alloc_start(n);
        struct send *send = make(1, 2);
        bool has_failed = failing_alloc_stop();
        assert_true(has_failed == !send);
        send_free(send);
        if (!has_failed)
            break;
    }
}

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    for (size_t i = 0; i < COLLECTORS; i++) {
        endpoints[i].kind = TL_ENDPOINT_UNIX;
        snprintf(endpoints[i].path, sizeof(endpoints[i].path), "%s/%zu", folder, i);
    }
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    for (size_t i = 0; i < COLLECTORS; i++)
        unlink(endpoints[i].path);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_goes_to_everybody),
        cmocka_unit_test(what_breaks_is_sent_again),
        cmocka_unit_test(nothing_is_confirmed_at_once),
        cmocka_unit_test(after_stop_nobody_waits_for_who_is_away),
        cmocka_unit_test(waiting_ends_in_time),
        cmocka_unit_test(without_memory_there_is_none),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
