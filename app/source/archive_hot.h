/* source/archive_hot: the frames of one hot segment of an archive, also while it grows. */
#ifndef SOURCE_ARCHIVE_HOT_H
#define SOURCE_ARCHIVE_HOT_H

#include "source/archive_step.h"
#include "source/framing.h"

struct archive_hot {
    int fd; /* -1: none is open */
    struct input input;
    struct window window;
    struct framing framing;
    uint64_t from;   /* frames before this one are passed over */
    uint64_t number; /* of the next frame */
    bool is_over;
    char text[SOURCE_TEXT_SIZE];
};

void archive_hot_init(struct archive_hot *hot);
void archive_hot_done(struct archive_hot *hot);

/* Begins with frame `from` of the segment in `fd`, which is taken over. */
void archive_hot_open(struct archive_hot *hot, int fd, uint64_t from);
void archive_hot_close(struct archive_hot *hot);

/* The next item but for its name; of a frame also its number. ARCHIVE_WAIT at the end of the file,
 * ARCHIVE_END there once archive_hot_finish was called. */
enum archive_step archive_hot_next(struct archive_hot *hot, struct source_item *ret_item,
                                   uint64_t *ret_number);

/* Nobody writes to it any more: its end is the end. */
void archive_hot_finish(struct archive_hot *hot);

/* Has the file lost its name? */
bool archive_hot_is_gone(const struct archive_hot *hot);

/* What stands behind its first `size` bytes is not read. */
void archive_hot_limit(struct archive_hot *hot, uint64_t size);

#endif
