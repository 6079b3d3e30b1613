/* The room's door: live streams, or files and then archives; and what is done with the frames of either:
 * those of another time are left out, and the rest is sorted. Invariant: what is no frame goes through at
 * once. */
#include "process/clock.h"
#include "source/archives.h"
#include "source/files.h"
#include "source/live.h"
#include "source/sort.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LEFT_OUT_MAX 65536 /* frames in a row, before the caller is asked whether to go on */

#define LIKELY(condition) __builtin_expect(!!(condition), 1)

struct source {
    struct live *live; /* or NULL */
    struct files files;
    bool are_files_over; /* or there are none */
    struct archives archives;
    bool is_refusal_told; /* of an archive that came, and cannot be opened */
    const char **paths;   /* of the files, then those of the archives */

    struct source_options options;
    bool wants_time;             /* of every frame */
    struct sort *sort;           /* or NULL */
    struct tl_time last;         /* sorting: of the frame before; who has no time stays behind it */
    uint64_t untimed;            /* frames left out because they have none */
    uint64_t unsorted;           /* frames given out at once, because there was no memory for the window */
    bool is_ended;               /* there is nothing more to be read */
    bool is_over;                /* and nothing more to be given out */
    struct record_origin origin; /* of a file's or a live frame */
    char text[SOURCE_TEXT_SIZE];
};

/* Opening --------------------------------------------------------------------------------------------- */

static void swap(const char **a, const char **b)
{
    const char *held = *a;

    *a = *b;
    *b = held;
}

/* A folder whose `version` may not be read: if it were taken for one without, its parts would be told of as
 * files that cannot be opened, or are no dnstap. */
static bool is_shut(const char *path)
{
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC);
    int version = folder < 0 ? -1 : openat(folder, "version", O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    bool result = folder >= 0 && version < 0 && errno == EACCES;

    if (version >= 0)
        close(version);
    if (folder >= 0)
        close(folder);
    return result;
}

/* Files first, archives behind them, each in their order. Returns how many are files. */
static size_t order_paths(const char **paths, const struct source_options *options)
{
    size_t files = 0, rest = options->path_count;

    for (size_t i = 0; i < options->path_count; i++) {
        bool is_archive = tl_archive_is(options->paths[i]) || is_shut(options->paths[i]);
        paths[is_archive ? --rest : files++] = options->paths[i];
    }
    for (size_t from = rest, to = options->path_count; from + 1 < to;)
        swap(&paths[from++], &paths[--to]);
    return files;
}

/* Of what is no archive, or cannot be seen to be one. */
static int refuse_cursor(const char *path, const char *name, char ret_text[SOURCE_TEXT_SIZE])
{
    char why[TL_ARCHIVE_TEXT_SIZE] = "it has just become an archive";
    struct tl_archive *archive = NULL;

    if (tl_archive_open(path, &archive, why) == TL_OK)
        tl_archive_close(archive);
    snprintf(ret_text, SOURCE_TEXT_SIZE, "%.200s: the cursor %.64s cannot be used: %.200s", path, name, why);
    return -1;
}

static int open_paths(struct source *source, const struct source_options *options,
                      char ret_text[SOURCE_TEXT_SIZE])
{
    source->paths = calloc(options->path_count + 1, sizeof(*source->paths));
    if (!source->paths) {
        snprintf(ret_text, SOURCE_TEXT_SIZE, "out of memory");
        return -1;
    }
    size_t files = order_paths(source->paths, options), archives = options->path_count - files;
    if (files && options->cursor)
        return refuse_cursor(source->paths[0], options->cursor, ret_text);
    struct source_options of_files = *options;
    of_files.paths = source->paths;
    of_files.path_count = files;
    of_files.follow = options->follow && !archives;
    files_init(&source->files, &of_files);
    source->are_files_over = !files && archives;
    return archives ? archives_init(&source->archives, source->paths + files, archives, options, ret_text)
                    : 0;
}

static int open_all(struct source *source, const struct source_options *options,
                    char ret_text[SOURCE_TEXT_SIZE])
{
    snprintf(ret_text, SOURCE_TEXT_SIZE, "out of memory");
    if (options->sort && !(source->sort = sort_new(0)))
        return -1;
    if (!options->listen_count)
        return open_paths(source, options, ret_text);
    source->live = live_new(options, ret_text);
    return source->live ? 0 : -1;
}

struct source *source_new(const struct source_options *options, char ret_text[SOURCE_TEXT_SIZE])
{
    struct source *source = calloc(1, sizeof(*source));

    if (!source) {
        snprintf(ret_text, SOURCE_TEXT_SIZE, "out of memory");
        return NULL;
    }
    source->options = *options;
    source->wants_time = options->sort || !span_is_all(&options->span);
    files_init(&source->files, &(struct source_options){.stop_fd = -1});
    if (open_all(source, options, ret_text) == 0)
        return source;
    source_free(source);
    return NULL;
}

void source_free(struct source *source)
{
    if (!source)
        return;
    live_free(source->live);
    files_done(&source->files);
    archives_done(&source->archives);
    sort_free(source->sort);
    free(source->paths);
    free(source);
}

/* As they come ---------------------------------------------------------------------------------------- */

/* Of what is followed the path was not there, and is an archive now. One that cannot be opened is told of
 * instead of `item`, once. */
static void turn_to_archive(struct source *source, struct source_item *item)
{
    const struct source_options *options = &source->options;

    if (!options->follow || source->archives.count || source->files.seen.count || source->files.fd >= 0)
        return;
    const char *path = options->paths[options->path_count - 1];
    if (!tl_archive_is(path))
        return;
    if (archives_init(&source->archives, &options->paths[options->path_count - 1], 1, options,
                      source->text) == 0) {
        source->are_files_over = true;
        return;
    }
    archives_done(&source->archives); /* perhaps the next time */
    if (!source->is_refusal_told)
        *item = (struct source_item){.kind = SOURCE_FAILED, .name = "--follow", .text = source->text};
    source->is_refusal_told = true;
}

static void next_of_files(struct source *source, struct source_item *item)
{
    files_next(&source->files, item);
    if (LIKELY(item->kind == SOURCE_FRAME)) {
        item->stored.segment = 0;
        item->origin = NULL;
        if (source->options.origin) {
            source->origin.place = item->name;
            item->origin = &source->origin;
        }
        return;
    }
    if (item->kind == SOURCE_IDLE)
        turn_to_archive(source, item);
    if (item->kind == SOURCE_END && source->archives.count) {
        source->are_files_over = true;
        archives_next(&source->archives, item);
    }
}

static void next_of_live(struct source *source, struct source_item *item)
{
    live_next(source->live, item);
    item->stored.segment = 0;
    item->origin = NULL;
    if (item->kind != SOURCE_FRAME || !(source->options.origin || source->wants_time))
        return;
    source->origin.peer = item->name;
    source->origin.arrived_ms = process_clock_day_ms();
    item->origin = &source->origin;
}

static inline void next_unsorted(struct source *source, struct source_item *item)
{
    if (source->live)
        next_of_live(source, item);
    else if (source->are_files_over)
        archives_next(&source->archives, item);
    else
        next_of_files(source, item);
}

/* By time --------------------------------------------------------------------------------------------- */

/* The frame's time, or its arrival. False if neither is known. */
static bool time_of(const struct record *record, const struct source_item *item, struct tl_time *ret_time)
{
    if (record_any_time(record, ret_time))
        return true;
    if (!item->origin || !item->origin->arrived_ms)
        return false;
    *ret_time = span_time(item->origin->arrived_ms);
    return true;
}

/* Is the frame to be given out? Then its time is set, if it has one that anybody asked for. */
static bool is_wanted(struct source *source, const struct source_item *item, struct tl_time *ret_time)
{
    const struct span *span = &source->options.span;
    bool is_sure = span_is_all(span) || (source->are_files_over && source->archives.is_sure);
    struct record record;

    if (is_sure && !source->sort)
        return true;
    record_open(&record, item->frame, item->offset);
    bool has_time = time_of(&record, item, ret_time);
    if (is_sure || (has_time && span_holds(span, *ret_time)))
        return true;
    source->untimed += !has_time;
    return false;
}

/* The next item, and the time of a frame. */
static void next_timed(struct source *source, struct source_item *item, struct tl_time *ret_time)
{
    for (unsigned i = 0; i < LEFT_OUT_MAX; i++) {
        next_unsorted(source, item);
        if (item->kind != SOURCE_FRAME || is_wanted(source, item, ret_time))
            return;
    }
    *item = (struct source_item){.kind = SOURCE_IDLE, .name = "", .text = ""};
}

/* At the end: what is still to be said. True if something is. */
static bool say_last(struct source *source, struct source_item *item)
{
    uint64_t late = source->sort ? sort_late(source->sort) : 0;
    const char *name = "--sort time";

    if (source->untimed) {
        name = "--since, --until";
        snprintf(source->text, sizeof(source->text), "frames without any time, left out: %llu",
                 (unsigned long long)source->untimed);
        source->untimed = 0;
    } else if (source->unsorted) {
        snprintf(source->text, sizeof(source->text),
                 "frames that stand where they came, for want of memory: %llu",
                 (unsigned long long)source->unsorted);
        source->unsorted = 0;
    } else if (late) {
        snprintf(
            source->text, sizeof(source->text),
            "frames that come too late to be put in their place, which is more than %zu MiB before: %llu",
            SORT_SIZE >> 20, (unsigned long long)late);
        sort_free(source->sort);
        source->sort = NULL;
    } else {
        return false;
    }
    *item = (struct source_item){.kind = SOURCE_NOTICE, .name = name, .text = source->text};
    return true;
}

/* What was put into the window, and cannot stay there or need not any more. True if there is such a frame. */
static bool take_sorted(struct source *source, struct source_item *item)
{
    return source->sort && (source->is_ended || sort_is_full(source->sort)) && sort_take(source->sort, item);
}

/* Puts the frame into the window. Without memory it is the next one itself. */
static bool put_sorted(struct source *source, const struct source_item *item, struct tl_time time)
{
    source->last = time;
    bool is_put = sort_put(source->sort, item, time);
    source->unsorted += !is_put;
    return is_put;
}

static void next_by_time(struct source *source, struct source_item *item)
{
    for (;;) {
        struct tl_time time = source->last;
        if (take_sorted(source, item))
            return;
        if (!source->is_ended)
            next_timed(source, item, &time);
        if (source->is_ended || item->kind == SOURCE_END) {
            source->is_ended = true;
            if (take_sorted(source, item) || say_last(source, item))
                return;
            *item = (struct source_item){.kind = SOURCE_END, .name = "", .text = ""};
            source->is_over = true;
            return;
        }
        if (item->kind != SOURCE_FRAME || !source->sort || !put_sorted(source, item, time))
            return;
    }
}

void source_next(struct source *source, struct source_item *ret_item)
{
    if (LIKELY(!source->wants_time))
        next_unsorted(source, ret_item);
    else
        next_by_time(source, ret_item);
}

int source_delivered(struct source *source, bool at_once, char ret_text[SOURCE_TEXT_SIZE])
{
    if (source->options.sort && !source->is_over)
        return 0; /* what was read is not what was given out */
    return archives_delivered(&source->archives, at_once, ret_text);
}
