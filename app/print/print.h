/* print: records as text, into one large buffer that is written to a descriptor with long writes. No stdio,
 * no locale and no allocation per record; memory stays the same whatever a record holds. */
#ifndef PRINT_PRINT_H
#define PRINT_PRINT_H

#include "print/bind.h"
#include "print/output.h"
#include "record/field.h"
#include "record/record.h"

enum print_format {
    PRINT_LINE, /* dnstap-read's line, and its origin behind it if the record has one; of a frame that is no
                   dnstap where it is and why */
    PRINT_DIG,  /* the line, and the whole message as dig shows it */
    PRINT_YAML, /* a document a record */
    PRINT_YAML_OF_BIND, /* the documents of dnstap-read -y */
    PRINT_JSON,         /* one object a line */
    PRINT_HEX, /* the line, then the DNS message in hexadecimal on a line of its own, if there is one */
    PRINT_CSV, /* fields with commas between them, below their names */
    PRINT_TSV, /* the same with tabs */
    PRINT_RAW, /* Frame Streams: START, the frames as they are, STOP */
};
#define PRINT_FORMATS (PRINT_RAW + 1)

/* The format that is called `word`. False if none is. */
bool print_format_parse(const char *word, enum print_format *ret_format);

/* The word for a format. */
const char *print_format_word(enum print_format format);

struct print_options {
    int fd; /* borrowed; -1: into memory, taken with print_take */
    enum print_format format;
    bool utc;     /* of PRINT_LINE, PRINT_DIG and PRINT_HEX, whose times are local (TZ) otherwise */
    bool colour;  /* for a terminal; of the same */
    bool is_part; /* neither what stands before all records (START, the heading of CSV) nor what stands behind
                   */
    enum print_bind_release bind; /* of PRINT_YAML_OF_BIND */
    const enum field *fields; /* borrowed; of CSV, TSV and JSON: these alone; NULL: the format's default */
    size_t field_count;
    size_t buffer;                 /* bytes; 0: PRINT_OUTPUT_SIZE */
    const struct print_gate *gate; /* borrowed; NULL: none */
};

struct print;

/* NULL without memory. One thread uses it at a time. */
struct print *print_new(const struct print_options *options);
void print_free(struct print *print);

/* Appends one record. TL_OK; TL_SYSTEM with errno when the buffer had to be written and could not be, or
 * TL_NO_MEMORY when it had to grow and could not: from then on everything is dropped, and every call says so
 * again. */
enum tl_status print_put(struct print *print, const struct record *record);

/* Bytes that a part puts before every record, and that must be taken off the first of all: YAML's "---" and
 * its line end. */
size_t print_part_prefix(const struct print *print);

/* Appends what another print formatted as a part, or some of it, which may be nothing; without that prefix at
 * the beginning of all. Returns as print_put does. */
enum tl_status print_put_part(struct print *print, struct tl_bytes part);

/* With `fd` -1: all that was formatted since the last call, valid until the next print_put. */
struct tl_bytes print_take(struct print *print);

/* How many records were put that the format leaves out: of PRINT_YAML_OF_BIND, those of which BIND prints
 * nothing. */
uint64_t print_left_out(const struct print *print);

/* Writes out what is buffered. TL_SYSTEM with errno (EPIPE if the reader went away). */
enum tl_status print_flush(struct print *print);

/* Ends the output (PRINT_RAW: the STOP frame) and flushes. Once, at the end. */
enum tl_status print_finish(struct print *print);

#endif
