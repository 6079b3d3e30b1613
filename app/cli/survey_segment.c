/* Reads what segments say of themselves. Invariant: what was read of a file stays as long as the file is the
 * same, so that looking again every second costs little. */
#include "cli/survey_segment.h"

#include "pack/entries.h"
#include "pack/runs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum outcome { READ, GONE, NO_MEMORY };

static void done(struct survey_segment *segment)
{
    free(segment->origins);
    free(segment->losses);
    segment->origins = NULL;
    segment->losses = NULL;
    segment->origin_count = segment->loss_count = 0;
}

void survey_segments_done(struct survey_segments *segments)
{
    for (size_t i = 0; i < segments->count; i++)
        done(&segments->items[i]);
    free(segments->items);
    *segments = (struct survey_segments){NULL, 0};
}

/* A cause is text of other programs: what is no printable ASCII is not shown. */
static void take_cause(struct tl_bytes text, char ret_cause[SURVEY_CAUSE_SIZE])
{
    size_t size = text.size < SURVEY_CAUSE_SIZE - 1 ? text.size : SURVEY_CAUSE_SIZE - 1;

    for (size_t i = 0; i < size; i++)
        ret_cause[i] = (char)(text.data[i] >= ' ' && text.data[i] <= '~' ? text.data[i] : '?');
    ret_cause[size] = '\0';
    if (!size)
        strcpy(ret_cause, "unknown");
}

static bool add_loss(struct survey_segment *segment, const struct tl_ledger_entry *entry)
{
    char cause[SURVEY_CAUSE_SIZE];
    struct survey_loss *loss = segment->losses;

    take_cause(entry->text, cause);
    for (size_t i = 0; i < segment->loss_count; i++, loss++) {
        if (loss->is_at_most == entry->is_at_most && strcmp(loss->cause, cause) == 0) {
            loss->frames += entry->frames;
            loss->bytes += entry->bytes;
            return true;
        }
    }
    loss = reallocarray(segment->losses, segment->loss_count + 1, sizeof(*loss));
    if (!loss)
        return false;
    segment->losses = loss;
    loss += segment->loss_count++;
    *loss =
        (struct survey_loss){.is_at_most = entry->is_at_most, .frames = entry->frames, .bytes = entry->bytes};
    memcpy(loss->cause, cause, sizeof(cause));
    return true;
}

/* By errno. */
static void note_failure(struct survey_segment *segment, const char *what)
{
    segment->is_unread = errno == EACCES;
    segment->damage = segment->is_unread ? NULL : what;
}

/* Sealed ------------------------------------------------------------------------------------------------ */

static bool take_info(struct survey_segment *segment, const struct tl_sealed_info *info)
{
    segment->frames = info->frames;
    segment->bytes = info->bytes;
    segment->earliest_ms = info->earliest_ms;
    segment->latest_ms = info->latest_ms;
    segment->damage = info->is_rebuilt ? info->damage : NULL;
    segment->origins = calloc(info->origin_count + 1, sizeof(*segment->origins));
    if (!segment->origins)
        return false;
    for (size_t i = 0; i < info->origin_count; i++) {
        const struct tl_sealed_origin *origin = &info->origins[i];
        segment->origins[segment->origin_count++] = (struct survey_origin){
            origin->number, origin->frames, origin->opened_ms, origin->run_ms, 0, 0, 0};
    }
    for (size_t i = 0; i < info->loss_count; i++) {
        if (!add_loss(segment, &info->losses[i]))
            return false;
    }
    return true;
}

/* `*sealed` is what the one before was read with. */
static enum outcome read_sealed(int fd, struct survey_segment *segment, struct tl_sealed **sealed)
{
    enum tl_status status = tl_sealed_reopen(fd, &segment->segment, sealed);

    if (status != TL_OK) {
        segment->damage = status == TL_BAD_TEXT ? "it is no sealed segment" : "it cannot be read";
        return status == TL_NO_MEMORY ? NO_MEMORY : READ;
    }
    return take_info(segment, tl_sealed_info(*sealed)) ? READ : NO_MEMORY;
}

/* Hot --------------------------------------------------------------------------------------------------- */

static void raise_time(uint64_t *last_ms, uint64_t ms)
{
    if (ms > *last_ms)
        *last_ms = ms;
}

static uint64_t take_run_times(struct survey_origin *origin, struct tl_bytes packed)
{
    struct tl_ledger_run run;
    uint64_t last_ms = 0, frames = 0;

    while (tl_ledger_next_run(&packed, &last_ms, &run) == TL_OK) {
        raise_time(&origin->last_ms, run.arrival_ms);
        raise_time(&origin->last_frame_ms, run.arrival_ms);
        if (!origin->first_frame_ms || run.arrival_ms < origin->first_frame_ms)
            origin->first_frame_ms = run.arrival_ms;
        frames += run.frames;
    }
    return frames;
}

static bool take_hot_entry(struct survey_segment *segment, const struct tl_ledger_entry *entry)
{
    struct survey_origin *origin = segment->origins;

    switch (entry->kind) {
    case TL_LEDGER_SEGMENT:
        origin->opened_ms = entry->at_ms;
        origin->run_ms = entry->run_ms;
        break;
    case TL_LEDGER_RUNS: segment->frames += take_run_times(origin, entry->packed); return true;
    case TL_LEDGER_LOSS: return add_loss(segment, entry);
    default: break;
    }
    raise_time(&origin->last_ms, entry->at_ms);
    return true;
}

static enum outcome take_runs(struct survey_segment *segment, struct runs *runs)
{
    struct tl_ledger_entry entry;
    enum tl_status status;

    while ((status = runs_next(runs, &entry)) == TL_OK) {
        if (!take_hot_entry(segment, &entry))
            return NO_MEMORY;
    }
    segment->origins[0].frames = segment->frames;
    if (status != TL_END)
        segment->damage = "its ledger cannot be read";
    else if (runs->is_damaged)
        segment->damage = "its ledger is damaged";
    return READ;
}

static enum outcome read_hot(const struct tl_archive *archive, struct survey_segment *segment)
{
    struct runs *runs = malloc(sizeof(*runs));

    segment->origins = calloc(1, sizeof(*segment->origins));
    if (!runs || !segment->origins) {
        free(runs);
        return NO_MEMORY;
    }
    segment->origin_count = 1;
    segment->origins[0].number = segment->segment.first;
    segment->bytes = (uint64_t)segment->file.st_size;
    enum outcome outcome = READ;
    if (runs_open(runs, archive, &segment->segment) == TL_OK) {
        outcome = take_runs(segment, runs);
        runs_close(runs);
    } else {
        note_failure(segment, "its ledger cannot be read");
    }
    free(runs);
    return outcome;
}

/* All --------------------------------------------------------------------------------------------------- */

static enum outcome read_segment(const struct tl_archive *archive, int fd, struct survey_segment *segment,
                                 struct tl_sealed **sealed)
{
    segment->earliest_ms = 1;
    if (fd < 0) {
        note_failure(segment, "it cannot be opened");
        return READ;
    }
    return segment->segment.is_sealed ? read_sealed(fd, segment, sealed) : read_hot(archive, segment);
}

static bool is_same(const struct survey_segment *old, const struct tl_archive_segment *segment,
                    const struct stat *file)
{
    return segment->is_sealed && old->segment.is_sealed && !old->is_unread &&
           old->segment.first == segment->first && old->segment.last == segment->last &&
           old->file.st_ino == file->st_ino && old->file.st_size == file->st_size &&
           old->file.st_mtim.tv_sec == file->st_mtim.tv_sec &&
           old->file.st_mtim.tv_nsec == file->st_mtim.tv_nsec;
}

static enum outcome take_segment(const struct tl_archive *archive, const struct tl_archive_segment *segment,
                                 struct survey_segment *old, struct tl_sealed **sealed,
                                 struct survey_segment *ret_segment)
{
    struct survey_segment found = {.segment = *segment};
    char name[TL_ARCHIVE_NAME_SIZE];

    tl_archive_name(segment, TL_ARCHIVE_ROWS, name);
    if (fstatat(tl_archive_folder(archive), name, &found.file, AT_SYMLINK_NOFOLLOW) != 0)
        return GONE;
    if (old && is_same(old, segment, &found.file)) {
        *ret_segment = *old;
        old->origins = NULL;
        old->losses = NULL;
        return READ;
    }
    int fd = openat(tl_archive_folder(archive), name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return GONE;
    enum outcome outcome = read_segment(archive, fd, &found, sealed);
    if (fd >= 0)
        close(fd);
    *ret_segment = found;
    return outcome;
}

bool survey_segments_read(struct survey_segments *segments, const struct tl_archive *archive,
                          const struct tl_archive_list *list, bool *ret_is_gone)
{
    struct survey_segments found = {calloc(list->count + 1, sizeof(*found.items)), 0};
    struct tl_sealed *sealed = NULL;
    size_t old = 0;
    enum outcome outcome = found.items ? READ : NO_MEMORY;

    *ret_is_gone = false;
    for (size_t i = 0; i < list->count && outcome != NO_MEMORY; i++) {
        const struct tl_archive_segment *segment = &list->segments[i];
        while (old < segments->count && segments->items[old].segment.first < segment->first)
            old++;
        outcome = take_segment(archive, segment, old < segments->count ? &segments->items[old] : NULL,
                               &sealed, &found.items[found.count]);
        found.count += outcome != GONE;
        *ret_is_gone = *ret_is_gone || outcome == GONE;
    }
    tl_sealed_free(sealed);
    survey_segments_done(segments);
    *segments = found;
    return outcome != NO_MEMORY;
}

/* Of the origin's entries in a ledger's stream. */
static void take_stream_times(struct survey_origin *origin, struct tl_bytes stream)
{
    struct entries entries;
    struct tl_ledger_entry entry;
    bool is_of_it = false;

    entries_init(&entries, stream);
    while (entries_next(&entries, &entry) == TL_OK) {
        if (entry.kind == TL_LEDGER_SEGMENT)
            is_of_it = entry.segment == origin->number;
        if (is_of_it && entry.kind == TL_LEDGER_RUNS)
            take_run_times(origin, entry.packed);
        else if (is_of_it)
            raise_time(&origin->last_ms, entry.at_ms);
    }
}

void survey_find_times(const struct tl_archive *archive, const struct survey_segment *segment,
                       struct survey_origin *origin)
{
    char name[TL_ARCHIVE_NAME_SIZE];
    struct tl_sealed *sealed;
    struct tl_bytes stream;

    if (!segment->segment.is_sealed || origin->last_ms)
        return;
    tl_archive_name(&segment->segment, TL_ARCHIVE_ROWS, name);
    int fd = openat(tl_archive_folder(archive), name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return;
    if (tl_sealed_open(fd, &segment->segment, &sealed) == TL_OK) {
        if (tl_sealed_ledger(sealed, &stream) == TL_OK)
            take_stream_times(origin, stream);
        tl_sealed_free(sealed);
    }
    close(fd);
}
