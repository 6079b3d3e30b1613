/* The sending end, waiting for each answer. Invariant: nothing is read behind the control frame that is
 * waited for. */
#include "process/handshake.h"

#include "process/clock.h"

#include <tapline/stream.h>

#include <errno.h>
#include <poll.h>
#include <string.h>

#define ANSWER_MS 60000 /* a receiver that has much to store may take its time */

const char *process_handshake_text(void)
{
    return errno == EPIPE || errno == ECONNRESET ? "the receiver closed the connection" : strerror(errno);
}

static const char *send_control(int fd, const struct tl_control *control)
{
    uint8_t frame[TL_CONTROL_FRAME_MAX];
    size_t size;

    if (tl_control_encode(control, frame, sizeof(frame), &size) != TL_OK)
        return "a content type has at most 256 bytes";
    return tl_write(fd, tl_bytes(frame, size), NULL) == TL_OK ? NULL : process_handshake_text();
}

static const char *receive_byte(int fd, uint64_t until_ms, uint8_t *ret_byte)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    size_t size;
    int ready;

    do {
        uint64_t now_ms = process_clock_ms();
        ready = poll(&wait, 1, now_ms < until_ms ? (int)(until_ms - now_ms) : 0);
    } while (ready < 0 && errno == EINTR);
    if (ready == 0)
        return "the receiver does not answer";
    enum tl_status status = ready < 0 ? TL_SYSTEM : tl_read(fd, ret_byte, 1, &size);
    if (status == TL_END)
        return "the receiver closed the connection";
    return status == TL_OK ? NULL : process_handshake_text();
}

/* The next control frame, given to the handshake. NULL, or what is wrong. */
static const char *take_control(int fd, uint64_t until_ms, struct tl_sender_end *end,
                                struct tl_control *ret_reply)
{
    static const char foreign[] = "the receiver does not speak Frame Streams";
    struct tl_frame_decoder decoder;
    struct tl_control control;
    struct tl_frame frame;

    tl_frame_decoder_init(&decoder, 0);
    for (enum tl_status status = TL_MORE; status == TL_MORE;) {
        uint8_t byte;
        const char *fault = receive_byte(fd, until_ms, &byte);
        if (fault)
            return fault;
        struct tl_bytes in = tl_bytes(&byte, 1);
        status = tl_frame_skim(&decoder, &in, &frame);
        if ((status != TL_MORE && status != TL_OK) || decoder.skip)
            return foreign; /* no control frame begins so */
    }
    if (tl_control_decode(frame.payload, &control, NULL) != TL_OK)
        return foreign;
    enum tl_status status = tl_sender_end_control(end, &control, ret_reply);
    if (status == TL_BAD_CONTENT_TYPE)
        return "the receiver does not take this content type";
    return status == TL_OK ? NULL : "the receiver sent a control frame out of turn";
}

/* Sends a control frame, and takes what is answered until the handshake has come to `state`, but not for
 * ever from one that keeps sending what means nothing. */
static const char *shake_hands(int fd, struct tl_sender_end *end, struct tl_control *control,
                               enum tl_sender_state state)
{
    const char *fault = send_control(fd, control);
    uint64_t until_ms = process_clock_ms() + ANSWER_MS;

    while (!fault && end->state != state) {
        fault = take_control(fd, until_ms, end, control);
        if (!fault && control->type)
            fault = send_control(fd, control);
    }
    return fault;
}

const char *process_handshake_open(int fd, struct tl_bytes content_type, struct tl_sender_end *ret_end)
{
    struct tl_control ready;

    tl_sender_end_init(ret_end, true, content_type, &ready);
    return shake_hands(fd, ret_end, &ready, TL_SENDER_DATA);
}

const char *process_handshake_finish(int fd, struct tl_sender_end *end)
{
    struct tl_control stop;

    if (tl_sender_end_stop(end, &stop) != TL_OK)
        return "the stream has not begun";
    return shake_hands(fd, end, &stop, TL_SENDER_DONE);
}
