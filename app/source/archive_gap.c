/* What is known of segments that are gone. Invariant: a number of frames is only said if it is exact, or said
 * to be at most that. */
#include "source/archive_gap.h"

#include <stdio.h>
#include <stdlib.h>

struct gap {
    struct tl_frame_name from;
    uint64_t to;
    uint64_t removed; /* origins of it */
    uint64_t frames;  /* missed in them */
    bool is_at_most;  /* `frames` counts some that are not missed */
    const char *cause;
};

static void take_removed(struct gap *gap, const struct tl_archive_removed *removed)
{
    uint64_t first = removed->first > gap->from.segment ? removed->first : gap->from.segment;
    uint64_t last = removed->last < gap->to ? removed->last : gap->to;
    bool is_cut = removed->first < first || removed->last > last;

    if (first > last)
        return;
    gap->removed += last - first + 1;
    gap->cause = removed->cause;
    if (removed->first == removed->last && first == gap->from.segment) {
        gap->frames += removed->frames > gap->from.number ? removed->frames - gap->from.number : 0;
        return;
    }
    gap->frames += removed->frames;
    gap->is_at_most = gap->is_at_most || is_cut || (first == gap->from.segment && gap->from.number);
}

/* "segment 7", "segments 3 to 7" */
static int put_name(char *to, size_t size, uint64_t first, uint64_t last)
{
    if (first == last)
        return snprintf(to, size, "segment %llu", (unsigned long long)first);
    return snprintf(to, size, "segments %llu to %llu", (unsigned long long)first, (unsigned long long)last);
}

static void tell(const struct gap *gap, bool is_beginning, char *text, size_t size)
{
    uint64_t count = gap->to - gap->from.segment + 1;
    bool is_one = count == 1, is_all = gap->removed >= count;
    int length = put_name(text, size, gap->from.segment, gap->to);
    const char *at_most = gap->is_at_most ? "at most " : "";

    text += length;
    size -= (size_t)length;
    if (is_all)
        snprintf(text, size, " %s removed%s: %s%llu frames (%s)", is_one ? "was" : "were",
                 is_beginning ? ""
                 : is_one     ? " before it was read"
                              : " before they were read",
                 at_most, (unsigned long long)gap->frames, gap->cause);
    else if (!gap->removed)
        snprintf(text, size, " %s not there, and nothing says that %s removed", is_one ? "is" : "are",
                 is_one ? "it was" : "they were");
    else
        snprintf(text, size,
                 " are not there: %llu of them were removed, %s%llu frames; nothing is known of the others",
                 (unsigned long long)gap->removed, at_most, (unsigned long long)gap->frames);
}

bool archive_gap_tell(const struct tl_archive *archive, struct tl_frame_name from, uint64_t to,
                      bool is_beginning, char ret_text[SOURCE_TEXT_SIZE])
{
    struct tl_archive_removed *removed = NULL;
    struct gap gap = {.from = from, .to = to};
    size_t count = 0;

    if (tl_archive_list_removed(archive, &removed, &count) != TL_OK)
        count = 0;
    for (size_t i = 0; i < count; i++)
        take_removed(&gap, &removed[i]);
    tell(&gap, is_beginning, ret_text, SOURCE_TEXT_SIZE);
    free(removed);
    return gap.frames || gap.removed <= gap.to - gap.from.segment;
}
