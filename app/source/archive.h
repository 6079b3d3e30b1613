/* source/archive: one archive as a sequence of frames in the order of their arrival, each of them once. */
#ifndef SOURCE_ARCHIVE_H
#define SOURCE_ARCHIVE_H

#include "source/archive_hot.h"
#include "source/archive_runs.h"
#include "source/archive_sealed.h"

enum archive_open {
    ARCHIVE_NOTHING,
    ARCHIVE_HOT,
    ARCHIVE_SEALED,
};

struct archive {
    struct tl_archive *archive;
    const char *path; /* as it was given; borrowed */
    bool follow;
    bool wants_origin;
    struct span span;

    struct tl_archive_list list;
    bool is_look_due;  /* it may be out of date */
    bool is_fresh;     /* it was made after the segment was read to its end */
    unsigned misses;   /* files that were listed and not there, in a row */
    int64_t hot_stamp; /* of the folder hot, when it was listed */
    unsigned waits;    /* since */

    struct tl_frame_name position; /* behind what was given out; segment 0: nothing was opened yet */
    uint64_t passed;               /* origins up to here are done with */
    bool is_absence_told;
    bool has_failed; /* it could not be listed, which was told */

    enum archive_open open;
    struct tl_archive_segment segment; /* which is open */
    char *name;                        /* of it: the path of the archive and that inside it */
    struct archive_hot hot;
    struct archive_sealed sealed;
    struct archive_runs runs;
    uint64_t ledger_sought;      /* how far the rows were read when the ledger was looked for last */
    struct record_origin origin; /* of the last frame */
    bool is_sure;                /* the last frame is known to be in the span */

    bool is_stopping;      /* what is there is read, and no more */
    uint64_t stop_segment; /* the newest one by then */
    uint64_t stop_size;    /* and of that so many bytes, if it is hot */

    struct tl_cursor_owner *owner; /* or NULL */
    bool is_cursor_new;            /* which is to be told */
    uint64_t stays_before;         /* origin that could not be opened, which was told */
    struct tl_archive_cursor cursor;
    struct tl_frame_name delivered; /* where the cursor may stand */

    char text[SOURCE_TEXT_SIZE];
};

/* Opens the archive at a path. 0, or -1 and what is wrong with it. archive_done in any case. */
int archive_init(struct archive *archive, const char *path, const struct source_options *options,
                 bool wants_origin, char ret_text[SOURCE_TEXT_SIZE]);
void archive_done(struct archive *archive);

/* The next item; of a frame `origin` and `is_sure` are set (its connection and arrival if they are wanted).
 * ARCHIVE_WAIT: following, and nothing is there now. */
enum archive_step archive_next(struct archive *archive, struct source_item *ret_item);

/* Something may have happened to the files in it; `is_known`: it has. */
void archive_wake(struct archive *archive, bool is_known);

/* Reads what is there, and ends. */
void archive_stop(struct archive *archive);

#endif
