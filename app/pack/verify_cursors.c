/* Cursors against the frames that are there. Invariant: they are read before the segments are, which only
 * grow; so a position that was good when it was read is found to be good. */
#include "pack/verify_cursors.h"

#include "pack/finding.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define PLACE_SIZE (TL_CURSOR_NAME_MAX + 16)

bool verify_cursors_begin(struct verify_cursors *cursors, struct verify *verify,
                          const struct tl_archive *archive)
{
    size_t damaged = 0;
    enum tl_status status = tl_archive_cursors(archive, &cursors->cursors, &cursors->count, &damaged);

    if (status != TL_OK) {
        cursors->count = 0;
        finding_say(verify, VERIFY_DAMAGE, "cursors", "cannot be read: %s",
                    status == TL_SYSTEM ? strerror(errno) : tl_status_text(status));
        return false;
    }
    if (damaged)
        finding_say(verify, VERIFY_DAMAGE, "cursors",
                    "%zu of the files are damaged; who reads with such a cursor has to begin anew", damaged);
    cursors->frames = malloc((cursors->count + 1) * sizeof(*cursors->frames));
    if (!cursors->frames) {
        finding_say(verify, VERIFY_DAMAGE, "cursors", "could not be checked: out of memory");
        return false;
    }
    for (size_t i = 0; i < cursors->count; i++)
        cursors->frames[i] = UINT64_MAX;
    return true;
}

void verify_cursors_meet(struct verify_cursors *cursors, uint64_t origin, uint64_t frames)
{
    for (size_t i = 0; i < cursors->count; i++) {
        if (cursors->cursors[i].next.segment == origin)
            cursors->frames[i] = frames;
    }
}

static bool is_removed(const struct tl_archive_removed *removed, size_t count, uint64_t origin)
{
    for (size_t i = 0; i < count; i++) {
        if (removed[i].first <= origin && origin <= removed[i].last)
            return true;
    }
    return false;
}

void verify_cursors_end(struct verify_cursors *cursors, struct verify *verify,
                        const struct tl_archive_removed *removed, size_t removed_count, uint64_t next)
{
    for (size_t i = 0; i < cursors->count; i++) {
        const struct tl_frame_name *at = &cursors->cursors[i].next;
        char place[PLACE_SIZE], name[TL_FRAME_NAME_SIZE];

        snprintf(place, sizeof(place), "cursors/%s", cursors->cursors[i].name);
        tl_frame_name_print(*at, name);
        if (!at->segment || (at->segment == next && !at->number))
            continue;
        if (cursors->frames[i] != UINT64_MAX) {
            if (at->number > cursors->frames[i])
                finding_say(verify, VERIFY_DAMAGE, place,
                            "points at %s, but origin %llu has only %llu frames", name,
                            (unsigned long long)at->segment, (unsigned long long)cursors->frames[i]);
        } else if (is_removed(removed, removed_count, at->segment)) {
            finding_say(verify, VERIFY_NOTICE, place,
                        "points at %s, which was removed: its reader will miss what was there", name);
        } else {
            finding_say(verify, VERIFY_DAMAGE, place, "points at %s, which is nowhere in the archive", name);
        }
    }
}

void verify_cursors_done(struct verify_cursors *cursors)
{
    free(cursors->cursors);
    free(cursors->frames);
    *cursors = (struct verify_cursors){0};
}
