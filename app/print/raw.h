/* print/raw: the frames as they are, in a Frame Streams stream. */
#ifndef PRINT_RAW_H
#define PRINT_RAW_H

#include "print/output.h"
#include "record/record.h"

/* START with dnstap's content type; the frame of the record; STOP. */
void print_raw_begin(struct print_output *output);
void print_raw_put(struct print_output *output, const struct record *record);
void print_raw_end(struct print_output *output);

#endif
