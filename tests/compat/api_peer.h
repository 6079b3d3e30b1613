/* A peer on a socket, in a thread of its own. It plays a script, a letter a step, and prints nothing;
 * afterwards it says what it received.
 *
 *     a  accepts the connection          s  reads START
 *     r  reads READY                     d  reads on until STOP
 *     A  answers ACCEPT                  F  answers FINISH
 *     0  answers ACCEPT without type     c  closes
 *     x  sends bytes that are no frame   .  waits a moment
 *     w  waits for peer_release */
#ifndef COMPAT_API_PEER_H
#define COMPAT_API_PEER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

struct peer {
    int listener;
    atomic_bool is_released;
    const char *script;
    pthread_t thread;
    size_t control_frames, data_frames, data_bytes;
    int stopped; /* STOP was read */
    char content_type[64];
};

/* Listens on the unix socket `path`, or, if that is NULL, on a TCP port of 127.0.0.1, which is returned. */
int peer_listen(struct peer *peer, const char *path);
void peer_play(struct peer *peer, const char *script);

/* Lets it go on. */
void peer_release(struct peer *peer);

/* Waits for the end of the script, and prints what was received. */
void peer_join(struct peer *peer);
void peer_close(struct peer *peer);

#endif
