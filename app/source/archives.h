/* source/archives: archives as one, in the order of arrival; followed all at once; and their cursors. */
#ifndef SOURCE_ARCHIVES_H
#define SOURCE_ARCHIVES_H

#include "source/archive.h"
#include "source/watch.h"

/* What an archive has to give out next, while another one's turn comes first. */
struct archives_head {
    struct source_item item;
    bool has_item;
    bool is_waiting; /* it had nothing when it was asked last */
    bool is_over;
    struct tl_frame_name behind; /* the position after it */
};

struct archives {
    struct archive *all;
    struct archives_head *heads; /* of more than one */
    size_t count;
    bool follow;
    struct watch watch;
    bool is_idle_told; /* wait before anything else */
    bool is_stopping;
    bool is_sure;   /* the last frame is known to be in the span */
    unsigned turns; /* since it was looked whether to stop, and whether who had nothing has something */
    uint64_t glanced_ms;
    uint64_t stored_ms;
};

/* Opens the archives at `count` paths, and their cursors. 0, or -1 and what is wrong. archives_done in any
 * case. */
int archives_init(struct archives *archives, const char *const *paths, size_t count,
                  const struct source_options *options, char ret_text[SOURCE_TEXT_SIZE]);
void archives_done(struct archives *archives);

/* As source_next; frames out of the span may be among them unless `is_sure`. */
void archives_next(struct archives *archives, struct source_item *ret_item);

/* As source_delivered. */
int archives_delivered(struct archives *archives, bool at_once, char ret_text[SOURCE_TEXT_SIZE]);

#endif
