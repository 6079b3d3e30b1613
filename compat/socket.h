/* Sockets as transports, for unix_writer.c and tcp_writer.c. */
#ifndef COMPAT_SOCKET_H
#define COMPAT_SOCKET_H

#include "rdwr.h"

#include <sys/socket.h>

#define SOCKET_ANSWER_DEFAULT 5000 /* ms */

struct socket_link {
    struct sockaddr_storage address;
    socklen_t address_size;
    unsigned answer_ms; /* for connecting, an answer, and room for a control frame; 0: for ever */
    unsigned stall_ms;  /* for room for data frames; 0: for ever */
    int fd;             /* -1: not open */
};

/* A writer that connects to `address` when it is opened. NULL if memory is short. */
struct fstrm_writer *socket_writer(const struct sockaddr *address, socklen_t size, unsigned answer_ms,
                                   const struct fstrm_writer_options *options);

/* The link that a transport is; NULL if it is of another kind. */
struct socket_link *socket_of(const struct fstrm_rdwr *rdwr);

#endif
