/* Listens and receives. Invariant: peers are served in turns, each of which reads from one of them once, so
 * none keeps the others waiting; and what cannot be accepted stays in the kernel's queue. */
#include "source/live.h"

#include "process/listening.h"
#include "source/peer.h"

#include <tapline/stream.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define SOCKETS_MAX 64  /* listening ones */
#define EVENTS_MAX  64  /* taken from the kernel at once */
#define ACCEPTS_MAX 64  /* in one turn */
#define RETRY_MS    500 /* between tries to accept when there were no descriptors left */
#define DRAIN_TURNS 64  /* of one peer after the end was asked for */

struct listening {
    int fd;
    bool is_unix;
    struct stat bound; /* of the socket's path */
    struct tl_endpoint endpoint;
};

struct live {
    int epoll_fd;
    int stop_fd;
    uint32_t frame_limit;
    struct listening sockets[SOCKETS_MAX];
    size_t socket_count;
    bool is_full;     /* no descriptors left: the listening sockets are not looked at for a while */
    bool is_stopping; /* no more is accepted; the peers are read to their ends */
    bool is_idle_told;

    struct peer *peers;
    struct peer *turn; /* whose turn it is, or NULL */
    unsigned drained;  /* turns of the first peer since stopping */
    struct epoll_event events[EVENTS_MAX];
    int event_at, event_count;
    struct peer_buffer buffer;
};

/* Opening and closing --------------------------------------------------------------------------------- */

static bool add_events(struct live *live, int fd, void *tag)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = tag};

    return epoll_ctl(live->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

static bool listen_on(struct live *live, const struct tl_endpoint *endpoint, char *ret_text)
{
    int fds[SOCKETS_MAX];
    size_t count = 0;
    char name[TL_ENDPOINT_PATH_SIZE + 8];
    enum tl_status status = tl_endpoint_listen(endpoint, NULL, fds, SOCKETS_MAX - live->socket_count, &count);

    for (size_t i = 0; status == TL_OK && i < count; i++) {
        struct listening *socket = &live->sockets[live->socket_count++];
        socket->fd = fds[i];
        socket->is_unix = endpoint->kind == TL_ENDPOINT_UNIX;
        socket->endpoint = *endpoint;
        if (socket->is_unix && stat(endpoint->path, &socket->bound) != 0)
            socket->is_unix = false;
    }
    for (size_t i = live->socket_count - count; status == TL_OK && i < live->socket_count; i++) {
        if (!add_events(live, live->sockets[i].fd, &live->sockets[i]))
            status = TL_SYSTEM;
    }
    if (status == TL_OK)
        return true;
    const char *why = live->socket_count == SOCKETS_MAX ? "too many listening sockets"
                                                        : process_listening_text(status, endpoint);
    tl_endpoint_print(endpoint, name, sizeof(name));
    snprintf(ret_text, SOURCE_TEXT_SIZE, "cannot listen on %.255s: %s", name, why);
    return false;
}

struct live *live_new(const struct source_options *options, char ret_text[SOURCE_TEXT_SIZE])
{
    struct live *live = calloc(1, sizeof(*live));

    if (live) {
        live->stop_fd = options->stop_fd;
        live->frame_limit = options->frame_limit;
        live->buffer.memory = malloc(PEER_BUFFER_SIZE);
        live->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    }
    if (!live || !live->buffer.memory || live->epoll_fd < 0 ||
        (options->stop_fd >= 0 && !add_events(live, options->stop_fd, live))) {
        snprintf(ret_text, SOURCE_TEXT_SIZE, "cannot listen: %s", strerror(errno));
        live_free(live);
        return NULL;
    }
    for (size_t i = 0; i < options->listen_count; i++) {
        if (!listen_on(live, &options->listen[i], ret_text)) {
            live_free(live);
            return NULL;
        }
    }
    return live;
}

/* The path is removed only while it is the very socket that was bound here. */
static void close_socket(struct listening *socket)
{
    struct stat found;

    if (socket->fd < 0)
        return;
    if (socket->is_unix && stat(socket->endpoint.path, &found) == 0 && found.st_dev == socket->bound.st_dev &&
        found.st_ino == socket->bound.st_ino)
        unlink(socket->endpoint.path);
    close(socket->fd);
    socket->fd = -1;
}

static void close_sockets(struct live *live)
{
    for (size_t i = 0; i < live->socket_count; i++)
        close_socket(&live->sockets[i]);
}

void live_free(struct live *live)
{
    if (!live)
        return;
    close_sockets(live);
    while (live->peers) {
        struct peer *peer = live->peers;
        live->peers = peer->next;
        peer_free(peer);
    }
    if (live->epoll_fd >= 0)
        close(live->epoll_fd);
    free(live->buffer.memory);
    free(live);
}

/* Accepting ------------------------------------------------------------------------------------------- */

static bool say(struct live *live, struct source_item *item, enum source_kind kind, const char *text)
{
    item->kind = kind;
    item->name = live->turn ? live->turn->name : "";
    item->offset = 0;
    item->skipped = 0;
    item->text = text;
    return true;
}

static void add_peer(struct live *live, int fd)
{
    struct peer *peer = peer_new(fd, live->frame_limit);

    if (peer && !add_events(live, fd, peer)) {
        peer_free(peer);
        peer = NULL;
    }
    if (!peer)
        return;
    peer->next = live->peers;
    if (peer->next)
        peer->next->before = peer;
    live->peers = peer;
}

/* Looks at the listening sockets, or does not for a while. */
static void set_full(struct live *live, bool is_full)
{
    for (size_t i = 0; i < live->socket_count; i++) {
        struct epoll_event event = {.events = is_full ? 0 : EPOLLIN, .data.ptr = &live->sockets[i]};
        epoll_ctl(live->epoll_fd, EPOLL_CTL_MOD, live->sockets[i].fd, &event);
    }
    live->is_full = is_full;
}

static bool is_shortage(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

/* True if there is something to say. */
static bool accept_peers(struct live *live, struct listening *socket, struct source_item *item)
{
    for (int i = 0; i < ACCEPTS_MAX; i++) {
        int fd = accept4(socket->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            add_peer(live, fd);
            continue;
        }
        if (errno == ECONNABORTED || errno == EINTR)
            continue;
        if (!is_shortage(errno))
            return false;
        tl_endpoint_print(&socket->endpoint, live->buffer.text, sizeof(live->buffer.text) / 2);
        size_t length = strlen(live->buffer.text);
        snprintf(live->buffer.text + length, sizeof(live->buffer.text) - length,
                 ": connections have to wait: %s", strerror(errno));
        set_full(live, true);
        return say(live, item, SOURCE_NOTICE, live->buffer.text);
    }
    return false;
}

/* Turns ----------------------------------------------------------------------------------------------- */

/* Its last item was looked at: peer_next says PEER_CLOSED with the call after that. */
static void remove_peer(struct live *live, struct peer *peer)
{
    for (int i = live->event_at; i < live->event_count; i++) {
        if (live->events[i].data.ptr == peer)
            live->events[i].data.ptr = NULL;
    }
    if (peer->next)
        peer->next->before = peer->before;
    if (peer->before)
        peer->before->next = peer->next;
    else
        live->peers = peer->next;
    peer_free(peer);
    live->drained = 0;
}

static void begin_turn(struct live *live, struct peer *peer)
{
    peer_receive(peer, &live->buffer);
    live->turn = peer;
}

/* True if the turn gave an item. */
static bool go_on(struct live *live, struct source_item *item)
{
    switch (peer_next(live->turn, &live->buffer, item)) {
    case PEER_ITEM: return true;
    case PEER_CLOSED: remove_peer(live, live->turn); break;
    case PEER_OVER: break;
    }
    live->turn = NULL;
    return false;
}

/* Stopping: what the kernel holds is still read. On a unix socket nothing is added to that any more; a TCP
 * peer that goes on sending is cut off after some turns. */
static void start_stopping(struct live *live)
{
    live->is_stopping = true;
    close_sockets(live);
    for (struct peer *peer = live->peers; peer; peer = peer->next)
        peer_stop(peer);
    live->event_at = live->event_count = 0;
    live->drained = 0;
}

/* True if it gave an item. */
static bool drain(struct live *live, struct source_item *item)
{
    if (!live->peers)
        return say(live, item, SOURCE_END, "");
    if (live->drained++ < DRAIN_TURNS) {
        begin_turn(live, live->peers);
        return false;
    }
    live->turn = live->peers;
    live->turn->is_over = true;
    return say(live, item, SOURCE_NOTICE, "goes on sending though listening was ended; the rest is not read");
}

static bool take_event(struct live *live, void *tag, struct source_item *item)
{
    struct listening *socket = tag;

    if (!tag)
        return false;
    if (tag == live) {
        start_stopping(live);
        return false;
    }
    if (socket >= live->sockets && socket < live->sockets + live->socket_count)
        return accept_peers(live, socket, item);
    begin_turn(live, tag);
    return false;
}

/* True if it gave an item. */
static bool wait_for_events(struct live *live, struct source_item *item)
{
    int timeout = !live->is_idle_told ? 0 : live->is_full ? RETRY_MS : -1;

    live->event_at = 0;
    live->event_count = epoll_wait(live->epoll_fd, live->events, EVENTS_MAX, timeout);
    if (live->event_count < 0)
        live->event_count = 0;
    if (live->is_full && live->is_idle_told)
        set_full(live, false);
    if (live->event_count || live->is_idle_told) {
        live->is_idle_told = false;
        return false;
    }
    live->is_idle_told = true;
    return say(live, item, SOURCE_IDLE, "");
}

void live_next(struct live *live, struct source_item *item)
{
    bool has_item = false;

    while (!has_item) {
        if (live->turn)
            has_item = go_on(live, item);
        else if (live->is_stopping)
            has_item = drain(live, item);
        else if (live->event_at < live->event_count)
            has_item = take_event(live, live->events[live->event_at++].data.ptr, item);
        else
            has_item = wait_for_events(live, item);
    }
}
