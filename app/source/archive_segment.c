/* The open segment. Invariant: of what is open everything is open - rows, and the ledger if it is wanted and
 * there - or nothing is. */
#include "source/archive_segment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LEDGER_SOUGHT UINT64_MAX /* once is enough in a sealed segment */

int archive_segment_open_part(const struct archive *archive, const struct tl_archive_segment *segment,
                              enum tl_archive_part part)
{
    char name[TL_ARCHIVE_NAME_SIZE];

    tl_archive_name(segment, part, name);
    return openat(tl_archive_folder(archive->archive), name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
}

void archive_segment_close(struct archive *archive)
{
    archive_runs_done(&archive->runs);
    archive_hot_close(&archive->hot);
    archive_sealed_close(&archive->sealed);
    archive->open = ARCHIVE_NOTHING;
}

/* Begins with the ledger of a hot segment. False if the files have gone meanwhile. */
static bool begin_hot_runs(struct archive *archive, const struct tl_archive_segment *segment)
{
    char name[TL_ARCHIVE_NAME_SIZE];

    if (!archive->wants_origin)
        return true;
    int fd = archive_segment_open_part(archive, segment, TL_ARCHIVE_RUNS);
    tl_archive_name(segment, TL_ARCHIVE_ROWS, name);
    if (fd < 0 && faccessat(tl_archive_folder(archive->archive), name, F_OK, 0) != 0)
        return false; /* sealed, and that ledger has all */
    archive_runs_begin_hot(&archive->runs, fd, segment->first);
    return true;
}

/* What cannot be read of it is not known. */
static void begin_sealed_runs(struct archive *archive)
{
    struct tl_bytes stream;

    if (tl_sealed_ledger(archive->sealed.sealed, &stream) == TL_OK)
        archive_runs_begin(&archive->runs, stream);
}

enum tl_status archive_segment_begin(struct archive *archive, const struct tl_archive_segment *segment,
                                     struct tl_frame_name from)
{
    int fd = archive_segment_open_part(archive, segment, TL_ARCHIVE_ROWS);
    enum tl_status status = TL_OK;

    if (fd < 0)
        return errno == ENOENT ? TL_END : TL_SYSTEM;
    if (segment->is_sealed) {
        status = archive_sealed_open(&archive->sealed, fd, segment, from);
    } else {
        archive_sealed_done(&archive->sealed); /* it will not be needed for long */
        archive_hot_open(&archive->hot, fd, from.number);
        if (!begin_hot_runs(archive, segment)) {
            archive_hot_close(&archive->hot);
            status = TL_END;
        } else if (archive->is_stopping && segment->first == archive->stop_segment) {
            archive_hot_limit(&archive->hot, archive->stop_size);
        }
    }
    return status;
}

bool archive_segment_set_name(struct archive *archive, const struct tl_archive_segment *segment)
{
    char inside[TL_ARCHIVE_NAME_SIZE], *name;
    size_t length = strlen(archive->path);

    while (length > 1 && archive->path[length - 1] == '/')
        length--;
    tl_archive_name(segment, TL_ARCHIVE_ROWS, inside);
    if (asprintf(&name, "%.*s/%s", (int)length, archive->path, inside) < 0)
        return false;
    free(archive->name);
    archive->name = name;
    return true;
}

bool archive_segment_has_ledger(struct archive *archive)
{
    uint64_t read = archive->open == ARCHIVE_HOT ? archive->hot.input.taken : LEDGER_SOUGHT;

    if (archive->runs.fd >= 0 || archive->ledger_sought == read)
        return true;
    archive->ledger_sought = read;
    if (archive->open == ARCHIVE_HOT)
        return begin_hot_runs(archive, &archive->segment);
    begin_sealed_runs(archive);
    return true;
}

/* Behind all that the open segment holds, and never back. */
static struct tl_frame_name end_of(const struct archive *archive)
{
    struct tl_frame_name end = {archive->position.segment, archive->hot.number};

    if (archive->open == ARCHIVE_SEALED)
        end = archive_sealed_end(&archive->sealed);
    return tl_frame_name_compare(archive->position, end) < 0 ? end : archive->position;
}

/* The open segment was read to its end. A hot file without STOP that has lost its name is not the last word
 * about its origin: it may have been sealed meanwhile, or given up when nothing was in it yet, and begun anew
 * under the same number. */
void archive_segment_leave(struct archive *archive)
{
    bool is_hot = archive->open == ARCHIVE_HOT;

    archive->position = end_of(archive);
    if (is_hot && archive_hot_is_gone(&archive->hot) && !framing_is_complete(&archive->hot.framing))
        archive->passed = archive->segment.first - 1;
    else
        archive->passed = archive->segment.last;
    archive->is_look_due = archive->is_look_due || is_hot;
    archive_segment_close(archive);
}
