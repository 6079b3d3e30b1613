/* Finishing what another run left behind. Everything that it had received goes, in one fixed order, through
 * emit(): first the pieces in their order, then what each connection had received and not pushed yet, by
 * arrival of the connections. Invariant: the file's size says how much of that sequence is written, so being
 * killed here and beginning again neither repeats nor loses a byte. */
#include "capture/recover.h"

#include "process/log.h"

#include <tapline/frame.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct recovery {
    struct queue queue;
    struct output output;
    uint64_t written;                    /* bytes of the sequence that are in files */
    uint64_t position;                   /* of the next byte that emit() is given */
    uint64_t bytes, connections, hidden; /* for the books */
    struct books total;
};

static int open_output(struct recovery *recovery)
{
    char path[PATH_MAX];

    if (recovery->output.fd >= 0)
        return 0;
    if (output_open(&recovery->output, recovery->written, path) == 0)
        return 0;
    process_log("cannot open %s: %s", path, strerror(errno));
    return -1;
}

/* Writes what of `bytes` is not in the files yet. 0, or -1 with the reason logged. */
static int emit(struct recovery *recovery, struct tl_bytes bytes)
{
    uint64_t end = recovery->position + bytes.size;

    recovery->position = end;
    if (end <= recovery->written)
        return 0;
    size_t missing = (size_t)(end - recovery->written);
    missing = missing < bytes.size ? missing : bytes.size;
    if (open_output(recovery) != 0)
        return -1;
    const uint8_t *at = bytes.data + bytes.size - missing;
    while (missing) {
        struct iovec stretch = {(void *)(uintptr_t)at, missing};
        ssize_t size = output_write(&recovery->output, &stretch, 1);
        if (size < 0 && errno == EINTR)
            continue;
        if (size <= 0) {
            process_log("cannot write %s: %s", recovery->queue.head->files[recovery->queue.head->file].part,
                        strerror(errno));
            return -1;
        }
        at += size;
        missing -= (size_t)size;
        recovery->written += (uint64_t)size;
        recovery->bytes += (uint64_t)size;
    }
    return 0;
}

/* A receive that the kernel had finished and the loop had not looked at. One that found nothing says nothing,
 * and entering it behind the other would take back what that brought into the same block. */
static void fold_last(struct queue *queue)
{
    for (int i = 0; i < 2; i++) {
        const struct queue_receive *receive = &queue->head->receives[i];
        if (receive->sequence > queue->head->folded && receive->message.msg_len)
            queue_fold(queue, receive);
    }
}

static struct tl_bytes piece_bytes(const struct queue *queue, const struct queue_piece *piece)
{
    return tl_bytes(queue->data + (size_t)piece->block * QUEUE_BLOCK_SIZE + piece->from,
                    piece->to - piece->from);
}

static int emit_pieces(struct recovery *recovery)
{
    struct queue *queue = &recovery->queue;

    for (uint64_t at = queue->head->written_pieces; at < queue->head->pushed; at++) {
        const struct queue_piece *piece = &queue->pieces[at % QUEUE_PIECES];
        struct tl_bytes bytes = piece_bytes(queue, piece);
        recovery->position = piece->out_end - bytes.size;
        if (emit(recovery, bytes) != 0)
            return -1;
    }
    return 0;
}

/* The first frame's border at or behind what is known to be written. */
static uint64_t border_behind(const struct queue *queue)
{
    const struct queue_head *head = queue->head;
    uint64_t at = head->written_pieces;
    bool is_known = at == 0 || queue->pieces[(at - 1) % QUEUE_PIECES].is_whole; /* where frames begin */
    struct tl_frame_decoder decoder;
    struct tl_frame frame;

    tl_frame_decoder_init(&decoder, (uint32_t)head->frame_limit);
    for (; at < head->pushed && !queue_is_at_border(queue); at++) {
        const struct queue_piece *piece = &queue->pieces[at % QUEUE_PIECES];
        struct tl_bytes bytes = piece_bytes(queue, piece);
        while (is_known && tl_frame_skim(&decoder, &bytes, &frame) == TL_OK) {
            if (piece->out_end - bytes.size >= head->written_bytes)
                return piece->out_end - bytes.size;
        }
        if (piece->is_whole)
            return piece->out_end;
    }
    return head->written_bytes;
}

/* The file that was open is not there any more, or is another one. What was written is lost with it, and the
 * next one must not begin inside a frame. */
static void leave_lost_file(struct recovery *recovery, const struct queue_file *file)
{
    uint64_t border = border_behind(&recovery->queue);

    if (recovery->queue.head->written_bytes > file->start_out)
        process_log("%s is not what the run before wrote, or is not there any more: what was in it is not "
                    "written again, nor are the %llu bytes before the next known beginning of a frame",
                    file->part, (unsigned long long)(border - recovery->written));
    recovery->written = border;
}

/* Connections -------------------------------------------------------------------------------------------- */

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

/* Emits the whole data frames of `bytes`, which begin at a frame's border. */
static int emit_frames(struct recovery *recovery, struct queue_peer *peer, struct tl_bytes bytes)
{
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
            continue;
        }
        if (frame.kind == TL_FRAME_OVERSIZED || !has_started)
            continue;
        if (emit(recovery, tl_bytes(start, (size_t)frame.size)) != 0)
            return -1;
        peer->books.count[BOOKS_FRAMES_OUT]++;
        peer->books.count[BOOKS_FRAMES_IN]++;
        peer->books.count[BOOKS_BYTES_OUT] += frame.size;
    }
    return 0;
}

/* The books of a connection that the run did not close: what came in and did not go out was control frames,
 * oversized frames or an incomplete one, and what of it the run had not entered is entered as cut off. */
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
                (unsigned long long)peer->serial, peer->name, text, (unsigned long long)peer->hidden_max);
}

static int recover_peer(struct recovery *recovery, struct queue_peer *peer)
{
    size_t size;
    uint8_t *memory = gather(&recovery->queue, peer, &size);
    uint64_t received = peer->walked + size;
    uint64_t skip = peer->skip_until > peer->walked ? peer->skip_until - peer->walked : 0;
    int result;

    if (!memory) {
        process_log("cannot recover connection %llu: %s", (unsigned long long)peer->serial, strerror(ENOMEM));
        return -1;
    }
    skip = skip < size ? skip : size;
    result = emit_frames(recovery, peer, tl_bytes(memory + skip, size - (size_t)skip));
    free(memory);
    if (result != 0)
        return -1;
    recovery->connections++;
    recovery->hidden += peer->hidden_max;
    close_books(recovery, peer, received);
    return 0;
}

static int by_serial(const void *a, const void *b)
{
    const struct queue_peer *const *first = a, *const *second = b;

    return ((*first)->serial > (*second)->serial) - ((*first)->serial < (*second)->serial);
}

/* All connections that were open, in order of arrival. The books they are logged with are copies: the mapping
 * must stay as it was for another try. */
static int recover_peers(struct recovery *recovery)
{
    static const size_t max = QUEUE_PEERS;
    struct queue_peer **order = calloc(max, sizeof(*order));
    size_t count = 0;
    int result = order ? 0 : -1;

    for (size_t i = 0; order && i < max; i++) {
        if (recovery->queue.peers[i].serial)
            order[count++] = &recovery->queue.peers[i];
    }
    if (order)
        qsort(order, count, sizeof(*order), by_serial);
    for (size_t i = 0; i < count && result == 0; i++) {
        struct queue_peer peer = *order[i];
        result = recover_peer(recovery, &peer);
    }
    free(order);
    return result;
}

/* Everything ------------------------------------------------------------------------------------------- */

static int complete_file(struct recovery *recovery)
{
    const struct queue_head *head = recovery->queue.head;
    bool was_special = recovery->output.is_special;

    if (recovery->output.fd < 0)
        return 0;
    if (output_close(&recovery->output, recovery->written, true) != 0) {
        process_log("cannot complete %s: %s", head->files[head->file].part, strerror(errno));
        return -1;
    }
    if (!was_special)
        process_log("completed %s", head->files[head->file].path);
    return 0;
}

static void log_books(const struct recovery *recovery, const char *queue_path)
{
    char text[BOOKS_TEXT_SIZE];

    books_print(&recovery->total, text, sizeof(text));
    process_log("the run before (pid %llu) did not end by itself: %llu bytes were written from its queue %s",
                (unsigned long long)recovery->queue.head->pid, (unsigned long long)recovery->bytes,
                queue_path);
    process_log("its books: %s; unknown, at most %llu bytes in the sockets of the %llu connections that were "
                "open",
                text, (unsigned long long)recovery->hidden, (unsigned long long)recovery->connections);
}

/* Brings everything into files. 0, or -1 with the reason logged. */
static int recover_all(struct recovery *recovery, const struct output_options *options)
{
    struct queue_head *head = recovery->queue.head;
    struct queue_file file = head->files[head->file];

    recovery->written = head->written_bytes;
    recovery->position = head->written_bytes;
    recovery->total = head->closed;
    output_init(&recovery->output, options, head);
    enum output_resumed resumed = output_resume(&recovery->output, &recovery->written);
    if (resumed == OUTPUT_TROUBLE) {
        process_log("cannot go on with %s: %s", file.part, strerror(errno));
        return -1;
    }
    if (resumed == OUTPUT_NONE && (file.state == QUEUE_FILE_OPENING || file.state == QUEUE_FILE_OPEN))
        leave_lost_file(recovery, &file);
    fold_last(&recovery->queue);
    queue_complete_push(&recovery->queue);
    if (emit_pieces(recovery) != 0 || recover_peers(recovery) != 0)
        return -1;
    return complete_file(recovery);
}

int recover_queue(int fd, const char *queue_path, const struct output_options *options)
{
    struct recovery recovery = {.written = 0};

    if (queue_attach(&recovery.queue, fd) != 0) {
        process_log("%s: %s; to start without what it may hold, move it away", queue_path,
                    errno == EPROTO
                        ? "this queue was left by another version of tapline: start that one, and it "
                          "will complete its files"
                        : "this is not a sound queue of tapline");
        return -1;
    }
    int result = recover_all(&recovery, options);
    if (result == 0)
        log_books(&recovery, queue_path);
    else
        process_log("what the run before had received stays in its queue %s; mend that, and start again",
                    queue_path);
    if (recovery.output.fd >= 0)
        close(recovery.output.fd);
    recovery.queue.fd = -1; /* the caller's */
    queue_done(&recovery.queue);
    return result;
}
