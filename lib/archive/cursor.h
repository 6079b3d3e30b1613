/* archive: a cursor as text:
 *
 *     tapline cursor 1
 *     next 17/1234
 *     hold no
 *     updated 2026-11-23T21:59:00.000Z */
#ifndef TAPLINE_ARCHIVE_CURSOR_H
#define TAPLINE_ARCHIVE_CURSOR_H

#include <tapline/archive.h>

#define TL__CURSOR_SIZE 4096u /* at most */

/* All but the name. TL_FULL in the builder. */
void tl__cursor_print(const struct tl_archive_cursor *cursor, struct tl_builder *to);

/* The name is left as it is. TL_BAD_TEXT. */
enum tl_status tl__cursor_parse(struct tl_bytes text, struct tl_archive_cursor *ret_cursor);

#endif
