/* Messages to a receiver. Invariant: they are called received only if it has answered STOP with FINISH. */
#include "generate/framed.h"
#include "generate/sink.h"
#include "process/handshake.h"
#include "process/log.h"

#include <tapline/dnstap.h>

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
    return failed(receiver, process_handshake_text());
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

static bool finish(struct sink *sink)
{
    struct sink_receiver *receiver = (struct sink_receiver *)sink;

    if (framed_flush(&receiver->framed) != TL_OK)
        return sending_failed(receiver);
    const char *fault = process_handshake_finish(receiver->framed.fd, &receiver->end);
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
    const char *fault = process_handshake_open(fd, tl_bytes_of_text(TL_DNSTAP_CONTENT_TYPE), &receiver->end);
    if (!fault)
        return &receiver->sink;
    process_log("%s: %s", receiver->name, fault);
    release(&receiver->sink);
    return NULL;
}
