/* record/field_list: the fields that somebody wants to see, as the command line names them. */
#ifndef RECORD_FIELD_LIST_H
#define RECORD_FIELD_LIST_H

#include "record/field.h"

#define FIELD_LIST_ERROR_SIZE FIELD_UNKNOWN_SIZE

/* Names with commas between them, and spaces around them if you like: "time,qname,rcode". At least one, none
 * twice. `*ret_fields` is the caller's to free. False: `ret_text` (FIELD_LIST_ERROR_SIZE bytes) says why, for
 * a person: "unknown field \"qnane\"; did you mean qname?". */
bool field_list_parse(const char *text, const enum field **ret_fields, size_t *ret_count, char *ret_text);

#endif
