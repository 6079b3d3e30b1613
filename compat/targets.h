/* Where the frames of a thread go. */
#ifndef COMPAT_TARGETS_H
#define COMPAT_TARGETS_H

#include "settings.h"
#include "writer.h"

#include <tapline/stream.h>

/* The program's own target as an address. */
#define OWN_ADDRESS_SIZE (TL_ENDPOINT_PATH_SIZE + 8)

struct targets {
    char own[OWN_ADDRESS_SIZE];
    int own_fd;                           /* a copy of the writer's connection, if it has one; -1: none */
    struct tl_sender_transport transport; /* what carries the frames, if that is no socket */
    struct tl_sender_endpoint endpoints[TL_SENDER_ENDPOINTS_MAX];
};

/* Says where the frames go: to the writer's own socket, to what the settings say instead, or, if the writer
 * is no socket or wants more of the handshake than one content type, through the writer. It stays the
 * caller's. False if memory is short. The endpoints point into `ret_targets` and `settings`. */
bool targets_choose(struct fstrm_writer *writer, const struct settings *settings,
                    struct targets *ret_targets);

/* A sender uses the targets: takes the writer. */
void targets_take(struct targets *targets, struct fstrm_writer **writer);

/* None does, or none will: `has_sender` if one was made and is to be freed after this. */
void targets_refuse(struct targets *targets, bool has_sender);

#endif
