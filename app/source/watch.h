/* source/watch: waiting until something happens in a folder. */
#ifndef SOURCE_WATCH_H
#define SOURCE_WATCH_H

#include <stdbool.h>

struct watch {
    int fd;        /* inotify, or -1: then only time passes */
    int stop_fd;   /* or -1 */
    bool is_blind; /* a folder could not be watched */
};

/* Watches `folder` (may be NULL) and the files in it. What fails is made up for by looking often. */
void watch_open(struct watch *watch, const char *folder, int stop_fd);

/* Watches another folder as well. */
void watch_add(struct watch *watch, const char *folder);
void watch_close(struct watch *watch);

enum watch_event {
    WATCH_DATA,  /* a file may have grown */
    WATCH_NAMES, /* files have come, gone or been renamed, or may have as well */
    WATCH_TIME,  /* nothing is known, but some time has passed, or a signal came */
    WATCH_STOP,
};

/* Waits until one of them is so, or may be. */
enum watch_event watch_wait(struct watch *watch);

bool watch_is_stopped(const struct watch *watch);

#endif
