/* A hash table of numbers. Invariant: at most half of the slots are taken, so that a search ends. */
#include "pack/numbers.h"

#include <stdlib.h>

#define FIRST_SIZE 64

/* The slot that holds `number`, or the free one where it belongs. */
static uint64_t *slot_of(uint64_t *slots, size_t size, uint64_t number)
{
    size_t at = (size_t)((number * 0x9e3779b97f4a7c15u) >> 32) & (size - 1);

    while (slots[at] && slots[at] != number)
        at = (at + 1) & (size - 1);
    return &slots[at];
}

static bool grow(struct numbers *numbers)
{
    size_t size = numbers->size ? numbers->size * 2 : FIRST_SIZE;
    uint64_t *slots = calloc(size, sizeof(*slots));

    if (!slots)
        return false;
    for (size_t i = 0; i < numbers->size; i++) {
        if (numbers->slots[i])
            *slot_of(slots, size, numbers->slots[i]) = numbers->slots[i];
    }
    free(numbers->slots);
    numbers->slots = slots;
    numbers->size = size;
    return true;
}

bool numbers_add(struct numbers *numbers, uint64_t number)
{
    if (numbers->count * 2 >= numbers->size && !grow(numbers))
        return false;
    uint64_t *slot = slot_of(numbers->slots, numbers->size, number);
    numbers->count += *slot == 0;
    *slot = number;
    return true;
}

bool numbers_has(const struct numbers *numbers, uint64_t number)
{
    return numbers->size && *slot_of(numbers->slots, numbers->size, number) == number;
}

void numbers_done(struct numbers *numbers)
{
    free(numbers->slots);
    *numbers = (struct numbers){0};
}
