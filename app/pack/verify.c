/* An archive as a whole: its segments in turn, then what is missing between them. Invariant: what is compared
 * with the segments was read before them if it can only grow older (cursors), and after them if it can only
 * grow (`removed`); so nothing that others do meanwhile looks like damage. */
#include "pack/verify.h"

#include "pack/finding.h"
#include "pack/verify_cursors.h"
#include "pack/verify_files.h"
#include "pack/verify_hot.h"
#include "pack/verify_sealed.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRIES_MAX 5 /* of a segment that is listed and cannot be opened */

struct walk {
    struct verify *verify;
    const char *path; /* as it was given */
    struct tl_archive *archive;
    struct verify_cursors cursors;
    uint64_t next; /* the first origin that was not looked at yet */
    unsigned tries;
};

enum outcome { DONE, GONE, STOPPED };

static void told_frames(void *user, uint64_t origin, uint64_t frames)
{
    verify_cursors_meet(user, origin, frames);
}

/* One segment -----------------------------------------------------------------------------------------------
 */

static enum outcome look_at_sealed(struct walk *walk, const struct tl_archive_segment *segment,
                                   const char *name)
{
    struct verify_sealed_options options = {*segment, true, told_frames, &walk->cursors};
    int fd = openat(tl_archive_folder(walk->archive), name, O_RDONLY | O_CLOEXEC);

    if (fd < 0 && errno == ENOENT)
        return GONE;
    if (fd < 0) {
        finding_say(walk->verify, VERIFY_DAMAGE, name, "cannot be opened: %s", strerror(errno));
        return DONE;
    }
    bool is_done = verify_sealed(walk->verify, name, fd, &options);
    close(fd);
    return is_done ? DONE : STOPPED;
}

/* Is this where a capture appends, or will when it is started again? */
static bool may_grow(const struct walk *walk, bool is_last)
{
    struct stat queue;

    return is_last && (tl_archive_lock_owner(walk->archive, TL_ARCHIVE_LOCK_WRITE) != 0 ||
                       fstatat(tl_archive_folder(walk->archive), "queue", &queue, 0) == 0);
}

static enum outcome look_at_hot(struct walk *walk, const struct tl_archive_segment *segment, const char *name,
                                bool is_last)
{
    const char *folder = tl_archive_path(walk->archive);
    char runs_name[TL_ARCHIVE_NAME_SIZE], rows[PATH_MAX], runs[PATH_MAX];
    struct verify_hot_options options = {.rows = rows,
                                         .runs = runs,
                                         .origin = segment->first,
                                         .may_grow = may_grow(walk, is_last),
                                         .needs_runs = true,
                                         .frames = told_frames,
                                         .user = &walk->cursors};

    tl_archive_name(segment, TL_ARCHIVE_RUNS, runs_name);
    snprintf(rows, sizeof(rows), "%s/%s", folder, name);
    snprintf(runs, sizeof(runs), "%s/%s", folder, runs_name);
    if (walk->tries == TRIES_MAX)
        options.needs_runs = false; /* they are really not there */
    switch (verify_hot(walk->verify, name, &options)) {
    case VERIFY_HOT_DONE: return DONE;
    case VERIFY_HOT_GONE: return GONE;
    case VERIFY_HOT_STOPPED: break;
    }
    return STOPPED;
}

static enum outcome look_at(struct walk *walk, const struct tl_archive_segment *segment, bool is_last)
{
    char name[TL_ARCHIVE_NAME_SIZE];
    enum outcome outcome;

    tl_archive_name(segment, TL_ARCHIVE_ROWS, name);
    outcome =
        segment->is_sealed ? look_at_sealed(walk, segment, name) : look_at_hot(walk, segment, name, is_last);
    if (outcome == GONE && walk->tries++ < TRIES_MAX)
        return GONE; /* sealed, merged or removed: it is looked up again */
    if (outcome == GONE)
        finding_say(walk->verify, VERIFY_DAMAGE, name, "is listed, and cannot be opened");
    walk->tries = 0;
    walk->next = segment->last + 1;
    return outcome == STOPPED ? STOPPED : DONE;
}

/* All segments ----------------------------------------------------------------------------------------------
 */

static bool list(struct walk *walk, struct tl_archive_list *ret_list)
{
    enum tl_status status = tl_archive_list(walk->archive, ret_list);

    if (status != TL_OK)
        finding_say(walk->verify, VERIFY_DAMAGE, walk->path, "cannot be listed: %s",
                    status == TL_SYSTEM ? strerror(errno) : tl_status_text(status));
    return status == TL_OK;
}

/* The segments of one list, from walk->next on. GONE: it is outdated. */
static enum outcome look_at_list(struct walk *walk, const struct tl_archive_list *list)
{
    enum outcome outcome = DONE;

    for (size_t i = 0; i < list->count && outcome == DONE; i++) {
        if (list->segments[i].last >= walk->next)
            outcome = look_at(walk, &list->segments[i], i + 1 == list->count);
    }
    return outcome;
}

/* False if verify was stopped, or could not go on. */
static bool look_at_all(struct walk *walk)
{
    struct tl_archive_list segments;
    enum outcome outcome;

    do {
        if (!list(walk, &segments))
            return false;
        outcome = look_at_list(walk, &segments);
        tl_archive_list_done(&segments);
    } while (outcome == GONE);
    return outcome == DONE;
}

/* Between them ----------------------------------------------------------------------------------------------
 */

/* The last of the origins from `from` to at most `to` that `removed` names without a gap; from - 1 if it does
 * not name `from`. */
static uint64_t removed_through(const struct tl_archive_removed *removed, size_t count, uint64_t from,
                                uint64_t to)
{
    uint64_t through = from - 1, before;

    do { /* they are nearly in order: one pass, and a second one that finds nothing more */
        before = through;
        for (size_t i = 0; i < count && through < to; i++) {
            if (removed[i].first <= through + 1 && removed[i].last > through)
                through = removed[i].last;
        }
    } while (through != before);
    return through < to ? through : to;
}

/* Of the origins from `from` to `to`, which no segment has, says those that nobody removed. */
static void check_gap(struct walk *walk, const struct tl_archive_removed *removed, size_t count,
                      uint64_t from, uint64_t to)
{
    while (from <= to) {
        uint64_t through = removed_through(removed, count, from, to);
        if (through >= from) {
            from = through + 1;
            continue;
        }
        uint64_t end = to;
        for (size_t i = 0; i < count; i++) {
            if (removed[i].first > from && removed[i].first <= end)
                end = removed[i].first - 1;
        }
        if (from == end)
            finding_say(walk->verify, VERIFY_DAMAGE, walk->path,
                        "origin %llu is missing, and \"removed\" does not say why", (unsigned long long)from);
        else
            finding_say(walk->verify, VERIFY_DAMAGE, walk->path,
                        "the origins %llu to %llu are missing, and \"removed\" does not say why",
                        (unsigned long long)from, (unsigned long long)end);
        from = end + 1;
    }
}

static void check_order(struct walk *walk, const struct tl_archive_list *segments,
                        const struct tl_archive_removed *removed, size_t count)
{
    uint64_t next = 1;
    char name[TL_ARCHIVE_NAME_SIZE];

    for (size_t i = 0; i < segments->count; i++) {
        const struct tl_archive_segment *segment = &segments->segments[i];
        if (segment->first > next)
            check_gap(walk, removed, count, next, segment->first - 1);
        tl_archive_name(segment, TL_ARCHIVE_ROWS, name);
        if (segment->first < next)
            finding_say(walk->verify, VERIFY_DAMAGE, name, "origin %llu is in another segment too",
                        (unsigned long long)segment->first);
        next = segment->last >= next ? segment->last + 1 : next;
    }
    verify_cursors_end(&walk->cursors, walk->verify, removed, count, next);
}

static void say_leftovers(struct walk *walk, const struct tl_archive_list *segments)
{
    char name[TL_ARCHIVE_NAME_SIZE];

    for (size_t i = 0; i < segments->leftover_count; i++) {
        tl_archive_name(&segments->leftovers[i], TL_ARCHIVE_ROWS, name);
        finding_say(walk->verify, VERIFY_NOTICE, name,
                    "is superseded by another segment, and was not removed yet; the next packing removes it");
    }
}

static void say_queue(struct walk *walk)
{
    struct stat queue;

    if (fstatat(tl_archive_folder(walk->archive), "queue", &queue, 0) == 0 &&
        tl_archive_lock_owner(walk->archive, TL_ARCHIVE_LOCK_WRITE) == 0)
        finding_say(walk->verify, VERIFY_NOTICE, walk->path,
                    "a capture was killed, and part of what it received may still be in its queue: start it "
                    "again, or "
                    "run \"tapline pack\"");
}

static void check_removed(struct walk *walk, const struct tl_archive_list *segments)
{
    struct tl_archive_removed *removed;
    size_t count;
    enum tl_status status = tl_archive_list_removed(walk->archive, &removed, &count);

    if (status == TL_OK) {
        check_order(walk, segments, removed, count);
        free(removed);
    } else {
        finding_say(walk->verify, VERIFY_DAMAGE, "removed", "cannot be read: %s",
                    status == TL_SYSTEM ? strerror(errno) : tl_status_text(status));
    }
}

static bool look_between(struct walk *walk)
{
    struct tl_archive_list segments;
    struct verify_files files;
    bool is_done = verify_files_begin(&files, walk->verify, walk->archive) && list(walk, &segments);

    if (is_done) {
        verify_files_end(&files, walk->verify, walk->archive, &segments);
        check_removed(walk, &segments);
        say_leftovers(walk, &segments);
        say_queue(walk);
        tl_archive_list_done(&segments);
    }
    verify_files_done(&files);
    return is_done;
}

/* Entries ---------------------------------------------------------------------------------------------------
 */

bool verify_archive(struct verify *verify, const char *path)
{
    struct walk walk = {.verify = verify, .path = path, .next = 1};
    char text[TL_ARCHIVE_TEXT_SIZE];

    if (tl_archive_open(path, &walk.archive, text) != TL_OK) {
        finding_say(verify, VERIFY_DAMAGE, path, "%s", text);
        return false;
    }
    bool is_done = verify_cursors_begin(&walk.cursors, verify, walk.archive) && look_at_all(&walk) &&
                   look_between(&walk);
    verify_cursors_done(&walk.cursors);
    tl_archive_close(walk.archive);
    return is_done;
}

static bool verify_hot_file(struct verify *verify, const char *path, const struct tl_archive_segment *named,
                            bool has_name)
{
    char runs[PATH_MAX];
    size_t size = strlen(path), suffix = strlen(".fstrm");
    struct verify_hot_options options = {
        .rows = path, .runs = runs, .origin = has_name ? named->first : 0, .may_grow = true};

    if (size >= suffix && strcmp(path + size - suffix, ".fstrm") == 0)
        size -= suffix;
    snprintf(runs, sizeof(runs), "%.*s.runs", (int)size, path);
    return verify_hot(verify, path, &options) == VERIFY_HOT_DONE;
}

bool verify_file(struct verify *verify, const char *path)
{
    static const uint8_t escape[4];
    struct verify_sealed_options options = {.named = {1, 1, 0, true}};
    const char *slash = strrchr(path, '/');
    uint8_t head[4] = {1};
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        finding_say(verify, VERIFY_DAMAGE, path, "cannot be opened: %s", strerror(errno));
        return false;
    }
    options.has_name = tl_archive_name_parse(slash ? slash + 1 : path, &options.named) == TL_OK;
    bool is_hot =
        pread(fd, head, sizeof(head), 0) == sizeof(head) && memcmp(head, escape, sizeof(escape)) == 0;
    bool is_done = is_hot ? verify_hot_file(verify, path, &options.named, options.has_name)
                          : verify_sealed(verify, path, fd, &options);
    close(fd);
    return is_done;
}
