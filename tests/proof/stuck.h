/* Proof: a host that does not answer, as one behind a wire that was cut. It is a listener on 127.0.0.1 whose
 * queue is full: the kernel passes over whoever else would connect. */
#ifndef PROOF_STUCK_H
#define PROOF_STUCK_H

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

struct stuck {
    int listening, queued;
    unsigned port;
};

static inline struct stuck stuck_new(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    struct stuck stuck = {socket(AF_INET, SOCK_STREAM, 0), socket(AF_INET, SOCK_STREAM, 0), 0};
    struct pollfd look = {.fd = stuck.listening, .events = POLLIN};

    assert_int_equal(bind(stuck.listening, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(stuck.listening, 0), 0);
    assert_int_equal(getsockname(stuck.listening, (struct sockaddr *)&address, &size), 0);
    assert_int_equal(connect(stuck.queued, (struct sockaddr *)&address, size), 0);
    assert_int_equal(poll(&look, 1, -1), 1); /* it has its one place in the queue */
    stuck.port = ntohs(address.sin_port);
    return stuck;
}

static inline void stuck_free(struct stuck *stuck)
{
    close(stuck->queued);
    close(stuck->listening);
}

#endif
