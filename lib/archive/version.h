/* archive: the file `version`, which says for ever what an archive is and who may use it:
 *
 *     tapline archive
 *     format 1
 *     readable by 1
 *     writable by 1
 *
 * A program that knows the formats up to V reads it if V is at least "readable by", and writes it if V is at
 * least "writable by". Lines behind these four belong to newer formats and are passed over. */
#ifndef TAPLINE_ARCHIVE_VERSION_H
#define TAPLINE_ARCHIVE_VERSION_H

#include <tapline/archive.h>

#define TL__VERSION_SIZE 4096u /* at most */

struct tl__version {
    uint64_t format, readable_by, writable_by; /* each at least 1, none above `format` */
};

/* TL_FULL in the builder. */
void tl__version_print(const struct tl__version *version, struct tl_builder *to);

/* TL_BAD_TEXT. */
enum tl_status tl__version_parse(struct tl_bytes text, struct tl__version *ret_version);

/* Does the text begin as every archive's does, whatever follows? */
bool tl__version_begins(struct tl_bytes text);

#endif
