/* Messages to a receiver. Invariant: they are called received only if it has answered STOP with FINISH. */
#include "generate/framed.h"
#include "generate/sink.h"
#include "process/log.h"

#include <tapline/dnstap.h>

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ANSWER_MS 60000 /* a receiver that has much to store may take its time */

struct sink_receiver {
    struct sink sink;
    struct framed framed;
    struct tl_sender_end end;
    char name[TL_ENDPOINT_PATH_SIZE + 8];
};

/* What went out before it failed may have been received, or not. */
static bool failed(const struct sink_receiver *receiver, const char *why)
{
    process_log("%s: %s; of %" PRIu64 " messages nobody knows how many were received", receiver->name, why,
                receiver->framed.frames);
    return false;
}

static bool sending_failed(const struct sink_receiver *receiver)
{
    return failed(receiver, errno == EPIPE ? "the receiver closed the connection" : strerror(errno));
}

static bool put(struct sink *sink, const struct traffic_message *message, uint64_t time_ms)
{
    struct sink_receiver *receiver = (struct sink_receiver *)sink;

    (void)time_ms;
    return framed_put(&receiver->framed, message->frame) == TL_OK || sending_failed(receiver);
}

static bool flush(struct sink *sink)
{
    struct sink_receiver *receiver = (struct sink_receiver *)sink;

    return framed_flush(&receiver->framed) == TL_OK || sending_failed(receiver);
}

/* Reads what has come, if it comes in time. NULL, or why there is no more. */
static const char *receive(int fd, uint8_t *buffer, size_t size, size_t *ret_size)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    int ready;

    do {
        ready = poll(&wait, 1, ANSWER_MS);
    } while (ready < 0 && errno == EINTR);
    if (ready == 0)
        return "the receiver does not answer";
    enum tl_status status = ready < 0 ? TL_SYSTEM : tl_read(fd, buffer, size, ret_size);
    if (status == TL_OK)
        return NULL;
    return status == TL_END ? "the receiver closed the connection" : strerror(errno);
}

/* The next control frame, given to the handshake. NULL, or what is wrong. */
static const char *take_control(struct sink_receiver *receiver, struct tl_control *ret_reply)
{
    uint8_t buffer[TL_CONTROL_FRAME_MAX];
    struct tl_frame_decoder decoder;
    struct tl_control control;
    struct tl_frame frame;
    size_t held = 0, size = 0;
    const char *fault = NULL;
    enum tl_status status = TL_MORE;

    tl_frame_decoder_init(&decoder, sizeof(buffer) - 4);
    while (status == TL_MORE && held < sizeof(buffer)) {
        fault = receive(receiver->framed.fd, buffer + held, 1, &size); /* nothing of the frame behind it */
        if (fault)
            return fault;
        held += size;
        if (held == 4 && tl_be32(buffer) != 0)
            return "the receiver does not speak Frame Streams"; /* no control frame begins so */
        struct tl_bytes in = tl_bytes(buffer, held);
        tl_frame_decoder_init(&decoder, sizeof(buffer) - 4);
        status = tl_frame_next(&decoder, &in, &frame);
    }
    if (status != TL_OK || tl_control_decode(frame.payload, &control, NULL) != TL_OK)
        return "the receiver does not speak Frame Streams";
    status = tl_sender_end_control(&receiver->end, &control, ret_reply);
    if (status == TL_BAD_CONTENT_TYPE)
        return "the receiver does not take dnstap";
    return status == TL_OK ? NULL : "the receiver sent a control frame out of turn";
}

/* Control frames until the handshake has come to `state`. */
static const char *shake_hands(struct sink_receiver *receiver, enum tl_sender_state state)
{
    struct tl_control reply;

    while (receiver->end.state != state) {
        const char *fault = take_control(receiver, &reply);
        if (fault)
            return fault;
        if (reply.type && framed_control(&receiver->framed, &reply) != TL_OK)
            return strerror(errno);
    }
    return NULL;
}

static bool finish(struct sink *sink)
{
    struct sink_receiver *receiver = (struct sink_receiver *)sink;
    struct tl_control stop;

    tl_sender_end_stop(&receiver->end, &stop);
    if (framed_control(&receiver->framed, &stop) != TL_OK)
        return sending_failed(receiver);
    const char *fault = shake_hands(receiver, TL_SENDER_DONE);
    if (fault)
        return failed(receiver, fault);
    process_log("%" PRIu64 " messages, %" PRIu64
                " bytes of frames, sent to %s, which confirmed that it has them",
                receiver->framed.frames, receiver->framed.bytes, receiver->name);
    return true;
}

static void release(struct sink *sink)
{
    struct sink_receiver *receiver = (struct sink_receiver *)sink;

    close(receiver->framed.fd);
    framed_done(&receiver->framed);
    free(receiver);
}

static int connect_to(const struct tl_endpoint *endpoint, const char *name)
{
    int fd = -1;
    enum tl_status status = tl_endpoint_open(endpoint, &fd);

    if (status == TL_OK)
        return fd;
    process_log("cannot connect to %s: %s", name,
                status == TL_BAD_TEXT ? "no such host or port" : strerror(errno));
    return -1;
}

struct sink *sink_open_receiver(const struct tl_endpoint *endpoint)
{
    struct sink_receiver *receiver = calloc(1, sizeof(*receiver));
    struct tl_control ready;

    if (!receiver) {
        process_log("out of memory");
        return NULL;
    }
    tl_endpoint_print(endpoint, receiver->name, sizeof(receiver->name));
    int fd = connect_to(endpoint, receiver->name);
    if (fd < 0) {
        free(receiver);
        return NULL;
    }
    receiver->sink = (struct sink){put, flush, finish, release};
    if (!framed_init(&receiver->framed, fd)) {
        process_log("out of memory");
        release(&receiver->sink);
        return NULL;
    }
    tl_sender_end_init(&receiver->end, true, tl_bytes_of_text(TL_DNSTAP_CONTENT_TYPE), &ready);
    const char *fault = framed_control(&receiver->framed, &ready) == TL_OK
                            ? shake_hands(receiver, TL_SENDER_DATA)
                            : strerror(errno);
    if (!fault)
        return &receiver->sink;
    process_log("%s: %s", receiver->name, fault);
    release(&receiver->sink);
    return NULL;
}
