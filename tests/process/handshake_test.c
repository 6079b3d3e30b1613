/* The sending end against a receiver whose answers lie ready. */
#include "proof/test.h"

#include "process/handshake.h"

#include <tapline/stream.h>

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#define TYPE tl_bytes_of_text("a type")

static int ends[2]; /* ours, and the receiver's */

static int set_up(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);
}

static int tear_down(void **state)
{
    (void)state;
    close(ends[0]);
    close(ends[1]);
    return 0;
}

static void answer_bytes(struct tl_bytes bytes)
{
    assert_int_equal(tl_write(ends[1], bytes, NULL), TL_OK);
}

static void answer(enum tl_control_type type, struct tl_bytes content_type)
{
    struct tl_control control = tl_control(type, content_type);
    uint8_t frame[TL_CONTROL_FRAME_MAX];
    size_t size;

    assert_int_equal(tl_control_encode(&control, frame, sizeof(frame), &size), TL_OK);
    answer_bytes(tl_bytes(frame, size));
}

/* What the receiver got is one control frame after the other, of these types. */
static void assert_received(const enum tl_control_type *types, size_t count)
{
    uint8_t buffer[1024];
    struct tl_frame_decoder decoder;
    struct tl_control control;
    struct tl_frame frame;
    size_t size;

    assert_int_equal(tl_read(ends[1], buffer, sizeof(buffer), &size), TL_OK);
    struct tl_bytes in = tl_bytes(buffer, size);
    tl_frame_decoder_init(&decoder, 0);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(tl_frame_skim(&decoder, &in, &frame), TL_OK);
        assert_int_equal(frame.kind, TL_FRAME_CONTROL);
        assert_int_equal(tl_control_decode(frame.payload, &control, NULL), TL_OK);
        assert_int_equal(control.type, types[i]);
    }
    assert_int_equal(in.size, 0);
}

static void an_answer_is_taken_and_nothing_behind_it(void **state)
{
    static const uint8_t unknown[] = {0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 99};
    static const enum tl_control_type sent[] = {TL_CONTROL_READY, TL_CONTROL_START, TL_CONTROL_STOP};
    struct tl_sender_end end;
    uint8_t rest;
    size_t size;

    (void)state;
    answer_bytes(tl_bytes(unknown, sizeof(unknown)));
    answer(TL_CONTROL_ACCEPT, TYPE);
    answer(TL_CONTROL_FINISH, tl_bytes(NULL, 0));
    answer_bytes(tl_bytes_of_text("x"));
    assert_null(process_handshake_open(ends[0], TYPE, &end));
    assert_int_equal(end.state, TL_SENDER_DATA);
    assert_null(process_handshake_finish(ends[0], &end));
    assert_int_equal(end.state, TL_SENDER_DONE);
    assert_received(sent, 3);
    assert_int_equal(tl_read(ends[0], &rest, 1, &size), TL_OK);
    assert_int_equal(rest, 'x');
}

static void another_type_is_not_taken(void **state)
{
    struct tl_sender_end end;

    (void)state;
    answer(TL_CONTROL_ACCEPT, tl_bytes_of_text("another"));
    assert_string_equal(process_handshake_open(ends[0], TYPE, &end),
                        "the receiver does not take this content type");
}

static void a_frame_may_come_out_of_turn(void **state)
{
    struct tl_sender_end end;

    (void)state;
    answer(TL_CONTROL_FINISH, tl_bytes(NULL, 0));
    assert_string_equal(process_handshake_open(ends[0], TYPE, &end),
                        "the receiver sent a control frame out of turn");
}

/* Four bytes of it are enough. */
static void something_else_may_be_spoken(void **state)
{
    struct tl_sender_end end;

    (void)state;
    answer_bytes(tl_bytes_of_text("HTTP"));
    assert_string_equal(process_handshake_open(ends[0], TYPE, &end),
                        "the receiver does not speak Frame Streams");
}

static void a_receiver_may_be_gone(void **state)
{
    struct tl_sender_end end;

    (void)state;
    shutdown(ends[1], SHUT_WR); /* READY goes out, and nothing comes */
    assert_string_equal(process_handshake_open(ends[0], TYPE, &end), "the receiver closed the connection");
    shutdown(ends[1], SHUT_RD);
    assert_string_equal(process_handshake_open(ends[0], TYPE, &end), "the receiver closed the connection");
}

static void a_type_has_a_longest_size(void **state)
{
    static const uint8_t type[TL_CONTENT_TYPE_SIZE_MAX + 1];
    struct tl_sender_end end;

    (void)state;
    assert_string_equal(process_handshake_open(ends[0], tl_bytes(type, sizeof(type)), &end),
                        "a content type has at most 256 bytes");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(an_answer_is_taken_and_nothing_behind_it),
        TEST(another_type_is_not_taken),
        TEST(a_frame_may_come_out_of_turn),
        TEST(something_else_may_be_spoken),
        TEST(a_receiver_may_be_gone),
        TEST(a_type_has_a_longest_size),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
