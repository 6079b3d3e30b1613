/* print/origin: where a record is from, behind its line or in its object. */
#ifndef PRINT_ORIGIN_H
#define PRINT_ORIGIN_H

#include "print/date.h"
#include "print/output.h"
#include "record/record.h"

/* Bytes that print_put_origin stores at most; a longer path or peer is cut. */
#define PRINT_ORIGIN_MAX 8192

/* Stores five fields, each behind a tab: the path of the archive or file, the name in the archive or the
 * offset in the file, the connection, the arrival in UTC, and the peer; "-" for what is not known. Control
 * characters become question marks. `date` is for print_date_json. Returns the place behind. */
char *print_put_origin(char *to, struct print_date *date, const struct record *record);

/* The member "origin" and its comma. Takes and returns the place as print/json_text has it. */
char *print_put_origin_json(struct print_output *output, char *to, struct print_date *date,
                            const struct record *record);

/* The same as an entry of a YAML document. */
char *print_put_origin_yaml(struct print_output *output, char *to, struct print_date *date,
                            const struct record *record);

#endif
