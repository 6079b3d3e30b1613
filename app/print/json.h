/* print/json: a record as one JSON object on a line. man/tapline-read.1 lists the keys. */
#ifndef PRINT_JSON_H
#define PRINT_JSON_H

#include "print/date.h"
#include "print/output.h"
#include "record/record.h"

/* The enums of the schema. */
enum json_set {
    JSON_MESSAGE_TYPE,
    JSON_FAMILY,
    JSON_PROTOCOL,
    JSON_HTTP,
    JSON_ACTION,
    JSON_MATCH,
    JSON_SETS
};

#define JSON_SET_SIZE 16 /* numbers of a set that may have a word */

/* A word of the schema as it is put, long enough to be copied whole; `size` 0 if there is none. */
struct json_word {
    char text[23];
    uint8_t size;
};

struct print_json {
    struct print_date date;
    struct print_date arrival; /* of an origin */
    uint8_t *scratch;          /* for the text of the rare long rdata, JSON_SCRATCH_SIZE */
    struct json_word words[JSON_SETS][JSON_SET_SIZE];
};

/* The text of 65,535 bytes of rdata is shorter than this: strings and hexadecimal grow to four times their
 * size at most, and a type bitmap, which grows most, is at most 8.7 kB long. */
#define JSON_SCRATCH_SIZE ((size_t)1024 * 1024)

/* False without memory. */
bool print_json_init(struct print_json *to);
void print_json_done(struct print_json *print);

/* Appends the line. */
void print_json_put(struct print_json *print, struct print_output *output, const struct record *record);

/* The DNS message `wire` as an object, and its comma, where print/json has just put the key
 * (print/json_message). Returns the place behind. */
char *print_json_message(struct print_json *print, struct print_output *output, char *to,
                         struct tl_bytes wire);

#endif
