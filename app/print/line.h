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
    struct print_date arrival;                    /* of an origin */
    struct print_word protocols[PRINT_PROTOCOLS]; /* 0: any other number */
    struct print_word no_protocol;
};

/* Coloured for a terminal: the time is dim, types have colours, and the question is bold. */
void print_line_init(struct print_line *line, bool utc, bool is_coloured);

/* Makes `word`, of at most 13 bytes, one that is put between spaces. */
void print_word_init(struct print_word *ret_word, const char *word);

/* The line up to the name, for the half that is the query or the response: at most PRINT_LINE_SIZE bytes less
 * those of a name, a class and a type. Returns the place behind. */
char *print_put_head(char *to, struct print_line *line, const struct record *record, bool is_query);

/* Time, code, two addresses with ports, protocol, size, name, class, type, and what became of the exchange,
 * what stands between them, and colours; rounded up. */
#define PRINT_LINE_SIZE                                                                                      \
    (24 + 12 + 2 * (TL_ADDRESS_TEXT_SIZE + 12) + 16 + 24 + TL_DNS_NAME_TEXT_SIZE + 64 + 64 + 64)

/* Appends the line; behind it, if the record has that, what became of the exchange ("NOERROR 1.234ms", a
 * question mark for what is not known, or "unanswered", "unasked") and its origin. */
void print_line_put(struct print_line *line, struct print_output *output, const struct record *record);

/* Why the record's frame is no dnstap, "message.query_port at byte 12: ...", at most PRINT_REASON_MAX bytes;
 * returns the place behind. */
#define PRINT_REASON_MAX 256
char *print_put_reason(char *to, const struct record *record);

#endif
