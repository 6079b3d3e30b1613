/* print/hex: the line, and below it the DNS message in hexadecimal. */
#ifndef PRINT_HEX_H
#define PRINT_HEX_H

#include "print/line.h"

/* Appends both; of a record without a message the line alone. */
void print_hex_put(struct print_line *line, struct print_output *output, const struct record *record);

/* Appends the digits alone, and a line end; of no bytes nothing. */
void print_hex_wire(struct print_output *output, struct tl_bytes wire);

#endif
