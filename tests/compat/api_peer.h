/* A peer on a socket, in a thread of its own: it plays a script, a letter a step, and prints nothing;
 * afterwards it says what it received. a  accepts the connection      r  reads READY     A  answers ACCEPT 0
 * answers ACCEPT without type s  reads START                 d  reads to STOP   F  answers FINISH     c
 * closes      .  waits a moment x  sends bytes that are no frame */
#ifndef COMPAT_API_PEER_H
#define COMPAT_API_PEER_H

#include <pthread.h>
#include <stddef.h>

struct peer {
    int listener;
    const char *script;
    pthread_t thread;
    size_t control_frames, data_frames, data_bytes;
    int stopped; /* STOP was read */
    char content_type[64];
};

/* Listens on the unix socket `path`, or, if that is NULL, on a TCP port of 127.0.0.1, which is returned. */
int peer_listen(struct peer *peer, const char *path);
void peer_play(struct peer *peer, const char *script);

/* Waits for the end of the script, and prints what was received. */
void peer_join(struct peer *peer);
void peer_close(struct peer *peer);

#endif
