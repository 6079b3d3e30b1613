/* capture/books: what came in, what went out, and what was skipped and why: of all that is counted
 * (tapline/counters.def), the part that is kept for each connection. */
#ifndef CAPTURE_BOOKS_H
#define CAPTURE_BOOKS_H

#include <tapline/archive.h>

/* The same numbers as enum tl_counter; only those up to LEFT are books. */
enum books_counter {
#define TL_COUNTER(name, key, sentence) BOOKS_##name,
#include <tapline/counters.def>
#undef TL_COUNTER
};

#define BOOKS_COUNTERS ((int)BOOKS_LEFT + 1)

#define BOOKS_TEXT_SIZE 1024 /* enough for books_print */

struct books {
    uint64_t count[BOOKS_COUNTERS];
};

void books_add(struct books *to, const struct books *from);

/* Bytes skipped, whatever the cause. */
uint64_t books_skipped(const struct books *books);

/* True if bytes in = bytes out + bytes skipped, and frames in = frames out + frames skipped. */
bool books_balance(const struct books *books);

/* "12 frames, 1796 bytes in = 12 frames, 1712 bytes out + 84 bytes skipped (control frames: 84)". Returns
 * the length. */
size_t books_print(const struct books *books, char *buffer, size_t size);

#endif
