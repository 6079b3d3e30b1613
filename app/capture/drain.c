/* The end of a capture: what the sockets still hold is read. Invariant: of a unix socket every byte that the
 * peer could write is read; of TCP, where nothing stops the peer, what comes until it is silent or the
 * deadline has passed, and the rest is counted. */
#include "capture/loop.h"

#include "process/clock.h"

#include <sys/socket.h>

#define STUCK_MS       3000 /* a stop that moved no byte for so long is given up */
#define DRAIN_QUIET_MS 100  /* a TCP peer that is silent so long at the end has sent what it had */
#define ACCEPTS_MAX    64   /* in one round */

/* From here on a unix peer cannot write any more, and what it wrote can be read to the end. TCP knows no such
 * thing: there the deadline and the silence of the peer decide. */
static void begin_one(struct connection *connection)
{
    if (connection->is_draining || loop_has_stopped(connection))
        return;
    connection->is_draining = true;
    if (connection->is_unix)
        shutdown(connection->fd, SHUT_RD);
}

void loop_begin_drain(struct loop *loop)
{
    if (loop->drain_until)
        return;
    voice_stopping(loop->output_options.voice);
    loop->drain_until = process_clock_ms() + loop->options->drain_ms;
    loop_set_accepting(loop, false);
    for (size_t i = 0; i < loop->listener_count; i++)
        listener_stop(&loop->listeners[i]);
}

/* Takes those who had connected before the end. One for whom there is no room waits for the others' end. */
static void accept_last(struct loop *loop, struct listener *listener, uint64_t now)
{
    enum loop_accept last = LOOP_ACCEPTED;

    if (listener->fd < 0)
        return;
    for (int i = 0; i < ACCEPTS_MAX && last == LOOP_ACCEPTED; i++)
        last = loop_accept(loop, listener);
    if (last == LOOP_NOBODY || (!listener->is_unix && now >= loop->drain_until))
        listener_close(listener);
}

static const char open_until_end[] = "was open until the capture stopped";

/* One that is told what is kept is told the last of it, too: what it is not sure of it would send again. */
static void end_tcp(struct loop *loop, struct connection *connection, uint64_t now)
{
    if (connection_awaits_ack(connection, &loop->queue) && now < loop->drain_until)
        return;
    connection_acknowledge(connection, &loop->queue, now, true);
    peers_remove(&loop->peers, connection, BOOKS_SKIPPED_CUT, open_until_end);
}

/* Reads one connection on; closes it when it has nothing more, or has had its time. */
static void drain_one(struct loop *loop, struct connection *connection, uint64_t now)
{
    const char *why = NULL;

    begin_one(connection);
    enum connection_step step = connection_receive(connection, &loop->queue, now, &why);
    loop_expect_acks(loop, connection);
    if (step == CONNECTION_IDLE || step == CONNECTION_GOES_ON) {
        bool is_quiet = step == CONNECTION_IDLE && now >= connection->heard_ms + DRAIN_QUIET_MS;
        if (!connection->is_unix && (is_quiet || now >= loop->drain_until))
            end_tcp(loop, connection, now);
        return;
    }
    if (step == CONNECTION_ENDED && !why)
        peers_remove(&loop->peers, connection, BOOKS_SKIPPED_CUT, open_until_end);
    else
        loop_settle(loop, connection, step, why);
}

void loop_drain(struct loop *loop, uint64_t now)
{
    for (size_t i = 0; i < loop->listener_count; i++)
        accept_last(loop, &loop->listeners[i], now);
    for (uint32_t i = 0; i < loop->peers.highest && !loop->paused_since; i++) {
        struct connection *connection = loop->peers.connections[i];
        if (connection && !loop_has_stopped(connection))
            drain_one(loop, connection, now);
    }
}

bool loop_is_drained(const struct loop *loop)
{
    for (size_t i = 0; i < loop->listener_count; i++) {
        if (loop->listeners[i].fd >= 0)
            return false;
    }
    return loop->peers.count == 0;
}

bool loop_is_stuck(struct loop *loop, uint64_t now)
{
    uint64_t bytes = loop->queue.out + atomic_load(&loop->queue.head->written_bytes);

    if (bytes != loop->moved_bytes || !loop->moved_ms) {
        loop->moved_bytes = bytes;
        loop->moved_ms = now;
    }
    return now >= loop->drain_until && now - loop->moved_ms > STUCK_MS;
}
