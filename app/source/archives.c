/* Archives side by side. Invariant: a cursor never stands behind a frame that was not given out: what is
 * ready and waits for its turn does not count. */
#include "source/archives.h"

#include "process/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define TURNS_MAX 256  /* between two looks at what may have happened */
#define GLANCE_MS 1000 /* between two looks for new segments, while there is no time to wait */

/* Opening --------------------------------------------------------------------------------------------- */

static int refuse_cursor(const struct archive *archive, const char *name, enum tl_status status, uint64_t pid,
                         char ret_text[SOURCE_TEXT_SIZE])
{
    const char *why = status == TL_SYSTEM ? strerror(errno) : tl_status_text(status);

    if (status == TL_FULL)
        snprintf(ret_text, SOURCE_TEXT_SIZE, "%.200s: the cursor %.64s is in use by pid %" PRIu64,
                 archive->path, name, pid);
    else if (status == TL_BAD_TEXT)
        snprintf(
            ret_text, SOURCE_TEXT_SIZE,
            "%.200s: the cursor %.64s cannot be used: its file cursors/%.64s is damaged; \"tapline status "
            "--remove-cursor\" removes it",
            archive->path, name, name);
    else
        snprintf(ret_text, SOURCE_TEXT_SIZE, "%.200s: the cursor %.64s cannot be opened: %.100s",
                 archive->path, name, why);
    return -1;
}

static enum tl_status store(struct archive *archive)
{
    struct tl_archive_cursor cursor = archive->cursor;

    cursor.next = archive->delivered;
    cursor.updated_ms = process_clock_day_ms();
    enum tl_status status = tl_archive_cursor_store(archive->owner, &cursor);
    if (status == TL_OK)
        archive->cursor = cursor;
    return status;
}

static int refuse_store(const struct archive *archive, enum tl_status status, char ret_text[SOURCE_TEXT_SIZE])
{
    snprintf(ret_text, SOURCE_TEXT_SIZE, "%.200s: the cursor %.64s cannot be stored: %.100s", archive->path,
             archive->cursor.name, status == TL_SYSTEM ? strerror(errno) : tl_status_text(status));
    return -1;
}

/* Takes the cursor, and stores what is new about it, so that retention heeds it from now on. */
static int open_cursor(struct archive *archive, const char *name, bool hold, char ret_text[SOURCE_TEXT_SIZE])
{
    uint64_t pid = 0;
    enum tl_status status =
        tl_archive_cursor_open(archive->archive, name, &archive->owner, &archive->cursor, &pid);

    if (status != TL_OK && status != TL_END) {
        archive->owner = NULL;
        return refuse_cursor(archive, name, status, pid, ret_text);
    }
    archive->position = archive->delivered = archive->cursor.next;
    archive->passed = archive->position.segment ? archive->position.segment - 1 : 0;
    archive->is_cursor_new = status == TL_END;
    if (status == TL_OK && archive->cursor.hold == hold)
        return 0;
    archive->cursor.hold = hold;
    status = store(archive);
    return status == TL_OK ? 0 : refuse_store(archive, status, ret_text);
}

static int open_all(struct archives *archives, const char *const *paths, const struct source_options *options,
                    size_t count, char ret_text[SOURCE_TEXT_SIZE])
{
    bool wants_origin = options->origin || options->sort || !span_is_all(&options->span) || count > 1;

    while (archives->count < count) {
        struct archive *archive = &archives->all[archives->count];
        int result = archive_init(archive, paths[archives->count++], options, wants_origin, ret_text);
        if (result == 0 && options->cursor)
            result = open_cursor(archive, options->cursor, options->hold, ret_text);
        if (result != 0)
            return -1;
    }
    return 0;
}

/* Before anything is listed, so that no change is missed. */
static void watch_all(struct archives *archives)
{
    char *folder;

    for (size_t i = 0; i < archives->count; i++) {
        if (asprintf(&folder, "%s/hot", tl_archive_path(archives->all[i].archive)) < 0) {
            archives->watch.is_blind = true; /* then it is looked at often */
            continue;
        }
        watch_add(&archives->watch, folder);
        free(folder);
    }
}

int archives_init(struct archives *archives, const char *const *paths, size_t count,
                  const struct source_options *options, char ret_text[SOURCE_TEXT_SIZE])
{
    memset(archives, 0, sizeof(*archives));
    watch_open(&archives->watch, NULL, options->stop_fd);
    archives->follow = options->follow;
    archives->all = calloc(count, sizeof(*archives->all));
    archives->heads = calloc(count, sizeof(*archives->heads));
    if (!archives->all || !archives->heads) {
        snprintf(ret_text, SOURCE_TEXT_SIZE, "out of memory");
        return -1;
    }
    if (open_all(archives, paths, options, count, ret_text) != 0)
        return -1;
    if (archives->follow)
        watch_all(archives);
    return 0;
}

void archives_done(struct archives *archives)
{
    for (size_t i = 0; i < archives->count; i++)
        archive_done(&archives->all[i]);
    free(archives->all);
    free(archives->heads);
    if (archives->all)
        watch_close(&archives->watch);
    memset(archives, 0, sizeof(*archives));
}

/* Waiting and stopping -------------------------------------------------------------------------------- */

static void wake_all(struct archives *archives, bool is_known)
{
    for (size_t i = 0; i < archives->count; i++)
        archive_wake(&archives->all[i], is_known);
}

static void start_stopping(struct archives *archives)
{
    archives->is_stopping = true;
    for (size_t i = 0; i < archives->count; i++)
        archive_stop(&archives->all[i]);
}

/* Who is read without a pause must not keep the segments of the others from being noticed. */
static void glance(struct archives *archives)
{
    uint64_t now = process_clock_ms();

    if (archives->count == 1 || now - archives->glanced_ms < GLANCE_MS)
        return;
    archives->glanced_ms = now;
    wake_all(archives, false);
}

static void wait_for_more(struct archives *archives)
{
    switch (watch_wait(&archives->watch)) {
    case WATCH_STOP: break; /* seen below */
    case WATCH_NAMES: wake_all(archives, true); break;
    case WATCH_TIME: wake_all(archives, false); break;
    case WATCH_DATA: break;
    }
}

static void say(struct archives *archives, struct source_item *item, enum source_kind kind)
{
    *item = (struct source_item){.kind = kind, .name = archives->all[0].path, .text = ""};
}

/* Turns ----------------------------------------------------------------------------------------------- */

/* The only one. */
static void next_of_one(struct archives *archives, struct source_item *item)
{
    struct archive *archive = &archives->all[0];
    enum archive_step step = archive_next(archive, item);

    archive->delivered = archive->position;
    archives->is_sure = archive->is_sure;
    if (step == ARCHIVE_ITEM)
        return;
    say(archives, item, step == ARCHIVE_WAIT ? SOURCE_IDLE : SOURCE_END);
    archives->is_idle_told = step == ARCHIVE_WAIT;
}

/* Gets what the archive has next. */
static void fill_head(struct archive *archive, struct archives_head *head)
{
    enum archive_step step = archive_next(archive, &head->item);

    head->has_item = step == ARCHIVE_ITEM;
    head->is_over = step == ARCHIVE_END;
    head->behind = archive->position;
    if (!head->has_item)
        archive->delivered = archive->position;
}

static uint64_t arrival_of(const struct archives_head *head)
{
    return head->item.kind == SOURCE_FRAME ? head->item.origin->arrived_ms
                                           : 0; /* what is to be said comes first */
}

/* Whose turn it is, or NULL. With `all`, those that had nothing are asked again. */
static struct archives_head *choose(struct archives *archives, bool all)
{
    struct archives_head *first = NULL;

    for (size_t i = 0; i < archives->count; i++) {
        struct archives_head *head = &archives->heads[i];
        if (!head->has_item && !head->is_over && (all || !head->is_waiting))
            fill_head(&archives->all[i], head);
        head->is_waiting = !head->has_item;
        if (head->has_item && (!first || arrival_of(head) < arrival_of(first)))
            first = head;
    }
    return first;
}

static bool are_over(const struct archives *archives)
{
    for (size_t i = 0; i < archives->count; i++) {
        if (!archives->heads[i].is_over)
            return false;
    }
    return true;
}

static void next_of_several(struct archives *archives, struct source_item *item)
{
    struct archives_head *head = choose(archives, archives->turns == 0);

    if (!head)
        head = choose(archives, true);
    if (!head) {
        archives->is_idle_told = !are_over(archives);
        say(archives, item, archives->is_idle_told ? SOURCE_IDLE : SOURCE_END);
        return;
    }
    struct archive *archive = &archives->all[head - archives->heads];
    *item = head->item;
    head->has_item = false;
    archive->delivered = head->behind;
    archives->is_sure = archive->is_sure;
}

void archives_next(struct archives *archives, struct source_item *item)
{
    if (archives->is_idle_told) {
        archives->is_idle_told = false;
        archives->turns = TURNS_MAX;
        wait_for_more(archives);
    }
    if (archives->follow && archives->turns++ >= TURNS_MAX) {
        archives->turns = 0;
        glance(archives);
        if (!archives->is_stopping && watch_is_stopped(&archives->watch))
            start_stopping(archives);
    }
    if (archives->is_stopping && archives->all[0].owner)
        say(archives, item, SOURCE_END); /* the cursor knows where to go on */
    else if (archives->count == 1)
        next_of_one(archives, item);
    else
        next_of_several(archives, item);
}

/* Cursors --------------------------------------------------------------------------------------------- */

int archives_delivered(struct archives *archives, bool at_once, char ret_text[SOURCE_TEXT_SIZE])
{
    uint64_t now = process_clock_ms();
    int result = 0;

    if (!archives->count || !archives->all[0].owner ||
        (!at_once && now - archives->stored_ms < SOURCE_STORE_MS))
        return 0;
    archives->stored_ms = now;
    for (size_t i = 0; i < archives->count; i++) {
        struct archive *archive = &archives->all[i];
        if (tl_frame_name_compare(archive->delivered, archive->cursor.next) == 0)
            continue;
        enum tl_status status = store(archive);
        if (status != TL_OK)
            result = refuse_store(archive, status, ret_text);
    }
    return result;
}
