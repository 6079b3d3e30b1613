/* cli/read_output: what becomes of the records that were read: paired, filtered, counted, limited, printed.
 * One object is used by one thread. */
#ifndef CLI_READ_OUTPUT_H
#define CLI_READ_OUTPUT_H

#include "cli/read_options.h"
#include "cli/read_tail.h"
#include "filter/filter.h"
#include "pair/pair.h"

struct read_output {
    const struct read_request *request; /* borrowed */
    struct pairs *pairs;                /* or NULL */
    struct filter_thread *asking;       /* NULL: all records pass */
    struct look look;                   /* at the record that is asked about */
    struct print *print;                /* NULL: records are only counted */
    struct read_tail *tail;             /* the last ones, in place of all; or NULL */
    struct print *tail_print;           /* into memory, for those */

    bool is_plain;               /* what is put is printed, and that is all */
    bool hides_origin;           /* it is there for the filter */
    uint64_t count;              /* of records that passed */
    uint64_t left_out, given_up; /* of parts that were added */
    bool has_trouble;            /* something was not printed as it should be, which was said */
};

/* `gate` (borrowed): the output is a part of one that several threads write. NULL: it is all of it. False
 * without memory; read_output_done in any case. */
bool read_output_init(struct read_output *output, const struct read_request *request,
                      const struct print_gate *gate);
void read_output_done(struct read_output *output);

enum tl_status read_output_put_rare(struct read_output *output, struct record *record);

/* Takes a record, whose origin may be gone afterwards. TL_OK; TL_END: no more are wanted; else a status of
 * print_put. */
static inline enum tl_status read_output_put(struct read_output *output, struct record *record)
{
    if (__builtin_expect(output->is_plain, 1))
        return print_put(output->print, record);
    return read_output_put_rare(output, record);
}

/* Is what was put already in the print, so that flushing it brings it to the reader? Else it is only when all
 * was put. */
bool read_output_is_prompt(const struct read_output *output);

/* Writes out what is there to be written. */
enum tl_status read_output_flush(struct read_output *output);

/* Adds what a part has counted. */
void read_output_add(struct read_output *output, const struct read_output *part);

/* No more come: writes everything out. Not of parts; what those count is added before. */
enum tl_status read_output_finish(struct read_output *output);

#endif
