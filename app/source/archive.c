/* From segment to segment. Invariant: a segment is left for a later one only when it cannot grow any more and
 * was then read to its end, and what lies between two that are read is told of if a frame in it was missed.
 */
#include "source/archive.h"

#include "source/archive_gap.h"
#include "source/archive_segment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define MISSES_MAX   100 /* of a segment that is listed and never there */
#define WAITS_LISTED 10  /* unless something is known to have happened, it is listed every so many waits */

static enum archive_step say(struct archive *archive, struct source_item *item, enum source_kind kind,
                             const char *name)
{
    *item = (struct source_item){.kind = kind, .name = name, .text = archive->text};
    return ARCHIVE_ITEM;
}

/* Opening and closing --------------------------------------------------------------------------------- */

int archive_init(struct archive *archive, const char *path, const struct source_options *options,
                 bool wants_origin, char ret_text[SOURCE_TEXT_SIZE])
{
    char text[TL_ARCHIVE_TEXT_SIZE];

    memset(archive, 0, sizeof(*archive));
    archive->path = path;
    archive->follow = options->follow;
    archive->wants_origin = wants_origin;
    archive->span = options->span;
    archive->is_look_due = true;
    archive_hot_init(&archive->hot);
    archive_sealed_init(&archive->sealed);
    archive_runs_init(&archive->runs);
    if (tl_archive_open(path, &archive->archive, text) == TL_OK)
        return 0;
    archive->archive = NULL;
    snprintf(ret_text, SOURCE_TEXT_SIZE, "%.200s: %.300s", path, text);
    return -1;
}

void archive_done(struct archive *archive)
{
    archive_segment_close(archive);
    archive_hot_done(&archive->hot);
    archive_sealed_done(&archive->sealed);
    free(archive->name);
    tl_archive_list_done(&archive->list);
    tl_archive_cursor_close(archive->owner);
    tl_archive_close(archive->archive);
}

/* The list -------------------------------------------------------------------------------------------- */

/* When the folder of the hot segments changed last. */
static int64_t hot_stamp(const struct archive *archive)
{
    struct stat found;

    if (fstatat(tl_archive_folder(archive->archive), "hot", &found, 0) != 0)
        return -1;
    return (int64_t)found.st_mtim.tv_sec * 1000000000 + found.st_mtim.tv_nsec;
}

/* Lists the segments anew, if that may tell something new. False if it cannot be done. */
static bool look(struct archive *archive)
{
    struct tl_archive_list list = {NULL, 0, NULL, 0};

    if (!archive->is_look_due)
        return true;
    int64_t stamp = hot_stamp(archive);
    if (tl_archive_list(archive->archive, &list) != TL_OK)
        return false;
    tl_archive_list_done(&archive->list);
    archive->list = list;
    archive->hot_stamp = stamp;
    archive->waits = 0;
    archive->is_look_due = archive->has_failed = false;
    archive->is_fresh = true;
    return true;
}

void archive_wake(struct archive *archive, bool is_known)
{
    if (is_known || ++archive->waits >= WAITS_LISTED || hot_stamp(archive) != archive->hot_stamp)
        archive->is_look_due = true;
}

static const struct tl_archive_segment *newest(const struct archive *archive)
{
    return archive->list.count ? &archive->list.segments[archive->list.count - 1] : NULL;
}

void archive_stop(struct archive *archive)
{
    struct stat found;

    if (archive->is_stopping)
        return;
    archive->is_stopping = archive->is_look_due = true;
    look(archive);
    const struct tl_archive_segment *last = newest(archive);
    archive->stop_segment = last ? last->last : 0;
    archive->stop_size = UINT64_MAX;
    if (!last || last->is_sealed)
        return;
    int fd = archive_segment_open_part(archive, last, TL_ARCHIVE_ROWS);
    if (fd >= 0 && fstat(fd, &found) == 0)
        archive->stop_size = (uint64_t)found.st_size;
    if (fd >= 0)
        close(fd);
    if (archive->open == ARCHIVE_HOT && archive->segment.first == archive->stop_segment)
        archive_hot_limit(&archive->hot, archive->stop_size);
}

/* Turning to a segment -------------------------------------------------------------------------------- */

/* Is it for want of rights, descriptors or memory, so that it can be read another time? */
static bool is_for_now(enum tl_status status, int error)
{
    return status == TL_NO_MEMORY ||
           (status == TL_SYSTEM &&
            (error == EACCES || error == EPERM || error == EMFILE || error == ENFILE || error == ENOMEM));
}

/* The segment cannot be opened. A cursor does not move over what can be read another time. */
static enum archive_step fail(struct archive *archive, const struct tl_archive_segment *segment,
                              enum tl_status status, struct source_item *item)
{
    bool stays = archive->owner && is_for_now(status, errno);

    if (stays && archive->stays_before == segment->first)
        return archive->follow && !archive->is_stopping ? ARCHIVE_WAIT : ARCHIVE_END;
    snprintf(archive->text, sizeof(archive->text), "cannot be opened: %s%s",
             status == TL_SYSTEM     ? strerror(errno)
             : status == TL_END      ? "it is listed, but not there"
             : status == TL_BAD_TEXT ? "nothing in it is of a sealed segment"
                                     : tl_status_text(status),
             stays ? "; the cursor stays before it" : "");
    archive->stays_before = segment->first;
    archive->misses = 0;
    if (!stays)
        archive->passed = segment->last;
    return say(archive, item, SOURCE_FAILED, archive->name);
}

static enum archive_step turn_to(struct archive *archive, const struct tl_archive_segment *segment,
                                 struct source_item *item)
{
    struct tl_frame_name from = archive->position;

    if (from.segment < segment->first || from.segment <= archive->passed)
        from = (struct tl_frame_name){
            archive->passed + 1 > segment->first ? archive->passed + 1 : segment->first, 0};
    errno = ENOMEM;
    enum tl_status status = archive_segment_set_name(archive, segment)
                                ? archive_segment_begin(archive, segment, from)
                                : TL_SYSTEM;
    if (status == TL_END && archive->misses++ < MISSES_MAX) {
        archive->is_look_due = true;
        return ARCHIVE_AGAIN;
    }
    if (status != TL_OK)
        return fail(archive, segment, status, item);
    archive->segment = *segment;
    archive->open = segment->is_sealed ? ARCHIVE_SEALED : ARCHIVE_HOT;
    archive->ledger_sought = 0;
    archive->position = from;
    archive->misses = 0;
    archive->is_fresh = false;
    archive->is_look_due = archive->is_look_due || !segment->is_sealed;
    return ARCHIVE_AGAIN;
}

/* Segments before `segment` are not there. */
static enum archive_step meet_gap(struct archive *archive, const struct tl_archive_segment *segment,
                                  struct tl_frame_name from, struct source_item *item)
{
    bool is_beginning = !archive->position.segment;

    if (!archive->is_fresh) { /* only a list that was made after the one before was read to its end says so */
        archive->is_look_due = true;
        return ARCHIVE_AGAIN;
    }
    archive->passed = segment->first - 1;
    if (!archive_gap_tell(archive->archive, from, segment->first - 1, is_beginning, archive->text))
        return ARCHIVE_AGAIN;
    return say(archive, item, is_beginning ? SOURCE_NOTICE : SOURCE_FAILED, archive->path);
}

/* Does the cursor stand where there was never anything? It may stand at the beginning of the segment that
 * comes next. */
static bool is_ahead(const struct archive *archive)
{
    const struct tl_archive_segment *last = newest(archive);
    bool is_next = last && archive->position.segment == last->last + 1 && archive->position.number == 0;

    /* And nothing was opened yet. */
    return !archive->name && archive->position.segment > archive->passed && !is_next;
}

/* Nothing is behind what was read. */
static enum archive_step meet_end(struct archive *archive, struct source_item *item)
{
    const struct tl_archive_segment *last = newest(archive);
    char place[TL_FRAME_NAME_SIZE];

    if (!archive->is_fresh) {
        archive->is_look_due = true;
        return ARCHIVE_AGAIN;
    }
    if (is_ahead(archive) && !archive->is_absence_told) {
        tl_frame_name_print(archive->position, place);
        snprintf(archive->text, sizeof(archive->text),
                 "the cursor %s stands at %s, but the newest segment is %llu: is this another archive?",
                 archive->cursor.name, place, last ? (unsigned long long)last->last : 0);
        archive->is_absence_told = true;
        return say(archive, item, SOURCE_FAILED, archive->path);
    }
    if (!last && !archive->is_absence_told) {
        archive->is_absence_told = true;
        snprintf(archive->text, sizeof(archive->text), "holds no segment%s",
                 archive->follow ? " yet; waiting" : "");
        return say(archive, item, SOURCE_NOTICE, archive->path);
    }
    return archive->follow && !archive->is_stopping ? ARCHIVE_WAIT : ARCHIVE_END;
}

static enum archive_step meet_trouble(struct archive *archive, struct source_item *item)
{
    if (archive->has_failed)
        return archive->follow && !archive->is_stopping ? ARCHIVE_WAIT : ARCHIVE_END;
    archive->has_failed = true;
    snprintf(archive->text, sizeof(archive->text), "its segments cannot be listed: %s", strerror(errno));
    return say(archive, item, SOURCE_FAILED, archive->path);
}

/* No segment is open: turns to the next one. */
static enum archive_step open_next(struct archive *archive, struct source_item *item)
{
    struct tl_frame_name from = archive->position;

    if (!look(archive))
        return meet_trouble(archive, item);
    if (from.segment <= archive->passed)
        from = (struct tl_frame_name){archive->passed + 1, 0};
    const struct tl_archive_segment *segment = tl_archive_list_find(&archive->list, from.segment);
    if (!segment || (archive->is_stopping && segment->first > archive->stop_segment))
        return meet_end(archive, item);
    if (segment->first > from.segment)
        return meet_gap(archive, segment, from, item);
    return turn_to(archive, segment, item);
}

/* In a segment ---------------------------------------------------------------------------------------- */

/* Is a capture running that may still append? */
static bool is_being_written(const struct archive *archive)
{
    return tl_archive_lock_owner(archive->archive, TL_ARCHIVE_LOCK_WRITE) != 0 ||
           faccessat(tl_archive_folder(archive->archive), "queue", F_OK, 0) == 0;
}

/* Does the list show that the hot segment which is open will not grow any more? */
static bool is_finished(const struct archive *archive)
{
    const struct tl_archive_segment *found = tl_archive_list_find(&archive->list, archive->segment.first);

    return !found || found->is_sealed || found->first > archive->segment.first ||
           tl_archive_list_find(&archive->list, archive->segment.last + 1);
}

/* The hot segment has no more at the moment. */
static enum archive_step meet_tail(struct archive *archive)
{
    bool is_listed = look(archive);

    if (archive_hot_is_gone(&archive->hot) || (is_listed && is_finished(archive))) {
        archive_hot_finish(&archive->hot);
        return ARCHIVE_AGAIN;
    }
    if (archive->is_stopping && archive->segment.first >= archive->stop_segment)
        return ARCHIVE_END;
    if (archive->follow && !archive->is_stopping)
        return ARCHIVE_WAIT;
    if (is_being_written(archive))
        return ARCHIVE_END;
    archive_hot_finish(&archive->hot);
    return ARCHIVE_AGAIN;
}

static enum archive_step give_frame(struct archive *archive, struct source_item *item,
                                    struct tl_frame_name name)
{
    archive->position = (struct tl_frame_name){name.segment, name.number + 1};
    archive->is_sure = archive->open == ARCHIVE_SEALED && archive->sealed.is_sure;
    item->name = archive->name;
    item->stored = name;
    item->origin = NULL;
    if (archive->wants_origin) {
        archive_runs_find(&archive->runs, name, &archive->origin);
        archive->origin.place = archive->path;
        archive->origin.name = name;
        item->origin = &archive->origin;
    }
    return ARCHIVE_ITEM;
}

static enum archive_step read_segment(struct archive *archive, struct source_item *item)
{
    struct tl_frame_name name = {archive->segment.first, 0};
    enum archive_step step = archive->open == ARCHIVE_SEALED
                                 ? archive_sealed_next(&archive->sealed, &archive->span, item, &name)
                                 : archive_hot_next(&archive->hot, item, &name.number);

    if (step == ARCHIVE_ITEM && item->kind == SOURCE_FRAME) {
        if (!archive->wants_origin || archive_segment_has_ledger(archive))
            return give_frame(archive, item, name);
        archive_segment_close(archive);
        archive->is_look_due = true;
        return ARCHIVE_AGAIN;
    }
    item->name = archive->name;
    if (step == ARCHIVE_WAIT)
        return meet_tail(archive);
    if (step != ARCHIVE_END)
        return step;
    archive_segment_leave(archive);
    return ARCHIVE_AGAIN;
}

enum archive_step archive_next(struct archive *archive, struct source_item *item)
{
    enum archive_step step = ARCHIVE_AGAIN;

    if (archive->is_cursor_new) {
        archive->is_cursor_new = false;
        snprintf(archive->text, sizeof(archive->text),
                 "the cursor %s is new; it begins with the oldest segment", archive->cursor.name);
        return say(archive, item, SOURCE_NOTICE, archive->path);
    }
    while (step == ARCHIVE_AGAIN)
        step = archive->open == ARCHIVE_NOTHING ? open_next(archive, item) : read_segment(archive, item);
    return step;
}
