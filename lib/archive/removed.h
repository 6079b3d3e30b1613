/* archive: a line of the file `removed`:
 *
 *     first=3 last=15 frames=81234 bytes=1390234 from=2026-11-23T21:00:00.000Z to=2026-11-23T21:59:59.999Z
 *     at=2026-12-23T22:00:01.123Z cause=keep
 *
 * in one, `from` and `to` left out if they are not known. Words with other keys are passed over. */
#ifndef TAPLINE_ARCHIVE_REMOVED_H
#define TAPLINE_ARCHIVE_REMOVED_H

#include <tapline/archive.h>

#define TL__REMOVED_SIZE 512u /* of a line, at most */

/* The line with its newline. TL_FULL in the builder. */
void tl__removed_print(const struct tl_archive_removed *removed, struct tl_builder *to);

/* The line without its newline. TL_BAD_TEXT. */
enum tl_status tl__removed_parse(struct tl_bytes line, struct tl_archive_removed *ret_removed);

#endif
