/* Both ends: every control frame in every state. */
#include "proof/test.h"

#include <tapline/frame.h>

#define OURS     tl_bytes_of_text("protobuf:dnstap.Dnstap")
#define EXTENDED tl_bytes_of_text("protobuf:dnstap.Dnstap;tapline=1")
#define OTHER    tl_bytes_of_text("protobuf:other")

/* What a control frame offers. */
enum offer { NOTHING, JUST_OURS, ANOTHER, BOTH, EMPTY_ONE, OFFERS };

static struct tl_control offering(uint32_t type, enum offer offer)
{
    struct tl_control control = {.type = type};

    if (offer == ANOTHER || offer == BOTH)
        control.content_types[control.content_type_count++] = OTHER;
    if (offer == JUST_OURS || offer == BOTH)
        control.content_types[control.content_type_count++] = OURS;
    if (offer == EMPTY_ONE)
        control.content_types[control.content_type_count++] = tl_bytes(NULL, 0);
    return control;
}

static const uint32_t types[] = {1, 2, 3, 4, 5, 0, 6, 0x80, 0xffffffff};

#define TYPES       (sizeof(types) / sizeof(types[0]))
#define IS_KNOWN(t) ((t) >= 1 && (t) <= 5)

/* A transition that is allowed; all others are TL_UNEXPECTED_CONTROL. */
struct step {
    int state;
    uint32_t type;
    int next;
    uint32_t reply;
};

static const struct step *find(const struct step *steps, size_t count, int state, uint32_t type)
{
    for (size_t i = 0; i < count; i++) {
        if (steps[i].state == state && steps[i].type == type)
            return &steps[i];
    }
    return NULL;
}

static enum tl_status expected_status(const struct step *step, uint32_t type, enum offer offer)
{
    if (!IS_KNOWN(type))
        return TL_OK;
    if (!step)
        return TL_UNEXPECTED_CONTROL;
    return offer == ANOTHER || offer == EMPTY_ONE ? TL_BAD_CONTENT_TYPE : TL_OK;
}

static void assert_reply(const struct tl_control *reply, uint32_t type)
{
    assert_int_equal(reply->type, type);
    assert_int_equal(reply->content_type_count, type ? 1 : 0);
    if (type)
        assert_true(tl_bytes_equal(reply->content_types[0], OURS));
}

static bool may_offer(uint32_t type, enum offer offer)
{
    struct tl_control control = offering(type, offer);
    uint8_t wire[TL_CONTROL_FRAME_MAX];
    size_t size;

    return !IS_KNOWN(type) ? offer == NOTHING
                           : tl_control_encode(&control, wire, sizeof(wire), &size) == TL_OK;
}

static void check_receiver(enum tl_receiver_state state, bool bidirectional, uint32_t type, enum offer offer)
{
    static const struct step steps[] = {
        {TL_RECEIVER_OPENING, TL_CONTROL_READY, TL_RECEIVER_ACCEPTED, TL_CONTROL_ACCEPT},
        {TL_RECEIVER_OPENING, TL_CONTROL_START, TL_RECEIVER_DATA, 0},
        {TL_RECEIVER_ACCEPTED, TL_CONTROL_START, TL_RECEIVER_DATA, 0},
        {TL_RECEIVER_DATA, TL_CONTROL_STOP, TL_RECEIVER_STOPPED, 0},
    };
    const struct step *step = find(steps, sizeof(steps) / sizeof(steps[0]), (int)state, type);
    enum tl_status expected = expected_status(step, type, offer);
    struct tl_control control = offering(type, offer), reply, reply_before;
    struct tl_receiver receiver, before;

    memset(&receiver, 0, sizeof(receiver));
    memset(&reply, 0x5a, sizeof(reply));
    tl_receiver_init(&receiver, OURS);
    receiver.state = state;
    receiver.bidirectional = bidirectional;
    memcpy(&before, &receiver, sizeof(receiver));
    memcpy(&reply_before, &reply, sizeof(reply));
    assert_int_equal(tl_receiver_control(&receiver, &control, &reply), expected);
    if (expected != TL_OK) {
        assert_memory_equal(&reply, &reply_before, sizeof(reply));
    } else {
        assert_reply(&reply, step ? step->reply : 0);
        before.bidirectional = bidirectional || type == TL_CONTROL_READY;
        before.state = step ? (enum tl_receiver_state)step->next : state;
    }
    assert_memory_equal(&receiver, &before, sizeof(receiver));
}

static void the_receiver_takes_what_is_in_turn(void **state)
{
    (void)state;
    for (int at = TL_RECEIVER_OPENING; at <= TL_RECEIVER_STOPPED; at++) {
        for (size_t i = 0; i < TYPES; i++) {
            for (enum offer offer = NOTHING; offer < OFFERS; offer++) {
                if (!may_offer(types[i], offer))
                    continue;
                check_receiver((enum tl_receiver_state)at, false, types[i], offer);
                check_receiver((enum tl_receiver_state)at, true, types[i], offer);
            }
        }
    }
}

static void data_may_come_between_start_and_stop(void **state)
{
    (void)state;
    struct tl_receiver receiver;

    tl_receiver_init(&receiver, OURS);
    assert_int_equal(receiver.state, TL_RECEIVER_OPENING);
    assert_false(receiver.bidirectional);
    assert_int_equal(tl_receiver_data(&receiver), TL_UNEXPECTED_DATA);
    receiver.state = TL_RECEIVER_ACCEPTED;
    assert_int_equal(tl_receiver_data(&receiver), TL_UNEXPECTED_DATA);
    receiver.state = TL_RECEIVER_DATA;
    assert_int_equal(tl_receiver_data(&receiver), TL_OK);
    receiver.state = TL_RECEIVER_STOPPED;
    assert_int_equal(tl_receiver_data(&receiver), TL_UNEXPECTED_DATA);
}

static void check_sender(enum tl_sender_state state, uint32_t type, enum offer offer)
{
    static const struct step steps[] = {
        {TL_SENDER_OPENING, TL_CONTROL_ACCEPT, TL_SENDER_DATA, TL_CONTROL_START},
        {TL_SENDER_STOPPING, TL_CONTROL_FINISH, TL_SENDER_DONE, 0},
    };
    const struct step *step = find(steps, sizeof(steps) / sizeof(steps[0]), (int)state, type);
    enum tl_status expected = expected_status(step, type, offer);
    struct tl_control control = offering(type, offer), reply, reply_before;
    struct tl_sender_end sender, before;

    memset(&sender, 0, sizeof(sender));
    tl_sender_end_init(&sender, true, OURS, &reply);
    sender.state = state;
    memcpy(&before, &sender, sizeof(sender));
    memset(&reply, 0x5a, sizeof(reply));
    memcpy(&reply_before, &reply, sizeof(reply));
    assert_int_equal(tl_sender_end_control(&sender, &control, &reply), expected);
    if (expected != TL_OK) {
        assert_memory_equal(&reply, &reply_before, sizeof(reply));
    } else {
        assert_reply(&reply, step ? step->reply : 0);
        before.state = step ? (enum tl_sender_state)step->next : state;
    }
    assert_memory_equal(&sender, &before, sizeof(sender));
}

static void the_sender_takes_what_is_in_turn(void **state)
{
    (void)state;
    for (int at = TL_SENDER_OPENING; at <= TL_SENDER_DONE; at++) {
        for (size_t i = 0; i < TYPES; i++) {
            for (enum offer offer = NOTHING; offer < OFFERS; offer++) {
                if (may_offer(types[i], offer))
                    check_sender((enum tl_sender_state)at, types[i], offer);
            }
        }
    }
}

static void the_sender_stops_once_and_only_after_start(void **state)
{
    (void)state;
    for (int bidirectional = 0; bidirectional <= 1; bidirectional++) {
        for (int at = TL_SENDER_OPENING; at <= TL_SENDER_DONE; at++) {
            struct tl_sender_end sender;
            struct tl_control control;
            tl_sender_end_init(&sender, bidirectional, OURS, &control);
            assert_int_equal(sender.state, bidirectional ? TL_SENDER_OPENING : TL_SENDER_DATA);
            assert_reply(&control, bidirectional ? TL_CONTROL_READY : TL_CONTROL_START);
            sender.state = (enum tl_sender_state)at;
            control.type = 99;
            enum tl_status status = tl_sender_end_stop(&sender, &control);
            assert_int_equal(status, at == TL_SENDER_DATA ? TL_OK : TL_BAD_ARGUMENT);
            if (status != TL_OK) {
                assert_int_equal(control.type, 99);
                assert_int_equal(sender.state, at);
            } else {
                assert_int_equal(control.type, TL_CONTROL_STOP);
                assert_int_equal(control.content_type_count, 0);
                assert_int_equal(sender.state, bidirectional ? TL_SENDER_STOPPING : TL_SENDER_DONE);
            }
        }
    }
}

/* Over the wire and back. The slices point into `wire`. */
static struct tl_control sent(const struct tl_control *control, uint8_t *wire)
{
    struct tl_control back;
    size_t size;

    assert_int_equal(tl_control_encode(control, wire, TL_CONTROL_FRAME_MAX, &size), TL_OK);
    assert_int_equal(tl_control_decode(tl_bytes(wire + 8, size - 8), &back, NULL), TL_OK);
    return back;
}

static void a_bidirectional_session(void **state)
{
    (void)state;
    uint8_t wire[TL_CONTROL_FRAME_MAX];
    struct tl_sender_end sender;
    struct tl_receiver receiver;
    struct tl_control control, reply, finish = tl_control(TL_CONTROL_FINISH, tl_bytes(NULL, 0));

    tl_receiver_init(&receiver, OURS);
    tl_sender_end_init(&sender, true, OURS, &reply);
    control = sent(&reply, wire);
    assert_int_equal(tl_receiver_control(&receiver, &control, &reply), TL_OK);
    assert_int_equal(reply.type, TL_CONTROL_ACCEPT);
    control = sent(&reply, wire);
    assert_int_equal(tl_sender_end_control(&sender, &control, &reply), TL_OK);
    assert_int_equal(reply.type, TL_CONTROL_START);
    control = sent(&reply, wire);
    assert_int_equal(tl_receiver_control(&receiver, &control, &reply), TL_OK);
    assert_int_equal(tl_receiver_data(&receiver), TL_OK);
    assert_int_equal(tl_sender_end_stop(&sender, &reply), TL_OK);
    control = sent(&reply, wire);
    assert_int_equal(tl_receiver_control(&receiver, &control, &reply), TL_OK);
    assert_int_equal(reply.type, 0);
    assert_int_equal(receiver.state, TL_RECEIVER_STOPPED);
    assert_true(receiver.bidirectional);
    control = sent(&finish, wire);
    assert_int_equal(tl_sender_end_control(&sender, &control, &reply), TL_OK);
    assert_int_equal(sender.state, TL_SENDER_DONE);
}

static void a_unidirectional_session(void **state)
{
    (void)state;
    uint8_t wire[TL_CONTROL_FRAME_MAX];
    struct tl_sender_end sender;
    struct tl_receiver receiver;
    struct tl_control control, reply;

    tl_receiver_init(&receiver, OURS);
    tl_sender_end_init(&sender, false, OURS, &reply);
    control = sent(&reply, wire);
    assert_int_equal(tl_receiver_control(&receiver, &control, &reply), TL_OK);
    assert_int_equal(reply.type, 0);
    assert_int_equal(tl_receiver_data(&receiver), TL_OK);
    assert_int_equal(tl_sender_end_stop(&sender, &reply), TL_OK);
    assert_int_equal(sender.state, TL_SENDER_DONE);
    control = sent(&reply, wire);
    assert_int_equal(tl_receiver_control(&receiver, &control, &reply), TL_OK);
    assert_int_equal(receiver.state, TL_RECEIVER_STOPPED);
    assert_false(receiver.bidirectional);
}

/* READY, ACCEPT and START between the two, who take part in the extension or not. */
static void check_extension(bool offers, bool may_acknowledge)
{
    uint8_t wires[3][TL_CONTROL_FRAME_MAX];
    struct tl_sender_end sender;
    struct tl_receiver receiver;
    struct tl_control control, reply;
    bool both = offers && may_acknowledge;

    tl_receiver_init(&receiver, OURS);
    receiver.may_acknowledge = may_acknowledge;
    tl_sender_end_init(&sender, true, OURS, &reply);
    if (offers)
        tl_sender_end_offer(&sender, &reply);
    assert_int_equal(reply.content_type_count, offers ? 2 : 1);
    control = sent(&reply, wires[0]);
    assert_true(tl_bytes_equal(control.content_types[0], OURS));
    assert_int_equal(tl_receiver_control(&receiver, &control, &reply), TL_OK);
    control = sent(&reply, wires[1]);
    assert_int_equal(control.content_type_count, both ? 2 : 1);
    assert_true(tl_bytes_equal(control.content_types[0], OURS));
    if (both)
        assert_true(tl_bytes_equal(control.content_types[1], EXTENDED));
    assert_int_equal(tl_sender_end_control(&sender, &control, &reply), TL_OK);
    control = sent(&reply, wires[2]);
    assert_reply(&control, TL_CONTROL_START);
    assert_int_equal(tl_receiver_control(&receiver, &control, &reply), TL_OK);
    assert_int_equal(sender.acknowledged, both);
    assert_int_equal(receiver.acknowledges, both);
}

static void the_extension_needs_both(void **state)
{
    (void)state;
    for (int ends = 0; ends < 4; ends++)
        check_extension(ends & 1, ends & 2);
}

/* Others have things of their own behind the content type; an ACCEPT of the extended one alone, or of what
 * was not offered, changes nothing. */
static void nothing_else_is_the_extension(void **state)
{
    (void)state;
    static const char *const others[] = {"protobuf:dnstap.Dnstap;tapline=2",
                                         "protobuf:dnstap.Dnstap;tapline",
                                         "protobuf:dnstap.Dnsta;tapline=1",
                                         ";tapline=1",
                                         "",
                                         "protobuf:dnstap.Dnstap;tapline=10"};

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        struct tl_control ready = tl_control(TL_CONTROL_READY, OURS), reply;
        struct tl_receiver receiver;
        ready.content_types[ready.content_type_count++] = tl_bytes_of_text(others[i]);
        tl_receiver_init(&receiver, OURS);
        receiver.may_acknowledge = true;
        assert_int_equal(tl_receiver_control(&receiver, &ready, &reply), TL_OK);
        assert_false(receiver.acknowledges);
        assert_reply(&reply, TL_CONTROL_ACCEPT);
    }
    struct tl_control accept = tl_control(TL_CONTROL_ACCEPT, OURS), reply;
    struct tl_sender_end sender;
    accept.content_types[accept.content_type_count++] = EXTENDED;
    tl_sender_end_init(&sender, true, OURS, &reply);
    assert_int_equal(tl_sender_end_control(&sender, &accept, &reply), TL_OK);
    assert_false(sender.acknowledged);
}

/* fstrm_capture takes a READY of 503 bytes and no longer one. */
static void what_does_not_fit_is_not_offered(void **state)
{
    (void)state;
    uint8_t type[TL_CONTENT_TYPE_SIZE_MAX];
    uint8_t wire[TL_CONTROL_FRAME_MAX];

    memset(type, 'x', sizeof(type));
    for (size_t size = 0; size <= sizeof(type); size++) {
        struct tl_sender_end sender;
        struct tl_control first;
        size_t wire_size = 0;
        tl_sender_end_init(&sender, true, tl_bytes(type, size), &first);
        tl_sender_end_offer(&sender, &first);
        assert_int_equal(first.content_type_count, size == 0 ? 0 : size <= 236 ? 2 : 1);
        assert_int_equal(tl_control_encode(&first, wire, sizeof(wire), &wire_size), TL_OK);
        assert_true(first.content_type_count < 2 || wire_size <= 8 + 503);
    }
    struct tl_sender_end sender;
    struct tl_control first;
    tl_sender_end_init(&sender, false, OURS, &first);
    tl_sender_end_offer(&sender, &first);
    assert_reply(&first, TL_CONTROL_START);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_receiver_takes_what_is_in_turn),
        cmocka_unit_test(data_may_come_between_start_and_stop),
        cmocka_unit_test(the_sender_takes_what_is_in_turn),
        cmocka_unit_test(the_sender_stops_once_and_only_after_start),
        cmocka_unit_test(a_bidirectional_session),
        cmocka_unit_test(a_unidirectional_session),
        cmocka_unit_test(the_extension_needs_both),
        cmocka_unit_test(nothing_else_is_the_extension),
        cmocka_unit_test(what_does_not_fit_is_not_offered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
