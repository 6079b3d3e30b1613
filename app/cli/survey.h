/* cli/survey: what an archive holds, what is missing in it, who reads it and who writes it: all that `tapline
 * status` tells. Takes no lock and changes nothing; others may capture, pack, merge and remove meanwhile. */
#ifndef CLI_SURVEY_H
#define CLI_SURVEY_H

#include "cli/survey_segment.h"

/* What was lost for one cause, over the archive. Bounds and exact counts are two entries. */
struct survey_lost {
    char cause[SURVEY_CAUSE_SIZE];
    bool is_at_most;        /* `bytes` is an upper bound, `frames` unknown */
    uint64_t frames, bytes; /* with length words */
    uint64_t first, last;   /* the first and the last segment in which it happened */
};

/* What retention removed for one cause. */
struct survey_removed {
    char cause[SURVEY_CAUSE_SIZE];
    uint64_t segments, frames, bytes; /* origins; their frames; the files */
    uint64_t from_ms, to_ms;          /* what time they covered; 0: not known */
};

/* Origins that are neither in the archive nor noted as removed. */
struct survey_missing {
    uint64_t first, last;
};

/* No capture was running. */
struct survey_stop {
    uint64_t from_ms; /* the last that is known of the capture before */
    uint64_t to_ms;   /* the start of the next one */
    uint64_t before;  /* the first segment of that */
};

struct survey_cursor {
    struct tl_archive_cursor cursor;
    uint64_t user; /* pid of who reads with it now, UINT64_MAX: not known, 0: nobody */
    uint64_t behind_segments, behind_frames; /* what it has not delivered yet; of hot segments about */
    uint64_t missed_segments;                /* what was removed before it came so far */
};

/* Something that cannot be read as it should be. */
struct survey_damage {
    char place[TL_ARCHIVE_NAME_SIZE]; /* path inside the archive */
    const char *what;                 /* static memory */
};

/* Something that this user may not read, which is no damage. */
struct survey_unread {
    char place[TL_ARCHIVE_NAME_SIZE]; /* path inside the archive */
};

struct survey_sums {
    uint64_t segments; /* files */
    uint64_t file_bytes;
    uint64_t frames, bytes; /* of frames with length words, not compressed */
};

struct survey {
    uint64_t now_ms; /* since 1970 */
    uint64_t writer; /* pid of who has the write lock, UINT64_MAX: not known, 0: nobody */
    bool has_queue;  /* a capture is running, or did not end by itself */
    bool is_copy;    /* the link to a queue leads to that of another archive */
    bool has_counters;
    bool is_hidden; /* this user may not read the counters, so of the capture nothing is known */
    struct tl_counters_view counters;
    uint64_t counted_ms; /* monotonic, when they were read: the rest of a survey may take seconds */

    struct survey_sums sealed, hot, damaged; /* `damaged`: files kept in damaged/; no frames */
    uint64_t waiting;                        /* hot segments that nobody writes any more */
    uint64_t leftovers;
    uint64_t first, last;                 /* origins; 0: the archive is empty */
    uint64_t earliest_ms, latest_ms;      /* of the frames' times in sealed segments; 1 and 0: not known */
    uint64_t arrived_ms, last_arrival_ms; /* 0: not known */
    uint64_t disk_size, disk_free;

    struct survey_lost *lost;
    struct survey_removed *removed;
    struct survey_missing *missing;
    struct survey_stop *stops;
    struct survey_cursor *cursors;
    struct survey_damage *damages;
    struct survey_unread *unread;
    size_t lost_count, removed_count, missing_count, stop_count, cursor_count, damage_count, unread_count;

    struct survey_segments segments;
};

/* Fills a survey that is all zero, or renews one that was filled: then sealed segments that did not change
 * are not read again. What fails as a whole is logged, and false is returned; the survey is to be done with
 * all the same. */
bool survey_take(struct survey *survey, const struct tl_archive *archive);
void survey_done(struct survey *survey);

/* Appends a zeroed element to one of the arrays, NULL without memory. */
void *survey_add(void **array, size_t *count, size_t size);

/* The parts of survey_take, each in a file of its own. `removed` is what is not there any more. False without
 * memory. */
bool survey_take_cursors(struct survey *survey, const struct tl_archive *archive,
                         const struct tl_archive_removed *removed, size_t removed_count);
bool survey_take_history(struct survey *survey, const struct tl_archive *archive,
                         const struct tl_archive_removed *removed, size_t removed_count);
bool survey_note_damage(struct survey *survey, const char *place, const char *what);
bool survey_note_unread(struct survey *survey, const char *place);

/* What could not be read, by errno: unread, or with `what` a damage. */
bool survey_note_failure(struct survey *survey, const char *place, const char *what);

#endif
