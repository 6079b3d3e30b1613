/* The loop's and the writer's sides of the write queue. Invariant: at every instruction, what the kernel has
 * delivered and the file does not hold yet can be found from the mapping alone - in a piece, or in the blocks
 * of a connection from its `walked` on - and can be found only once. */
#include "capture/queue.h"

#include <errno.h>
#include <stdio.h>

static uint32_t minimum(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint8_t *block_data(const struct queue *queue, uint32_t block)
{
    return queue->data + (size_t)block * QUEUE_BLOCK_SIZE;
}

static void chain_append(struct queue *queue, struct queue_chain *chain, uint32_t block)
{
    queue->next[block] = QUEUE_NONE;
    if (chain->last == QUEUE_NONE)
        chain->first = block;
    else
        queue->next[chain->last] = block;
    chain->last = block;
}

/* Receiving ------------------------------------------------------------------------------------------- */

void queue_fold(struct queue *queue, const struct queue_receive *receive)
{
    uint64_t at = receive->stream_start - receive->first_fill;
    uint64_t left = (uint64_t)receive->message.msg_len + receive->first_fill;

    for (uint32_t i = 0; i < receive->block_count && left; i++) {
        struct queue_block *block = &queue->blocks[receive->blocks[i]];
        uint32_t filled = left < QUEUE_BLOCK_SIZE ? (uint32_t)left : QUEUE_BLOCK_SIZE;
        /* The first block may have begun before `at` was a multiple: its start is what it was. */
        if (i || !receive->first_fill) {
            block->serial = receive->serial;
            block->stream_start = at;
        }
        block->filled = filled;
        at += filled;
        left -= filled;
    }
}

/* The block behind whose bytes the next ones go, if it has room: the chain's last; or, while it waits to be
 * written, the one that left the chain last. Else a peer that sends one frame at a time would take a block
 * for each, and a slow disk would find the queue full of next to nothing. */
static uint32_t block_to_fill(const struct queue *queue, const struct queue_chain *chain, uint64_t serial)
{
    uint32_t block = chain->last;

    if (block == QUEUE_NONE && chain->tail != QUEUE_NONE && queue->pending[chain->tail])
        block = chain->tail;
    if (block == QUEUE_NONE)
        return QUEUE_NONE;
    const struct queue_block *entry = &queue->blocks[block];
    bool is_ours = entry->serial == serial && entry->stream_start + entry->filled == chain->received;
    return is_ours && entry->filled < QUEUE_BLOCK_SIZE ? block : QUEUE_NONE;
}

ssize_t queue_receive(struct queue *queue, struct queue_chain *chain, struct queue_peer *peer, int fd,
                      uint32_t fresh_max)
{
    struct queue_receive *receive = &queue->head->receives[(queue->sequence + 1) & 1];
    struct iovec stretches[QUEUE_READ_BLOCKS + 1];
    uint32_t fresh = minimum(minimum(fresh_max, QUEUE_READ_BLOCKS), queue->free_count);
    uint32_t count = 0;

    receive->serial = peer->serial;
    receive->stream_start = chain->received;
    receive->first_fill = 0;
    uint32_t last = block_to_fill(queue, chain, peer->serial);
    if (last != QUEUE_NONE) {
        uint32_t filled = queue->blocks[last].filled;
        stretches[count] = (struct iovec){block_data(queue, last) + filled, QUEUE_BLOCK_SIZE - filled};
        receive->first_fill = filled;
        receive->blocks[count++] = last;
    }
    uint32_t held = count;
    for (uint32_t i = 0; i < fresh; i++) {
        uint32_t block = queue->free[queue->free_count - 1 - i];
        stretches[count] = (struct iovec){block_data(queue, block), QUEUE_BLOCK_SIZE};
        receive->blocks[count++] = block;
    }
    if (!count) {
        errno = ENOBUFS;
        return -1;
    }
    receive->block_count = count;
    receive->message.msg_hdr = (struct msghdr){.msg_iov = stretches, .msg_iovlen = count};
    receive->message.msg_len = 0;
    peer->arrival_ms = queue_clock_ms();
    queue_settle();
    atomic_store_explicit(&receive->sequence, ++queue->sequence, memory_order_relaxed);
    queue_settle();

    if (recvmmsg(fd, &receive->message, 1, MSG_DONTWAIT, NULL) != 1)
        return -1; /* with msg_len 0, there is nothing to fold */
    uint32_t size = receive->message.msg_len;

    queue_fold(queue, receive);
    queue_settle();
    atomic_store_explicit(&queue->head->folded, queue->sequence, memory_order_relaxed);
    queue_settle();

    if (size && held && chain->last == QUEUE_NONE)
        chain_append(queue, chain, last);
    uint64_t left = held ? size - minimum(size, (uint32_t)stretches[0].iov_len) : size;
    for (uint32_t i = held; i < count && left; i++) {
        chain_append(queue, chain, receive->blocks[i]);
        queue->free_count--;
        left -= left < QUEUE_BLOCK_SIZE ? left : QUEUE_BLOCK_SIZE;
    }
    chain->received += size;
    return (ssize_t)size;
}

struct tl_bytes queue_bytes(const struct queue *queue, struct queue_chain *chain, uint64_t at)
{
    uint32_t block = chain->read;

    if (block == QUEUE_NONE || queue->blocks[block].stream_start > at)
        block = chain->first;
    for (; block != QUEUE_NONE; block = queue->next[block]) {
        const struct queue_block *entry = &queue->blocks[block];
        uint64_t into = at - entry->stream_start;
        if (at >= entry->stream_start && into < entry->filled) {
            chain->read = block;
            return tl_bytes(block_data(queue, block) + into, entry->filled - (size_t)into);
        }
    }
    return tl_bytes(NULL, 0);
}

/* Pieces ---------------------------------------------------------------------------------------------- */

/* Gives back blocks at the front of the chain that lie before `walked`. */
static void drop_walked(struct queue *queue, struct queue_chain *chain, uint64_t walked)
{
    while (chain->first != QUEUE_NONE) {
        uint32_t block = chain->first;
        if (queue->blocks[block].stream_start + queue->blocks[block].filled > walked)
            return;
        chain->first = queue->next[block];
        if (chain->first == QUEUE_NONE)
            chain->last = QUEUE_NONE;
        if (chain->read == block)
            chain->read = QUEUE_NONE;
        queue->next[block] = block; /* marks it as in no chain */
        if (queue->pending[block])
            chain->tail = block;
        else
            queue->free[queue->free_count++] = block;
    }
}

static uint64_t pushed_pieces(const struct queue *queue)
{
    return atomic_load_explicit(&queue->head->pushed, memory_order_relaxed);
}

static struct queue_progress *progress_of(const struct queue *queue, const struct queue_peer *peer)
{
    return &queue->progress[peer - queue->peers];
}

/* What was stored before is the pieces before `pushed`, all of them at once. */
static void enter_pushed(struct queue *queue, uint64_t pushed)
{
    queue_settle();
    atomic_store_explicit(&queue->head->pushed, pushed, memory_order_release);
    queue_settle();
}

static void fill_piece(struct queue *queue, const struct queue_peer *peer, struct queue_piece *piece,
                       uint32_t block, uint64_t start, uint64_t end)
{
    queue->out += end - start;
    piece->kind = QUEUE_DATA;
    piece->serial = peer->serial;
    piece->stream_end = end;
    piece->out_end = queue->out;
    piece->bytes_out = peer->books.count[BOOKS_BYTES_OUT] + (end - peer->walked);
    piece->arrival_ms = peer->arrival_ms;
    piece->block = block;
    piece->from = (uint32_t)(start - queue->blocks[block].stream_start);
    piece->to = (uint32_t)(end - queue->blocks[block].stream_start);
    piece->peer = (uint32_t)(peer - queue->peers);
    queue->pending[block]++;
}

void queue_push(struct queue *queue, struct queue_chain *chain, struct queue_peer *peer, uint64_t to,
                uint64_t frames)
{
    uint64_t pushed = pushed_pieces(queue);
    uint64_t frames_out = peer->books.count[BOOKS_FRAMES_OUT] + frames;
    uint64_t bytes_out = peer->books.count[BOOKS_BYTES_OUT] + (to - peer->walked);
    uint64_t start = peer->walked;

    for (uint32_t block = chain->first; start < to; block = queue->next[block]) {
        uint64_t block_end = queue->blocks[block].stream_start + queue->blocks[block].filled;
        uint64_t end = block_end < to ? block_end : to;
        struct queue_piece *piece = queue_piece(queue, pushed++);
        fill_piece(queue, peer, piece, block, start, end);
        piece->frames_out = frames_out;
        piece->is_whole = end == to;
        piece->frames = piece->is_whole ? (uint32_t)frames : 0;
        start = end;
    }
    /* All of them at once: a piece that ends inside a frame never stands alone. */
    enter_pushed(queue, pushed);
    progress_of(queue, peer)->last_pushed = pushed;
    peer->books.count[BOOKS_BYTES_OUT] = bytes_out;
    peer->books.count[BOOKS_FRAMES_OUT] = frames_out;
    queue_settle();
    peer->walked = to;
    queue_settle();
    drop_walked(queue, chain, to);
}

void queue_skip(struct queue *queue, struct queue_chain *chain, struct queue_peer *peer, uint64_t to)
{
    peer->walked = to;
    queue_settle();
    drop_walked(queue, chain, to);
}

/* Piece `number`, one without bytes, to be filled further and then entered. */
static struct queue_piece *note_piece(const struct queue *queue, const struct queue_peer *peer,
                                      enum queue_piece_kind kind, uint64_t number)
{
    struct queue_piece *piece = queue_piece(queue, number);

    *piece = (struct queue_piece){
        .kind = (uint16_t)kind,
        .serial = peer->serial,
        .out_end = queue->out,
        .arrival_ms = queue_clock_ms(),
        .peer = (uint32_t)(peer - queue->peers),
        .is_whole = 1,
    };
    return piece;
}

struct queue_peer *queue_open_peer(struct queue *queue, uint64_t serial, const char *name,
                                   const char *listener, uint64_t hidden_max)
{
    uint32_t at = 0;

    while (at < QUEUE_PEERS && queue->peers[at].serial)
        at++;
    if (at == QUEUE_PEERS)
        return NULL;
    struct queue_peer *peer = &queue->peers[at];
    memset(peer, 0, sizeof(*peer));
    snprintf(peer->name, sizeof(peer->name), "%s", name);
    snprintf(peer->listener, sizeof(peer->listener), "%s", listener);
    peer->hidden_max = hidden_max;
    peer->opened_ms = peer->arrival_ms = queue_clock_ms();
    queue_settle();
    peer->serial = serial;
    queue->peers_used++;
    *progress_of(queue, peer) = (struct queue_progress){0, 0};
    note_piece(queue, peer, QUEUE_OPENED, pushed_pieces(queue));
    enter_pushed(queue, pushed_pieces(queue) + 1);
    return peer;
}

/* What the last LOSS piece of a cause said is noted. */
static void note_loss(struct queue_peer *peer, const struct queue_piece *piece)
{
    peer->noted.count[piece->cause] = piece->bytes_out;
    peer->noted.count[BOOKS_FRAMES_SKIPPED] = piece->frames_out;
}

void queue_push_loss(struct queue *queue, struct queue_peer *peer, enum books_counter cause)
{
    const uint64_t *count = peer->books.count, *noted = peer->noted.count;

    if (count[cause] == noted[cause])
        return;
    struct queue_piece *piece = note_piece(queue, peer, QUEUE_LOSS, pushed_pieces(queue));
    piece->cause = (uint8_t)cause;
    piece->stream_end = count[cause] - noted[cause];
    piece->bytes_out = count[cause];
    piece->frames_out = count[BOOKS_FRAMES_SKIPPED];
    piece->frames = (uint32_t)(count[BOOKS_FRAMES_SKIPPED] - noted[BOOKS_FRAMES_SKIPPED]);
    enter_pushed(queue, pushed_pieces(queue) + 1);
    note_loss(peer, piece);
}

void queue_push_lost(struct queue *queue, struct queue_peer *peer, uint64_t to, const struct queue_lost *lost,
                     uint32_t count)
{
    uint64_t pushed = pushed_pieces(queue), sum = peer->books.count[BOOKS_LOST_BEFORE];

    for (uint32_t i = 0; i < count; i++) {
        struct queue_piece *piece = note_piece(queue, peer, QUEUE_LOST, pushed++);
        sum += lost[i].frames;
        piece->stream_end = to;
        piece->bytes_out = lost[i].frames;
        piece->frames_out = sum;
        piece->sender = lost[i].sender;
        piece->total = lost[i].total;
        piece->cause = lost[i].cause;
    }
    enter_pushed(queue, pushed);
    progress_of(queue, peer)->last_pushed = pushed;
    peer->books.count[BOOKS_LOST_BEFORE] = sum;
}

uint64_t queue_kept(const struct queue *queue, const struct queue_peer *peer)
{
    const struct queue_progress *progress = progress_of(queue, peer);

    return progress->last_pushed <= queue->reclaimed ? peer->walked : progress->stream_end;
}

/* Counts the peer among the closed ones, with all pieces before `pushed`: into the sum that is not valid,
 * then makes that one valid. */
static void count_closed(struct queue_head *head, struct queue_peer *peer, uint64_t pushed)
{
    uint32_t other = 1 - head->closed_valid;

    head->closed[other] = head->closed[1 - other];
    books_add(&head->closed[other].books, &peer->books);
    head->closed[other].pieces = pushed;
    queue_settle();
    atomic_store_explicit(&head->closed_valid, other, memory_order_relaxed);
    queue_settle();
    peer->is_closed = 1;
}

void queue_close_peer(struct queue *queue, struct queue_peer *peer, const char *why)
{
    uint64_t pushed = pushed_pieces(queue) + 1;

    snprintf(peer->why, sizeof(peer->why), "%s", why);
    note_piece(queue, peer, QUEUE_CLOSED, pushed - 1);
    enter_pushed(queue, pushed);
    count_closed(queue->head, peer, pushed);
}

void queue_complete_push(struct queue *queue)
{
    uint64_t pushed = pushed_pieces(queue);
    const struct queue_piece *last = queue_piece(queue, pushed - 1);
    struct queue_peer *peer = &queue->peers[last->peer % QUEUE_PEERS];

    /* Only the last push can be incomplete. The writer may have written it already. */
    if (!pushed || peer->serial != last->serial)
        return;
    if (last->kind == QUEUE_LOSS)
        note_loss(peer, last);
    if (last->kind == QUEUE_CLOSED) {
        if (queue->head->closed[queue->head->closed_valid].pieces < pushed)
            count_closed(queue->head, peer, pushed);
        peer->is_closed = 1;
    }
    if (last->kind == QUEUE_LOST && peer->walked < last->stream_end) {
        peer->books.count[BOOKS_LOST_BEFORE] = last->frames_out;
        peer->books.count[BOOKS_SKIPPED_CONTROL] += last->stream_end - peer->walked;
        queue_settle();
        peer->walked = last->stream_end;
    }
    if (last->kind != QUEUE_DATA || peer->walked >= last->stream_end)
        return;
    peer->books.count[BOOKS_BYTES_OUT] = last->bytes_out;
    peer->books.count[BOOKS_FRAMES_OUT] = last->frames_out;
    queue_settle();
    peer->walked = last->stream_end;
}

/* Pieces that may wait for other reasons than that a connection opened or closes. */
static uint64_t room_for_data(const struct queue *queue)
{
    return queue->piece_count - QUEUE_PEERS * QUEUE_PEER_PIECES;
}

bool queue_has_room(const struct queue *queue)
{
    uint64_t needed = queue->head->frame_limit / QUEUE_BLOCK_SIZE + QUEUE_READ_BLOCKS + QUEUE_LOST_MAX + 8;

    return pushed_pieces(queue) - queue->reclaimed + needed <= room_for_data(queue);
}

bool queue_is_crowded(const struct queue *queue)
{
    return pushed_pieces(queue) - queue->reclaimed > room_for_data(queue) / 2;
}

static void reclaim_piece(struct queue *queue, const struct queue_piece *piece)
{
    uint32_t block = piece->block;

    if (piece->kind == QUEUE_CLOSED) {
        queue->peers[piece->peer].serial = 0;
        queue->peers_used--;
    }
    if (piece->kind != QUEUE_DATA)
        return;
    if (piece->is_whole)
        queue->progress[piece->peer].stream_end = piece->stream_end;
    if (--queue->pending[block] == 0 && queue->next[block] == block)
        queue->free[queue->free_count++] = block;
}

void queue_reclaim(struct queue *queue)
{
    uint64_t written = atomic_load_explicit(&queue->head->written_pieces, memory_order_acquire);

    for (; queue->reclaimed < written; queue->reclaimed++)
        reclaim_piece(queue, queue_piece(queue, queue->reclaimed));
}

/* Writing --------------------------------------------------------------------------------------------- */

/* Appends a stretch, or makes the last one longer. The number of stretches, or -1 if there is no room for
 * another. */
static int add_stretch(struct iovec *stretches, int count, int max, uint8_t *start, size_t size)
{
    struct iovec *last = count ? &stretches[count - 1] : NULL;

    if (last && (uint8_t *)last->iov_base + last->iov_len == start) {
        last->iov_len += size;
        return count;
    }
    if (count == max)
        return -1;
    stretches[count] = (struct iovec){start, size};
    return count + 1;
}

int queue_take(const struct queue *queue, struct iovec *ret_stretches, int max, size_t bytes_max,
               uint64_t *through)
{
    uint64_t pushed = atomic_load_explicit(&queue->head->pushed, memory_order_acquire);
    uint64_t at = atomic_load_explicit(&queue->head->written_pieces, memory_order_relaxed);
    uint64_t written = atomic_load_explicit(&queue->head->written_bytes, memory_order_relaxed);
    uint64_t end = *through < pushed ? *through : pushed, whole_through = at;
    size_t bytes = 0, last_size = 0; /* `last_size`: of the stretch that ends at the last border */
    int count = 0, whole_count = 0;

    for (; at < end; at++) {
        const struct queue_piece *piece = queue_piece(queue, at);
        size_t size = (size_t)(piece->out_end - written); /* less than all of it, if it was written in part */
        if (whole_count && bytes + size > bytes_max)
            break;
        int next = size ? add_stretch(ret_stretches, count, max,
                                      block_data(queue, piece->block) + piece->to - size, size)
                        : count;
        if (next < 0)
            break;
        count = next;
        written += size;
        bytes += size;
        if (piece->is_whole) {
            whole_through = at + 1;
            whole_count = count;
            last_size = count ? ret_stretches[count - 1].iov_len : 0;
        }
    }
    *through = whole_count ? whole_through : at;
    if (!whole_count)
        return count;
    ret_stretches[whole_count - 1].iov_len = last_size;
    return whole_count;
}

bool queue_is_at_border(const struct queue *queue)
{
    uint64_t at = atomic_load_explicit(&queue->head->written_pieces, memory_order_relaxed);
    uint64_t written = atomic_load_explicit(&queue->head->written_bytes, memory_order_relaxed);
    const struct queue_piece *last = queue_piece(queue, at - 1);

    return at == 0 ? written == 0 : last->is_whole && last->out_end == written;
}

uint64_t queue_release(struct queue *queue, size_t bytes, uint64_t through)
{
    uint64_t at = atomic_load_explicit(&queue->head->written_pieces, memory_order_relaxed);
    uint64_t written = atomic_load_explicit(&queue->head->written_bytes, memory_order_relaxed) + bytes;
    uint64_t frames = 0;

    for (; at < through && queue_piece(queue, at)->out_end <= written; at++) {
        const struct queue_piece *piece = queue_piece(queue, at);
        frames += piece->kind == QUEUE_DATA ? piece->frames : 0;
    }
    atomic_store_explicit(&queue->head->written_bytes, written, memory_order_release);
    atomic_store_explicit(&queue->head->written_pieces, at, memory_order_release);
    return frames;
}
