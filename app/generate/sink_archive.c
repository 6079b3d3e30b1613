/* Messages into an archive: sealed segments at once, as if a capture had received and packed them, one
 * connection for each identity. Invariant: both locks are held from beginning to end, and a segment is there
 * whole or not at all. */
#include "generate/sink.h"
#include "process/log.h"

#include <tapline/archive.h>

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROGRAM "tapline generate"
#define WHY     "generated"

/* Runs are entered when so many bytes of them are gathered. */
#define RUNS_SIZE 32768

struct connection {
    bool is_entered; /* in this segment */
    uint64_t frames, bytes;
};

struct sink_archive {
    struct sink sink;
    struct sink_archive_options options;
    struct tl_archive *archive;
    struct tl_sealer *sealer; /* NULL between two segments */
    uint64_t number;          /* of the next segment */
    uint64_t first_ms;        /* of the first message of all */
    uint64_t segment_bytes;   /* in this segment */
    uint64_t frames, bytes, segments, file_bytes;
    struct tl_ledger_run run; /* in the making */
    struct tl_builder runs;
    uint64_t runs_ms;
    uint8_t runs_room[RUNS_SIZE];
    struct connection connections[TRAFFIC_IDENTITIES_MAX];
};

static bool failed(const struct sink_archive *archive, enum tl_status status)
{
    process_log("%s: sealing a segment failed: %s", archive->options.path,
                status == TL_SYSTEM ? strerror(errno) : tl_status_text(status));
    return false;
}

/* The ledger ---------------------------------------------------------------------------------------- */

static enum tl_status enter_runs(struct sink_archive *archive)
{
    struct tl_ledger_entry entry = {.kind = TL_LEDGER_RUNS, .packed = tl_builder_bytes(&archive->runs)};
    enum tl_status status = entry.packed.size ? tl_sealer_enter(archive->sealer, &entry) : TL_OK;

    archive->runs = tl_builder(archive->runs_room, sizeof(archive->runs_room));
    archive->runs_ms = 0;
    return status;
}

/* The run ends; another one's frame comes, or none. */
static enum tl_status end_run(struct sink_archive *archive)
{
    enum tl_status status = TL_OK;

    if (!archive->run.frames)
        return TL_OK;
    tl_ledger_put_run(&archive->runs, &archive->run, &archive->runs_ms);
    archive->run.frames = 0;
    if (RUNS_SIZE - tl_builder_size(&archive->runs) < 64) /* three varints, and three of the next */
        status = enter_runs(archive);
    return status;
}

static enum tl_status enter_connection(struct sink_archive *archive, unsigned identity, uint64_t time_ms)
{
    struct tl_ledger_entry entry = {
        .kind = TL_LEDGER_CONNECTION,
        .at_ms = time_ms,
        .text = tl_bytes_of_text(archive->options.identities[identity]),
        .listener = tl_bytes_of_text(WHY),
        .connection = identity + 1,
    };

    archive->connections[identity].is_entered = true;
    return tl_sealer_enter(archive->sealer, &entry);
}

/* All connections end with the run: in its last segment. */
static enum tl_status enter_ends(struct sink_archive *archive, uint64_t time_ms)
{
    enum tl_status status = TL_OK;

    for (unsigned i = 0; i < archive->options.identity_count && status == TL_OK; i++) {
        struct tl_ledger_entry entry = {
            .kind = TL_LEDGER_CLOSED,
            .at_ms = time_ms,
            .text = tl_bytes_of_text(WHY),
            .connection = i + 1,
            .frames = archive->connections[i].frames,
            .bytes = archive->connections[i].bytes,
        };
        if (entry.frames && !archive->connections[i].is_entered)
            status = enter_connection(archive, i, time_ms);
        if (entry.frames && status == TL_OK)
            status = tl_sealer_enter(archive->sealer, &entry);
    }
    return status;
}

/* Segments ------------------------------------------------------------------------------------------ */

static enum tl_status begin_segment(struct sink_archive *archive, uint64_t time_ms)
{
    static const struct tl_sealer_options defaults = {0};
    enum tl_status status =
        tl_sealer_new(archive->archive, archive->number, time_ms / 1000, &defaults, &archive->sealer);

    if (status != TL_OK)
        return status;
    if (!archive->first_ms)
        archive->first_ms = time_ms;
    archive->segment_bytes = 0;
    for (unsigned i = 0; i < archive->options.identity_count; i++)
        archive->connections[i].is_entered = false;
    return tl_sealer_begin(archive->sealer, archive->number, time_ms, archive->first_ms,
                           tl_bytes_of_text(PROGRAM));
}

static enum tl_status end_segment(struct sink_archive *archive, bool is_last)
{
    uint64_t size;
    uint64_t last_ms = archive->run.arrival_ms;
    enum tl_status status = end_run(archive);

    if (status == TL_OK)
        status = enter_runs(archive);
    if (status == TL_OK && is_last)
        status = enter_ends(archive, last_ms);
    if (status == TL_OK)
        status = tl_sealer_commit(archive->sealer, NULL, &size);
    if (status != TL_OK)
        return status;
    tl_sealer_free(archive->sealer);
    archive->sealer = NULL;
    archive->number++;
    archive->segments++;
    archive->file_bytes += size;
    return TL_OK;
}

static enum tl_status put_frame(struct sink_archive *archive, const struct traffic_message *message,
                                uint64_t time_ms)
{
    struct connection *connection = &archive->connections[message->identity];
    uint64_t size = 4 + message->frame.size;
    enum tl_status status = TL_OK;

    if (archive->sealer && archive->segment_bytes + size > archive->options.segment_size)
        status = end_segment(archive, false);
    if (status == TL_OK && !archive->sealer)
        status = begin_segment(archive, time_ms);
    if (status == TL_OK &&
        (archive->run.connection != message->identity + 1 || archive->run.arrival_ms != time_ms))
        status = end_run(archive);
    if (status == TL_OK && !connection->is_entered)
        status = enter_connection(archive, message->identity, time_ms);
    if (status == TL_OK)
        status = tl_sealer_put(archive->sealer, message->frame, time_ms);
    archive->run = (struct tl_ledger_run){message->identity + 1, archive->run.frames + 1, time_ms};
    archive->segment_bytes += size;
    archive->frames++;
    archive->bytes += size;
    connection->frames++;
    connection->bytes += size;
    return status;
}

/* The sink ------------------------------------------------------------------------------------------ */

static bool put(struct sink *sink, const struct traffic_message *message, uint64_t time_ms)
{
    struct sink_archive *archive = (struct sink_archive *)sink;
    enum tl_status status = put_frame(archive, message, time_ms);

    return status == TL_OK || failed(archive, status);
}

static bool flush(struct sink *sink)
{
    (void)sink; /* a segment is seen when it is sealed */
    return true;
}

static bool finish(struct sink *sink)
{
    struct sink_archive *archive = (struct sink_archive *)sink;
    enum tl_status status = archive->sealer ? end_segment(archive, true) : TL_OK;

    if (status != TL_OK)
        return failed(archive, status);
    process_log("%" PRIu64 " messages, %" PRIu64 " bytes of frames, in %" PRIu64 " segment%s of %s (%" PRIu64
                " bytes)",
                archive->frames, archive->bytes, archive->segments, archive->segments == 1 ? "" : "s",
                archive->options.path, archive->file_bytes);
    return true;
}

static void release(struct sink *sink)
{
    struct sink_archive *archive = (struct sink_archive *)sink;

    tl_sealer_free(archive->sealer);
    tl_archive_close(archive->archive);
    free(archive);
}

/* What a capture had received when it was killed goes into the segment that it had begun. Who follows the
 * archive would be past that, if another one came behind it first. */
static bool is_recovered(const struct sink_archive *archive)
{
    if (faccessat(tl_archive_folder(archive->archive), "queue", F_OK, 0) != 0)
        return true;
    process_log("%s: a capture was killed, and what it had received is not stored yet: let \"tapline pack\" "
                "do that first, or the next capture",
                archive->options.path);
    return false;
}

/* Nobody else appends, seals or removes meanwhile. */
static bool take_locks(struct sink_archive *archive)
{
    uint64_t pid = 0;
    enum tl_status status = tl_archive_lock(archive->archive, TL_ARCHIVE_LOCK_WRITE, &pid);

    if (status == TL_OK)
        status = tl_archive_lock(archive->archive, TL_ARCHIVE_LOCK_PACK, &pid);
    if (status == TL_OK)
        status = tl_archive_next_number(archive->archive, &archive->number);
    if (status == TL_FULL)
        process_log("%s: process %" PRIu64 " writes to that archive: wait until it is done, or stop it",
                    archive->options.path, pid);
    else if (status != TL_OK)
        process_log("%s: %s", archive->options.path,
                    status == TL_SYSTEM ? strerror(errno) : tl_status_text(status));
    return status == TL_OK;
}

struct sink *sink_open_archive(const struct sink_archive_options *options)
{
    struct sink_archive *archive = calloc(1, sizeof(*archive));
    char text[TL_ARCHIVE_TEXT_SIZE];

    if (!archive) {
        process_log("out of memory");
        return NULL;
    }
    archive->sink = (struct sink){put, flush, finish, release};
    archive->options = *options;
    archive->runs = tl_builder(archive->runs_room, sizeof(archive->runs_room));
    if (tl_archive_make(options->path, -1, &archive->archive, text) != TL_OK)
        process_log("%s: %s", options->path, text);
    else if (take_locks(archive) && is_recovered(archive))
        return &archive->sink;
    release(&archive->sink);
    return NULL;
}
