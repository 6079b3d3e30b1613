/* All connections. Invariant: an entry of the queue's table that is in use and not closed has a connection
 * here, and the closed books plus those of the open connections are the books of the run. */
#include "capture/peers.h"

#include <tapline/dnstap.h>
#include <tapline/stream.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* The last number in a file of /proc/sys, or `otherwise`. */
static uint64_t read_limit(const char *path, uint64_t otherwise)
{
    unsigned long long value = 0;
    FILE *file = fopen(path, "re");

    if (!file)
        return otherwise;
    while (fscanf(file, "%llu", &value) == 1)
        otherwise = value;
    fclose(file);
    return otherwise;
}

void peers_init(struct peers *peers, struct queue *queue)
{
    memset(peers, 0, sizeof(*peers));
    peers->queue = queue;
    peers->content_type = tl_bytes_of_text(TL_DNSTAP_CONTENT_TYPE);
    peers->limit.burst = 10;
    /* setsockopt(SO_SNDBUF) stores twice the value it is given, at most twice wmem_max: socket(7). */
    peers->hidden_max_unix = 2 * read_limit("/proc/sys/net/core/wmem_max", 212992);
    peers->hidden_max_tcp = read_limit("/proc/sys/net/ipv4/tcp_rmem", 6291456);
}

void peers_done(struct peers *peers)
{
    for (uint32_t i = 0; i < peers->highest; i++)
        free(peers->connections[i]);
}

struct connection *peers_add(struct peers *peers, int fd, bool is_unix, const char *listener,
                             uint32_t frame_limit, uint64_t now_ms)
{
    struct connection *connection = calloc(1, sizeof(*connection));
    char name[sizeof(((struct queue_peer *)NULL)->name)];
    struct queue_peer *peer = NULL;

    tl_peer_print(fd, name, sizeof(name));
    if (connection)
        peer = queue_open_peer(peers->queue, peers->serial + 1, name, listener,
                               is_unix ? peers->hidden_max_unix : peers->hidden_max_tcp);
    if (!peer) {
        free(connection);
        close(fd);
        process_log_limited(&peers->limit,
                            "a connection on %s was turned away: %u are open, and there is no room for more",
                            listener, peers->count);
        return NULL;
    }
    uint32_t at = (uint32_t)(peer - peers->queue->peers);
    peers->serial++;
    connection_init(connection, fd, is_unix, peer, frame_limit, now_ms);
    connection->receiver.content_type = peers->content_type;
    connection->receiver.may_acknowledge = peers->senders != NULL;
    connection->senders = peers->senders;
    peers->connections[at] = connection;
    peers->count++;
    if (at >= peers->highest)
        peers->highest = at + 1;
    return connection;
}

/* Bytes that the kernel holds for a connection. */
static uint64_t left_in(const struct connection *connection)
{
    int left = 0;

    return ioctl(connection->fd, FIONREAD, &left) == 0 && left > 0 ? (uint64_t)left : 0;
}

static void log_closed(struct peers *peers, const struct queue_peer *peer, const char *why)
{
    char text[BOOKS_TEXT_SIZE];

    books_print(&peer->books, text, sizeof(text));
    if (peer->books.count[BOOKS_FRAMES_IN])
        process_log("connection %llu from %s %s: %s", (unsigned long long)peer->serial, peer->name, why,
                    text);
    else
        process_log_limited(&peers->limit, "connection %llu from %s %s: %s", (unsigned long long)peer->serial,
                            peer->name, why, text);
}

void peers_remove(struct peers *peers, struct connection *connection, enum books_counter cause,
                  const char *why)
{
    struct queue_peer *peer = connection->peer;
    bool connection_was_taken =
        cause != BOOKS_SKIPPED_REFUSED || connection->receiver.state == TL_RECEIVER_STOPPED;

    peer->books.count[BOOKS_LEFT] += left_in(connection);
    connection_done(connection, peers->queue, cause);
    log_closed(peers, peer, why);
    if (!connection_was_taken)
        peers->refused++;
    queue_close_peer(peers->queue, peer, why);
    peers->connections[peer - peers->queue->peers] = NULL;
    peers->count--;
    free(connection);
    while (peers->highest && !peers->connections[peers->highest - 1])
        peers->highest--;
}

bool peers_evict(struct peers *peers)
{
    struct connection *largest = NULL;
    uint64_t most = 0;

    for (uint32_t i = 0; i < peers->highest; i++) {
        struct connection *connection = peers->connections[i];
        uint64_t held = connection ? connection->chain.received - connection->peer->walked : 0;
        if (held > most) {
            most = held;
            largest = connection;
        }
    }
    if (!largest)
        return false;
    peers_remove(peers, largest, BOOKS_SKIPPED_EVICTED,
                 "was closed, because the write queue is full of frames whose end does not come");
    return true;
}

struct books peers_books(const struct peers *peers)
{
    struct books total = *queue_closed_books(peers->queue);

    for (uint32_t i = 0; i < peers->highest; i++) {
        if (peers->connections[i])
            books_add(&total, &peers->connections[i]->peer->books);
    }
    return total;
}

void peers_log_books(const struct peers *peers, uint64_t troubles)
{
    struct books total = peers_books(peers);
    char text[BOOKS_TEXT_SIZE];
    uint64_t held = 0, written = atomic_load(&peers->queue->head->written_bytes);

    for (uint32_t i = 0; i < peers->highest; i++) {
        const struct connection *connection = peers->connections[i];
        if (!connection)
            continue;
        books_print(&connection->peer->books, text, sizeof(text));
        process_log("connection %llu from %s is open: %s; %llu bytes are in its socket",
                    (unsigned long long)connection->peer->serial, connection->peer->name, text,
                    (unsigned long long)left_in(connection));
        held += connection->chain.received - connection->peer->walked;
    }
    books_print(&total, text, sizeof(text));
    process_log("books: %llu connections (%u open, %llu refused): %s%s", (unsigned long long)peers->serial,
                peers->count, (unsigned long long)peers->refused, text,
                peers->count || books_balance(&total) ? "" : "; THEY DO NOT BALANCE");
    if (held)
        process_log("books: of the bytes in, %llu belong to frames that are not complete yet",
                    (unsigned long long)held);
    process_log("books: of the bytes out, %llu are written, and %llu wait in the queue",
                (unsigned long long)written, (unsigned long long)(peers->queue->out - written));
    process_log("books: receiving stood still %llu times for %llu ms in all because the "
                "queue was full; %llu failed attempts to write",
                (unsigned long long)peers->pauses, (unsigned long long)peers->paused_ms,
                (unsigned long long)troubles);
}
