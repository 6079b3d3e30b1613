/* cli/progress: one line on the terminal that says how far something has come; and the signals that end it
 * early. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    bool is_shown; /* standard error is a terminal, */
    bool is_on;    /* and the line is on it */
    uint64_t due;  /* monotonic milliseconds */
};

/* Shows it only if `is_shown`: standard error is a terminal. */
void progress_begin(struct progress *progress, bool is_shown);

/* The same, if it is one; and from now on the first INT or TERM makes progress_is_stopped true; a second one
 * ends the process. */
void progress_init(struct progress *progress);
bool progress_is_stopped(void);

/* True if the line is to be written anew. */
bool progress_is_due(struct progress *progress);

/* Writes it. */
void progress_show(struct progress *progress, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Takes it away, before something else is written. */
void progress_clear(struct progress *progress);

#endif
