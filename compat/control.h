/* A control frame as libfstrm shows it. */
#ifndef COMPAT_CONTROL_H
#define COMPAT_CONTROL_H

#include "content_types.h"

#include <fstrm.h>

struct fstrm_control {
    uint32_t type; /* fstrm_control_type, or 0 */
    struct content_types content_types;
};

/* Whether it is one of the five. */
bool control_is_type(uint32_t type);

/* How many of its content types count: START has at most one, STOP and FINISH none. */
size_t control_count(const struct fstrm_control *control);

/* Makes it one of `type` with copies of `types`. False if memory is short. */
bool control_make(struct fstrm_control *control, fstrm_control_type type, const struct content_types *types);

#endif
