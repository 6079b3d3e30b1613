/* Property: whatever a peer sends, each end takes it in turn or refuses it and stays as it was; its state
 * only goes forward, the replies are those of the protocol and can be sent. And two of our own ends always
 * come through, with any content type that fits, and with the extension if both take part. The input is a
 * stream of control frames for either end; its first bytes choose how each begins, and the content type. */
#include <tapline/frame.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
    if (!condition)
        abort();
}

static size_t sent(const struct tl_control *control, uint8_t *wire)
{
    size_t size = 0;

    demand(tl_control_encode(control, wire, TL_CONTROL_FRAME_MAX, &size) == TL_OK);
    return size;
}

static bool same_receiver(const struct tl_receiver *a, const struct tl_receiver *b)
{
    return a->state == b->state && a->bidirectional == b->bidirectional &&
           tl_bytes_equal(a->content_type, b->content_type);
}

static void tell_receiver(struct tl_receiver *receiver, const struct tl_control *control)
{
    struct tl_receiver before = *receiver;
    struct tl_control reply = {.type = 77};
    uint8_t wire[TL_CONTROL_FRAME_MAX];
    enum tl_status status = tl_receiver_control(receiver, control, &reply);

    if (status != TL_OK) {
        demand(status == TL_UNEXPECTED_CONTROL || status == TL_BAD_CONTENT_TYPE);
        demand(same_receiver(receiver, &before) && reply.type == 77);
    } else if (tl_control_type_name(control->type)) {
        demand(receiver->state > before.state);
        demand((control->type == TL_CONTROL_READY) == (reply.type == TL_CONTROL_ACCEPT));
        if (reply.type)
            sent(&reply, wire);
    } else {
        demand(same_receiver(receiver, &before) && reply.type == 0);
    }
    demand((tl_receiver_data(receiver) == TL_OK) == (receiver->state == TL_RECEIVER_DATA));
}

static void tell_sender(struct tl_sender_end *sender, const struct tl_control *control)
{
    struct tl_sender_end before = *sender;
    struct tl_control reply = {.type = 77};
    uint8_t wire[TL_CONTROL_FRAME_MAX];
    enum tl_status status = tl_sender_end_control(sender, control, &reply);

    if (status != TL_OK) {
        demand(status == TL_UNEXPECTED_CONTROL || status == TL_BAD_CONTENT_TYPE);
        demand(sender->state == before.state && reply.type == 77);
    } else if (tl_control_type_name(control->type)) {
        demand(sender->state == before.state + 1);
        demand((control->type == TL_CONTROL_ACCEPT) == (reply.type == TL_CONTROL_START));
        if (reply.type)
            sent(&reply, wire);
    } else {
        demand(sender->state == before.state && reply.type == 0);
    }
    demand(sender->bidirectional == before.bidirectional);
}

static void against_any_bytes(struct tl_bytes stream, bool bidirectional, bool extends,
                              struct tl_bytes content_type)
{
    struct tl_frame_decoder decoder;
    struct tl_receiver receiver;
    struct tl_sender_end sender;
    struct tl_control control;
    struct tl_frame frame;

    tl_frame_decoder_init(&decoder, 0);
    tl_receiver_init(&receiver, content_type);
    receiver.may_acknowledge = extends;
    tl_sender_end_init(&sender, bidirectional, content_type, &control);
    if (extends)
        tl_sender_end_offer(&sender, &control);
    while (tl_frame_next(&decoder, &stream, &frame) == TL_OK) {
        if (frame.kind == TL_FRAME_DATA && sender.state == TL_SENDER_DATA)
            demand(tl_sender_end_stop(&sender, &control) == TL_OK && sender.state > TL_SENDER_DATA);
        else if (frame.kind == TL_FRAME_DATA)
            demand(tl_sender_end_stop(&sender, &control) == TL_BAD_ARGUMENT);
        if (frame.kind != TL_FRAME_CONTROL || tl_control_decode(frame.payload, &control, NULL) != TL_OK)
            continue;
        tell_receiver(&receiver, &control);
        tell_sender(&sender, &control);
    }
}

/* From the wire of one end into the other. */
static void deliver(const struct tl_control *control, struct tl_receiver *receiver,
                    struct tl_sender_end *sender, struct tl_control *ret_reply)
{
    static uint8_t wires[2][TL_CONTROL_FRAME_MAX]; /* the reply borrows from what it answers */
    uint8_t *wire = wires[receiver != NULL];
    struct tl_control arrived;
    size_t size = sent(control, wire);

    demand(tl_control_decode(tl_bytes(wire + 8, size - 8), &arrived, NULL) == TL_OK);
    demand((receiver ? tl_receiver_control(receiver, &arrived, ret_reply)
                     : tl_sender_end_control(sender, &arrived, ret_reply)) == TL_OK);
}

static void against_each_other(bool bidirectional, bool offers, bool takes, struct tl_bytes content_type)
{
    struct tl_control finish = tl_control(TL_CONTROL_FINISH, tl_bytes(NULL, 0)), control, reply;
    struct tl_receiver receiver;
    struct tl_sender_end sender;

    tl_receiver_init(&receiver, content_type);
    receiver.may_acknowledge = takes;
    tl_sender_end_init(&sender, bidirectional, content_type, &control);
    if (offers)
        tl_sender_end_offer(&sender, &control);
    bool is_offered = control.content_type_count == 2;
    demand(!is_offered || (offers && bidirectional));
    deliver(&control, &receiver, NULL, &reply);
    if (bidirectional) {
        deliver(&reply, NULL, &sender, &control);
        deliver(&control, &receiver, NULL, &reply);
    }
    demand(receiver.acknowledges == (is_offered && takes));
    demand(sender.acknowledged == receiver.acknowledges);
    demand(reply.type == 0 && tl_receiver_data(&receiver) == TL_OK && sender.state == TL_SENDER_DATA);
    demand(tl_sender_end_stop(&sender, &control) == TL_OK);
    deliver(&control, &receiver, NULL, &reply);
    demand(receiver.state == TL_RECEIVER_STOPPED && receiver.bidirectional == bidirectional);
    if (bidirectional)
        deliver(&finish, NULL, &sender, &reply);
    demand(sender.state == TL_SENDER_DONE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char dnstap[] = "protobuf:dnstap.Dnstap";

    if (size < 2)
        return 0;
    bool bidirectional = data[0] & 1;
    struct tl_bytes content_type = tl_bytes_of_text(dnstap);
    if (data[0] & 2)
        content_type = tl_bytes(data + 2, data[1] < size - 2 ? data[1] : size - 2);
    against_any_bytes(tl_bytes(data + 2, size - 2), bidirectional, data[0] & 4, content_type);
    against_each_other(bidirectional, data[0] & 4, data[0] & 8, content_type);
    return 0;
}
