/* capture/listener: the sockets that peers connect to. */
#ifndef CAPTURE_LISTENER_H
#define CAPTURE_LISTENER_H

#include <tapline/stream.h>

#include <stdbool.h>

#define LISTENER_SOCKETS_MAX 64

struct listener {
    int fd;
    bool is_unix;
    char name[TL_ENDPOINT_PATH_SIZE + 16]; /* with the port that was really bound */
    char path[TL_ENDPOINT_PATH_SIZE];      /* of a unix socket */
    unsigned long device, inode;           /* of that path, to remove no successor's */
};

/* Opens all sockets of an endpoint behind the `*count` that are there. 0, or -1; `*ret_text` then says why
 * (static). */
int listener_open(const struct tl_endpoint *endpoint, const struct tl_listen_options *options,
                  struct listener *listeners, size_t *count, const char **ret_text);

/* No peer connects any more; those who already have can still be accepted (of a unix socket). */
void listener_stop(struct listener *listener);

/* Closes the socket and removes its path, if that is still ours. */
void listener_close(struct listener *listener);

#endif
