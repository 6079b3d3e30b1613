/* cli/fstrm_peer: a receiver of Frame Streams at the other end of a connection. What is put waits for the
 * receiver, so nothing is dropped here; it is received for certain only when fstrm_peer_finish says so. */
#ifndef CLI_FSTRM_PEER_H
#define CLI_FSTRM_PEER_H

#include <tapline/frame.h>
#include <tapline/stream.h>

struct fstrm_peer {
    int fd;
    struct tl_sender_end end;
    uint8_t *buffer; /* what was put and not sent yet */
    size_t used;
    uint64_t frames; /* put so far */
};

/* Connects and offers `content_type`, which is borrowed until fstrm_peer_close. NULL, or why that failed. */
const char *fstrm_peer_open(struct fstrm_peer *peer, const struct tl_endpoint *endpoint,
                            struct tl_bytes content_type);

/* A data frame. What waits in the buffer goes out with fstrm_peer_flush at the latest. NULL, or why it could
 * not be sent: the connection is then of no more use. */
const char *fstrm_peer_put(struct fstrm_peer *peer, struct tl_bytes payload);
const char *fstrm_peer_flush(struct fstrm_peer *peer);

/* STOP, and FINISH awaited, by which the receiver says that it has everything. NULL, or why it did not. */
const char *fstrm_peer_finish(struct fstrm_peer *peer);

void fstrm_peer_close(struct fstrm_peer *peer);

/* The endpoint of a unix socket, or of a literal address and a port, as the incumbent's programs take them.
 * NULL, or the incumbent's words for what is wrong. */
const char *fstrm_endpoint(const char *path, const char *address, const char *port,
                           struct tl_endpoint *ret_endpoint);

#endif
