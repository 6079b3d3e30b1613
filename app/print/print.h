/* print: records as text, into one large buffer that is written to a descriptor with long writes. No stdio,
 * no locale and no allocation per record; memory stays the same whatever a record holds. */
#ifndef PRINT_PRINT_H
#define PRINT_PRINT_H

#include "record/record.h"

enum print_format {
    PRINT_LINE, /* dnstap-read's line, and its origin behind it if the record has one; of a frame that is no
                   dnstap where it is and why */
    PRINT_JSON, /* one object a line */
    PRINT_HEX,  /* the line, then the DNS message in hexadecimal on a line of its own, if there is one */
    PRINT_RAW,  /* Frame Streams: START, the frames as they are, STOP */
};

/* The format that is called `word`: "line", "json", "hex" or "raw". False if none is. */
bool print_format_parse(const char *word, enum print_format *ret_format);

struct print;

/* NULL without memory. `fd` is borrowed. Times are local (TZ) unless `utc`; those of PRINT_JSON always UTC.
 */
struct print *print_new(int fd, enum print_format format, bool utc);
void print_free(struct print *print);

/* Appends one record. TL_OK, or TL_SYSTEM with errno when the buffer had to be written and could not be: from
 * then on everything is dropped, and every call says so again. */
enum tl_status print_put(struct print *print, const struct record *record);

/* Writes out what is buffered. TL_SYSTEM with errno (EPIPE if the reader went away). */
enum tl_status print_flush(struct print *print);

/* Ends the output (PRINT_RAW: the STOP frame) and flushes. Once, at the end. */
enum tl_status print_finish(struct print *print);

#endif
