/* print/fields_json: one field as a member of a flat object. */
#ifndef PRINT_FIELDS_JSON_H
#define PRINT_FIELDS_JSON_H

#include "print/fields.h"

/* The member of a flat object: "key":value and its comma, or nothing if there is no value. Takes and returns
 * the place as print/json_text has it. */
char *print_fields_member(struct print_fields *fields, struct print_output *output, char *to,
                          struct look *look, enum field field);

#endif
