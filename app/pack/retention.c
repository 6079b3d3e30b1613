/* Removes what the plan says. Invariant: a segment's removal is noted in the archive before its file goes -
 * but for a disk on which nothing can be noted any more; then it is noted as soon as the file has gone. */
#include "pack/retention.h"

#include "pack/segment.h"
#include "process/clock.h"
#include "process/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <unistd.h>

static int look_at_disk(const struct tl_archive *archive, uint64_t *ret_size, uint64_t *ret_free)
{
    struct statvfs disk;

    if (fstatvfs(tl_archive_folder(archive), &disk) != 0)
        return -1;
    *ret_size = (uint64_t)disk.f_blocks * disk.f_frsize;
    *ret_free = (uint64_t)disk.f_bavail * disk.f_frsize;
    return 0;
}

bool retention_is_due(const struct tl_archive *archive, const struct retention_options *options)
{
    uint64_t size, free_bytes;

    if (!retention_is_wanted(options) || look_at_disk(archive, &size, &free_bytes) != 0)
        return false;
    return free_bytes < retention_free_wanted(options, size) || retention_is_nearly_full(size, free_bytes);
}

/* Looking -------------------------------------------------------------------------------------------------
 */

/* A cursor that cannot be read may hold anything. */
static uint64_t find_held(const struct tl_archive *archive, bool *ret_is_unknown)
{
    struct tl_archive_cursor *cursors = NULL;
    size_t count = 0, damaged = 0;
    uint64_t held_from = UINT64_MAX;

    if (tl_archive_cursors(archive, &cursors, &count, &damaged) != TL_OK || damaged) {
        *ret_is_unknown = true;
        held_from = 0;
    }
    for (size_t i = 0; i < count; i++) {
        if (cursors[i].hold && cursors[i].next.segment < held_from)
            held_from = cursors[i].next.segment;
    }
    free(cursors);
    return held_from;
}

/* All segments with their sizes; what goes meanwhile counts nothing. */
static struct retention_segment *measure(const struct tl_archive *archive, const struct tl_archive_list *list)
{
    struct retention_segment *segments = calloc(list->count + 1, sizeof(*segments));

    for (size_t i = 0; segments && i < list->count; i++) {
        segments[i].segment = list->segments[i];
        segment_size(archive, &list->segments[i], &segments[i].bytes);
    }
    return segments;
}

/* Doing ---------------------------------------------------------------------------------------------------
 */

static const char *reason(enum retention_cause cause)
{
    switch (cause) {
    case RETENTION_STAYS: break;
    case RETENTION_KEEP: return "it is older than --keep";
    case RETENTION_KEEP_SIZE: return "the archive is larger than --keep-size";
    case RETENTION_KEEP_FREE: return "less of the disk is free than --keep-free";
    case RETENTION_DISK_FULL:
        return "THE DISK IS NEARLY FULL, and otherwise nothing more could be written, although neither "
               "--keep "
               "nor a cursor lets it go";
    }
    return "";
}

/* What the segment says it has; a damaged one says what it can. */
static void describe(const struct tl_archive *archive, const struct tl_archive_segment *segment,
                     struct tl_archive_removed *removed)
{
    char name[TL_ARCHIVE_NAME_SIZE];
    struct tl_sealed *sealed = NULL;

    tl_archive_name(segment, TL_ARCHIVE_ROWS, name);
    int fd = openat(tl_archive_folder(archive), name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd >= 0 && tl_sealed_open(fd, segment, &sealed) == TL_OK) {
        const struct tl_sealed_info *info = tl_sealed_info(sealed);
        removed->frames = info->frames;
        if (info->earliest_ms <= info->latest_ms) {
            removed->from_ms = info->earliest_ms;
            removed->to_ms = info->latest_ms;
        }
    }
    tl_sealed_free(sealed);
    if (fd >= 0)
        close(fd);
}

static bool remove_noted(struct tl_archive *archive, const struct tl_archive_segment *segment,
                         const struct tl_archive_removed *removed)
{
    bool is_noted = tl_archive_note_removed(archive, removed) == TL_OK;

    if (!is_noted && errno != ENOSPC && errno != EDQUOT)
        return false;
    if (segment_remove(archive, segment) != 0)
        return false;
    if (!is_noted && tl_archive_note_removed(archive, removed) != TL_OK)
        process_log("origins %llu to %llu were removed, and that cannot be noted in %s/removed: %s",
                    (unsigned long long)removed->first, (unsigned long long)removed->last,
                    tl_archive_path(archive), strerror(errno));
    return true;
}

static bool remove_segment(struct tl_archive *archive, const struct retention_segment *going,
                           enum retention_cause cause, struct retention_result *result)
{
    const struct tl_archive_segment *segment = &going->segment;
    struct tl_archive_removed removed = {.first = segment->first,
                                         .last = segment->last,
                                         .bytes = going->bytes,
                                         .at_ms = process_clock_day_ms()};
    char name[TL_ARCHIVE_NAME_SIZE];

    tl_archive_name(segment, TL_ARCHIVE_ROWS, name);
    snprintf(removed.cause, sizeof(removed.cause), "%s", retention_cause_word(cause));
    describe(archive, segment, &removed);
    if (!remove_noted(archive, segment, &removed)) {
        process_log("cannot remove %s: %s", name, strerror(errno));
        result->troubles++;
        return false;
    }
    process_log("removed %s (%llu frames, %llu bytes): %s", name, (unsigned long long)removed.frames,
                (unsigned long long)removed.bytes, reason(cause));
    result->segments++;
    result->frames += removed.frames;
    result->bytes += removed.bytes;
    return true;
}

static bool is_stopped(const atomic_bool *stop)
{
    return stop && atomic_load_explicit(stop, memory_order_relaxed);
}

/* Where one cannot be removed those behind it stay as well: oldest first. */
static void follow_plan(struct tl_archive *archive, const struct retention_options *options,
                        const struct retention_view *view, const atomic_bool *stop,
                        struct retention_result *result)
{
    enum retention_cause *causes = calloc(view->count + 1, sizeof(*causes));

    if (!causes) {
        result->troubles++;
        return;
    }
    retention_plan(options, view, causes);
    for (size_t i = 0; i < view->count && !is_stopped(stop); i++) {
        if (causes[i] != RETENTION_STAYS && !remove_segment(archive, &view->segments[i], causes[i], result))
            break;
    }
    free(causes);
}

static void log_trouble(const struct tl_archive *archive, struct retention_result *result)
{
    process_log("cannot see what has to be removed from %s: %s", tl_archive_path(archive), strerror(errno));
    result->troubles++;
}

void retention_run(struct tl_archive *archive, const struct retention_options *options,
                   const atomic_bool *stop, struct retention_result *ret_result)
{
    struct retention_view view = {.now_ms = process_clock_day_ms()};
    struct tl_archive_list list;

    memset(ret_result, 0, sizeof(*ret_result));
    if (!retention_is_wanted(options))
        return;
    if (look_at_disk(archive, &view.disk_size, &view.disk_free) != 0 ||
        tl_archive_list(archive, &list) != TL_OK) {
        log_trouble(archive, ret_result);
        return;
    }
    struct retention_segment *segments = measure(archive, &list);
    view.segments = segments;
    view.count = list.count;
    view.held_from = find_held(archive, &ret_result->is_hold_unknown);
    if (segments)
        follow_plan(archive, options, &view, stop, ret_result);
    else
        log_trouble(archive, ret_result);
    if (look_at_disk(archive, &view.disk_size, &view.disk_free) == 0)
        ret_result->is_nearly_full = retention_is_nearly_full(view.disk_size, view.disk_free);
    free(segments);
    tl_archive_list_done(&list);
}
