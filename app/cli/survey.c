/* Takes a survey of an archive. Invariant: each part is taken anew, from what is there now; only what sealed
 * segments say is kept from one survey to the next. */
#include "cli/survey.h"

#include "capture/queue_owner.h"
#include "pack/segment.h"
#include "process/clock.h"
#include "process/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define TRIES_MAX 4 /* to find all segments where the list says they are */

void *survey_add(void **array, size_t *count, size_t size)
{
    void *grown = reallocarray(*array, *count + 1, size);

    if (!grown)
        return NULL;
    *array = grown;
    return memset((char *)grown + (*count)++ * size, 0, size);
}

bool survey_note_damage(struct survey *survey, const char *place, const char *what)
{
    struct survey_damage *damage =
        survey_add((void **)&survey->damages, &survey->damage_count, sizeof(*damage));

    if (!damage)
        return false;
    snprintf(damage->place, sizeof(damage->place), "%s", place);
    damage->what = what;
    return true;
}

bool survey_note_unread(struct survey *survey, const char *place)
{
    struct survey_unread *unread =
        survey_add((void **)&survey->unread, &survey->unread_count, sizeof(*unread));

    if (unread)
        snprintf(unread->place, sizeof(unread->place), "%s", place);
    return unread != NULL;
}

bool survey_note_failure(struct survey *survey, const char *place, const char *what)
{
    return errno == EACCES ? survey_note_unread(survey, place) : survey_note_damage(survey, place, what);
}

static void forget(struct survey *survey)
{
    struct survey_segments segments = survey->segments;

    free(survey->lost);
    free(survey->removed);
    free(survey->missing);
    free(survey->stops);
    free(survey->cursors);
    free(survey->damages);
    free(survey->unread);
    *survey = (struct survey){.earliest_ms = 1, .segments = segments};
}

void survey_done(struct survey *survey)
{
    forget(survey);
    survey_segments_done(&survey->segments);
}

/* Segments ---------------------------------------------------------------------------------------------- */

static bool read_segments(struct survey *survey, const struct tl_archive *archive)
{
    bool is_gone = true, is_read = true;

    for (int tries = 0; is_gone && is_read && tries < TRIES_MAX; tries++) {
        struct tl_archive_list list;
        enum tl_status status = tl_archive_list(archive, &list);
        if (status == TL_SYSTEM)
            process_log("%s: cannot be listed: %s", tl_archive_path(archive), strerror(errno));
        if (status != TL_OK)
            return false;
        survey->leftovers = list.leftover_count;
        is_read = survey_segments_read(&survey->segments, archive, &list, &is_gone);
        tl_archive_list_done(&list);
    }
    return is_read;
}

static bool add_lost(struct survey *survey, const struct survey_segment *segment,
                     const struct survey_loss *loss)
{
    struct survey_lost *lost = survey->lost;

    for (size_t i = 0; i < survey->lost_count; i++, lost++) {
        if (lost->is_at_most == loss->is_at_most && strcmp(lost->cause, loss->cause) == 0)
            break;
    }
    if (!survey->lost_count || lost == survey->lost + survey->lost_count) {
        lost = survey_add((void **)&survey->lost, &survey->lost_count, sizeof(*lost));
        if (!lost)
            return false;
        memcpy(lost->cause, loss->cause, sizeof(lost->cause));
        lost->is_at_most = loss->is_at_most;
        lost->first = segment->segment.first;
    }
    lost->frames += loss->frames;
    lost->bytes += loss->bytes;
    lost->last = segment->segment.last;
    return true;
}

/* By cause; the exact counts before the bounds. */
static int by_cause(const void *a, const void *b)
{
    const struct survey_lost *first = a, *second = b;
    int order = strcmp(first->cause, second->cause);

    return order ? order : first->is_at_most - second->is_at_most;
}

static void add_times(struct survey *survey, const struct survey_segment *segment)
{
    if (segment->earliest_ms > segment->latest_ms)
        return;
    bool is_first = survey->earliest_ms > survey->latest_ms;
    if (is_first || segment->earliest_ms < survey->earliest_ms)
        survey->earliest_ms = segment->earliest_ms;
    if (is_first || segment->latest_ms > survey->latest_ms)
        survey->latest_ms = segment->latest_ms;
}

static bool add_segment(struct survey *survey, const struct survey_segment *segment)
{
    struct survey_sums *sums = segment->segment.is_sealed ? &survey->sealed : &survey->hot;
    char name[TL_ARCHIVE_NAME_SIZE];

    sums->segments++;
    sums->file_bytes += (uint64_t)segment->file.st_size;
    sums->frames += segment->frames;
    sums->bytes += segment->bytes;
    if (!survey->first)
        survey->first = segment->segment.first;
    survey->last = segment->segment.last;
    add_times(survey, segment);
    for (size_t i = 0; i < segment->loss_count; i++) {
        if (!add_lost(survey, segment, &segment->losses[i]))
            return false;
    }
    tl_archive_name(&segment->segment, TL_ARCHIVE_ROWS, name);
    if (segment->is_unread)
        return survey_note_unread(survey, name);
    return !segment->damage || survey_note_damage(survey, name, segment->damage);
}

static bool take_segments(struct survey *survey, const struct tl_archive *archive)
{
    if (!read_segments(survey, archive))
        return false;
    for (size_t i = 0; i < survey->segments.count; i++) {
        if (!add_segment(survey, &survey->segments.items[i]))
            return false;
    }
    if (survey->lost_count)
        qsort(survey->lost, survey->lost_count, sizeof(*survey->lost), by_cause);
    bool is_written = survey->writer && survey->hot.segments;
    survey->waiting = survey->hot.segments - is_written;
    return true;
}

/* The rest ---------------------------------------------------------------------------------------------- */

static void take_damaged(struct survey *survey, const struct tl_archive *archive)
{
    int fd =
        openat(tl_archive_folder(archive), SEGMENT_DAMAGED, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *folder = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *entry;
    struct tl_archive_segment segment;
    struct stat found;

    while (folder && (entry = readdir(folder))) {
        if (entry->d_name[0] == '.' || fstatat(fd, entry->d_name, &found, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        survey->damaged.segments += tl_archive_name_parse(entry->d_name, &segment) == TL_OK;
        survey->damaged.file_bytes += (uint64_t)found.st_size;
    }
    if (folder)
        closedir(folder);
    else if (fd >= 0)
        close(fd);
}

static void take_disk(struct survey *survey, const struct tl_archive *archive)
{
    struct statvfs disk;

    if (fstatvfs(tl_archive_folder(archive), &disk) != 0)
        return;
    survey->disk_size = (uint64_t)disk.f_blocks * disk.f_frsize;
    survey->disk_free = (uint64_t)disk.f_bavail * disk.f_frsize;
}

static bool take_counters(struct survey *survey, const struct tl_archive *archive)
{
    enum tl_status status = tl_counters_read(archive, &survey->counters);
    bool is_noted = true;

    survey->is_hidden = status == TL_SYSTEM && errno == EACCES;
    if (status == TL_SYSTEM)
        is_noted = survey_note_failure(survey, "counters", "it cannot be read");
    else if (status != TL_OK && status != TL_END)
        is_noted = survey_note_damage(survey, "counters", "it is damaged");
    survey->counted_ms = process_clock_ms();
    survey->has_counters = status == TL_OK;
    return is_noted;
}

static void take_capture(struct survey *survey, const struct tl_archive *archive)
{
    char owner[PATH_MAX];

    survey->writer = tl_archive_lock_owner(archive, TL_ARCHIVE_LOCK_WRITE);
    survey->is_copy = queue_owner_read(archive, owner);
    survey->has_queue =
        !survey->is_copy && faccessat(tl_archive_folder(archive), QUEUE_LINK, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool is_there(const struct survey_segments *segments, uint64_t origin)
{
    size_t from = 0, to = segments->count;

    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (segments->items[middle].segment.last < origin)
            from = middle + 1;
        else
            to = middle;
    }
    return from < segments->count && segments->items[from].segment.first <= origin;
}

/* A line is written before its segment goes: what is still there was not removed. */
static size_t drop_present(const struct survey_segments *segments, struct tl_archive_removed *removed,
                           size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        if (!is_there(segments, removed[i].first))
            removed[kept++] = removed[i];
    }
    return kept;
}

static bool take_with_removed(struct survey *survey, const struct tl_archive *archive)
{
    struct tl_archive_removed *removed = NULL;
    size_t count = 0;
    enum tl_status status = tl_archive_list_removed(archive, &removed, &count);

    if (status == TL_NO_MEMORY)
        return false;
    count = drop_present(&survey->segments, removed, count);
    bool is_taken = status == TL_OK || survey_note_failure(survey, "removed", "it cannot be read");
    is_taken = is_taken && survey_take_history(survey, archive, removed, count) &&
               survey_take_cursors(survey, archive, removed, count);
    free(removed);
    return is_taken;
}

bool survey_take(struct survey *survey, const struct tl_archive *archive)
{
    forget(survey);
    survey->now_ms = process_clock_day_ms();
    take_disk(survey, archive);
    take_damaged(survey, archive);
    errno = 0;
    bool is_taken = take_counters(survey, archive);
    take_capture(survey, archive);
    is_taken = is_taken && take_segments(survey, archive) && take_with_removed(survey, archive);
    if (!is_taken && errno == ENOMEM)
        process_log("out of memory");
    return is_taken;
}
