/* Both ends of a stream's opening and closing, as state machines that are told which control frame came and
 * say which one to send. Invariant: a control frame out of turn changes nothing. */
#include <tapline/frame.h>

#define READY_MAX 503 /* of its payload: fstrm_capture takes no more */

static bool offers(const struct tl_control *control, struct tl_bytes content_type)
{
    for (uint32_t i = 0; i < control->content_type_count; i++) {
        if (tl_bytes_equal(control->content_types[i], content_type))
            return true;
    }
    return control->content_type_count == 0;
}

static bool is_extended(struct tl_bytes type, struct tl_bytes content_type)
{
    struct tl_bytes extension = tl_bytes_of_text(TL_EXTENSION);

    return type.size == content_type.size + extension.size &&
           tl_bytes_equal(tl_bytes(type.data, content_type.size), content_type) &&
           tl_bytes_equal(tl_bytes(type.data + content_type.size, extension.size), extension);
}

/* The extended content type among those of `control`; NULL if it is not there. */
static const struct tl_bytes *find_extended(const struct tl_control *control, struct tl_bytes content_type)
{
    for (uint32_t i = 0; i < control->content_type_count; i++) {
        if (is_extended(control->content_types[i], content_type))
            return &control->content_types[i];
    }
    return NULL;
}

void tl_receiver_init(struct tl_receiver *receiver, struct tl_bytes content_type)
{
    receiver->state = TL_RECEIVER_OPENING;
    receiver->bidirectional = false;
    receiver->content_type = content_type;
    receiver->may_acknowledge = false;
    receiver->acknowledges = false;
}

/* The plain content type first: Unbound looks at no other. */
static struct tl_control accept_ready(struct tl_receiver *receiver, const struct tl_control *ready)
{
    struct tl_control accept = tl_control(TL_CONTROL_ACCEPT, receiver->content_type);
    const struct tl_bytes *extended = find_extended(ready, receiver->content_type);

    receiver->acknowledges = receiver->may_acknowledge && extended;
    if (receiver->acknowledges)
        accept.content_types[accept.content_type_count++] = *extended;
    return accept;
}

enum tl_status tl_receiver_control(struct tl_receiver *receiver, const struct tl_control *control,
                                   struct tl_control *ret_reply)
{
    enum tl_receiver_state state = receiver->state;

    switch (control->type) {
    case TL_CONTROL_READY:
        if (state != TL_RECEIVER_OPENING)
            return TL_UNEXPECTED_CONTROL;
        if (!offers(control, receiver->content_type))
            return TL_BAD_CONTENT_TYPE;
        receiver->state = TL_RECEIVER_ACCEPTED;
        receiver->bidirectional = true;
        *ret_reply = accept_ready(receiver, control);
        return TL_OK;
    case TL_CONTROL_START:
        if (state != TL_RECEIVER_OPENING && state != TL_RECEIVER_ACCEPTED)
            return TL_UNEXPECTED_CONTROL;
        if (!offers(control, receiver->content_type))
            return TL_BAD_CONTENT_TYPE;
        receiver->state = TL_RECEIVER_DATA;
        break;
    case TL_CONTROL_STOP:
        if (state != TL_RECEIVER_DATA)
            return TL_UNEXPECTED_CONTROL;
        receiver->state = TL_RECEIVER_STOPPED;
        break;
    case TL_CONTROL_ACCEPT:
    case TL_CONTROL_FINISH: return TL_UNEXPECTED_CONTROL;
    default: /* unknown types must be ignored (fstrm/control.h) */ break;
    }
    ret_reply->type = 0;
    ret_reply->content_type_count = 0;
    return TL_OK;
}

enum tl_status tl_receiver_data(const struct tl_receiver *receiver)
{
    return receiver->state == TL_RECEIVER_DATA ? TL_OK : TL_UNEXPECTED_DATA;
}

void tl_sender_end_init(struct tl_sender_end *sender, bool bidirectional, struct tl_bytes content_type,
                        struct tl_control *ret_first)
{
    sender->state = bidirectional ? TL_SENDER_OPENING : TL_SENDER_DATA;
    sender->bidirectional = bidirectional;
    sender->content_type = content_type;
    sender->acknowledged = false;
    sender->extended_size = 0;
    *ret_first = tl_control(bidirectional ? TL_CONTROL_READY : TL_CONTROL_START, content_type);
}

void tl_sender_end_offer(struct tl_sender_end *sender, struct tl_control *first)
{
    struct tl_builder extended = tl_builder(sender->extended, sizeof(sender->extended));
    size_t fields = 2 * 8; /* type and length of two content types */

    tl_builder_put(&extended, sender->content_type);
    tl_builder_put(&extended, tl_bytes_of_text(TL_EXTENSION));
    if (first->type != TL_CONTROL_READY || extended.status != TL_OK || !sender->content_type.size ||
        4 + fields + sender->content_type.size + tl_builder_size(&extended) > READY_MAX)
        return;
    sender->extended_size = (uint32_t)tl_builder_size(&extended);
    first->content_types[first->content_type_count++] = tl_builder_bytes(&extended);
}

enum tl_status tl_sender_end_control(struct tl_sender_end *sender, const struct tl_control *control,
                                     struct tl_control *ret_reply)
{
    switch (control->type) {
    case TL_CONTROL_ACCEPT:
        if (sender->state != TL_SENDER_OPENING)
            return TL_UNEXPECTED_CONTROL;
        if (!offers(control, sender->content_type))
            return TL_BAD_CONTENT_TYPE;
        sender->state = TL_SENDER_DATA;
        sender->acknowledged = sender->extended_size && find_extended(control, sender->content_type);
        *ret_reply = tl_control(TL_CONTROL_START, sender->content_type);
        return TL_OK;
    case TL_CONTROL_FINISH:
        if (sender->state != TL_SENDER_STOPPING)
            return TL_UNEXPECTED_CONTROL;
        sender->state = TL_SENDER_DONE;
        break;
    case TL_CONTROL_READY:
    case TL_CONTROL_START:
    case TL_CONTROL_STOP: return TL_UNEXPECTED_CONTROL;
    default: break;
    }
    ret_reply->type = 0;
    ret_reply->content_type_count = 0;
    return TL_OK;
}

enum tl_status tl_sender_end_stop(struct tl_sender_end *sender, struct tl_control *ret_stop)
{
    if (sender->state != TL_SENDER_DATA)
        return TL_BAD_ARGUMENT;
    sender->state = sender->bidirectional ? TL_SENDER_STOPPING : TL_SENDER_DONE;
    *ret_stop = tl_control(TL_CONTROL_STOP, tl_bytes(NULL, 0));
    return TL_OK;
}
