/* Entering pieces in the ledger of the open segment. Invariant: `size` is behind a mark, `noted` is what that
 * mark says, and a write that failed changed neither. */
#include "capture/hot_ledger.h"

#include "capture/senders.h"

#include <tapline/frame.h>

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Bytes of all entries that one piece makes: two, of texts that fit into a queue_peer. */
#define PIECE_MAX 512u
#define WRITE_MAX (LEDGER_PIECES_MAX * PIECE_MAX + 4096u)
#define RUN_MAX   30u /* bytes of a run: three varints */
#define STOP_MAX  64u

_Static_assert(sizeof(((struct queue_peer *)NULL)->name) + sizeof(((struct queue_peer *)NULL)->listener) +
                       sizeof(((struct queue_peer *)NULL)->why) + 8 * 11 + 8 * 2 <
                   PIECE_MAX,
               "a piece's entries fit");
_Static_assert(LEDGER_PIECES_MAX *RUN_MAX < TL_LEDGER_ENTRY_MAX, "a write's runs fit into an entry");

struct hot_ledger *hot_ledger_new(void)
{
    struct hot_ledger *ledger = calloc(1, sizeof(*ledger));
    uint8_t *memory = ledger ? malloc(WRITE_MAX) : NULL;

    if (!memory) {
        free(ledger);
        return NULL;
    }
    ledger->fd = -1;
    ledger->memory = memory;
    ledger->entries = tl_builder(memory, WRITE_MAX);
    return ledger;
}

void hot_ledger_free(struct hot_ledger *ledger)
{
    if (!ledger)
        return;
    hot_ledger_close(ledger);
    free(ledger->memory);
    free(ledger);
}

void hot_ledger_close(struct hot_ledger *ledger)
{
    int error = errno;

    if (ledger->fd >= 0)
        close(ledger->fd);
    ledger->fd = -1;
    errno = error;
}

/* Writing ----------------------------------------------------------------------------------------------- */

void hot_ledger_put(struct hot_ledger *ledger, const struct tl_ledger_entry *entry)
{
    struct tl_builder *to = &ledger->entries;
    size_t size = 0;

    if (to->status == TL_OK)
        to->status = tl_ledger_encode(entry, to->at, (size_t)(to->end - to->at), &size);
    if (to->status == TL_OK)
        to->at += size;
}

/* What was added is not wanted, or not added. */
static void drop_entries(struct hot_ledger *ledger, bool are_written)
{
    for (size_t i = 0; i < ledger->fresh_count && !are_written; i++)
        ledger->known[ledger->fresh[i]] = 0;
    ledger->fresh_count = 0;
    ledger->entries = tl_builder(ledger->memory, WRITE_MAX);
}

/* All of `bytes` at the end of what is sound. A part of them, which stays behind the last mark, goes. */
static int append(struct hot_ledger *ledger, struct tl_bytes bytes)
{
    size_t done = 0;

    while (done < bytes.size) {
        ssize_t put = pwrite(ledger->fd, bytes.data + done, bytes.size - done, (off_t)(ledger->size + done));
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0) {
            int error = put < 0 ? errno : ENOSPC;
            int cut = ftruncate(ledger->fd, (off_t)ledger->size);
            (void)cut; /* what stays behind the mark is passed over */
            errno = error;
            return -1;
        }
        done += (size_t)put;
    }
    return 0;
}

int hot_ledger_write(struct hot_ledger *ledger, uint64_t through)
{
    const struct tl_ledger_entry mark = {.kind = TL_LEDGER_MARK, .through = through};

    hot_ledger_put(ledger, &mark);
    struct tl_bytes bytes = tl_builder_bytes(&ledger->entries);
    bool fits = ledger->entries.status == TL_OK;
    if (!fits)
        errno = EMSGSIZE;
    if (!fits || append(ledger, bytes) != 0) {
        drop_entries(ledger, false);
        return -1;
    }
    ledger->size += bytes.size;
    ledger->noted = through;
    drop_entries(ledger, true);
    return 0;
}

static size_t control_frame(enum tl_control_type type, uint8_t *buffer, size_t size)
{
    struct tl_bytes content_type =
        type == TL_CONTROL_START ? tl_bytes_of_text(TL_LEDGER_CONTENT_TYPE) : tl_bytes(NULL, 0);
    struct tl_control control = tl_control(type, content_type);
    size_t used = 0;

    tl_control_encode(&control, buffer, size, &used);
    return used;
}

int hot_ledger_begin(struct hot_ledger *ledger, int fd, const struct queue_file *file, uint64_t run_ms)
{
    const struct tl_ledger_entry segment = {.kind = TL_LEDGER_SEGMENT,
                                            .segment = file->segment,
                                            .at_ms = file->begun_ms,
                                            .run_ms = run_ms,
                                            .text = tl_bytes_of_text("tapline " TAPLINE_VERSION)};

    ledger->fd = fd;
    ledger->size = 0;
    ledger->has_entries = false;
    memset(ledger->known, 0, sizeof(ledger->known));
    drop_entries(ledger, true);
    ledger->entries.at += control_frame(TL_CONTROL_START, ledger->memory, WRITE_MAX);
    hot_ledger_put(ledger, &segment);
    if (ftruncate(fd, 0) == 0 && hot_ledger_write(ledger, file->start_piece) == 0)
        return 0;
    hot_ledger_close(ledger);
    return -1;
}

int hot_ledger_stop(struct hot_ledger *ledger)
{
    uint8_t buffer[STOP_MAX];
    size_t size = control_frame(TL_CONTROL_STOP, buffer, sizeof(buffer));

    if (ftruncate(ledger->fd, (off_t)ledger->size) != 0)
        return -1;
    return append(ledger, tl_bytes(buffer, size));
}

/* Entering ---------------------------------------------------------------------------------------------- */

void hot_ledger_put_peer(struct hot_ledger *ledger, const struct queue *queue, const struct queue_peer *peer)
{
    uint32_t at = (uint32_t)(peer - queue->peers);

    if (ledger->known[at] == peer->serial || ledger->fresh_count == LEDGER_PIECES_MAX)
        return;
    const struct tl_ledger_entry entry = {.kind = TL_LEDGER_CONNECTION,
                                          .connection = peer->serial,
                                          .at_ms = peer->opened_ms,
                                          .text = tl_bytes_of_text(peer->name),
                                          .listener = tl_bytes_of_text(peer->listener)};
    hot_ledger_put(ledger, &entry);
    ledger->known[at] = peer->serial;
    ledger->fresh[ledger->fresh_count++] = at;
    ledger->has_entries = true;
}

static void put_runs(struct hot_ledger *ledger, const struct tl_builder *packed)
{
    const struct tl_ledger_entry entry = {.kind = TL_LEDGER_RUNS, .packed = tl_builder_bytes(packed)};

    if (!entry.packed.size)
        return;
    hot_ledger_put(ledger, &entry);
    ledger->has_entries = true;
}

void hot_ledger_put_run(struct hot_ledger *ledger, const struct tl_ledger_run *run)
{
    uint8_t memory[RUN_MAX];
    struct tl_builder packed = tl_builder(memory, sizeof(memory));
    uint64_t last_ms = 0;

    if (run->frames)
        tl_ledger_put_run(&packed, run, &last_ms);
    put_runs(ledger, &packed);
}

/* The pieces' frames, neighbours together. A group's frames stand at its last piece. */
static void enter_runs(struct hot_ledger *ledger, const struct queue *queue, uint64_t through)
{
    uint8_t memory[LEDGER_PIECES_MAX * RUN_MAX];
    struct tl_builder packed = tl_builder(memory, sizeof(memory));
    struct tl_ledger_run run = {.frames = 0};
    uint64_t last_ms = 0;

    for (uint64_t at = ledger->noted; at < through; at++) {
        const struct queue_piece *piece = queue_piece(queue, at);
        if (piece->kind != QUEUE_DATA || !piece->frames)
            continue;
        bool goes_on = run.frames && run.connection == piece->serial && piece->arrival_ms >= run.arrival_ms &&
                       piece->arrival_ms - run.arrival_ms <= LEDGER_RUN_MS;
        if (goes_on) {
            run.frames += piece->frames;
            continue;
        }
        if (run.frames)
            tl_ledger_put_run(&packed, &run, &last_ms);
        run = (struct tl_ledger_run){
            .connection = piece->serial, .frames = piece->frames, .arrival_ms = piece->arrival_ms};
    }
    if (run.frames)
        tl_ledger_put_run(&packed, &run, &last_ms);
    put_runs(ledger, &packed);
}

static void enter_end(struct hot_ledger *ledger, const struct queue *queue, const struct queue_piece *piece)
{
    const struct queue_peer *peer = &queue->peers[piece->peer];
    struct tl_ledger_entry entry = {.connection = piece->serial, .at_ms = piece->arrival_ms};
    char text[SENDERS_CAUSE_SIZE];

    if (piece->kind == QUEUE_LOSS) {
        entry.kind = TL_LEDGER_LOSS;
        entry.text = tl_bytes_of_text(tl_counter_key((enum tl_counter)piece->cause));
        entry.frames = piece->frames;
        entry.bytes = piece->stream_end;
    } else if (piece->kind == QUEUE_LOST) {
        entry.kind = TL_LEDGER_LOSS;
        entry.text = tl_bytes_of_text(senders_cause_text(piece->cause, text));
        entry.frames = piece->bytes_out;
        entry.sender = piece->sender;
        entry.total = piece->total;
    } else {
        entry.kind = TL_LEDGER_CLOSED;
        entry.text = tl_bytes_of_text(peer->why);
        entry.frames = peer->books.count[BOOKS_FRAMES_OUT];
        entry.bytes = peer->books.count[BOOKS_BYTES_OUT];
    }
    hot_ledger_put(ledger, &entry);
}

int hot_ledger_enter(struct hot_ledger *ledger, const struct queue *queue, uint64_t through)
{
    if (through <= ledger->noted)
        return 0;
    bool had_entries = ledger->has_entries;
    /* Of what is known not even the entry is looked at, which the loop writes to meanwhile. */
    for (uint64_t at = ledger->noted; at < through; at++) {
        const struct queue_piece *piece = queue_piece(queue, at);
        if (ledger->known[piece->peer] != piece->serial)
            hot_ledger_put_peer(ledger, queue, &queue->peers[piece->peer]);
    }
    enter_runs(ledger, queue, through);
    for (uint64_t at = ledger->noted; at < through; at++) {
        const struct queue_piece *piece = queue_piece(queue, at);
        if (piece->kind != QUEUE_DATA && piece->kind != QUEUE_OPENED)
            enter_end(ledger, queue, piece);
    }
    if (hot_ledger_write(ledger, through) == 0)
        return 0;
    ledger->has_entries = had_entries;
    return -1;
}

/* Resuming ---------------------------------------------------------------------------------------------- */

/* Walks over the entries of `stream`: returns where the last mark ends, 0 if there is none of this segment.
 */
static uint64_t find_mark(struct tl_bytes stream, const struct queue_file *file, uint64_t *ret_noted)
{
    struct tl_frame_decoder decoder;
    struct tl_frame frame;
    struct tl_ledger_entry entry;
    uint64_t sound = 0;
    bool is_ours = false;

    tl_frame_decoder_init(&decoder, TL_LEDGER_ENTRY_MAX);
    while (tl_frame_next(&decoder, &stream, &frame) == TL_OK) {
        if (frame.kind == TL_FRAME_CONTROL)
            continue;
        if (frame.kind != TL_FRAME_DATA || tl_ledger_decode(frame.payload, &entry) != TL_OK)
            break;
        if (entry.kind == TL_LEDGER_SEGMENT && entry.segment == file->segment)
            is_ours = true;
        if (entry.kind == TL_LEDGER_MARK && is_ours) {
            sound = frame.offset + frame.size;
            *ret_noted = entry.through;
        }
    }
    return sound;
}

/* What the file has named already. A connection that the table has no more is not mentioned again. */
static void learn(struct hot_ledger *ledger, struct tl_bytes stream, const struct queue *queue)
{
    struct tl_frame_decoder decoder;
    struct tl_frame frame;
    struct tl_ledger_entry entry;

    tl_frame_decoder_init(&decoder, TL_LEDGER_ENTRY_MAX);
    while (tl_frame_next(&decoder, &stream, &frame) == TL_OK) {
        if (frame.kind != TL_FRAME_DATA || tl_ledger_decode(frame.payload, &entry) != TL_OK)
            continue;
        ledger->has_entries |= entry.kind != TL_LEDGER_SEGMENT && entry.kind != TL_LEDGER_MARK;
        for (uint32_t i = 0; i < QUEUE_PEERS && entry.kind == TL_LEDGER_CONNECTION; i++) {
            if (queue->peers[i].serial == entry.connection)
                ledger->known[i] = entry.connection;
        }
    }
}

int hot_ledger_resume(struct hot_ledger *ledger, int fd, const struct queue_file *file,
                      const struct queue *queue)
{
    struct stat found;
    uint64_t sound = 0, noted = 0;
    uint8_t *memory = MAP_FAILED;

    if (fstat(fd, &found) == 0 && found.st_size > 0)
        memory = mmap(NULL, (size_t)found.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (memory != MAP_FAILED)
        sound = find_mark(tl_bytes(memory, (size_t)found.st_size), file, &noted);
    if (!sound) {
        if (memory != MAP_FAILED)
            munmap(memory, (size_t)found.st_size);
        return hot_ledger_begin(ledger, fd, file, queue->head->run_ms);
    }
    ledger->fd = fd;
    ledger->size = sound;
    ledger->noted = noted;
    ledger->has_entries = false;
    memset(ledger->known, 0, sizeof(ledger->known));
    drop_entries(ledger, true);
    learn(ledger, tl_bytes(memory, (size_t)sound), queue);
    munmap(memory, (size_t)found.st_size);
    if (ftruncate(fd, (off_t)sound) == 0)
        return 0;
    hot_ledger_close(ledger);
    return -1;
}
