/* print/bind_yaml: a document of YAML up to its message. */
#ifndef PRINT_BIND_YAML_H
#define PRINT_BIND_YAML_H

#include "print/bind_text.h"
#include "print/date.h"

/* Puts identity, version and the fields of the message, but for the DNS message. `date` is for
 * print_date_json. */
void bind_yaml_put(const struct bind_style *style, struct print_date *date, const struct record *record,
                   bool long_times);

#endif
