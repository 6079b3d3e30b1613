/* cli/status_part: how the texts of `tapline status` and `tapline stats` are laid out: parts with a title in
 * front of their first line. */
#ifndef CLI_STATUS_PART_H
#define CLI_STATUS_PART_H

#include <stdint.h>
#include <stdio.h>

struct status_part {
    FILE *to;
    const char *title; /* NULL: it was printed */
};

/* A path: nothing in it steers a terminal. */
void status_path(FILE *to, const char *path);

/* What is looked at, and when. */
void status_head(FILE *to, const char *path, uint64_t now_ms);

/* Columns that are empty leave no spaces at the end. */
void status_line(struct status_part *part, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same for a sentence, which goes on in the next line where the screen ends. */
void status_sentence(struct status_part *part, const char *format, ...) __attribute__((format(printf, 2, 3)));

const char *status_plural(uint64_t count, const char *one, const char *more);

#endif
