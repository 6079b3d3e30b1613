/* Acknowledgements: how much of its stream is kept, said to whoever negotiated that. Invariant: what is said
 * is in the output, or passed over and counted; a peer that does not read is not waited for, and never finds
 * an ACK cut off in its stream with something else behind it. */
#include "capture/loop.h"

#include <errno.h>
#include <sys/socket.h>

#define ACK_MS        10  /* anything at all is said after this time */
#define PEERS_A_SHARE 32u /* with more of them, looking through them all is rarer */

/* One connection ---------------------------------------------------------------------------------------- */

bool connection_complete_ack(struct connection *connection)
{
    while (connection->ack_done < connection->ack_size) {
        ssize_t put = send(connection->fd, connection->ack + connection->ack_done,
                           connection->ack_size - connection->ack_done, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (put <= 0)
            return false;
        connection->ack_done += (uint32_t)put;
    }
    connection->ack_done = connection->ack_size = 0;
    return true;
}

/* One that the socket takes nothing of is not sent, for the next one says as much or more. */
static void send_ack(struct connection *connection, uint64_t offset)
{
    size_t size = 0;

    if (!connection_complete_ack(connection) ||
        tl_ack_encode(offset, connection->ack, sizeof(connection->ack), &size) != TL_OK)
        return;
    ssize_t put = send(connection->fd, connection->ack, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (put <= 0)
        return;
    connection->acked = offset;
    connection->ack_done = (uint32_t)put;
    connection->ack_size = (uint32_t)size;
}

void connection_begin_acks(struct connection *connection)
{
    if (connection->receiver.acknowledges)
        send_ack(connection, connection->decoder.offset);
}

bool connection_awaits_ack(const struct connection *connection, const struct queue *queue)
{
    return connection->receiver.acknowledges && connection->receiver.state == TL_RECEIVER_DATA &&
           queue_kept(queue, connection->peer) < connection->peer->walked;
}

uint64_t connection_acknowledge(struct connection *connection, const struct queue *queue, uint64_t now_ms,
                                bool is_last)
{
    uint64_t kept = queue_kept(queue, connection->peer), since = now_ms - connection->acked_ms;

    if (!connection->receiver.acknowledges || connection->receiver.state != TL_RECEIVER_DATA)
        return 0;
    if (kept <= connection->acked)
        return connection_complete_ack(connection) ? 0 : ACK_MS;
    if (kept - connection->acked < CONNECTION_ACK_BYTES && since < ACK_MS && !is_last)
        return ACK_MS - since;
    connection->acked_ms = now_ms;
    send_ack(connection, kept);
    /* Who waits for it sends nothing that would bring another one. */
    return connection->acked == kept && connection->ack_done == connection->ack_size ? 0 : ACK_MS;
}

/* All --------------------------------------------------------------------------------------------------- */

/* Says what is due. Returns in how many ms something else is, 0 if nothing is; `*ret_awaited`: somebody has
 * brought what is not written yet. */
static uint64_t acknowledge_each(const struct loop *loop, uint64_t now_ms, bool *ret_awaited)
{
    uint64_t next = 0;

    *ret_awaited = false;
    for (uint32_t i = 0; i < loop->peers.highest; i++) {
        struct connection *connection = loop->peers.connections[i];
        if (!connection || !connection->receiver.acknowledges)
            continue;
        uint64_t wait = connection_acknowledge(connection, &loop->queue, now_ms, false);
        if (wait && (!next || wait < next))
            next = wait;
        *ret_awaited |= connection_awaits_ack(connection, &loop->queue);
    }
    return next;
}

/* Over TCP a sender that has brought much sends no more before it is written. What the loop does not see of
 * the writer's progress, because that comes just now, it finds when its wait is over. */
static void watch_writer(struct loop *loop)
{
    const struct queue_head *head = loop->queue.head;

    if (loop->acknowledges_tcp && atomic_load_explicit(&head->pushed, memory_order_relaxed) !=
                                      atomic_load_explicit(&head->written_pieces, memory_order_relaxed))
        atomic_store_explicit(&loop->writer.is_watched, true, memory_order_relaxed);
}

void loop_acknowledge(struct loop *loop, uint64_t now_ms)
{
    uint64_t shares = 1 + loop->peers.highest / PEERS_A_SHARE, since = now_ms - loop->acknowledged_ms;
    uint64_t written = atomic_load_explicit(&loop->queue.head->written_bytes, memory_order_relaxed);
    bool is_awaited;

    loop->ack_wait = -1;
    if (!loop->acknowledges)
        return;
    watch_writer(loop);
    if (written - loop->acknowledged_bytes < CONNECTION_ACK_BYTES * shares && since < ACK_MS) {
        loop->ack_wait = (int)(ACK_MS - since);
        return;
    }
    uint64_t next = acknowledge_each(loop, now_ms, &is_awaited);
    loop->acknowledged_ms = now_ms;
    loop->acknowledged_bytes = written;
    if (next || is_awaited)
        loop->ack_wait = next ? (int)next : ACK_MS;
}

void loop_expect_acks(struct loop *loop, const struct connection *connection)
{
    loop->acknowledges |= connection->receiver.acknowledges;
    loop->acknowledges_tcp |= connection->receiver.acknowledges && !connection->is_unix;
}
