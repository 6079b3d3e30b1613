/* source/files: the files, folders and pipes of a source, one after the other, and the last of them followed.
 */
#ifndef SOURCE_FILES_H
#define SOURCE_FILES_H

#include "source/folder.h"
#include "source/framing.h"
#include "source/watch.h"

struct files {
    const char *const *paths; /* borrowed */
    size_t path_count;
    size_t path_at; /* of the next path */
    bool follow;
    int stop_fd;
    uint32_t frame_limit;
    bool is_sure;

    /* The folder that is being read or followed; a followed file is followed in its folder. */
    struct folder_list list;
    size_t list_at;       /* of its next entry */
    bool is_following;    /* the last path */
    bool is_look_due;     /* `list` may be out of date */
    bool is_absence_told; /* of the followed file or folder */
    char *folder;         /* followed */
    char *base;           /* followed: of the family; NULL: the whole folder */
    struct folder_seen seen;
    bool is_stopping;  /* told to: what is there is read, and no more is waited for */
    size_t files_left; /* is_stopping: that may still be opened, so that a busy writer lets us end */
    struct watch watch;

    /* The file that is being read; a new one begins with the next call after its last item. */
    int fd; /* -1: none */
    char *name;
    bool is_leaving; /* another file is there: it is read to its end, and no more is waited for */
    bool is_over;    /* its last item was given out */
    struct input input;
    struct window window;
    struct framing framing;

    bool is_idle_told; /* wait before anything else */
    bool is_ended;
    char text[SOURCE_TEXT_SIZE];
};

void files_init(struct files *files, const struct source_options *options);
void files_done(struct files *files);

/* As source_next. */
void files_next(struct files *files, struct source_item *ret_item);

#endif
