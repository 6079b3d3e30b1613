/* A list of content types with copies of their own: of a control frame, or of the options of a reader or
 * writer. All zero is an empty list. */
#ifndef COMPAT_CONTENT_TYPES_H
#define COMPAT_CONTENT_TYPES_H

#include <fstrm.h>
#include <tapline/core.h>

struct content_types {
    struct tl_bytes *items;
    size_t count;
};

/* Adds a copy. False, and nothing has changed, if memory is short. */
bool content_types_add(struct content_types *types, struct tl_bytes type);

/* Adds one to the options of a reader or writer. Fails, and nothing has changed, if it is longer than
 * FSTRM_CONTROL_FIELD_CONTENT_TYPE_LENGTH_MAX or memory is short. */
fstrm_res content_types_add_option(struct content_types *types, const void *type, size_t size);

/* Adds copies of all of `from`. False if memory is short; some may have been added. */
bool content_types_add_all(struct content_types *types, const struct content_types *from);

/* Empties the list. */
void content_types_done(struct content_types *types);

/* Whether one of the first `count` is `type`. */
bool content_types_have(const struct content_types *types, size_t count, struct tl_bytes type);

#endif
