/* What the connections had received and not pushed yet when the run died, and how they ended. Invariant: the
 * order of what is emitted and entered here depends on the mapping alone, which stays as it was. */
#include "capture/recovery.h"

#include "process/log.h"

#include <tapline/frame.h>

#include <errno.h>
#include <stdlib.h>

static int by_stream_start(const void *a, const void *b)
{
    const struct queue_block *const *first = a, *const *second = b;

    return ((*first)->stream_start > (*second)->stream_start) -
           ((*first)->stream_start < (*second)->stream_start);
}

/* The blocks that hold the peer's stream from `walked` on, in order. Returns how many. */
static size_t find_blocks(const struct queue *queue, const struct queue_peer *peer,
                          const struct queue_block **blocks)
{
    size_t count = 0, contiguous = 0;
    uint64_t at = peer->walked;

    for (uint32_t i = 0; i < queue->head->block_count; i++) {
        const struct queue_block *block = &queue->blocks[i];
        if (block->serial == peer->serial && block->stream_start + block->filled > peer->walked)
            blocks[count++] = block;
    }
    qsort(blocks, count, sizeof(*blocks), by_stream_start);
    while (contiguous < count && blocks[contiguous]->stream_start <= at) {
        at = blocks[contiguous]->stream_start + blocks[contiguous]->filled;
        contiguous++;
    }
    return contiguous;
}

/* A connection's unwalked bytes, gathered into one stretch that the caller frees. NULL without memory. */
static uint8_t *gather(const struct queue *queue, const struct queue_peer *peer, size_t *ret_size)
{
    const struct queue_block **blocks = calloc(queue->head->block_count + 1, sizeof(*blocks));
    size_t count = blocks ? find_blocks(queue, peer, blocks) : 0;
    uint8_t *bytes = blocks ? malloc(count * QUEUE_BLOCK_SIZE + 1) : NULL;
    size_t size = 0;

    for (size_t i = 0; bytes && i < count; i++) {
        uint64_t from = i ? 0 : peer->walked - blocks[i]->stream_start;
        const uint8_t *data = queue->data + (size_t)(blocks[i] - queue->blocks) * QUEUE_BLOCK_SIZE;
        memcpy(bytes + size, data + from, blocks[i]->filled - from);
        size += blocks[i]->filled - from;
    }
    free(blocks);
    *ret_size = size;
    return bytes;
}

/* As one of those that the connection told of. */
static void add_told(struct recovery *recovery, const struct queue_lost *lost)
{
    for (uint32_t i = 0; i < recovery->told_count; i++) {
        struct queue_lost *told = &recovery->told[i];
        if (told->cause != lost->cause || told->sender != lost->sender)
            continue;
        told->frames += lost->frames;
        told->total = lost->total;
        return;
    }
    if (recovery->told_count == RECOVERY_TOLD_MAX)
        recovery->told_more += lost->frames;
    else
        recovery->told[recovery->told_count++] = *lost;
}

static void take_loss(struct recovery *recovery, struct queue_peer *peer, struct tl_bytes payload)
{
    struct queue_lost lost[QUEUE_LOST_MAX];
    struct tl_loss loss;

    if (tl_loss_decode(payload, &loss) != TL_OK)
        return;
    uint32_t count = senders_take(recovery->senders, &loss, lost);
    for (uint32_t i = 0; i < count; i++) {
        peer->books.count[BOOKS_LOST_BEFORE] += lost[i].frames;
        add_told(recovery, &lost[i]);
    }
}

/* Enters the frames of `bytes`, which begin at a frame's border, in the books; or emits the data frames. */
static int walk_frames(struct recovery *recovery, struct queue_peer *peer, struct tl_bytes bytes, bool emits)
{
    uint64_t *count = peer->books.count;
    struct tl_frame_decoder decoder;
    struct tl_frame frame;
    bool has_started = peer->has_started && !peer->has_stopped;
    struct tl_bytes rest = bytes;

    tl_frame_decoder_init(&decoder, (uint32_t)recovery->queue.head->frame_limit);
    for (;;) {
        const uint8_t *start = rest.data;
        if (tl_frame_next(&decoder, &rest, &frame) != TL_OK)
            break;
        if (frame.kind == TL_FRAME_CONTROL) {
            uint32_t type = tl_be32(frame.payload.data);
            has_started = (has_started || type == TL_CONTROL_START) && type != TL_CONTROL_STOP;
            count[BOOKS_SKIPPED_CONTROL] += frame.size;
            if (has_started && peer->tells_losses && !emits)
                take_loss(recovery, peer, frame.payload);
        } else if (frame.kind == TL_FRAME_OVERSIZED) {
            count[BOOKS_FRAMES_SKIPPED]++;
            count[BOOKS_SKIPPED_OVERSIZED] += frame.size;
        } else if (has_started) {
            if (emits && recovery_emit(recovery, tl_bytes(start, (size_t)frame.size)) != 0)
                return -1;
            count[BOOKS_FRAMES_OUT]++;
            count[BOOKS_BYTES_OUT] += frame.size;
        }
    }
    return 0;
}

/* Bytes that were in its socket at most and can be missed: after STOP none are. */
static uint64_t hidden_in(const struct queue_peer *peer)
{
    return peer->has_stopped ? 0 : peer->hidden_max;
}

/* The books of a connection that the run did not close: what came in and is not entered yet is an incomplete
 * frame, or was out of turn, and is entered as cut off. */
static void close_books(struct recovery *recovery, struct queue_peer *peer, uint64_t received)
{
    struct books *books = &peer->books;
    uint64_t entered = books->count[BOOKS_BYTES_OUT] + books_skipped(books);
    char text[BOOKS_TEXT_SIZE];

    books->count[BOOKS_BYTES_IN] = received;
    books->count[BOOKS_FRAMES_IN] = books->count[BOOKS_FRAMES_OUT] + books->count[BOOKS_FRAMES_SKIPPED];
    if (received > entered)
        books->count[BOOKS_SKIPPED_CUT] += received - entered;
    books_add(&recovery->total, books);
    books_print(books, text, sizeof(text));
    process_log("connection %llu from %s was open: %s; unknown, at most %llu bytes in its socket",
                (unsigned long long)peer->serial, peer->name, text, (unsigned long long)hidden_in(peer));
}

static void put_told(struct hot_ledger *ledger, const struct recovery *recovery,
                     const struct queue_peer *peer)
{
    char text[SENDERS_CAUSE_SIZE];

    for (uint32_t i = 0; i <= recovery->told_count; i++) {
        bool is_rest = i == recovery->told_count;
        const struct queue_lost *told = is_rest ? NULL : &recovery->told[i];
        struct tl_ledger_entry loss = {
            .kind = TL_LEDGER_LOSS, .connection = peer->serial, .at_ms = peer->arrival_ms};
        loss.text = tl_bytes_of_text(is_rest ? tl_counter_key(TL_COUNTER_LOST_BEFORE)
                                             : senders_cause_text(told->cause, text));
        loss.frames = is_rest ? recovery->told_more : told->frames;
        loss.sender = is_rest ? 0 : told->sender;
        loss.total = is_rest ? 0 : told->total;
        if (loss.frames)
            hot_ledger_put(ledger, &loss);
    }
}

static void put_losses(struct hot_ledger *ledger, const struct queue_peer *peer)
{
    struct books noted = peer->noted;

    for (int cause = BOOKS_SKIPPED_OVERSIZED; cause <= BOOKS_LEFT; cause++) {
        const uint64_t *count = peer->books.count;
        bool is_cause = cause <= BOOKS_SKIPPED_EVICTED || cause == BOOKS_LEFT;
        if (!is_cause || count[cause] == noted.count[cause])
            continue;
        const struct tl_ledger_entry loss = {
            .kind = TL_LEDGER_LOSS,
            .connection = peer->serial,
            .at_ms = peer->arrival_ms,
            .text = tl_bytes_of_text(tl_counter_key((enum tl_counter)cause)),
            .frames = count[BOOKS_FRAMES_SKIPPED] - noted.count[BOOKS_FRAMES_SKIPPED],
            .bytes = count[cause] - noted.count[cause],
        };
        hot_ledger_put(ledger, &loss);
        noted.count[BOOKS_FRAMES_SKIPPED] = count[BOOKS_FRAMES_SKIPPED];
    }
    const struct tl_ledger_entry hidden = {.kind = TL_LEDGER_LOSS,
                                           .connection = peer->serial,
                                           .at_ms = peer->arrival_ms,
                                           .text = tl_bytes_of_text("unknown"),
                                           .bytes = hidden_in(peer),
                                           .is_at_most = true};
    if (hidden.bytes)
        hot_ledger_put(ledger, &hidden);
}

/* Enters a connection that was open, as the next of the sequence behind the pieces: the `frames` that were
 * not in pieces, what was lost, and its end. */
static int enter_peer(struct recovery *recovery, const struct queue_peer *entry,
                      const struct queue_peer *peer, uint64_t frames)
{
    struct hot_ledger *ledger = recovery->output.ledger;
    const struct tl_ledger_run run = {
        .connection = peer->serial, .frames = frames, .arrival_ms = peer->arrival_ms};
    const struct tl_ledger_entry closed = {.kind = TL_LEDGER_CLOSED,
                                           .connection = peer->serial,
                                           .at_ms = peer->arrival_ms,
                                           .frames = peer->books.count[BOOKS_FRAMES_OUT],
                                           .bytes = peer->books.count[BOOKS_BYTES_OUT],
                                           .text = tl_bytes_of_text("was open when the capture was killed")};
    uint64_t through = ++recovery->pieces;

    if (!recovery_has_ledger(recovery) || ledger->noted >= through)
        return 0;
    if (recovery_open_output(recovery) != 0)
        return -1;
    hot_ledger_put_peer(ledger, &recovery->queue, entry);
    hot_ledger_put_run(ledger, &run);
    put_losses(ledger, peer);
    put_told(ledger, recovery, peer);
    hot_ledger_put(ledger, &closed);
    return hot_ledger_write(ledger, through) == 0 ? 0 : recovery_log_ledger_trouble(recovery);
}

/* `entry` is the peer's in the table, which stays as it was for another try. */
static int recover_peer(struct recovery *recovery, const struct queue_peer *entry)
{
    struct queue_peer peer = *entry, counted = *entry;
    size_t size;
    uint8_t *memory = gather(&recovery->queue, entry, &size);
    uint64_t skip = peer.skip_until > peer.walked ? peer.skip_until - peer.walked : 0;

    if (!memory) {
        process_log("cannot recover connection %llu: %s", (unsigned long long)peer.serial, strerror(ENOMEM));
        return -1;
    }
    skip = skip < size ? skip : size;
    struct tl_bytes bytes = tl_bytes(memory + skip, size - (size_t)skip);
    peer.books.count[BOOKS_SKIPPED_OVERSIZED] += skip;
    recovery->told_count = 0;
    recovery->told_more = 0;
    walk_frames(recovery, &peer, bytes, false);
    uint64_t frames = peer.books.count[BOOKS_FRAMES_OUT] - entry->books.count[BOOKS_FRAMES_OUT];
    close_books(recovery, &peer, peer.walked + size);
    recovery->connections++;
    recovery->hidden += hidden_in(&peer);
    int result = enter_peer(recovery, entry, &peer, frames);
    if (result == 0)
        result = walk_frames(recovery, &counted, bytes, true);
    free(memory);
    return result;
}

static int by_serial(const void *a, const void *b)
{
    const struct queue_peer *const *first = a, *const *second = b;

    return ((*first)->serial > (*second)->serial) - ((*first)->serial < (*second)->serial);
}

int recovery_emit_peers(struct recovery *recovery)
{
    const struct queue_peer *peers = recovery->queue.peers;
    const struct queue_peer **order = calloc(QUEUE_PEERS, sizeof(*order));
    size_t count = 0;
    int result = 0;

    recovery->senders = senders_new();
    if (!order || !recovery->senders) {
        process_log("cannot recover the connections: %s", strerror(ENOMEM));
        free(order);
        senders_free(recovery->senders);
        return -1;
    }
    if (recovery->output.options.archive)
        senders_learn_archive(recovery->senders, recovery->output.options.archive);
    for (size_t i = 0; i < QUEUE_PEERS; i++) {
        if (peers[i].serial && !peers[i].is_closed)
            order[count++] = &peers[i];
    }
    qsort(order, count, sizeof(*order), by_serial);
    for (size_t i = 0; i < count && result == 0; i++)
        result = recover_peer(recovery, order[i]);
    senders_free(recovery->senders);
    free(order);
    return result;
}
