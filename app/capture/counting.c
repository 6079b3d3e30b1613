/* What a running capture counts, for whoever looks at the archive's file of counters. Invariant: each value
 * is the one of a moment ago, and none is ever less than it was but those of what there is now. */
#include "capture/loop.h"

#include "process/clock.h"

_Static_assert((int)TL_COUNTER_LEFT == (int)BOOKS_LEFT && TL_COUNTER_BYTES_IN == 0,
               "the books are the first counters");

static void set(const struct loop *loop, enum tl_counter counter, uint64_t value)
{
    tl_counters_set(loop->counters, counter, value);
}

static void count_books(const struct loop *loop)
{
    struct books total = peers_books(&loop->peers);

    for (int i = 0; i < BOOKS_COUNTERS; i++)
        set(loop, (enum tl_counter)i, total.count[i]);
}

static void count_queue(const struct loop *loop)
{
    const struct queue *queue = &loop->queue;
    uint64_t blocks = queue->head->block_count;
    uint64_t paused_ms = loop->peers.paused_ms;

    if (loop->paused_since)
        paused_ms += process_clock_ms() - loop->paused_since;
    set(loop, TL_COUNTER_QUEUE_SIZE, blocks * QUEUE_BLOCK_SIZE);
    set(loop, TL_COUNTER_QUEUE_USED, (blocks - queue->free_count) * QUEUE_BLOCK_SIZE);
    set(loop, TL_COUNTER_QUEUE_MOST, (blocks - loop->free_least) * QUEUE_BLOCK_SIZE);
    set(loop, TL_COUNTER_PAUSES, loop->peers.pauses);
    set(loop, TL_COUNTER_PAUSED_MS, paused_ms);
}

void loop_count(const struct loop *loop)
{
    if (!loop->counters)
        return;
    count_books(loop);
    count_queue(loop);
    set(loop, TL_COUNTER_CONNECTIONS, loop->peers.serial);
    set(loop, TL_COUNTER_CONNECTIONS_OPEN, loop->peers.count);
    set(loop, TL_COUNTER_CONNECTIONS_REFUSED, loop->peers.refused);
    set(loop, TL_COUNTER_BYTES_WRITTEN, atomic_load(&loop->queue.head->written_bytes));
    set(loop, TL_COUNTER_WRITE_TROUBLES, atomic_load(&loop->writer.troubles));
    set(loop, TL_COUNTER_SEGMENTS_CLOSED, atomic_load(&loop->writer.completed));
}
