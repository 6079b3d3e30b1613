/* pack/retention_plan: which segments retention removes, and why: a decision, without any doing. */
#ifndef PACK_RETENTION_PLAN_H
#define PACK_RETENTION_PLAN_H

#include <tapline/archive.h>

/* What may be kept at most; 0: no limit. */
struct retention_options {
    uint64_t age_ms;       /* since a segment's end, which is the beginning of the next one */
    uint64_t size;         /* bytes of all segments, hot ones included */
    uint64_t free_bytes;   /* that shall be free on the disk */
    unsigned free_percent; /* of the disk's size, that shall be free on it */
};

static inline bool retention_is_wanted(const struct retention_options *options)
{
    return options->age_ms || options->size || options->free_bytes || options->free_percent;
}

struct retention_segment {
    struct tl_archive_segment segment;
    uint64_t bytes; /* of its file */
};

/* The archive and its disk at one moment. */
struct retention_view {
    const struct retention_segment *segments; /* all, hot ones too, by origin */
    size_t count;
    uint64_t now_ms;               /* since 1970 */
    uint64_t disk_size, disk_free; /* bytes, as unprivileged writers see them */
    uint64_t held_from;            /* first origin that a cursor holds; UINT64_MAX: none is */
};

enum retention_cause {
    RETENTION_STAYS,
    RETENTION_KEEP,
    RETENTION_KEEP_SIZE,
    RETENTION_KEEP_FREE,
    RETENTION_DISK_FULL, /* none of the above, but otherwise nothing more could be written soon */
};

/* "keep-size", as tl_archive_note_removed takes it. Static memory. */
const char *retention_cause_word(enum retention_cause cause);

/* Bytes that `options` want free on a disk of this size. */
uint64_t retention_free_wanted(const struct retention_options *options, uint64_t disk_size);

/* Is less free than 64 MiB, and than a hundredth of the disk? Not more: on a disk that others fill as well
 * nothing would be left. */
bool retention_is_nearly_full(uint64_t disk_size, uint64_t disk_free);

/* A cause for each of the view's segments. Oldest first, and no more than it takes; never a hot segment, nor
 * the last one; one that is held only for RETENTION_DISK_FULL. Nothing goes if nothing is `wanted`. Returns
 * how many go. */
size_t retention_plan(const struct retention_options *options, const struct retention_view *view,
                      enum retention_cause *ret_causes);

#endif
