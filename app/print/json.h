/* print/json: a record as one JSON object on a line. man/tapline-read.1 lists the keys. */
#ifndef PRINT_JSON_H
#define PRINT_JSON_H

#include "print/date.h"
#include "print/output.h"
#include "record/record.h"

struct json;

struct print_json {
    struct print_date date;
    uint8_t *scratch; /* for the text of the rare long rdata, JSON_SCRATCH_SIZE */
};

/* False without memory. */
bool print_json_init(struct print_json *to);
void print_json_done(struct print_json *print);

/* Appends the line. */
void print_json_put(struct print_json *print, struct print_output *output, const struct record *record);

/* The DNS message `wire` as the value of the key just put (print/json_message). */
void print_json_message(struct print_json *print, struct json *json, struct tl_bytes wire);

/* The text of 65,535 bytes of rdata is shorter than this: a type bitmap grows most, to 75 times at most for
 * 8.7 kB of it; strings and hexadecimal to 4 times. */
#define JSON_SCRATCH_SIZE ((size_t)1024 * 1024)

#endif
