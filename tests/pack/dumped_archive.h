/* The sealed segments of an archive as lines, whatever files they are in: an origin's ledger, then its frames
 * with their names, connections and arrivals. What must not change when files are packed anew. */
#ifndef TESTS_PACK_DUMPED_ARCHIVE_H
#define TESTS_PACK_DUMPED_ARCHIVE_H

#include <tapline/archive.h>
#include <tapline/frame.h>

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct dumped_run {
    uint64_t connection, arrival_ms;
};

struct dumped {
    FILE *to;
    struct tl_sealed *sealed;
    const struct tl_sealed_info *info;
    struct tl_bytes ledger;
    struct tl_frame_decoder decoder; /* in the ledger */
    struct dumped_run *runs;         /* one a frame of the origin at hand */
    uint64_t run_count, run_size;
    size_t block; /* being read */
    struct tl_bytes frames;
};

static inline void dumped_check(bool is_right, const char *what)
{
    if (is_right)
        return;
    fprintf(stderr, "dumping: %s\n", what);
    exit(1);
}

static inline uint64_t dumped_hash(struct tl_bytes bytes)
{
    uint64_t hash = 14695981039346656037u;

    for (size_t i = 0; i < bytes.size; i++)
        hash = (hash ^ bytes.data[i]) * 1099511628211u;
    return hash;
}

static inline void dumped_add_run(struct dumped *dumped, const struct tl_ledger_run *run)
{
    for (uint64_t i = 0; i < run->frames; i++) {
        if (dumped->run_count == dumped->run_size) {
            dumped->run_size = dumped->run_size ? dumped->run_size * 2 : 1024;
            dumped->runs = realloc(dumped->runs, dumped->run_size * sizeof(*dumped->runs));
            dumped_check(dumped->runs != NULL, "out of memory");
        }
        dumped->runs[dumped->run_count++] = (struct dumped_run){run->connection, run->arrival_ms};
    }
}

static inline void dumped_put_entry(struct dumped *dumped, const struct tl_ledger_entry *entry)
{
    struct tl_bytes packed = entry->packed;
    struct tl_ledger_run run;
    uint64_t last_ms = 0;

    if (entry->kind == TL_LEDGER_RUNS) {
        while (tl_ledger_next_run(&packed, &last_ms, &run) == TL_OK)
            dumped_add_run(dumped, &run);
        return;
    }
    fprintf(dumped->to,
            "ledger %d %" PRIu64 " at %" PRIu64 " run %" PRIu64 " \"%.*s\" \"%.*s\" %" PRIu64 " %" PRIu64
            " %" PRIu64 " %" PRIu64 " %d\n",
            (int)entry->kind, entry->segment, entry->at_ms, entry->run_ms, (int)entry->text.size,
            (const char *)entry->text.data, (int)entry->listener.size, (const char *)entry->listener.data,
            entry->connection, entry->frames, entry->bytes, entry->skipped, entry->is_at_most);
}

/* To the end of the origin at hand. */
static inline void dumped_put_ledger(struct dumped *dumped)
{
    struct tl_ledger_entry entry = {.kind = TL_LEDGER_UNKNOWN};
    struct tl_frame frame;

    dumped->run_count = 0;
    while (entry.kind != TL_LEDGER_END) {
        dumped_check(tl_frame_next(&dumped->decoder, &dumped->ledger, &frame) == TL_OK, "the ledger ends");
        if (frame.kind != TL_FRAME_DATA)
            continue;
        dumped_check(tl_ledger_decode(frame.payload, &entry) == TL_OK, "an entry");
        dumped_put_entry(dumped, &entry);
    }
}

static inline void dumped_put_frames(struct dumped *dumped, const struct tl_sealed_origin *origin)
{
    struct tl_frame_decoder decoder;
    struct tl_frame frame;

    dumped_check(dumped->run_count == origin->frames, "the runs do not fit");
    tl_frame_decoder_init(&decoder, 0);
    for (uint64_t i = 0; i < origin->frames; i++) {
        while (!dumped->frames.size)
            dumped_check(tl_sealed_read(dumped->sealed, dumped->block++, &dumped->frames) == TL_OK,
                         "a block");
        dumped_check(tl_frame_next(&decoder, &dumped->frames, &frame) == TL_OK, "a frame");
        fprintf(dumped->to, "%" PRIu64 "/%" PRIu64 " %" PRIu64 " %" PRIu64 " %zu %016" PRIx64 "\n",
                origin->number, i, dumped->runs[i].connection, dumped->runs[i].arrival_ms, frame.payload.size,
                dumped_hash(frame.payload));
    }
}

static inline void dumped_segment(const struct tl_archive *archive, const struct tl_archive_segment *segment,
                                  FILE *to)
{
    struct dumped dumped = {.to = to};
    char name[TL_ARCHIVE_NAME_SIZE];

    tl_archive_name(segment, TL_ARCHIVE_ROWS, name);
    int fd = openat(tl_archive_folder(archive), name, O_RDONLY | O_CLOEXEC);
    dumped_check(fd >= 0 && tl_sealed_open(fd, segment, &dumped.sealed) == TL_OK, name);
    dumped.info = tl_sealed_info(dumped.sealed);
    dumped_check(!dumped.info->is_rebuilt, name);
    dumped_check(tl_sealed_ledger(dumped.sealed, &dumped.ledger) == TL_OK, name);
    tl_frame_decoder_init(&dumped.decoder, TL_LEDGER_ENTRY_MAX);
    for (size_t i = 0; i < dumped.info->origin_count; i++) {
        dumped_put_ledger(&dumped);
        dumped_put_frames(&dumped, &dumped.info->origins[i]);
    }
    free(dumped.runs);
    tl_sealed_free(dumped.sealed);
    close(fd);
}

static inline void dump_archive(const struct tl_archive *archive, FILE *to)
{
    struct tl_archive_list list;

    dumped_check(tl_archive_list(archive, &list) == TL_OK, "listing");
    for (size_t i = 0; i < list.count; i++) {
        if (list.segments[i].is_sealed)
            dumped_segment(archive, &list.segments[i], to);
    }
    tl_archive_list_done(&list);
}

/* The same as text; free(3) it. */
static inline char *dumped_archive(const struct tl_archive *archive)
{
    char *text;
    size_t size;
    FILE *to = open_memstream(&text, &size);

    dumped_check(to != NULL, "open_memstream");
    dump_archive(archive, to);
    fclose(to);
    return text;
}

#endif
