/* The fields that are found by walking something, apart from those that stand in one place. */
#ifndef RECORD_FIELD_PART_H
#define RECORD_FIELD_PART_H

#include "record/field.h"

/* The next value of one of FIELD_ANSWER_NAME to FIELD_ANSWER_TARGET. */
bool field_next_in_answer(struct look *look, enum field field, struct field_at *at,
                          struct field_value *ret_value);

/* The next value of one of FIELD_EDNS_OPTION to FIELD_EDNS_EDE_TEXT. */
bool field_next_in_options(struct look *look, enum field field, struct field_at *at,
                           struct field_value *ret_value);

/* What FIELD_ERROR says, or NULL. Static memory. */
const char *field_error(struct look *look);

#endif
