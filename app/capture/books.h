/* capture/books: what came in, what went out, and what was skipped and why. */
#ifndef CAPTURE_BOOKS_H
#define CAPTURE_BOOKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum books_counter {
#define COUNTER(name, key, sentence) BOOKS_##name,
#include "capture/counters.def"
#undef COUNTER
    BOOKS_COUNTERS
};

#define BOOKS_TEXT_SIZE 1024 /* enough for books_print */

struct books {
    uint64_t count[BOOKS_COUNTERS];
};

void books_add(struct books *to, const struct books *from);

/* Bytes skipped, whatever the cause. */
uint64_t books_skipped(const struct books *books);

/* True if bytes in = bytes out + bytes skipped, and frames in = frames out + frames skipped. */
bool books_balance(const struct books *books);

/* "12 frames, 1796 bytes in = 12 frames, 1712 bytes out + 84 bytes skipped (84 control frames)". Returns
 * the length. */
size_t books_print(const struct books *books, char *buffer, size_t size);

#endif
