/* print/fields: chosen fields of a record: as a row of CSV or TSV, or as a flat object of JSON.
 *
 * The text of a value is that of `--format json`: names without a final dot, UTC times of RFC 3339, durations
 * in seconds. In CSV and TSV a field without a value is empty, and several values stand in one column with a
 * space between them, or " | " if they may hold spaces themselves (text, rdata). In JSON such a field is left
 * out, and one that may have several values is always an array.
 *
 * Whatever a record holds, what leaves is UTF-8 without control characters but the tabs and line ends of the
 * form itself: in CSV and TSV a control character is \xHH (\u0085 is \xc2\x85), and so is each byte of a text
 * that is not UTF-8 and not printable ASCII; TSV writes tab, line feed, carriage return and backslash as \t,
 * \n, \r and \\ instead. In JSON they are escaped as JSON does, and a text that is not UTF-8 has, as in
 * `--format json`, a key that ends with _hex and hexadecimal; in an array it is an object with that key,
 * "hex". */
#ifndef PRINT_FIELDS_H
#define PRINT_FIELDS_H

#include "print/date.h"
#include "print/output.h"
#include "record/field.h"

enum print_fields_form { PRINT_FIELDS_CSV, PRINT_FIELDS_TSV, PRINT_FIELDS_JSON };

struct print_fields {
    enum print_fields_form form;
    const enum field *list; /* borrowed */
    size_t count;
    struct print_date date;
    uint8_t *scratch; /* for the text of rdata; NULL if no field needs it */
};

/* False without memory. `list` is borrowed; NULL: those of line: time, type, client, ..., rcode. */
bool print_fields_init(struct print_fields *to, enum print_fields_form form, const enum field *list,
                       size_t count);

/* A print that is all zero may be done as well. */
void print_fields_done(struct print_fields *fields);

/* Appends the names of the fields, of CSV and TSV; of JSON nothing. */
void print_fields_heading(const struct print_fields *fields, struct print_output *output);

/* Appends the row, or the object and its line end. */
void print_fields_put(struct print_fields *fields, struct print_output *output, const struct record *record);

/* Appends a line for each field that there is: its name, its kind, and a sentence. */
void print_fields_list(struct print_output *output);

/* Appends a line for each word that the field has: its number and the word. */
void print_fields_words(struct print_output *output, enum field field);

#endif
