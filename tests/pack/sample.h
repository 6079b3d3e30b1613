/* An archive in a folder of its own, with hot segments made for a test; and what is in its segments, as text.
 */
#ifndef PACK_SAMPLE_H
#define PACK_SAMPLE_H

#include "proof/folder.h"

#include "source/source.h"

#include <tapline/archive.h>
#include <tapline/dnstap.h>
#include <tapline/frame.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SAMPLE_STAMP                                                                                         \
    1800000000u /* 2027-01-15T08:00:00Z: of segment 1; each begins an hour after the one before */
#define SAMPLE_MS (SAMPLE_STAMP * 1000ull)

struct sample {
    char path[64];
    struct tl_archive *archive;
};

static inline struct sample sample_make(void)
{
    struct sample sample;
    char text[TL_ARCHIVE_TEXT_SIZE];

    snprintf(sample.path, sizeof(sample.path), "%.30s/tapline-pack-XXXXXX", test_folder_above());
    if (!mkdtemp(sample.path) || tl_archive_make(sample.path, -1, &sample.archive, text) != TL_OK)
        abort();
    return sample;
}

static inline int sample_remove_one(const char *path, const struct stat *found, int flag, struct FTW *ftw)
{
    (void)found, (void)flag, (void)ftw;
    return remove(path);
}

static inline void sample_remove(struct sample *sample)
{
    tl_archive_close(sample->archive);
    nftw(sample->path, sample_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static inline struct tl_archive_segment sample_segment(uint64_t number, bool is_sealed)
{
    return (struct tl_archive_segment){number, number, SAMPLE_STAMP + 3600 * (number - 1), is_sealed};
}

/* Bytes in the making. */
struct bytes {
    uint8_t *data;
    size_t size, room;
};

static inline uint8_t *bytes_room(struct bytes *bytes, size_t size)
{
    if (bytes->room - bytes->size < size) {
        bytes->room = 2 * bytes->room + size;
        bytes->data = realloc(bytes->data, bytes->room);
        if (!bytes->data)
            abort();
    }
    return bytes->data + bytes->size;
}

static inline void bytes_put(struct bytes *bytes, const void *data, size_t size)
{
    memcpy(bytes_room(bytes, size), data, size);
    bytes->size += size;
}

static inline void bytes_free(struct bytes *bytes)
{
    free(bytes->data);
    *bytes = (struct bytes){0};
}

static inline void bytes_put_control(struct bytes *to, enum tl_control_type type, const char *content_type)
{
    struct tl_control control = tl_control(type, tl_bytes_of_text(content_type));
    size_t size = 0;

    if (tl_control_encode(&control, bytes_room(to, TL_CONTROL_FRAME_MAX), TL_CONTROL_FRAME_MAX, &size) !=
        TL_OK)
        abort();
    to->size += size;
}

static inline void bytes_put_frame(struct bytes *to, const void *payload, size_t size)
{
    uint8_t length[4] = {(uint8_t)(size >> 24), (uint8_t)(size >> 16), (uint8_t)(size >> 8), (uint8_t)size};

    bytes_put(to, length, 4);
    bytes_put(to, payload, size);
}

/* Frame `number` of segment 1: of ten, one has no time and one is no dnstap; the others have the time
 * SAMPLE_MS + number, rounded down. */
static inline void bytes_put_sample(struct bytes *to, unsigned number)
{
    uint8_t identity[24], message[48] = {0, 0, 1, 0, 0, 1}, payload[256];
    struct tl_dnstap dnstap = {.type = 1, .message_type = 1 + (int32_t)(number % 14)};
    size_t size = (size_t)snprintf((char *)identity, sizeof(identity), "frame %u", number);
    bool is_query = tl_dnstap_is_query(dnstap.message_type);

    if (number % 10 == 7) {
        bytes_put_frame(to, identity, size);
        return;
    }
    dnstap.present = 1u << TL_DNSTAP_F_IDENTITY | 1u << TL_DNSTAP_F_TYPE | 1u << TL_DNSTAP_F_MESSAGE |
                     1u << TL_DNSTAP_F_MESSAGE_TYPE | 1u << TL_DNSTAP_F_QUERY_MESSAGE;
    if (number % 10 != 3)
        dnstap.present |= is_query
                              ? 1u << TL_DNSTAP_F_QUERY_TIME_SEC | 1u << TL_DNSTAP_F_QUERY_TIME_NSEC
                              : 1u << TL_DNSTAP_F_RESPONSE_TIME_SEC | 1u << TL_DNSTAP_F_RESPONSE_TIME_NSEC;
    dnstap.identity = tl_bytes(identity, size);
    dnstap.query_message = tl_bytes(message, sizeof(message));
    dnstap.query_time_sec = dnstap.response_time_sec = (SAMPLE_MS + number) / 1000;
    dnstap.query_time_nsec = dnstap.response_time_nsec =
        (uint32_t)((SAMPLE_MS + number) % 1000) * 1000000 + 999999;
    if (tl_dnstap_encode(&dnstap, payload, sizeof(payload)) != TL_OK)
        abort();
    bytes_put_frame(to, payload, tl_dnstap_size(&dnstap));
}

/* START, frames 0 to `count` - 1, STOP. */
static inline struct bytes sample_rows(unsigned count)
{
    struct bytes rows = {0};

    bytes_put_control(&rows, TL_CONTROL_START, TL_DNSTAP_CONTENT_TYPE);
    for (unsigned i = 0; i < count; i++)
        bytes_put_sample(&rows, i);
    bytes_put_control(&rows, TL_CONTROL_STOP, "");
    return rows;
}

static inline void bytes_put_entry(struct bytes *to, const struct tl_ledger_entry *entry)
{
    size_t size = 0;

    if (tl_ledger_encode(entry, bytes_room(to, TL_LEDGER_ENTRY_MAX + 4), TL_LEDGER_ENTRY_MAX + 4, &size) !=
        TL_OK)
        abort();
    to->size += size;
}

/* An entry RUNS from lines of {connection, frames, arrival}, which end with no frames. */
static inline void bytes_put_runs(struct bytes *to, const struct tl_ledger_run *runs)
{
    uint8_t memory[4096];
    struct tl_builder packed = tl_builder(memory, sizeof(memory));
    uint64_t last_ms = 0;

    for (; runs->frames; runs++)
        tl_ledger_put_run(&packed, runs, &last_ms);
    bytes_put_entry(to,
                    &(struct tl_ledger_entry){.kind = TL_LEDGER_RUNS, .packed = tl_builder_bytes(&packed)});
}

static inline void bytes_put_connection(struct bytes *to, uint64_t connection, const char *peer)
{
    bytes_put_entry(to, &(struct tl_ledger_entry){.kind = TL_LEDGER_CONNECTION,
                                                  .connection = connection,
                                                  .at_ms = SAMPLE_MS,
                                                  .text = tl_bytes_of_text(peer),
                                                  .listener = tl_bytes_of_text("unix:s")});
}

/* START and the entry of the segment. */
static inline struct bytes sample_ledger(uint64_t number)
{
    struct bytes ledger = {0};

    bytes_put_control(&ledger, TL_CONTROL_START, TL_LEDGER_CONTENT_TYPE);
    bytes_put_entry(&ledger, &(struct tl_ledger_entry){.kind = TL_LEDGER_SEGMENT,
                                                       .segment = number,
                                                       .at_ms = SAMPLE_MS,
                                                       .run_ms = SAMPLE_MS - 5,
                                                       .text = tl_bytes_of_text("tapline")});
    return ledger;
}

/* One connection that sent `count` frames. */
static inline struct bytes sample_simple_ledger(uint64_t number, uint64_t count)
{
    struct bytes ledger = sample_ledger(number);
    struct tl_ledger_run runs[] = {{1, count, SAMPLE_MS + 1}, {0}};

    bytes_put_connection(&ledger, 1, "peer");
    bytes_put_runs(&ledger, runs);
    bytes_put_control(&ledger, TL_CONTROL_STOP, "");
    return ledger;
}

static inline void sample_write(const struct sample *sample, const char *name, const void *data, size_t size)
{
    int fd = openat(tl_archive_folder(sample->archive), name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);

    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    close(fd);
}

static inline void sample_write_hot(const struct sample *sample, uint64_t number, enum tl_archive_part part,
                                    struct bytes bytes)
{
    struct tl_archive_segment segment = sample_segment(number, false);
    char name[TL_ARCHIVE_NAME_SIZE];

    tl_archive_name(&segment, part, name);
    sample_write(sample, name, bytes.data, bytes.size);
}

/* A hot segment with `count` frames of one connection. */
static inline void sample_put_hot(const struct sample *sample, uint64_t number, unsigned count)
{
    struct bytes rows = sample_rows(count), ledger = sample_simple_ledger(number, count);

    sample_write_hot(sample, number, TL_ARCHIVE_ROWS, rows);
    sample_write_hot(sample, number, TL_ARCHIVE_RUNS, ledger);
    bytes_free(&rows);
    bytes_free(&ledger);
}

static inline bool sample_has(const struct sample *sample, const char *name)
{
    struct stat found;

    return fstatat(tl_archive_folder(sample->archive), name, &found, AT_SYMLINK_NOFOLLOW) == 0;
}

static inline bool sample_has_part(const struct sample *sample, const struct tl_archive_segment *segment,
                                   enum tl_archive_part part)
{
    char name[TL_ARCHIVE_NAME_SIZE];

    tl_archive_name(segment, part, name);
    return sample_has(sample, name);
}

static unsigned sample_files_found;

static inline int sample_count_one(const char *path, const struct stat *found, int flag, struct FTW *ftw)
{
    (void)path, (void)found, (void)ftw;
    sample_files_found += flag == FTW_F;
    return 0;
}

/* How many files the archive has, `version`, locks and all. */
static inline unsigned sample_files(const struct sample *sample)
{
    sample_files_found = 0;
    nftw(sample->path, sample_count_one, 8, FTW_PHYS);
    return sample_files_found;
}

/* The frames of a hot file, as a reader gets them, each with its length. */
static inline struct bytes sample_frames_of_hot(const struct sample *sample, uint64_t number)
{
    struct tl_archive_segment segment = sample_segment(number, false);
    char name[TL_ARCHIVE_NAME_SIZE], path[256], text[SOURCE_TEXT_SIZE];
    const char *paths[] = {path};
    struct source_options options = {.paths = paths, .path_count = 1, .stop_fd = -1, .is_sure = true};
    struct source_item item = {.kind = SOURCE_IDLE};
    struct bytes frames = {0};

    tl_archive_name(&segment, TL_ARCHIVE_ROWS, name);
    snprintf(path, sizeof(path), "%s/%s", sample->path, name);
    struct source *source = source_new(&options, text);
    while (source && item.kind != SOURCE_END) {
        source_next(source, &item);
        if (item.kind == SOURCE_FRAME)
            bytes_put_frame(&frames, item.frame.data, item.frame.size);
    }
    source_free(source);
    return frames;
}

static inline struct tl_sealed *sample_open_sealed(const struct sample *sample,
                                                   const struct tl_archive_segment *segment, int *ret_fd)
{
    char name[TL_ARCHIVE_NAME_SIZE];
    struct tl_sealed *sealed = NULL;

    tl_archive_name(segment, TL_ARCHIVE_ROWS, name);
    *ret_fd = openat(tl_archive_folder(sample->archive), name, O_RDONLY | O_CLOEXEC);
    if (*ret_fd < 0 || tl_sealed_open(*ret_fd, segment, &sealed) != TL_OK ||
        tl_sealed_info(sealed)->is_rebuilt)
        abort();
    return sealed;
}

/* The same of a sealed segment. */
static inline struct bytes sample_frames_of_sealed(const struct sample *sample, uint64_t number)
{
    struct tl_archive_segment segment = sample_segment(number, true);
    struct bytes frames = {0};
    struct tl_bytes block;
    int fd;
    struct tl_sealed *sealed = sample_open_sealed(sample, &segment, &fd);

    for (size_t i = 0; i < tl_sealed_info(sealed)->block_count; i++) {
        if (tl_sealed_read(sealed, i, &block) != TL_OK)
            abort();
        bytes_put(&frames, block.data, block.size);
    }
    tl_sealed_free(sealed);
    close(fd);
    return frames;
}

/* A ledger as text, times as of SAMPLE_MS. */
struct ledger_text {
    char text[8192];
    size_t length;
};

static inline void ledger_text_put(struct ledger_text *to, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static inline void ledger_text_put(struct ledger_text *to, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    to->length += (size_t)vsnprintf(to->text + to->length, sizeof(to->text) - to->length, format, arguments);
    va_end(arguments);
    if (to->length >= sizeof(to->text))
        abort();
}

typedef long long sample_number;

static inline void ledger_text_put_entry(struct ledger_text *to, const struct tl_ledger_entry *entry)
{
    sample_number at = (sample_number)(entry->at_ms - SAMPLE_MS);
    int length = (int)entry->text.size;
    const char *text = (const char *)entry->text.data;
    struct tl_bytes packed = entry->packed;
    struct tl_ledger_run run;
    uint64_t last_ms = 0;

    switch (entry->kind) {
    case TL_LEDGER_SEGMENT:
        ledger_text_put(to, "segment %lld by %.*s at %lld\n", (sample_number)entry->segment, length, text,
                        at);
        break;
    case TL_LEDGER_CONNECTION:
        ledger_text_put(to, "connection %lld: %.*s\n", (sample_number)entry->connection, length, text);
        break;
    case TL_LEDGER_RUNS:
        while (tl_ledger_next_run(&packed, &last_ms, &run) == TL_OK)
            ledger_text_put(to, "run %lld: %lld at %lld\n", (sample_number)run.connection,
                            (sample_number)run.frames, (sample_number)(run.arrival_ms - SAMPLE_MS));
        break;
    case TL_LEDGER_LOSS:
        ledger_text_put(to, "loss %.*s: %s%lld bytes, %lld frames\n", length, text,
                        entry->is_at_most ? "at most " : "", (sample_number)entry->bytes,
                        (sample_number)entry->frames);
        break;
    case TL_LEDGER_CLOSED:
        ledger_text_put(to, "closed %lld: %.*s\n", (sample_number)entry->connection, length, text);
        break;
    case TL_LEDGER_END:
        ledger_text_put(to, "end: %lld frames, %lld skipped\n", (sample_number)entry->frames,
                        (sample_number)entry->skipped);
        break;
    default: ledger_text_put(to, "what?\n");
    }
}

static inline const char *sample_ledger_text(const struct sample *sample, uint64_t number,
                                             struct ledger_text *to)
{
    struct tl_archive_segment segment = sample_segment(number, true);
    struct tl_frame_decoder decoder;
    struct tl_ledger_entry entry;
    struct tl_frame frame;
    struct tl_bytes stream;
    int fd;
    struct tl_sealed *sealed = sample_open_sealed(sample, &segment, &fd);

    to->length = 0;
    to->text[0] = '\0';
    if (tl_sealed_ledger(sealed, &stream) != TL_OK)
        abort();
    tl_frame_decoder_init(&decoder, TL_LEDGER_ENTRY_MAX);
    while (tl_frame_next(&decoder, &stream, &frame) == TL_OK) {
        if (frame.kind == TL_FRAME_DATA && tl_ledger_decode(frame.payload, &entry) == TL_OK)
            ledger_text_put_entry(to, &entry);
    }
    tl_sealed_free(sealed);
    close(fd);
    return to->text;
}

#endif
