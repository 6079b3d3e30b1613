/* print/line: a record as dnstap-read's one line. */
#ifndef PRINT_LINE_H
#define PRINT_LINE_H

#include "print/date.h"
#include "print/output.h"
#include "record/record.h"

#define PRINT_PROTOCOLS 8 /* 0 and TL_DNSTAP_UDP to TL_DNSTAP_DOQ */

/* A word between spaces, with room to be copied whole. */
struct print_word {
    char text[15];
    uint8_t size;
};

struct print_line {
    bool is_coloured;
    struct print_date date;
    struct print_date arrival; /* of an origin */
    struct print_word protocols[PRINT_PROTOCOLS];
};

/* Coloured for a terminal: the time is dim, types have colours, and the question is bold. */
void print_line_init(struct print_line *line, bool utc, bool is_coloured);

/* Appends the line, with its origin behind it if the record has one. */
void print_line_put(struct print_line *line, struct print_output *output, const struct record *record);

/* Why the record's frame is no dnstap, "message.query_port at byte 12: ...", at most PRINT_REASON_MAX bytes;
 * returns the place behind. */
#define PRINT_REASON_MAX 256
char *print_put_reason(char *to, const struct record *record);

#endif
