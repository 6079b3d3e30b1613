/* print/yaml: a record as one YAML document (1.1 and 1.2), in the shape and with the keys of dnstap-read -y.
 * man/tapline-read.1 says where they differ. */
#ifndef PRINT_YAML_H
#define PRINT_YAML_H

#include "print/bind_message.h"
#include "print/date.h"
#include "print/output.h"
#include "record/record.h"

struct print_yaml {
    struct print_date date;
    struct print_date arrival; /* of an origin */
    uint8_t *scratch;          /* for the text of the rare long rdata */
    struct bind_message message;
    struct print_output text; /* of the message, in memory */
};

/* False without memory. */
bool print_yaml_init(struct print_yaml *to);
void print_yaml_done(struct print_yaml *print);

/* Appends the document, and "---" before it. Without memory the output fails (print_output_fail). */
void print_yaml_put(struct print_yaml *print, struct print_output *output, const struct record *record);

/* What is in a DNS message as the entries of a map, each line indented by YAML_MESSAGE_INDENT
 * (print/yaml_message). Takes and returns the place as print/json_text has it. */
#define YAML_MESSAGE_INDENT 4
char *print_yaml_message(struct print_yaml *print, struct print_output *output, char *to,
                         struct tl_bytes wire);

/* The message's text behind `key`, two spaces to the left, if it is one by BIND's rules
 * (print/yaml_block). */
char *print_yaml_text(struct print_yaml *print, struct print_output *output, char *to, const char *key,
                      struct tl_bytes wire);

#endif
