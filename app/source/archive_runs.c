/* Walks along a ledger. Invariant: of a file that is being written nothing behind its last mark is taken,
 * since after a crash that is cut off and entered again; and what is damaged ends the knowledge, never the
 * reading. */
#include "source/archive_runs.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define READ_SIZE 65536
#define MOVES_MAX (UINT64_C(32) << 20) /* of connections, to keep an origin's sorted; they come nearly so */
#define ROOM_MAX  ((size_t)64 << 20)   /* without a mark: then it is none of ours */

void archive_runs_init(struct archive_runs *runs)
{
    memset(runs, 0, sizeof(*runs));
    runs->fd = -1;
}

static void forget_connections(struct archive_runs *runs)
{
    for (size_t i = 0; i < runs->count; i++)
        free(runs->connections[i].peer);
    runs->count = 0;
    runs->moves = 0;
    runs->peer = NULL;
}

void archive_runs_done(struct archive_runs *runs)
{
    forget_connections(runs);
    free(runs->connections);
    free(runs->memory);
    if (runs->fd >= 0)
        close(runs->fd);
    archive_runs_init(runs);
}

void archive_runs_begin(struct archive_runs *runs, struct tl_bytes stream)
{
    archive_runs_done(runs);
    runs->sure = stream;
    tl_frame_decoder_init(&runs->decoder, TL_LEDGER_ENTRY_MAX);
}

void archive_runs_begin_hot(struct archive_runs *runs, int fd, uint64_t segment)
{
    archive_runs_begin(runs, tl_bytes(NULL, 0));
    runs->fd = fd;
    runs->segment = segment;
    tl_frame_decoder_init(&runs->scanner, TL_LEDGER_ENTRY_MAX);
}

/* Reading along --------------------------------------------------------------------------------------- */

/* Moves what was not taken to the front, and makes room behind it. */
static bool make_room(struct archive_runs *runs)
{
    size_t left = runs->size - runs->at;

    if (runs->at) {
        memmove(runs->memory, runs->memory + runs->at, left);
        runs->size = left;
        runs->scanned -= runs->at;
        runs->marked -= runs->at;
        runs->at = 0;
    }
    if (runs->room - left >= READ_SIZE)
        return true;
    size_t room = 2 * runs->room + READ_SIZE;
    uint8_t *memory = room <= ROOM_MAX ? realloc(runs->memory, room) : NULL;
    if (!memory)
        return false;
    runs->memory = memory;
    runs->room = room;
    return true;
}

static bool is_mark(const struct tl_frame *frame)
{
    struct tl_ledger_entry entry;
    struct tl_control control;

    if (frame->kind == TL_FRAME_CONTROL)
        return tl_control_decode(frame->payload, &control, NULL) == TL_OK && control.type == TL_CONTROL_STOP;
    return frame->kind == TL_FRAME_DATA && tl_ledger_decode(frame->payload, &entry) == TL_OK &&
           entry.kind == TL_LEDGER_MARK;
}

/* Looks for the last mark in what was read. */
static void scan(struct archive_runs *runs)
{
    struct tl_bytes in = tl_bytes(runs->memory + runs->scanned, runs->size - runs->scanned);
    struct tl_frame frame;

    while (tl_frame_next(&runs->scanner, &in, &frame) == TL_OK) {
        runs->scanned = (size_t)(in.data - runs->memory);
        if (is_mark(&frame))
            runs->marked = runs->scanned;
    }
    runs->scanned = (size_t)(in.data - runs->memory);
}

static bool is_as_seen(const struct archive_runs *runs, const struct stat *found)
{
    return found->st_size == runs->seen.st_size && found->st_mtim.tv_sec == runs->seen.st_mtim.tv_sec &&
           found->st_mtim.tv_nsec == runs->seen.st_mtim.tv_nsec;
}

/* If the file has changed, forgets what was read behind the last mark: that may have become something else.
 * False if nothing more is there. */
static bool go_back(struct archive_runs *runs)
{
    struct stat found;

    if (runs->fd < 0 || fstat(runs->fd, &found) != 0)
        return false;
    if (is_as_seen(runs, &found))
        return runs->taken < (uint64_t)found.st_size;
    runs->seen = found;
    runs->taken -= runs->size - runs->marked;
    runs->size = runs->scanned = runs->marked;
    tl_frame_decoder_init(&runs->scanner, TL_LEDGER_ENTRY_MAX);
    return true;
}

/* Reads what is new in the file, up to its last mark. False if that is nothing. */
static bool read_on(struct archive_runs *runs)
{
    bool has_more = go_back(runs);

    while (has_more && runs->marked == runs->at) {
        has_more = make_room(runs);
        ssize_t got =
            has_more ? pread(runs->fd, runs->memory + runs->size, runs->room - runs->size, (off_t)runs->taken)
                     : 0;
        if (got < 0 && errno == EINTR)
            continue;
        has_more = got > 0;
        if (has_more) {
            runs->size += (size_t)got;
            runs->taken += (uint64_t)got;
            scan(runs);
        }
    }
    if (runs->marked == runs->at)
        return false;
    runs->sure = tl_bytes(runs->memory + runs->at, runs->marked - runs->at);
    runs->at = runs->marked;
    return true;
}

/* Entries --------------------------------------------------------------------------------------------- */

/* Where a connection is, or belongs. */
static size_t find_connection(const struct archive_runs *runs, uint64_t number)
{
    size_t from = 0, to = runs->count;

    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (runs->connections[middle].number < number)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static const char *peer_of(const struct archive_runs *runs, uint64_t number)
{
    size_t at = find_connection(runs, number);

    return at < runs->count && runs->connections[at].number == number ? runs->connections[at].peer : NULL;
}

static void add_connection(struct archive_runs *runs, uint64_t number, struct tl_bytes peer)
{
    size_t at = find_connection(runs, number), behind = runs->count - at;

    if (!peer.size || peer_of(runs, number) || behind > MOVES_MAX - runs->moves)
        return;
    if (runs->count == runs->connection_room) {
        size_t room = runs->connection_room ? 2 * runs->connection_room : 16;
        struct archive_runs_connection *connections =
            reallocarray(runs->connections, room, sizeof(*connections));
        if (!connections)
            return; /* then it is not known */
        runs->connections = connections;
        runs->connection_room = room;
    }
    char *text = strndup((const char *)peer.data, peer.size);
    if (!text)
        return;
    memmove(runs->connections + at + 1, runs->connections + at, behind * sizeof(*runs->connections));
    runs->moves += behind;
    runs->connections[at] = (struct archive_runs_connection){number, text};
    runs->count++;
}

static void begin_segment(struct archive_runs *runs, const struct tl_ledger_entry *entry)
{
    forget_connections(runs);
    runs->segment = entry->segment;
    runs->run_ms = entry->run_ms;
    runs->first = 0;
    runs->run = (struct tl_ledger_run){0, 0, 0};
}

static void take_entry(struct archive_runs *runs, const struct tl_ledger_entry *entry)
{
    switch (entry->kind) {
    case TL_LEDGER_SEGMENT: begin_segment(runs, entry); break;
    case TL_LEDGER_CONNECTION: add_connection(runs, entry->connection, entry->text); break;
    case TL_LEDGER_RUNS:
        runs->packed = entry->packed;
        runs->last_ms = 0;
        break;
    default: break;
    }
}

/* Turns to the next run. False if none is there. */
static bool next_run(struct archive_runs *runs)
{
    struct tl_ledger_entry entry;
    struct tl_frame frame;

    for (;;) {
        uint64_t behind = runs->first + runs->run.frames;
        if (runs->packed.size && tl_ledger_next_run(&runs->packed, &runs->last_ms, &runs->run) == TL_OK) {
            runs->first = behind;
            runs->peer = peer_of(runs, runs->run.connection);
            return true;
        }
        runs->packed = tl_bytes(NULL, 0);
        enum tl_status status = tl_frame_next(&runs->decoder, &runs->sure, &frame);
        if (status == TL_OK && frame.kind == TL_FRAME_DATA &&
            tl_ledger_decode(frame.payload, &entry) == TL_OK)
            take_entry(runs, &entry);
        if (status != TL_OK && !read_on(runs))
            return false;
    }
}

void archive_runs_find(struct archive_runs *runs, struct tl_frame_name name, struct record_origin *ret_origin)
{
    bool is_there = true;

    while (is_there && (runs->segment < name.segment ||
                        (runs->segment == name.segment && runs->first + runs->run.frames <= name.number)))
        is_there = next_run(runs);
    is_there = is_there && runs->segment == name.segment && runs->first <= name.number;
    ret_origin->connection = is_there ? runs->run.connection : 0;
    ret_origin->arrived_ms = is_there ? runs->run.arrival_ms : 0;
    ret_origin->run_ms = runs->segment == name.segment ? runs->run_ms : 0;
    ret_origin->peer = is_there ? runs->peer : NULL;
}
