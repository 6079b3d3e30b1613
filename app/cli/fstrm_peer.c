/* Sending to a receiver. Invariant: what is written ends with a whole frame, unless writing failed, and then
 * nothing more is written. */
#include "cli/fstrm_peer.h"

#include "cli/fstrm_options.h"
#include "process/handshake.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#define BUFFER_SIZE (256u << 10)

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

static const char *send_bytes(struct fstrm_peer *peer, struct tl_bytes bytes)
{
    return tl_write(peer->fd, bytes, NULL) == TL_OK ? NULL : process_handshake_text();
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

const char *fstrm_peer_open(struct fstrm_peer *peer, const struct tl_endpoint *endpoint,
                            struct tl_bytes content_type)
{
    *peer = (struct fstrm_peer){.fd = -1, .buffer = malloc(BUFFER_SIZE)};
    if (!peer->buffer)
        return strerror(ENOMEM);
    if (tl_endpoint_open(endpoint, &peer->fd) != TL_OK)
        return strerror(errno);
    return process_handshake_open(peer->fd, content_type, &peer->end);
}

const char *fstrm_peer_finish(struct fstrm_peer *peer)
{
    const char *fault = fstrm_peer_flush(peer);

    return fault ? fault : process_handshake_finish(peer->fd, &peer->end);
}

void fstrm_peer_close(struct fstrm_peer *peer)
{
    if (peer->fd >= 0)
        close(peer->fd);
    free(peer->buffer);
    peer->buffer = NULL;
}
