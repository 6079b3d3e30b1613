/* print: records as text, into one large buffer that is written to a descriptor with long writes. No stdio,
 * no locale and no allocation per record. */
#ifndef PRINT_PRINT_H
#define PRINT_PRINT_H

#include "record/record.h"

enum print_format { PRINT_LINE, PRINT_JSON, PRINT_HEX, PRINT_RAW };

struct print;

/* NULL without memory. `fd` is borrowed. Local time (TZ) unless `utc`. */
struct print *print_new(int fd, enum print_format format, bool utc);

/* Writes out what is buffered (and, for PRINT_RAW, nothing more: STOP is written by print_finish). TL_SYSTEM
 * with errno (EPIPE if the reader went away). */
enum tl_status print_flush(struct print *print);

/* Ends the output (PRINT_RAW: the STOP frame) and flushes. */
enum tl_status print_finish(struct print *print);

void print_free(struct print *print);

/* Appends one record. TL_OK, or TL_SYSTEM when the buffer had to be written and could not be. */
enum tl_status print_put(struct print *print, const struct record *record);

#endif
