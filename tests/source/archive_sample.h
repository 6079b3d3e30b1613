/* Archives for the tests of this room: hot segments written by hand, and sealed, merged and removed as the
 * program would do it. The frames are those of sample_frame; what number each origin begins with is
 * remembered here. */
#ifndef SOURCE_ARCHIVE_SAMPLE_H
#define SOURCE_ARCHIVE_SAMPLE_H

#include "source/transcript.h"

#include <tapline/archive.h>

#define ARCHIVE_SAMPLE_STAMP   1795467600u /* 2026-11-23T21:00:00Z */
#define ARCHIVE_SAMPLE_ORIGINS 512

struct archive_sample {
    struct sample_folder folder;
    struct tl_archive *archive;
    unsigned first[ARCHIVE_SAMPLE_ORIGINS]; /* frame of each origin */
    unsigned count[ARCHIVE_SAMPLE_ORIGINS];
    uint64_t delay_ms; /* of the arrivals */
    bool has_times;    /* the frames have times: a second each */
};

static inline void archive_sample_make(struct archive_sample *sample)
{
    char text[TL_ARCHIVE_TEXT_SIZE];

    memset(sample, 0, sizeof(*sample));
    sample_folder_make(&sample->folder);
    if (tl_archive_make(sample->folder.path, -1, &sample->archive, text) != TL_OK)
        abort();
}

static inline void archive_sample_remove(struct archive_sample *sample)
{
    tl_archive_close(sample->archive);
    sample_folder_remove(&sample->folder);
}

static inline struct tl_archive_segment archive_sample_segment(uint64_t first, uint64_t last, bool is_sealed)
{
    return (struct tl_archive_segment){first, last, ARCHIVE_SAMPLE_STAMP + first, is_sealed};
}

static inline const char *archive_sample_path(struct archive_sample *sample, uint64_t first, uint64_t last,
                                              bool is_sealed, enum tl_archive_part part)
{
    struct tl_archive_segment segment = archive_sample_segment(first, last, is_sealed);
    char name[TL_ARCHIVE_NAME_SIZE];

    tl_archive_name(&segment, part, name);
    return sample_path(&sample->folder, name);
}

/* Frame `number` arrives then. */
static inline uint64_t archive_sample_arrival(const struct archive_sample *sample, unsigned number)
{
    return ARCHIVE_SAMPLE_STAMP * 1000ull + sample->delay_ms + number * 10;
}

static inline void archive_sample_frame(const struct archive_sample *sample, struct sample *to,
                                        unsigned number)
{
    if (sample->has_times)
        sample_timed_frame(to, number, ARCHIVE_SAMPLE_STAMP + number);
    else
        sample_frame(to, number);
}

static inline void archive_sample_append(struct archive_sample *sample, uint64_t origin,
                                         enum tl_archive_part part, const void *data, size_t size)
{
    const char *path = archive_sample_path(sample, origin, origin, false, part);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    close(fd);
}

static inline void archive_sample_enter(struct sample *to, const struct tl_ledger_entry *entry)
{
    size_t size;

    if (tl_ledger_encode(entry, to->data + to->size, sizeof(to->data) - to->size, &size) != TL_OK)
        abort();
    to->size += size;
}

/* Which connection brings the frame. */
static inline uint64_t archive_sample_connection(unsigned number)
{
    return 1 + number % 3;
}

/* Begins origin `origin`, whose frames are numbered from `first` on: its rows, and then its ledger. */
static inline void archive_sample_begin_rows(struct archive_sample *sample, uint64_t origin, unsigned first)
{
    struct sample rows = {.size = 0};

    sample->first[origin] = first;
    sample->count[origin] = 0;
    sample_start(&rows);
    archive_sample_append(sample, origin, TL_ARCHIVE_ROWS, rows.data, rows.size);
}

static inline void archive_sample_begin_ledger(struct archive_sample *sample, uint64_t origin)
{
    struct tl_ledger_entry segment = {.kind = TL_LEDGER_SEGMENT, .segment = origin, .run_ms = 77};
    struct tl_ledger_entry mark = {.kind = TL_LEDGER_MARK, .through = 0};
    struct sample runs = {.size = 0};

    sample_put_control(&runs, TL_CONTROL_START, TL_LEDGER_CONTENT_TYPE);
    archive_sample_enter(&runs, &segment);
    for (unsigned i = 0; i < 3; i++) {
        char peer[] = {'p', 'e', 'e', 'r', (char)('1' + i), '\0'};
        struct tl_ledger_entry connection = {.kind = TL_LEDGER_CONNECTION, .connection = 1 + i};
        connection.text = tl_bytes_of_text(peer);
        archive_sample_enter(&runs, &connection);
    }
    archive_sample_enter(&runs, &mark);
    archive_sample_append(sample, origin, TL_ARCHIVE_RUNS, runs.data, runs.size);
}

static inline void archive_sample_begin(struct archive_sample *sample, uint64_t origin, unsigned first)
{
    archive_sample_begin_rows(sample, origin, first);
    archive_sample_begin_ledger(sample, origin);
}

static inline void archive_sample_runs(const struct archive_sample *sample, struct sample *to,
                                       unsigned number)
{
    struct tl_ledger_run run = {archive_sample_connection(number), 1, archive_sample_arrival(sample, number)};
    uint8_t memory[64];
    struct tl_builder packed = tl_builder(memory, sizeof(memory));
    uint64_t last_ms = 0;

    tl_ledger_put_run(&packed, &run, &last_ms);
    struct tl_ledger_entry entry = {.kind = TL_LEDGER_RUNS, .packed = tl_builder_bytes(&packed)};
    archive_sample_enter(to, &entry);
}

/* Appends `count` frames to a hot origin, their runs first. */
static inline void archive_sample_put(struct archive_sample *sample, uint64_t origin, unsigned count)
{
    struct tl_ledger_entry mark = {.kind = TL_LEDGER_MARK, .through = 1};

    while (count--) {
        unsigned number = sample->first[origin] + sample->count[origin]++;
        struct sample rows = {.size = 0}, runs = {.size = 0};
        archive_sample_runs(sample, &runs, number);
        archive_sample_enter(&runs, &mark);
        archive_sample_append(sample, origin, TL_ARCHIVE_RUNS, runs.data, runs.size);
        archive_sample_frame(sample, &rows, number);
        archive_sample_append(sample, origin, TL_ARCHIVE_ROWS, rows.data, rows.size);
    }
}

static inline void archive_sample_end(struct archive_sample *sample, uint64_t origin)
{
    struct sample stop = {.size = 0};

    sample_stop(&stop);
    archive_sample_append(sample, origin, TL_ARCHIVE_ROWS, stop.data, stop.size);
    archive_sample_append(sample, origin, TL_ARCHIVE_RUNS, stop.data, stop.size);
}

/* A hot origin of these frames. */
static inline void archive_sample_hot(struct archive_sample *sample, uint64_t origin, unsigned first,
                                      unsigned last)
{
    archive_sample_begin(sample, origin, first);
    archive_sample_put(sample, origin, last - first + 1);
    archive_sample_end(sample, origin);
}

static inline void archive_sample_check(enum tl_status status)
{
    if (status != TL_OK) {
        fprintf(stderr, "%s\n", tl_status_text(status));
        abort();
    }
}

static inline void archive_sample_seal_origin(struct archive_sample *sample, struct tl_sealer *sealer,
                                              uint64_t origin)
{
    archive_sample_check(tl_sealer_begin(sealer, origin, 1, 77, tl_bytes_of_text("test")));
    for (unsigned i = 0; i < 3; i++) {
        char peer[] = {'p', 'e', 'e', 'r', (char)('1' + i), '\0'};
        struct tl_ledger_entry connection = {.kind = TL_LEDGER_CONNECTION, .connection = 1 + i};
        connection.text = tl_bytes_of_text(peer);
        archive_sample_check(tl_sealer_enter(sealer, &connection));
    }
    for (unsigned i = 0; i < sample->count[origin]; i++) {
        unsigned number = sample->first[origin] + i;
        struct sample frame = {.size = 0}, runs = {.size = 0};
        struct tl_ledger_entry entry;
        uint64_t time_ms = sample->has_times ? (ARCHIVE_SAMPLE_STAMP + number) * 1000ull
                                             : archive_sample_arrival(sample, number);
        archive_sample_frame(sample, &frame, number);
        archive_sample_runs(sample, &runs, number);
        archive_sample_check(tl_ledger_decode(tl_bytes(runs.data + 4, runs.size - 4), &entry));
        archive_sample_check(tl_sealer_put(sealer, tl_bytes(frame.data + 4, frame.size - 4), time_ms));
        archive_sample_check(tl_sealer_enter(sealer, &entry));
    }
}

/* Seals the origins `first` to `last` into one file, and removes the files they were in if `removes`. */
static inline void archive_sample_seal(struct archive_sample *sample, uint64_t first, uint64_t last,
                                       bool removes)
{
    struct tl_sealer_options options = {.level = 1, .block_size = 16384};
    struct tl_sealer *sealer;

    archive_sample_check(
        tl_sealer_new(sample->archive, first, ARCHIVE_SAMPLE_STAMP + first, &options, &sealer));
    for (uint64_t origin = first; origin <= last; origin++)
        archive_sample_seal_origin(sample, sealer, origin);
    archive_sample_check(tl_sealer_commit(sealer, NULL, NULL));
    tl_sealer_free(sealer);
    for (uint64_t origin = first; removes && origin <= last; origin++) {
        unlink(archive_sample_path(sample, origin, origin, false, TL_ARCHIVE_ROWS));
        unlink(archive_sample_path(sample, origin, origin, false, TL_ARCHIVE_RUNS));
        if (first != last)
            unlink(archive_sample_path(sample, origin, origin, true, TL_ARCHIVE_ROWS));
    }
}

/* A sealed origin of these frames. */
static inline void archive_sample_sealed(struct archive_sample *sample, uint64_t origin, unsigned first,
                                         unsigned last)
{
    sample->first[origin] = first;
    sample->count[origin] = last - first + 1;
    archive_sample_seal(sample, origin, origin, false);
}

/* As retention does it. */
static inline void archive_sample_retire(struct archive_sample *sample, uint64_t first, uint64_t last)
{
    struct tl_archive_removed removed = {.first = first, .last = last, .at_ms = 1, .cause = "keep"};

    for (uint64_t origin = first; origin <= last; origin++)
        removed.frames += sample->count[origin];
    archive_sample_check(tl_archive_note_removed(sample->archive, &removed));
    unlink(archive_sample_path(sample, first, last, true, TL_ARCHIVE_ROWS));
}

#endif
