/* The books of one connection or of a whole run. Invariant: every byte that came in is entered once, as kept
 * or under the cause for which it was skipped. */
#include "capture/books.h"

#include <stdarg.h>
#include <stdio.h>

#define FIRST_SKIPPED BOOKS_SKIPPED_CONTROL
#define LAST_SKIPPED  BOOKS_SKIPPED_EVICTED

void books_add(struct books *to, const struct books *from)
{
    for (int i = 0; i < BOOKS_COUNTERS; i++)
        to->count[i] += from->count[i];
}

uint64_t books_skipped(const struct books *books)
{
    uint64_t sum = 0;

    for (int i = FIRST_SKIPPED; i <= LAST_SKIPPED; i++)
        sum += books->count[i];
    return sum;
}

bool books_balance(const struct books *books)
{
    const uint64_t *count = books->count;

    return count[BOOKS_BYTES_IN] == count[BOOKS_BYTES_OUT] + books_skipped(books) &&
           count[BOOKS_FRAMES_IN] == count[BOOKS_FRAMES_OUT] + count[BOOKS_FRAMES_SKIPPED];
}

static size_t append(char *buffer, size_t size, size_t used, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static size_t append(char *buffer, size_t size, size_t used, const char *format, ...)
{
    va_list arguments;

    if (used >= size)
        return used;
    va_start(arguments, format);
    int length = vsnprintf(buffer + used, size - used, format, arguments);
    va_end(arguments);
    return length < 0 ? used : used + (size_t)length;
}

static unsigned long long number(const struct books *books, enum books_counter counter)
{
    return (unsigned long long)books->count[counter];
}

size_t books_print(const struct books *books, char *buffer, size_t size)
{
    size_t used = 0;
    const char *before = " (";

    used = append(buffer, size, used, "%llu frames, %llu bytes in = %llu frames, %llu bytes out + ",
                  number(books, BOOKS_FRAMES_IN), number(books, BOOKS_BYTES_IN),
                  number(books, BOOKS_FRAMES_OUT), number(books, BOOKS_BYTES_OUT));
    if (books->count[BOOKS_FRAMES_SKIPPED])
        used = append(buffer, size, used, "%llu frames, ", number(books, BOOKS_FRAMES_SKIPPED));
    used = append(buffer, size, used, "%llu bytes skipped", (unsigned long long)books_skipped(books));
    for (int i = FIRST_SKIPPED; i <= LAST_SKIPPED; i++) {
        if (!books->count[i])
            continue;
        used = append(buffer, size, used, "%s%s: %llu", before, tl_counter_key((enum tl_counter)i),
                      number(books, (enum books_counter)i));
        before = ", ";
    }
    if (*before == ',')
        used = append(buffer, size, used, ")");
    if (books->count[BOOKS_LOST_BEFORE])
        used = append(buffer, size, used, "; %llu frames were dropped by the sender before",
                      number(books, BOOKS_LOST_BEFORE));
    if (books->count[BOOKS_LEFT])
        used = append(buffer, size, used, "; %llu bytes were left in the socket", number(books, BOOKS_LEFT));
    return used;
}
