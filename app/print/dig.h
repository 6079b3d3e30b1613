/* print/dig: a record as the line of print/line and the whole DNS message in dig's form below it. */
#ifndef PRINT_DIG_H
#define PRINT_DIG_H

#include "print/bind_message.h"
#include "print/line.h"

struct print_dig {
    struct bind_message message;
};

/* False without memory. */
bool print_dig_init(struct print_dig *dig);
void print_dig_done(struct print_dig *dig);

/* Appends the record: the line, and if it has a DNS message, that and an empty line. Of one that BIND would
 * not show since it breaks a rule, what comes before the fault is put, and then
 *
 *     ;; malformed: REASON at byte N of M
 *
 * False without memory; then nothing is put. */
bool print_dig_put(struct print_dig *dig, struct print_line *line, struct print_output *output,
                   const struct record *record);

#endif
