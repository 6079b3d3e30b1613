/* print/date: the text of a date and time of day, remembered, since neighbouring records share it. */
#ifndef PRINT_DATE_H
#define PRINT_DATE_H

#include <tapline/core.h>

#define PRINT_DATE_SIZE 20 /* "23-Nov-2026 21:24:22" and "2026-11-23T21:24:22." */

struct print_date {
    bool utc;         /* else local time by TZ */
    bool has_text;    /* `text` is that of `second` */
    bool is_steady;   /* the offset from UTC is `offset` all through `quarter` */
    uint64_t quarter; /* of an hour, counted from 1970; UINT64_MAX: none yet */
    int64_t offset;   /* in seconds east of UTC */
    uint64_t second;
    char text[PRINT_DATE_SIZE];
};

void print_date_init(struct print_date *date, bool utc);

/* dnstap-read's form, "23-Nov-2026 21:24:22": PRINT_DATE_SIZE bytes without NUL, valid until the next call.
 * NULL if the year has not four digits. */
const char *print_date_line(struct print_date *date, uint64_t second);

/* RFC 3339 in UTC up to the dot, "2026-11-23T21:24:22."; likewise. One object uses one of the two. */
const char *print_date_json(struct print_date *date, uint64_t second);

#endif
