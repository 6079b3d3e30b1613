/* Both ends are driven by hand in one thread, with a clock of our own. */
#include "send/link.h"

#include "proof/test.h"

#include "proof/resolver.h"
#include "proof/stuck.h"

#include <tapline/dnstap.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char folder[] = "/tmp/send_link_test.XXXXXX";

struct ends {
    struct destination to;
    struct lane lane;
    struct link link;
    int listening, peer;
};

static void set_up(struct ends *ends)
{
    static const struct tl_listen_options as_it_is = {-1, -1, -1};
    char text[128];
    size_t count;

    *ends = (struct ends){.to.timeout_ms = 1000, .peer = -1};
    snprintf(text, sizeof(text), "unix:%s/socket", folder);
    assert_int_equal(tl_endpoint_parse(text, &ends->to.endpoint), TL_OK);
    strcpy(ends->to.name, "collector");
    assert_int_equal(tl_endpoint_listen(&ends->to.endpoint, &as_it_is, &ends->listening, 1, &count), TL_OK);
    link_init(&ends->link, &ends->to, &ends->lane);
}

static void tear_down(struct ends *ends)
{
    link_give_up(&ends->link);
    look_up_done(&ends->to.look_up);
    lane_done(&ends->lane);
    close(ends->listening);
    if (ends->peer >= 0)
        close(ends->peer);
}

static void put(struct ends *ends, const char *text)
{
    assert_true(lane_put(&ends->lane, tl_bytes_of_text(text)));
}

static void take_peer(struct ends *ends)
{
    if (ends->peer >= 0)
        close(ends->peer);
    ends->peer = accept(ends->listening, NULL, NULL);
    assert_true(ends->peer >= 0);
}

static void answer(struct ends *ends, enum tl_control_type type, const char *content_type)
{
    struct tl_control control = tl_control(type, tl_bytes_of_text(content_type));
    uint8_t buffer[TL_CONTROL_FRAME_MAX];
    size_t size;

    assert_int_equal(tl_control_encode(&control, buffer, sizeof(buffer), &size), TL_OK);
    assert_int_equal(tl_write(ends->peer, tl_bytes(buffer, size), NULL), TL_OK);
}

/* What came since the last time: R, S, s for READY, START and STOP, and the payloads of data frames. */
static void expect(struct ends *ends, const char *expected)
{
    uint8_t buffer[4096];
    char seen[256] = "";
    struct tl_frame_decoder decoder;
    struct tl_frame frame;
    ssize_t size = recv(ends->peer, buffer, sizeof(buffer), MSG_DONTWAIT);

    tl_frame_decoder_init(&decoder, 0);
    for (struct tl_bytes in = tl_bytes(buffer, size > 0 ? (size_t)size : 0);
         tl_frame_next(&decoder, &in, &frame) == TL_OK;) {
        struct tl_control control = {0};
        if (frame.kind == TL_FRAME_CONTROL)
            assert_int_equal(tl_control_decode(frame.payload, &control, NULL), TL_OK);
        const char *word = control.type == TL_CONTROL_READY   ? "R"
                           : control.type == TL_CONTROL_START ? "S"
                           : control.type == TL_CONTROL_STOP  ? "s"
                                                              : "";
        strncat(seen, control.type ? word : (const char *)frame.payload.data,
                control.type ? 1 : frame.payload.size);
    }
    assert_string_equal(seen, expected);
}

/* As far as frames may be sent. */
static void greet(struct ends *ends, uint64_t now)
{
    link_step(&ends->link, now);
    take_peer(ends);
    expect(ends, "R");
    answer(ends, TL_CONTROL_ACCEPT, TL_DNSTAP_CONTENT_TYPE);
    link_step(&ends->link, now); /* START */
    link_step(&ends->link, now); /* frames */
}

static void a_batch_is_a_session(void **state)
{
    (void)state;
    struct ends ends;

    set_up(&ends);
    link_step(&ends.link, 0);
    assert_int_equal(ends.link.state, LINK_DOWN); /* nobody is troubled for nothing */
    assert_true(link_is_settled(&ends.link));
    put(&ends, "a");
    greet(&ends, 0);
    expect(&ends, "Sa");
    put(&ends, "b");
    link_step(&ends.link, 0);
    expect(&ends, "b");
    link_close_batch(&ends.link);
    link_step(&ends.link, 0);
    expect(&ends, "s");
    assert_int_equal(ends.to.confirmed, 0);
    answer(&ends, TL_CONTROL_FINISH, "");
    link_step(&ends.link, 0);
    assert_int_equal(ends.link.state, LINK_SETTLED);
    assert_int_equal(ends.to.confirmed, 2);
    assert_int_equal(ends.to.repeated + ends.to.breaks, 0);

    lane_clear(&ends.lane);
    link_begin_batch(&ends.link);
    put(&ends, "c");
    greet(&ends, 0);
    expect(&ends, "Sc");
    tear_down(&ends);
}

static void after_a_break_everything_comes_again(void **state)
{
    (void)state;
    struct ends ends;

    set_up(&ends);
    put(&ends, "a");
    put(&ends, "b");
    greet(&ends, 0);
    expect(&ends, "Sab");
    close(ends.peer);
    ends.peer = -1;
    link_step(&ends.link, 100);
    assert_int_equal(ends.link.state, LINK_DOWN);
    assert_int_equal(link_due(&ends.link), 100 + LINK_RETRY_MIN);
    assert_int_equal(ends.to.repeated, 2);
    assert_int_equal(ends.to.breaks, 1);
    put(&ends, "c");
    greet(&ends, 100 + LINK_RETRY_MIN);
    expect(&ends, "Sabc");
    tear_down(&ends);
}

static void delays_grow_to_a_second(void **state)
{
    (void)state;
    struct ends ends;
    uint64_t now = 0;
    unsigned delays = 0;

    set_up(&ends);
    close(ends.listening);
    put(&ends, "a");
    for (; now < 20000; delays++) {
        link_step(&ends.link, now);
        assert_in_range(link_due(&ends.link), now + LINK_RETRY_MIN, now + LINK_RETRY_MAX);
        now = link_due(&ends.link);
    }
    assert_int_equal(link_due(&ends.link) - now, 0);
    assert_in_range(delays, 20, 30);
    ends.listening = -1;
    tear_down(&ends);
}

static void who_is_late_has_failed(void **state)
{
    (void)state;
    struct ends ends;

    set_up(&ends);
    put(&ends, "a");
    link_step(&ends.link, 0);
    link_step(&ends.link, 999);
    assert_int_equal(ends.link.state, LINK_GREETING);
    link_step(&ends.link, 1000);
    assert_int_equal(ends.link.state, LINK_DOWN);
    take_peer(&ends); /* of the first connection */
    greet(&ends, 2000);
    expect(&ends, "Sa");
    link_step(&ends.link, 1000000); /* nothing is asked of it now */
    assert_int_equal(ends.link.state, LINK_SENDING);
    link_close_batch(&ends.link);
    link_step(&ends.link, 1000000);
    link_step(&ends.link, 1001000);
    assert_int_equal(ends.link.state, LINK_DOWN); /* no FINISH */
    tear_down(&ends);
}

static void who_never_confirms_is_given_up(void **state)
{
    (void)state;
    struct ends ends;
    uint64_t now = 0;

    set_up(&ends);
    put(&ends, "a");
    link_close_batch(&ends.link);
    for (unsigned i = 0; i < LINK_SILENT_MAX; i++, now += LINK_RETRY_MAX) {
        assert_false(link_is_settled(&ends.link));
        greet(&ends, now);
        expect(&ends, "Sas");
        close(ends.peer);
        ends.peer = -1;
        link_step(&ends.link, now);
    }
    assert_int_equal(ends.link.state, LINK_GIVEN_UP);
    assert_int_equal(ends.to.confirmed, 0);
    tear_down(&ends);
}

static void once_is_once(void **state)
{
    (void)state;
    struct ends ends;

    set_up(&ends);
    ends.to.once = true;
    put(&ends, "a");
    greet(&ends, 0);
    close(ends.peer);
    ends.peer = -1;
    link_step(&ends.link, 0);
    assert_int_equal(ends.link.state, LINK_GIVEN_UP);
    assert_true(ends.to.is_given_up);
    tear_down(&ends);
}

static void one_direction_needs_no_answer(void **state)
{
    (void)state;
    struct ends ends;

    set_up(&ends);
    ends.to.unidirectional = true;
    put(&ends, "a");
    link_step(&ends.link, 0);
    take_peer(&ends);
    expect(&ends, "Sa");
    link_close_batch(&ends.link);
    link_step(&ends.link, 0);
    expect(&ends, "s");
    assert_int_equal(ends.link.state, LINK_SETTLED);
    assert_int_equal(ends.to.confirmed, 0);
    assert_int_equal(ends.to.unasked, 1);
    tear_down(&ends);
}

/* What must not be taken for an answer, or for a confirmation. */
static void nonsense_is_a_failure(void **state)
{
    (void)state;
    struct ends ends;

    for (unsigned i = 0; i < 4; i++) {
        set_up(&ends);
        put(&ends, "a");
        link_close_batch(&ends.link);
        link_step(&ends.link, 0);
        take_peer(&ends);
        switch (i) {
        case 0: assert_int_equal(write(ends.peer, "HTTP/1.1", 8), 8); break;
        case 1: answer(&ends, TL_CONTROL_FINISH, ""); break;
        case 2: answer(&ends, TL_CONTROL_ACCEPT, "something else"); break;
        case 3: assert_int_equal(write(ends.peer, "\0\0\0\0\0\0\0\1", 8), 8); break;
        }
        link_step(&ends.link, 0);
        assert_int_equal(ends.link.state, LINK_DOWN);
        assert_int_equal(ends.to.confirmed, 0);
        tear_down(&ends);
    }
}

/* An answer may come byte by byte. */
static void answers_may_come_in_crumbs(void **state)
{
    (void)state;
    struct tl_control control = tl_control(TL_CONTROL_ACCEPT, tl_bytes_of_text(TL_DNSTAP_CONTENT_TYPE));
    uint8_t buffer[TL_CONTROL_FRAME_MAX];
    struct ends ends;
    size_t size;

    set_up(&ends);
    put(&ends, "a");
    link_step(&ends.link, 0);
    take_peer(&ends);
    expect(&ends, "R");
    assert_int_equal(tl_control_encode(&control, buffer, sizeof(buffer), &size), TL_OK);
    for (size_t i = 0; i < size; i++) {
        assert_int_equal(ends.link.state, LINK_GREETING);
        assert_int_equal(write(ends.peer, buffer + i, 1), 1);
        link_step(&ends.link, 0);
    }
    assert_int_equal(ends.link.state, LINK_SENDING);
    tear_down(&ends);
}

/* FINISH before all frames and STOP are out confirms nothing. */
static void early_finish_is_a_failure(void **state)
{
    (void)state;
    struct ends ends;

    set_up(&ends);
    put(&ends, "a");
    greet(&ends, 0);
    answer(&ends, TL_CONTROL_FINISH, "");
    link_step(&ends.link, 0);
    assert_int_equal(ends.link.state, LINK_DOWN);
    assert_int_equal(ends.to.confirmed, 0);
    tear_down(&ends);
}

/* Whatever comes before STOP went out, nothing is confirmed; and what comes behind it confirms only as
 * FINISH. */
static void random_answers_confirm_nothing(void **state)
{
    (void)state;
    static const uint8_t finish[] = {0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 5};
    uint64_t random = 1;

    for (unsigned i = 0; i < 500; i++) {
        uint8_t bytes[sizeof(finish)];
        struct ends ends;
        set_up(&ends);
        ends.to.timeout_ms = 1;
        put(&ends, "a");
        if (i % 2) {
            link_close_batch(&ends.link);
            greet(&ends, 0);
        } else {
            link_step(&ends.link, 0);
            take_peer(&ends);
        }
        memcpy(bytes, finish, sizeof(bytes));
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
        bytes[(random >> 40) % sizeof(bytes)] ^= (uint8_t)(1 + (random >> 33) % 255);
        assert_int_equal(write(ends.peer, bytes, sizeof(bytes)), sizeof(bytes));
        link_step(&ends.link, 0);
        link_step(&ends.link, 1);
        assert_int_equal(ends.to.confirmed, 0);
        assert_int_equal(ends.link.state, LINK_DOWN);
        tear_down(&ends);
    }
}

/* Who does not answer has the timeout, and nobody else waits meanwhile. */
static void a_host_that_does_not_answer_is_not_waited_for(void **state)
{
    (void)state;
    struct stuck stuck = stuck_new();
    struct ends ends;
    char text[64];

    set_up(&ends);
    snprintf(text, sizeof(text), "tcp:127.0.0.1:%u", stuck.port);
    assert_int_equal(tl_endpoint_parse(text, &ends.to.endpoint), TL_OK);
    put(&ends, "a");
    for (uint64_t now = 0; now < 1000; now += 100) {
        link_step(&ends.link, now);
        assert_int_equal(ends.link.state, LINK_CONNECTING);
        assert_int_equal(link_due(&ends.link), 1000);
        assert_int_equal(link_events(&ends.link), POLLOUT);
        assert_int_equal(link_fd(&ends.link), ends.link.fd);
        assert_false(link_is_away(&ends.link));
    }
    link_step(&ends.link, 1000);
    assert_int_equal(ends.link.state, LINK_DOWN);
    assert_int_equal(ends.link.fd, -1);
    assert_int_equal(link_due(&ends.link), 1000 + LINK_RETRY_MIN);
    link_step(&ends.link, 1000 + LINK_RETRY_MIN);
    assert_int_equal(ends.link.state, LINK_CONNECTING);
    assert_true(link_is_away(&ends.link));
    assert_int_equal(ends.to.breaks + ends.to.sessions, 0);
    tear_down(&ends);
    stuck_free(&stuck);
}

/* Listens on TCP instead, and is found by a name. */
static void move_to_tcp(struct ends *ends)
{
    struct sockaddr_in address;
    socklen_t size = sizeof(address);
    struct tl_endpoint endpoint;
    char text[64];
    size_t count;

    close(ends->listening);
    assert_int_equal(tl_endpoint_parse("tcp:127.0.0.1:0", &endpoint), TL_OK);
    assert_int_equal(tl_endpoint_listen(&endpoint, NULL, &ends->listening, 1, &count), TL_OK);
    assert_int_equal(getsockname(ends->listening, (struct sockaddr *)&address, &size), 0);
    snprintf(text, sizeof(text), "tcp:collector.example:%u", ntohs(address.sin_port));
    assert_int_equal(tl_endpoint_parse(text, &ends->to.endpoint), TL_OK);
}

static void poll_link(const struct link *link)
{
    struct pollfd look = {.fd = link_fd(link), .events = link_events(link)};

    assert_int_equal(poll(&look, 1, -1), 1);
}

static void a_name_that_is_looked_up_is_not_waited_for(void **state)
{
    (void)state;
    struct ends ends;

    set_up(&ends);
    move_to_tcp(&ends);
    put(&ends, "a");
    resolver_hold(true);
    link_step(&ends.link, 0);
    assert_int_equal(ends.link.state, LINK_CONNECTING);
    assert_int_equal(ends.link.fd, -1);
    resolver_await_asked(1);
    link_step(&ends.link, 999);
    assert_int_equal(ends.link.state, LINK_CONNECTING);
    link_step(&ends.link, 1000);
    assert_int_equal(ends.link.state, LINK_DOWN);
    link_step(&ends.link, 2000); /* again: the same question, which is answered now */
    assert_int_equal(ends.link.state, LINK_CONNECTING);
    resolver_hold(false);
    poll_link(&ends.link);
    link_step(&ends.link, 2500);
    while (ends.link.state == LINK_CONNECTING) {
        poll_link(&ends.link);
        link_step(&ends.link, 2500);
    }
    assert_int_equal(ends.link.state, LINK_GREETING);
    assert_int_equal(link_due(&ends.link), 3500);
    assert_int_equal(resolver_asked(), 1);
    poll(&(struct pollfd){.fd = ends.listening, .events = POLLIN}, 1, -1);
    take_peer(&ends);
    poll(&(struct pollfd){.fd = ends.peer, .events = POLLIN}, 1, -1);
    expect(&ends, "R");
    tear_down(&ends);
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    char path[128];

    snprintf(path, sizeof(path), "%s/socket", folder);
    unlink(path);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_batch_is_a_session),
        cmocka_unit_test(after_a_break_everything_comes_again),
        cmocka_unit_test(delays_grow_to_a_second),
        cmocka_unit_test(who_is_late_has_failed),
        cmocka_unit_test(who_never_confirms_is_given_up),
        cmocka_unit_test(once_is_once),
        cmocka_unit_test(one_direction_needs_no_answer),
        cmocka_unit_test(nonsense_is_a_failure),
        cmocka_unit_test(answers_may_come_in_crumbs),
        cmocka_unit_test(early_finish_is_a_failure),
        cmocka_unit_test(random_answers_confirm_nothing),
        cmocka_unit_test(a_host_that_does_not_answer_is_not_waited_for),
        cmocka_unit_test(a_name_that_is_looked_up_is_not_waited_for),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
