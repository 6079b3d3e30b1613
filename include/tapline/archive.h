/* archive: the stored formats - a folder of segments, their rows and ledgers, cursors, counters.
 * tapline-archive(5) describes them for other programs; this is how ours read and write them.
 *
 *     version                    which format this is, and which programs may read and write it
 *     lock, lock.pack            held by who appends; by who seals, merges or removes
 *     queue                      symbolic link to the write queue of the running capture
 *     counters                   of the running capture, mapped
 *     removed                    what retention removed, a line each
 *     cursors/NAME               how far a consumer has come
 *     damaged/                   hot files that were damaged, kept after packing what could be read
 *     hot/20261123T215900Z-00000017.fstrm          Frame Streams: being appended, or waiting to be packed
 *     hot/20261123T215900Z-00000017.runs           its ledger
 *     2026-11-23/20261123T210000Z-00000016.fstrm.zst            sealed
 *     2026-11-22/20261122T080000Z-00000003-00000015.fstrm.zst   sealed and merged: origins 3 to 15
 *
 * Origin segments are numbered from 1 in the order in which they were begun, over the archive's whole life. A
 * frame's permanent name is its origin segment and its number in there, from 0 on; packing and merging keep
 * both.
 *
 * Nothing here logs, starts a thread or installs a signal handler. Functions that fail with TL_SYSTEM leave
 * the reason in errno. Objects belong to one thread at a time. */
#ifndef TAPLINE_ARCHIVE_H
#define TAPLINE_ARCHIVE_H

#include <tapline/core.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TL_ARCHIVE_FORMAT    1
#define TL_ARCHIVE_FRAME_MAX 1048576u /* longest frame that is stored: what dnstap-read takes at least */

/* Names ----------------------------------------------------------------------------------------------- */

/* The permanent name of a frame; as a position: of the next frame. */
struct tl_frame_name {
    uint64_t segment; /* origin; 0 is before everything */
    uint64_t number;  /* in the origin, from 0 on */
};

#define TL_FRAME_NAME_SIZE 42 /* "17/1234" at its longest, with the NUL */

/* "17/1234"; returns the length. */
TL_API size_t tl_frame_name_print(struct tl_frame_name name, char *ret_text);

/* TL_BAD_TEXT. */
TL_API enum tl_status tl_frame_name_parse(const char *text, struct tl_frame_name *ret_name);

static inline int tl_frame_name_compare(struct tl_frame_name a, struct tl_frame_name b)
{
    if (a.segment != b.segment)
        return a.segment < b.segment ? -1 : 1;
    return (a.number > b.number) - (a.number < b.number);
}

/* A segment as its file's name says it. */
struct tl_archive_segment {
    uint64_t first, last; /* origins; the same unless merged */
    uint64_t stamp;       /* seconds since 1970 when the first origin was begun */
    bool is_sealed;
};

#define TL_ARCHIVE_NAME_SIZE 96 /* of a path inside the archive, with the NUL */

enum tl_archive_part {
    TL_ARCHIVE_ROWS,      /* .fstrm or .fstrm.zst */
    TL_ARCHIVE_RUNS,      /* hot only */
    TL_ARCHIVE_TEMPORARY, /* sealed only: before the commit */
};

/* Path inside the archive, "hot/20261123T215900Z-00000017.fstrm". Returns the length. */
TL_API size_t tl_archive_name(const struct tl_archive_segment *segment, enum tl_archive_part part,
                              char *ret_name);

/* From the last component of a path of rows. TL_BAD_TEXT if it is none of an archive. */
TL_API enum tl_status tl_archive_name_parse(const char *name, struct tl_archive_segment *ret_segment);

/* The folder ------------------------------------------------------------------------------------------ */

struct tl_archive;

#define TL_ARCHIVE_TEXT_SIZE 512

/* Is there an archive at `path` (a folder with a file `version` that says so)? Whatever its format. */
TL_API bool tl_archive_is(const char *path);

/* Opens an archive for reading. TL_BAD_VERSION, TL_BAD_TEXT (no archive), TL_SYSTEM, TL_NO_MEMORY; `ret_text`
 * then says what is wrong in one sentence without the path. */
TL_API enum tl_status tl_archive_open(const char *path, struct tl_archive **ret_archive,
                                      char ret_text[TL_ARCHIVE_TEXT_SIZE]);

/* The same for writing; makes what is missing. Only an absent or empty folder becomes an archive (TL_BAD_TEXT
 * otherwise). Folders are 0750 (cursors 02770), files 0640; what root makes in an archive of somebody else's
 * belongs to that one. `group` gets all that is in it and that will be
 * made, by way of set-group-ID on the folders; -1: as it is. */
TL_API enum tl_status tl_archive_make(const char *path, long group, struct tl_archive **ret_archive,
                                      char ret_text[TL_ARCHIVE_TEXT_SIZE]);

TL_API void tl_archive_close(struct tl_archive *archive);

/* The path it was opened with, absolute and without symbolic links. Lives as long as the archive. */
TL_API const char *tl_archive_path(const struct tl_archive *archive);

/* Descriptor of the folder, for openat(2) with tl_archive_name(). The archive's. */
TL_API int tl_archive_folder(const struct tl_archive *archive);

enum tl_archive_lock { TL_ARCHIVE_LOCK_WRITE, TL_ARCHIVE_LOCK_PACK };

/* Takes a lock without waiting, until tl_archive_unlock, tl_archive_close or the process's end. TL_FULL if
 * another process (or another archive object) has it: its pid is in `*ret_pid`, 0 if unknown. */
TL_API enum tl_status tl_archive_lock(struct tl_archive *archive, enum tl_archive_lock lock,
                                      uint64_t *ret_pid);
TL_API void tl_archive_unlock(struct tl_archive *archive, enum tl_archive_lock lock);

/* Who holds it: its pid, UINT64_MAX if it is held and does not say by whom, 0 if nobody does. Asks without
 * taking it, so it is in nobody's way. */
TL_API uint64_t tl_archive_lock_owner(const struct tl_archive *archive, enum tl_archive_lock lock);

/* All segments, by origin, each origin once: a hot file that is sealed already, and a sealed one that is part
 * of a merged one, are not among them but in `leftovers`. Consistent although others seal, merge and remove
 * meanwhile. A sealed file that has only some of the origins of another, and others besides, cannot come to
 * be, and is in neither. TL_SYSTEM, TL_NO_MEMORY. */
struct tl_archive_list {
    struct tl_archive_segment *segments;
    size_t count;
    struct tl_archive_segment *leftovers;
    size_t leftover_count;
};

TL_API enum tl_status tl_archive_list(const struct tl_archive *archive, struct tl_archive_list *ret_list);
TL_API void tl_archive_list_done(struct tl_archive_list *list);

/* The segment of the list that holds origin `number`, or the next one behind it; NULL if there is none. */
TL_API const struct tl_archive_segment *tl_archive_list_find(const struct tl_archive_list *list,
                                                             uint64_t number);

/* The number for the next segment: above all that the archive has, that `removed` names and of which a cursor
 * has delivered a frame. TL_FULL (there is no further one), TL_SYSTEM, TL_NO_MEMORY. */
TL_API enum tl_status tl_archive_next_number(const struct tl_archive *archive, uint64_t *ret_number);

/* Ledger ---------------------------------------------------------------------------------------------- */

/* What belongs to the rows and cannot be computed from them: which connection brought which frames, when, and
 * what was lost. A Frame Streams stream of content type TL_LEDGER_CONTENT_TYPE, one protobuf message a frame.
 * The file .runs beside a hot segment is one; a sealed segment has one for all its origins, each beginning
 * with an entry SEGMENT. Unknown entries and fields are passed over. */
#define TL_LEDGER_CONTENT_TYPE "protobuf:tapline.Ledger"
#define TL_LEDGER_ENTRY_MAX    65536 /* bytes of one entry's frame */

enum tl_ledger_kind {
    TL_LEDGER_UNKNOWN,
    TL_LEDGER_SEGMENT,    /* an origin begins */
    TL_LEDGER_CONNECTION, /* first mention in this origin */
    TL_LEDGER_RUNS,       /* the next frames */
    TL_LEDGER_LOSS,
    TL_LEDGER_CLOSED,
    TL_LEDGER_MARK, /* hot only: how far the write queue's pieces are entered; all behind the last mark is not
                       sure */
    TL_LEDGER_END,  /* sealed: the origin's frames end */
    TL_LEDGER_BLOCKS, /* sealed, in the contents only */
};

/* One connection's stretch of frames in the rows. */
struct tl_ledger_run {
    uint64_t connection; /* 0: not known */
    uint64_t frames;
    uint64_t arrival_ms; /* since 1970 */
};

/* One entry; only the fields of its kind are set. Slices are borrowed from what was decoded. */
struct tl_ledger_entry {
    enum tl_ledger_kind kind;
    uint64_t segment;         /* SEGMENT, END: origin */
    uint64_t at_ms;           /* SEGMENT, CONNECTION, LOSS, CLOSED: since 1970 */
    uint64_t run_ms;          /* SEGMENT: when the capture started that gave the connections their numbers */
    struct tl_bytes text;     /* SEGMENT: program and version; CONNECTION: peer; LOSS: cause; CLOSED: why */
    struct tl_bytes listener; /* CONNECTION */
    uint64_t connection;      /* CONNECTION, LOSS (0: none), CLOSED */
    uint64_t frames;          /* LOSS, CLOSED (kept), END */
    uint64_t bytes;         /* LOSS, CLOSED (kept), END: with length words; BLOCKS: of the file before them */
    uint64_t skipped;       /* END: bytes of the hot file that were no frames */
    bool is_at_most;        /* LOSS: `bytes` is an upper bound, and `frames` unknown */
    uint64_t through;       /* MARK */
    uint64_t sender;        /* LOSS that a sender told of: its number; else 0 */
    uint64_t total;         /* and how many frames it had dropped for that cause since it began, with these */
    struct tl_bytes packed; /* RUNS: see tl_ledger_next_run; BLOCKS: tapline-archive(5) */
};

/* Writes the entry's whole frame, length word included, at most TL_LEDGER_ENTRY_MAX + 4 bytes; texts are cut
 * to 1000 bytes. TL_FULL, TL_BAD_ARGUMENT (kind UNKNOWN). RUNS: `packed` made by tl_ledger_put_run. */
TL_API enum tl_status tl_ledger_encode(const struct tl_ledger_entry *entry, uint8_t *buffer, size_t size,
                                       size_t *ret_size);

/* Decodes the payload of a frame. Unknown kinds are TL_OK with kind UNKNOWN. TL_TRUNCATED, TL_BAD_VARINT,
 * TL_BAD_TAG, TL_BAD_WIRE_TYPE. */
TL_API enum tl_status tl_ledger_decode(struct tl_bytes payload, struct tl_ledger_entry *ret_entry);

/* Appends a run to a RUNS entry's `packed` in the making: three varints - connection, frames, and the zigzag
 * difference of arrival_ms to the run before (to 0 for the first). `*last_ms` is 0 before the first. TL_FULL
 * in the builder's status. */
TL_API void tl_ledger_put_run(struct tl_builder *packed, const struct tl_ledger_run *run, uint64_t *last_ms);

/* The next run of `packed`, which is moved behind it. TL_END, TL_BAD_VARINT, TL_TRUNCATED. */
TL_API enum tl_status tl_ledger_next_run(struct tl_bytes *packed, uint64_t *last_ms,
                                         struct tl_ledger_run *ret_run);

/* Sealed segments --------------------------------------------------------------------------------------- */

/* A sealed segment is, in this order: a zstd frame with the Frame Streams START; blocks: independent zstd
 * frames (with checksum) of whole data frames; a zstd frame with STOP; a skippable frame with the ledger; one
 * with the contents (origins, losses by cause, blocks); the seek table of zstd's seekable format (with
 * checksums), which lists all of them. Both skippable frames hold "taplineL" or "taplineC" and then a zstd
 * frame with a ledger stream. */

struct tl_sealed_block {
    uint64_t offset;                 /* in the file */
    uint32_t packed_size, size;      /* bytes, compressed and not */
    uint64_t first_frame, frames;    /* counted over the whole file; all of one origin */
    uint64_t earliest_ms, latest_ms; /* of the frames' times; 1 and 0: not known */
};

struct tl_sealed_origin {
    uint64_t number;
    uint64_t opened_ms;
    uint64_t run_ms;              /* when the capture started that began it; 0: not known */
    uint64_t first_frame, frames; /* over the whole file */
    uint64_t bytes;               /* of its frames, with length words */
    uint64_t skipped;             /* bytes of its hot file that were no frames */
};

struct tl_sealed; /* for reading */

/* Opens the sealed segment in `fd`, which stays the caller's and must stay open. Reads the seek table and the
 * contents alone. If they are missing or damaged `is_rebuilt` is true: then the contents are searched for,
 * and taken, if it is only the table that is damaged; otherwise the blocks are found by walking over the
 * file, their times are not known, and the origins are those of the ledger if it has as many frames as were
 * found, or else one, numbered `segment->first`. TL_BAD_TEXT (nothing of a sealed segment in it), TL_SYSTEM,
 * TL_NO_MEMORY. */
TL_API enum tl_status tl_sealed_open(int fd, const struct tl_archive_segment *segment,
                                     struct tl_sealed **ret_sealed);
TL_API void tl_sealed_free(struct tl_sealed *sealed);

/* The same in place of what `*sealed` has open, which may be NULL. Its memory is used again: whoever opens
 * many segments, one after the other, saves most of the time. If it fails nothing is open in `*sealed`, which
 * can be used again and is to be freed. */
TL_API enum tl_status tl_sealed_reopen(int fd, const struct tl_archive_segment *segment,
                                       struct tl_sealed **sealed);

struct tl_sealed_info {
    bool is_rebuilt;
    const char *damage; /* is_rebuilt: what was wrong, static memory */
    uint64_t file_size;
    uint64_t frames, bytes; /* sums over the origins */
    const struct tl_sealed_block *blocks;
    size_t block_count;
    const struct tl_sealed_origin *origins;
    size_t origin_count;
    const struct tl_ledger_entry *losses; /* summed by cause: kind LOSS without connection */
    size_t loss_count;
    uint64_t earliest_ms, latest_ms; /* over the blocks; 1 and 0: not known */
};

/* Lives as long as the object. */
TL_API const struct tl_sealed_info *tl_sealed_info(const struct tl_sealed *sealed);

/* Uncompresses a block into memory of the object, valid until the next call: whole data frames, checked
 * against the checksum and the contents' counts. TL_BAD_CHECKSUM (zstd refuses it or the sum is wrong),
 * TL_BAD_LENGTH (another size, frames that do not end with it, or another number of them), TL_BAD_ARGUMENT
 * (there is no such block), TL_SYSTEM, TL_NO_MEMORY. */
TL_API enum tl_status tl_sealed_read(struct tl_sealed *sealed, size_t block, struct tl_bytes *ret_frames);

/* The ledger's stream, START and STOP included, uncompressed; valid until the object is freed. TL_END if
 * there is none, TL_BAD_CHECKSUM, TL_BAD_LENGTH (above 1 GiB), TL_SYSTEM, TL_NO_MEMORY. */
TL_API enum tl_status tl_sealed_ledger(struct tl_sealed *sealed, struct tl_bytes *ret_stream);

/* What each frame's time is: the message's (response time of a response, query time of a query, the other one
 * if that is absent), or its arrival if it has none or is no dnstap. Milliseconds since 1970, rounded down.
 */

struct tl_sealer; /* for writing */

struct tl_sealer_options {
    int level;         /* of zstd; 0: TL_SEALER_LEVEL */
    size_t block_size; /* bytes of frames in a block, 16 KiB to 8 MiB; 0: 1 MiB. A block holds at least one
                          frame */
};

#define TL_SEALER_LEVEL      6
#define TL_SEALER_BLOCK_SIZE 1048576u

/* Begins a sealed segment as a temporary file in its day's folder, which is made. The file's name follows at
 * the commit from the origins that were begun. TL_SYSTEM, TL_NO_MEMORY, TL_BAD_ARGUMENT. */
TL_API enum tl_status tl_sealer_new(struct tl_archive *archive, uint64_t first, uint64_t stamp,
                                    const struct tl_sealer_options *options, struct tl_sealer **ret_sealer);

/* Ends it; if it was not committed nothing of it remains. */
TL_API void tl_sealer_free(struct tl_sealer *sealer);

/* The next origin begins, in ascending order. Ends the one before (its END entry and counts). */
TL_API enum tl_status tl_sealer_begin(struct tl_sealer *sealer, uint64_t number, uint64_t opened_ms,
                                      uint64_t run_ms, struct tl_bytes program);

/* A frame's payload, at most TL_ARCHIVE_FRAME_MAX bytes (TL_FRAME_TOO_LONG). `time_ms`: see above. */
TL_API enum tl_status tl_sealer_put(struct tl_sealer *sealer, struct tl_bytes frame, uint64_t time_ms);

/* An entry of the ledger, of any kind but SEGMENT, MARK, END and BLOCKS. RUNS are in the order of the frames,
 * and of no more than there are; what they do not cover at the origin's end is entered as of connection 0. */
TL_API enum tl_status tl_sealer_enter(struct tl_sealer *sealer, const struct tl_ledger_entry *entry);

/* `bytes` of the origin's hot file were no frames. */
TL_API void tl_sealer_skip(struct tl_sealer *sealer, uint64_t bytes);

/* Copies a block as it is, without compressing it again; all its frames are of the origin that was begun
 * last. It is read and checked first: statuses as tl_sealed_read. */
TL_API enum tl_status tl_sealer_copy(struct tl_sealer *sealer, struct tl_sealed *from, size_t block);

/* Completes the file, fsyncs it, gives it its name and fsyncs its folder. TL_SYSTEM: what was written is not
 * there. `ret_segment`, `ret_size` (bytes of the file) may be NULL. */
TL_API enum tl_status tl_sealer_commit(struct tl_sealer *sealer, struct tl_archive_segment *ret_segment,
                                       uint64_t *ret_size);

/* Cursors --------------------------------------------------------------------------------------------- */

#define TL_CURSOR_NAME_MAX 64 /* letters, digits, '.', '_', '-'; no '.' in front */

/* Can a cursor have that name? */
TL_API bool tl_archive_is_cursor_name(const char *name);

struct tl_archive_cursor {
    char name[TL_CURSOR_NAME_MAX + 1];
    struct tl_frame_name next; /* what was not delivered yet */
    bool hold;                 /* retention must not remove what it still needs */
    uint64_t updated_ms;       /* since 1970 */
};

/* Takes the cursor for this process (released with tl_archive_cursor_close). TL_END: it is new, and `next` is
 * 0/0. TL_FULL: another process has it (`*ret_pid`). TL_BAD_TEXT: no such name can be, or the file is
 * damaged. TL_SYSTEM. */
struct tl_cursor_owner;
TL_API enum tl_status tl_archive_cursor_open(const struct tl_archive *archive, const char *name,
                                             struct tl_cursor_owner **ret_owner,
                                             struct tl_archive_cursor *ret_cursor, uint64_t *ret_pid);

/* Stores it, all or nothing: written beside, fsynced, renamed. */
TL_API enum tl_status tl_archive_cursor_store(struct tl_cursor_owner *owner,
                                              const struct tl_archive_cursor *cursor);
TL_API void tl_archive_cursor_close(struct tl_cursor_owner *owner);

/* All cursors, by name; free(3) the array. Files that are damaged or may not be read are left out and counted
 * in `*ret_damaged` (may be NULL). */
TL_API enum tl_status tl_archive_cursors(const struct tl_archive *archive,
                                         struct tl_archive_cursor **ret_cursors, size_t *ret_count,
                                         size_t *ret_damaged);

/* The pid of the process that has it, UINT64_MAX if that is not known, 0 if none has. Asks without taking it.
 */
TL_API uint64_t tl_archive_cursor_user(const struct tl_archive *archive, const char *name);

/* TL_END if there is none, TL_FULL if a process has it. */
TL_API enum tl_status tl_archive_cursor_remove(const struct tl_archive *archive, const char *name);

/* Removed --------------------------------------------------------------------------------------------- */

/* One segment that retention removed. */
struct tl_archive_removed {
    uint64_t first, last;    /* origins */
    uint64_t frames, bytes;  /* frames in it, size of its file */
    uint64_t from_ms, to_ms; /* what time it covered; 0: not known */
    uint64_t at_ms;          /* when it was removed */
    char cause[32];          /* "keep", "keep-size", "keep-free", "disk-full" */
};

/* Appends a line before the segment's file goes; fsynced. TL_BAD_ARGUMENT: no origins, no time `at_ms`, no
 * cause or one with spaces. */
TL_API enum tl_status tl_archive_note_removed(struct tl_archive *archive,
                                              const struct tl_archive_removed *removed);

/* All of them, oldest first; free(3) the array. What is no line of ours - a torn one - is passed over, and of
 * a segment that was noted again (its removal had failed) or merged after it was noted the last line counts.
 */
TL_API enum tl_status tl_archive_list_removed(const struct tl_archive *archive,
                                              struct tl_archive_removed **ret_removed, size_t *ret_count);

/* Counters -------------------------------------------------------------------------------------------- */

/* What the running capture counts, in one mapped file that describes itself: whoever maps it can read names
 * and values without knowing this version's table. */
enum tl_counter {
#define TL_COUNTER(name, key, sentence) TL_COUNTER_##name,
#include <tapline/counters.def>
#undef TL_COUNTER
    TL_COUNTERS
};

/* The key ("frames-out"), and the sentence for a person. Static memory. */
TL_API const char *tl_counter_key(enum tl_counter counter);
TL_API const char *tl_counter_sentence(enum tl_counter counter);

struct tl_counters; /* mapped for writing, by one process */

/* Makes the archive's file anew, all zero, and maps it. */
TL_API enum tl_status tl_counters_new(struct tl_archive *archive, struct tl_counters **ret_counters);
TL_API void tl_counters_free(struct tl_counters *counters);

/* Any thread; stored relaxed. */
TL_API void tl_counters_set(struct tl_counters *counters, enum tl_counter counter, uint64_t value);
TL_API void tl_counters_add(struct tl_counters *counters, enum tl_counter counter, uint64_t value);

/* A copy of the file's values as they are now. */
struct tl_counters_view {
    uint64_t pid;
    uint64_t started_ms;
    bool is_running; /* the writer of the archive has this pid */
    uint64_t values[TL_COUNTERS];
    bool is_known[TL_COUNTERS]; /* false: the program that counts does not have it */
};

/* TL_END if there is no such file, TL_BAD_TEXT if it is none. */
TL_API enum tl_status tl_counters_read(const struct tl_archive *archive, struct tl_counters_view *ret_view);

#ifdef __cplusplus
}
#endif

#endif
