/* Finishing what another run left behind. Everything that it had received goes, in one fixed order, through
 * emit(): first the pieces in their order, then what each connection had received and not pushed yet, by
 * arrival of the connections. A ledger knows the pieces by number, and behind them the connections, as if
 * each were one more. Invariant: the file's size says how much of that sequence is written, and the ledger's
 * last mark how much is entered, so being killed here and beginning again neither repeats nor loses any of
 * it. */
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
    uint64_t pieces;                     /* of the sequence that were come to */
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

/* True if what is recovered is to be entered in a ledger: not if the file that goes on is a plain one. */
static bool has_ledger(const struct recovery *recovery)
{
    const struct output *output = &recovery->output;

    return output->ledger && (output->fd < 0 || output_is_segment(output));
}

static int log_ledger_trouble(const struct recovery *recovery)
{
    process_log("cannot write the ledger of %s: %s",
                recovery->queue.head->files[recovery->queue.head->file].part, strerror(errno));
    return -1;
}

/* Enters the pieces that the ledger does not have yet. */
static int enter_pieces(struct recovery *recovery)
{
    struct hot_ledger *ledger = recovery->output.ledger;
    uint64_t pushed = recovery->queue.head->pushed;

    recovery->pieces = pushed;
    while (has_ledger(recovery) && ledger->noted < pushed) {
        uint64_t through = ledger->noted + LEDGER_PIECES_MAX;
        if (open_output(recovery) != 0)
            return -1;
        if (output_enter(&recovery->output, &recovery->queue, through < pushed ? through : pushed) != 0)
            return log_ledger_trouble(recovery);
    }
    return 0;
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
        const struct queue_piece *piece = queue_piece(queue, at);
        struct tl_bytes bytes = piece_bytes(queue, piece);
        if (piece->kind != QUEUE_DATA)
            continue;
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
    bool is_known = at == 0 || queue_piece(queue, at - 1)->is_whole; /* where frames begin */
    struct tl_frame_decoder decoder;
    struct tl_frame frame;

    tl_frame_decoder_init(&decoder, (uint32_t)head->frame_limit);
    for (; at < head->pushed && !queue_is_at_border(queue); at++) {
        const struct queue_piece *piece = queue_piece(queue, at);
        if (piece->kind != QUEUE_DATA)
            continue;
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

/* Of the frames that were pushed only those from `border` on will be in a file: the pieces say so from here
 * on. */
static void forget_frames(struct queue *queue, uint64_t border)
{
    struct tl_frame_decoder decoder;
    struct tl_frame frame;
    uint32_t frames = 0;

    tl_frame_decoder_init(&decoder, (uint32_t)queue->head->frame_limit);
    for (uint64_t at = queue->head->written_pieces; at < queue->head->pushed; at++) {
        struct queue_piece *piece = queue_piece(queue, at);
        struct tl_bytes bytes = piece_bytes(queue, piece);
        bool is_first = piece->out_end - bytes.size <= border;
        if (piece->kind != QUEUE_DATA)
            continue;
        if (is_first && piece->out_end > border)
            bytes = tl_bytes(bytes.data + bytes.size - (piece->out_end - border), piece->out_end - border);
        while (piece->out_end > border && tl_frame_skim(&decoder, &bytes, &frame) == TL_OK)
            frames++;
        if (piece->is_whole || piece->out_end <= border)
            piece->frames = frames;
        if (piece->is_whole && piece->out_end > border)
            return;
    }
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
    forget_frames(&recovery->queue, border);
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
        } else if (frame.kind == TL_FRAME_OVERSIZED) {
            count[BOOKS_FRAMES_SKIPPED]++;
            count[BOOKS_SKIPPED_OVERSIZED] += frame.size;
        } else if (has_started) {
            if (emits && emit(recovery, tl_bytes(start, (size_t)frame.size)) != 0)
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

    if (!has_ledger(recovery) || ledger->noted >= through)
        return 0;
    if (open_output(recovery) != 0)
        return -1;
    hot_ledger_put_peer(ledger, &recovery->queue, entry);
    hot_ledger_put_run(ledger, &run);
    put_losses(ledger, peer);
    hot_ledger_put(ledger, &closed);
    return hot_ledger_write(ledger, through) == 0 ? 0 : log_ledger_trouble(recovery);
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

/* All connections that were open, in order of arrival. */
static int recover_peers(struct recovery *recovery)
{
    static const size_t max = QUEUE_PEERS;
    const struct queue_peer **order = calloc(max, sizeof(*order));
    size_t count = 0;
    int result = order ? 0 : -1;

    for (size_t i = 0; order && i < max; i++) {
        if (recovery->queue.peers[i].serial && !recovery->queue.peers[i].is_closed)
            order[count++] = &recovery->queue.peers[i];
    }
    if (order)
        qsort(order, count, sizeof(*order), by_serial);
    for (size_t i = 0; i < count && result == 0; i++) {
        result = recover_peer(recovery, order[i]);
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
    if (output_is_segment(&recovery->output) && !output_has_content(&recovery->output)) {
        output_discard(&recovery->output);
        return 0;
    }
    if (output_close(&recovery->output, recovery->written, recovery->pieces, true) != 0) {
        process_log("cannot complete %s: %s", head->files[head->file].part, strerror(errno));
        return -1;
    }
    if (!was_special)
        process_log("completed %s", output_name(&head->files[head->file]));
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

/* False, and logged, if the file that was open lies in an archive that is not the one to be written now. One
 * that was moved is. */
static bool belongs(const struct queue_file *file, const struct output_options *options)
{
    if (!file->segment)
        return true;
    if (options->archive &&
        (strcmp(file->path, tl_archive_path(options->archive)) == 0 || !tl_archive_is(file->path)))
        return true;
    process_log(
        "what is in that queue belongs into the archive %s: start the capture of that one again, or use "
        "\"tapline pack\" on it",
        file->path);
    return false;
}

/* Brings everything into files. 0, or -1 with the reason logged. */
static int recover_all(struct recovery *recovery, const struct output_options *options)
{
    struct queue_head *head = recovery->queue.head;
    struct queue_file file = head->files[head->file];

    recovery->written = head->written_bytes;
    recovery->position = head->written_bytes;
    if (!belongs(&file, options))
        return -1;
    if (output_init(&recovery->output, options, head) != 0) {
        process_log("cannot recover: %s", strerror(errno));
        return -1;
    }
    enum output_resumed resumed = output_resume(&recovery->output, &recovery->queue, &recovery->written);
    if (resumed == OUTPUT_TROUBLE) {
        process_log("cannot go on with %s: %s", file.part, strerror(errno));
        return -1;
    }
    if (resumed == OUTPUT_NONE && (file.state == QUEUE_FILE_OPENING || file.state == QUEUE_FILE_OPEN))
        leave_lost_file(recovery, &file);
    fold_last(&recovery->queue);
    queue_complete_push(&recovery->queue);
    recovery->total = *queue_closed_books(&recovery->queue);
    if (enter_pieces(recovery) != 0 || emit_pieces(recovery) != 0 || recover_peers(recovery) != 0)
        return -1;
    return complete_file(recovery);
}

int recover_queue(int fd, const char *queue_path, const struct output_options *options)
{
    struct recovery recovery = {.output.fd = -1};

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
    output_done(&recovery.output);
    recovery.queue.fd = -1; /* the caller's */
    queue_done(&recovery.queue);
    return result;
}

void recover_log_queue_trouble(const char *path, uint64_t pid)
{
    if (errno == EWOULDBLOCK)
        process_log("another capture (pid %llu) writes there: it has the queue %s", (unsigned long long)pid,
                    path);
    else if (errno == EEXIST)
        process_log("cannot use %s as queue: there is something else in that file, and it is left as it is; "
                    "choose another path",
                    path);
    else if (errno == EPERM || errno == ELOOP)
        process_log("cannot use %s as queue: it is no plain file of this user; remove it, or choose another "
                    "path with --queue",
                    path);
    else
        process_log("cannot open the queue %s: %s", path ? path : "in memory", strerror(errno));
}
