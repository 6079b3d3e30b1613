/* The peer. */
#include "api_peer.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

int peer_listen(struct peer *peer, const char *path)
{
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(four);

    memset(peer, 0, sizeof(*peer));
    peer->listener = socket(path ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (path) {
        snprintf(local.sun_path, sizeof(local.sun_path), "%.100s", path);
        unlink(path);
        bind(peer->listener, (struct sockaddr *)&local, sizeof(local));
    } else {
        bind(peer->listener, (struct sockaddr *)&four, sizeof(four));
        getsockname(peer->listener, (struct sockaddr *)&four, &size);
    }
    listen(peer->listener, 8);
    return ntohs(four.sin_port);
}

static int read_all(int fd, void *data, size_t size)
{
    char *to = data;

    while (size) {
        ssize_t got = read(fd, to, size);
        if (got <= 0)
            return 0;
        to += got;
        size -= (size_t)got;
    }
    return 1;
}

static uint32_t number_of(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Reads a frame. Returns the type of a control frame, -1 for a data frame, 0 at the end. */
static int read_frame(struct peer *peer, int fd)
{
    static __thread uint8_t bytes[1 << 20];
    uint8_t head[4];

    if (!read_all(fd, head, 4))
        return 0;
    uint32_t size = number_of(head);
    int is_control = size == 0;
    if (is_control && !read_all(fd, head, 4))
        return 0;
    size = number_of(head);
    if (size > sizeof(bytes) || !read_all(fd, bytes, size))
        return 0;
    if (!is_control) {
        peer->data_frames++;
        peer->data_bytes += size;
        return -1;
    }
    peer->control_frames++;
    if (size > 12 && size < 60)
        snprintf(peer->content_type, sizeof(peer->content_type), "%.*s", (int)size - 12, bytes + 12);
    return (int)number_of(bytes);
}

static void step(struct peer *peer, char letter, int *fd)
{
    static const char accept_dnstap[] = "\0\0\0\0\0\0\0\42\0\0\0\1\0\0\0\1\0\0\0\26protobuf:dnstap.Dnstap";
    int type;

    switch (letter) {
    case 'a': *fd = accept(peer->listener, NULL, NULL); break;
    case 'r': read_frame(peer, *fd); break;
    case 's': read_frame(peer, *fd); break;
    case 'A': type = (int)write(*fd, accept_dnstap, sizeof(accept_dnstap) - 1); break;
    case '0': type = (int)write(*fd, "\0\0\0\0\0\0\0\4\0\0\0\1", 12); break;
    case 'F': type = (int)write(*fd, "\0\0\0\0\0\0\0\4\0\0\0\5", 12); break;
    case 'x': type = (int)write(*fd, "\1\2\3\4\5\6\7\10\11\12\13\14", 12); break;
    case '.': usleep(100000); break;
    case 'w':
        while (!atomic_load(&peer->is_released))
            usleep(1000);
        break;
    case 'd':
        while ((type = read_frame(peer, *fd)) < 0)
            ;
        peer->stopped += type == 3;
        break;
    case 'c':
        close(*fd);
        *fd = -1;
        break;
    }
}

static void *play(void *argument)
{
    struct peer *peer = argument;
    int fd = -1;

    for (const char *at = peer->script; *at; at++)
        step(peer, *at, &fd);
    if (fd >= 0)
        close(fd);
    return NULL;
}

void peer_play(struct peer *peer, const char *script)
{
    peer->script = script;
    pthread_create(&peer->thread, NULL, play, peer);
}

void peer_release(struct peer *peer)
{
    atomic_store(&peer->is_released, true);
}

void peer_join(struct peer *peer)
{
    pthread_join(peer->thread, NULL);
    printf("  peer: %zu control frames, %zu data frames of %zu bytes, %s, content type \"%s\"\n",
           peer->control_frames, peer->data_frames, peer->data_bytes, peer->stopped ? "STOP" : "no STOP",
           peer->content_type);
    peer->control_frames = peer->data_frames = peer->data_bytes = 0;
    peer->stopped = 0;
    peer->content_type[0] = 0;
}

void peer_close(struct peer *peer)
{
    close(peer->listener);
}
