/* filter/error: what is wrong with an expression, put into words. */
#ifndef FILTER_ERROR_H
#define FILTER_ERROR_H

#include "filter/filter.h"

/* Says what is wrong with `size` bytes at `offset`; printf. Returns false. */
bool filter_error_set(struct filter_error *error, size_t offset, size_t size, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* There is no memory, which is nobody's fault. Returns false. */
bool filter_error_memory(struct filter_error *error);

#endif
