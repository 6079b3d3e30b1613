/* pack/numbers: a set of numbers other than 0. */
#ifndef PACK_NUMBERS_H
#define PACK_NUMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zero, then it is empty. */
struct numbers {
    uint64_t *slots; /* open addressing; 0: free */
    size_t size;     /* a power of two */
    size_t count;
};

/* False without memory. */
bool numbers_add(struct numbers *numbers, uint64_t number);
bool numbers_has(const struct numbers *numbers, uint64_t number);

/* Empties it and gives its memory back. */
void numbers_done(struct numbers *numbers);

#endif
