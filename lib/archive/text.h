/* archive: the pieces of the archive's small text files, read with a cursor and put with a builder. Texts are
 * canonical: what was read is put again byte for byte. */
#ifndef TAPLINE_ARCHIVE_TEXT_H
#define TAPLINE_ARCHIVE_TEXT_H

#include <tapline/archive.h>

/* Exactly `text`; TL_BAD_TEXT. */
void tl__take_text(struct tl_cursor *from, const char *text);

/* Decimal digits without leading zeros, below 2^64; TL_BAD_TEXT. */
uint64_t tl__take_number(struct tl_cursor *from);

/* Exactly `count` decimal digits, at most nine. */
uint32_t tl__take_digits(struct tl_cursor *from, unsigned count);

/* All up to `end`, which is taken as well; TL_BAD_TEXT if it does not come. */
struct tl_bytes tl__take_until(struct tl_cursor *from, char end);

/* The whole of `text` is a number as tl__take_number reads it. */
bool tl__is_number(struct tl_bytes text, uint64_t *ret_number);

/* Milliseconds since 1970 as RFC 3339 in UTC, "2026-11-23T21:59:00.000Z". A time after the year 9999 is
 * TL_FULL in the builder. */
void tl__put_time(struct tl_builder *to, uint64_t ms);
bool tl__is_time(struct tl_bytes text, uint64_t *ret_ms);

#endif
