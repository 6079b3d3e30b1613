/* Walks along a ledger. Invariant: of a file that is being written nothing behind its last mark is taken,
 * since after a crash that is cut off and entered again; and what is damaged ends the knowledge, never the
 * reading. */
#include "source/arrivals.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define READ_SIZE 65536
#define ROOM_MAX  ((size_t)64 << 20) /* without a mark: then it is none of ours */

void arrivals_init(struct arrivals *arrivals)
{
    memset(arrivals, 0, sizeof(*arrivals));
    arrivals->fd = -1;
}

static void forget_connections(struct arrivals *arrivals)
{
    for (size_t i = 0; i < arrivals->count; i++)
        free(arrivals->connections[i].peer);
    arrivals->count = 0;
    arrivals->peer = NULL;
}

void arrivals_done(struct arrivals *arrivals)
{
    forget_connections(arrivals);
    free(arrivals->connections);
    free(arrivals->memory);
    if (arrivals->fd >= 0)
        close(arrivals->fd);
    arrivals_init(arrivals);
}

void arrivals_begin(struct arrivals *arrivals, struct tl_bytes stream)
{
    arrivals_done(arrivals);
    arrivals->sure = stream;
    tl_frame_decoder_init(&arrivals->decoder, TL_LEDGER_ENTRY_MAX);
}

void arrivals_begin_hot(struct arrivals *arrivals, int fd, uint64_t segment)
{
    arrivals_begin(arrivals, tl_bytes(NULL, 0));
    arrivals->fd = fd;
    arrivals->segment = segment;
    tl_frame_decoder_init(&arrivals->scanner, TL_LEDGER_ENTRY_MAX);
}

/* Reading along --------------------------------------------------------------------------------------- */

/* Moves what was not taken to the front, and makes room behind it. */
static bool make_room(struct arrivals *arrivals)
{
    size_t left = arrivals->size - arrivals->at;

    if (arrivals->at) {
        memmove(arrivals->memory, arrivals->memory + arrivals->at, left);
        arrivals->size = left;
        arrivals->scanned -= arrivals->at;
        arrivals->marked -= arrivals->at;
        arrivals->at = 0;
    }
    if (arrivals->room - left >= READ_SIZE)
        return true;
    size_t room = 2 * arrivals->room + READ_SIZE;
    uint8_t *memory = room <= ROOM_MAX ? realloc(arrivals->memory, room) : NULL;
    if (!memory)
        return false;
    arrivals->memory = memory;
    arrivals->room = room;
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
static void scan(struct arrivals *arrivals)
{
    struct tl_bytes in = tl_bytes(arrivals->memory + arrivals->scanned, arrivals->size - arrivals->scanned);
    struct tl_frame frame;

    while (tl_frame_next(&arrivals->scanner, &in, &frame) == TL_OK) {
        arrivals->scanned = (size_t)(in.data - arrivals->memory);
        if (is_mark(&frame))
            arrivals->marked = arrivals->scanned;
    }
    arrivals->scanned = (size_t)(in.data - arrivals->memory);
}

/* Reads what is new in the file, up to its last mark. False if that is nothing. */
static bool read_on(struct arrivals *arrivals)
{
    bool has_more = arrivals->fd >= 0;

    while (has_more && arrivals->marked == arrivals->at) {
        has_more = make_room(arrivals);
        ssize_t got = has_more ? pread(arrivals->fd, arrivals->memory + arrivals->size,
                                       arrivals->room - arrivals->size, (off_t)arrivals->taken)
                               : 0;
        if (got < 0 && errno == EINTR)
            continue;
        has_more = got > 0;
        if (has_more) {
            arrivals->size += (size_t)got;
            arrivals->taken += (uint64_t)got;
            scan(arrivals);
        }
    }
    arrivals->sure = tl_bytes(arrivals->memory + arrivals->at, arrivals->marked - arrivals->at);
    arrivals->at = arrivals->marked;
    return arrivals->sure.size > 0;
}

/* Entries --------------------------------------------------------------------------------------------- */

/* Where a connection is, or belongs. */
static size_t find_connection(const struct arrivals *arrivals, uint64_t number)
{
    size_t from = 0, to = arrivals->count;

    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (arrivals->connections[middle].number < number)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static const char *peer_of(const struct arrivals *arrivals, uint64_t number)
{
    size_t at = find_connection(arrivals, number);

    return at < arrivals->count && arrivals->connections[at].number == number ? arrivals->connections[at].peer
                                                                              : NULL;
}

static void add_connection(struct arrivals *arrivals, uint64_t number, struct tl_bytes peer)
{
    if (peer_of(arrivals, number))
        return;
    if (arrivals->count == arrivals->connection_room) {
        size_t room = arrivals->connection_room ? 2 * arrivals->connection_room : 16;
        struct arrivals_connection *connections =
            reallocarray(arrivals->connections, room, sizeof(*connections));
        if (!connections)
            return; /* then it is not known */
        arrivals->connections = connections;
        arrivals->connection_room = room;
    }
    char *text = strndup((const char *)peer.data, peer.size);
    if (!text)
        return;
    size_t at = find_connection(arrivals, number);
    memmove(arrivals->connections + at + 1, arrivals->connections + at,
            (arrivals->count - at) * sizeof(*arrivals->connections));
    arrivals->connections[at] = (struct arrivals_connection){number, text};
    arrivals->count++;
}

static void begin_segment(struct arrivals *arrivals, const struct tl_ledger_entry *entry)
{
    forget_connections(arrivals);
    arrivals->segment = entry->segment;
    arrivals->run_ms = entry->run_ms;
    arrivals->first = 0;
    arrivals->run = (struct tl_ledger_run){0, 0, 0};
}

static void take_entry(struct arrivals *arrivals, const struct tl_ledger_entry *entry)
{
    switch (entry->kind) {
    case TL_LEDGER_SEGMENT: begin_segment(arrivals, entry); break;
    case TL_LEDGER_CONNECTION: add_connection(arrivals, entry->connection, entry->text); break;
    case TL_LEDGER_RUNS:
        arrivals->runs = entry->packed;
        arrivals->last_ms = 0;
        break;
    default: break;
    }
}

/* Turns to the next run. False if none is there. */
static bool next_run(struct arrivals *arrivals)
{
    struct tl_ledger_entry entry;
    struct tl_frame frame;

    for (;;) {
        uint64_t behind = arrivals->first + arrivals->run.frames;
        if (arrivals->runs.size &&
            tl_ledger_next_run(&arrivals->runs, &arrivals->last_ms, &arrivals->run) == TL_OK) {
            arrivals->first = behind;
            arrivals->peer = peer_of(arrivals, arrivals->run.connection);
            return true;
        }
        arrivals->runs = tl_bytes(NULL, 0);
        enum tl_status status = tl_frame_next(&arrivals->decoder, &arrivals->sure, &frame);
        if (status == TL_OK && frame.kind == TL_FRAME_DATA &&
            tl_ledger_decode(frame.payload, &entry) == TL_OK)
            take_entry(arrivals, &entry);
        if (status != TL_OK && !read_on(arrivals))
            return false;
    }
}

void arrivals_find(struct arrivals *arrivals, struct tl_frame_name name, struct record_origin *ret_origin)
{
    bool is_there = true;

    while (is_there &&
           (arrivals->segment < name.segment ||
            (arrivals->segment == name.segment && arrivals->first + arrivals->run.frames <= name.number)))
        is_there = next_run(arrivals);
    is_there = is_there && arrivals->segment == name.segment && arrivals->first <= name.number;
    ret_origin->connection = is_there ? arrivals->run.connection : 0;
    ret_origin->arrived_ms = is_there ? arrivals->run.arrival_ms : 0;
    ret_origin->run_ms = arrivals->segment == name.segment ? arrivals->run_ms : 0;
    ret_origin->peer = is_there ? arrivals->peer : NULL;
}
