/* print/fields_value: the text of one value of a field, as all forms of print/fields have it. */
#ifndef PRINT_FIELDS_VALUE_H
#define PRINT_FIELDS_VALUE_H

#include "print/fields.h"

/* Stores a value of any kind but FLAGS, NAME, TEXT and RDATA: printable ASCII without spaces, commas, quotes
 * and backslashes, at most PRINT_FIELDS_SHORT bytes, for which there must be room. Returns the place behind.
 */
#define PRINT_FIELDS_SHORT 64
char *print_fields_short(struct print_date *date, char *to, enum field field,
                         const struct field_value *value);

/* The text of a NAME or of RDATA, printable ASCII: in `memory`, which has PRINT_FIELDS_MEMORY bytes for names
 * and JSON_SCRATCH_SIZE for rdata. */
#define PRINT_FIELDS_MEMORY TL_DNS_NAME_TEXT_SIZE
struct tl_bytes print_fields_name(struct tl_bytes name, void *memory);
struct tl_bytes print_fields_rdata(const struct tl_dns *message, const struct tl_dns_record *record,
                                   void *memory);

#endif
