/* Sending to a receiver. Invariant: what is written ends with a whole frame, unless writing failed, and then
 * nothing more is written. */
#include "cli/fstrm_peer.h"

#include "cli/fstrm_options.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#define BUFFER_SIZE (256u << 10)
#define ANSWER_MS   60000 /* a receiver that has much to store may take its time */

const char *fstrm_endpoint(const char *path, const char *address, const char *port,
                           struct tl_endpoint *ret_endpoint)
{
    struct in6_addr parsed;
    unsigned long number;

    memset(ret_endpoint, 0, sizeof(*ret_endpoint));
    if (path) {
        if (strlen(path) >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
            return "Unix socket path is too long";
        ret_endpoint->kind = TL_ENDPOINT_UNIX;
        snprintf(ret_endpoint->path, sizeof(ret_endpoint->path), "%s", path);
        return *path ? NULL : "Unix socket path is empty";
    }
    if (!fstrm_parse_number(port, 0, UINT16_MAX, &number))
        return "Failed to parse TCP listen port";
    if (inet_pton(AF_INET, address, &parsed) != 1 && inet_pton(AF_INET6, address, &parsed) != 1)
        return "Failed to parse TCP listen address";
    ret_endpoint->kind = TL_ENDPOINT_TCP;
    snprintf(ret_endpoint->host, sizeof(ret_endpoint->host), "%s", address);
    snprintf(ret_endpoint->port, sizeof(ret_endpoint->port), "%lu", number);
    return NULL;
}

/* Sending ------------------------------------------------------------------------------------------------ */

static const char *send_failure(void)
{
    return errno == EPIPE || errno == ECONNRESET ? "the receiver closed the connection" : strerror(errno);
}

static const char *send_bytes(struct fstrm_peer *peer, struct tl_bytes bytes)
{
    return tl_write(peer->fd, bytes, NULL) == TL_OK ? NULL : send_failure();
}

const char *fstrm_peer_flush(struct fstrm_peer *peer)
{
    size_t used = peer->used;

    peer->used = 0;
    return used ? send_bytes(peer, tl_bytes(peer->buffer, used)) : NULL;
}

const char *fstrm_peer_put(struct fstrm_peer *peer, struct tl_bytes payload)
{
    uint32_t length = htobe32((uint32_t)payload.size);
    const char *fault = NULL;

    if (sizeof(length) + payload.size > BUFFER_SIZE - peer->used)
        fault = fstrm_peer_flush(peer);
    if (fault)
        return fault;
    peer->frames++;
    memcpy(peer->buffer + peer->used, &length, sizeof(length));
    peer->used += sizeof(length);
    if (payload.size <= BUFFER_SIZE - peer->used) {
        memcpy(peer->buffer + peer->used, payload.data, payload.size);
        peer->used += payload.size;
        return NULL;
    }
    fault = fstrm_peer_flush(peer);
    return fault ? fault : send_bytes(peer, payload);
}

static const char *send_control(struct fstrm_peer *peer, const struct tl_control *control)
{
    uint8_t frame[TL_CONTROL_FRAME_MAX];
    size_t size;

    if (tl_control_encode(control, frame, sizeof(frame), &size) != TL_OK)
        return "a content type has at most 256 bytes";
    return send_bytes(peer, tl_bytes(frame, size));
}

/* Handshakes --------------------------------------------------------------------------------------------- */

/* One byte, and nothing of what is behind it. */
static const char *receive_byte(int fd, uint8_t *ret_byte)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    size_t size;
    int ready;

    do {
        ready = poll(&wait, 1, ANSWER_MS);
    } while (ready < 0 && errno == EINTR);
    if (ready == 0)
        return "the receiver does not answer";
    enum tl_status status = ready < 0 ? TL_SYSTEM : tl_read(fd, ret_byte, 1, &size);
    if (status == TL_END)
        return "the receiver closed the connection";
    return status == TL_OK ? NULL : send_failure();
}

static const char *take_control(struct fstrm_peer *peer, struct tl_control *ret_reply)
{
    static const char foreign[] = "the receiver does not speak Frame Streams";
    struct tl_frame_decoder decoder;
    struct tl_control control;
    struct tl_frame frame;

    tl_frame_decoder_init(&decoder, 0);
    for (enum tl_status status = TL_MORE; status == TL_MORE;) {
        uint8_t byte;
        const char *fault = receive_byte(peer->fd, &byte);
        if (fault)
            return fault;
        struct tl_bytes in = tl_bytes(&byte, 1);
        status = tl_frame_skim(&decoder, &in, &frame);
        if ((status != TL_MORE && status != TL_OK) || decoder.skip)
            return foreign;
    }
    if (frame.kind != TL_FRAME_CONTROL || tl_control_decode(frame.payload, &control, NULL) != TL_OK)
        return foreign;
    enum tl_status status = tl_sender_end_control(&peer->end, &control, ret_reply);
    if (status == TL_BAD_CONTENT_TYPE)
        return "the receiver does not take this content type";
    return status == TL_OK ? NULL : "the receiver sent a control frame out of turn";
}

static const char *shake_hands(struct fstrm_peer *peer, enum tl_sender_state state)
{
    struct tl_control reply;

    while (peer->end.state != state) {
        const char *fault = take_control(peer, &reply);
        if (!fault && reply.type)
            fault = send_control(peer, &reply);
        if (fault)
            return fault;
    }
    return NULL;
}

const char *fstrm_peer_open(struct fstrm_peer *peer, const struct tl_endpoint *endpoint,
                            struct tl_bytes content_type)
{
    struct tl_control ready;

    *peer = (struct fstrm_peer){.fd = -1, .buffer = malloc(BUFFER_SIZE)};
    if (!peer->buffer)
        return strerror(ENOMEM);
    if (tl_endpoint_open(endpoint, &peer->fd) != TL_OK)
        return strerror(errno);
    tl_sender_end_init(&peer->end, true, content_type, &ready);
    const char *fault = send_control(peer, &ready);
    return fault ? fault : shake_hands(peer, TL_SENDER_DATA);
}

const char *fstrm_peer_finish(struct fstrm_peer *peer)
{
    struct tl_control stop;
    const char *fault = fstrm_peer_flush(peer);

    if (fault)
        return fault;
    tl_sender_end_stop(&peer->end, &stop);
    fault = send_control(peer, &stop);
    return fault ? fault : shake_hands(peer, TL_SENDER_DONE);
}

void fstrm_peer_close(struct fstrm_peer *peer)
{
    if (peer->fd >= 0)
        close(peer->fd);
    free(peer->buffer);
    peer->buffer = NULL;
}
