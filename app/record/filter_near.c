/* Near misses of words. Invariant: only words that stand for something are proposed, never numbers or forms
 * that are made from a number (TYPE65400). */
#include "record/filter_near.h"

#include <stdio.h>

#define NUMBERS       65536u /* no set of words goes beyond 16 bits */
#define SIZE_MAX_NEAR 40

static uint8_t lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + 32) : byte;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* How many letters must be put in, left out, changed, or swapped with their neighbour; without case. Both are
 * at most SIZE_MAX_NEAR long. */
static unsigned distance(struct tl_bytes a, struct tl_bytes b)
{
    unsigned rows[3][SIZE_MAX_NEAR + 1], *before = rows[0], *above = rows[1], *row = rows[2];

    for (unsigned j = 0; j <= b.size; j++)
        above[j] = before[j] = j;
    for (unsigned i = 1; i <= a.size; i++) {
        row[0] = i;
        for (unsigned j = 1; j <= b.size; j++) {
            uint8_t from = lower(a.data[i - 1]), to = lower(b.data[j - 1]);
            row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + (from != to));
            if (i > 1 && j > 1 && from == lower(b.data[j - 2]) && to == lower(a.data[i - 2]))
                row[j] = least(row[j], before[j - 2] + 1);
        }
        unsigned *spare = before;
        before = above, above = row, row = spare;
    }
    return above[b.size];
}

/* Is the word only a way to write its number? */
static bool is_number(const char *word, size_t length, unsigned number)
{
    char digits[16];
    size_t size = (size_t)snprintf(digits, sizeof(digits), "%u", number);

    return length >= size && memcmp(word + length - size, digits, size) == 0;
}

/* Can words of these lengths be nearer than so many letters? */
static bool may_be_near(size_t a, size_t b, unsigned nearest)
{
    return (a > b ? a - b : b - a) < nearest;
}

bool filter_near_word(enum field field, struct tl_bytes text, char ret_word[FIELD_WORD_SIZE])
{
    bool is_flags = field_describe(field)->kind == FIELD_KIND_FLAGS;
    unsigned nearest = text.size < 3 ? 2 : text.size < 6 ? 3 : 4; /* so far off is not near any more */
    bool is_found = false;
    char word[FIELD_WORD_SIZE];

    if (text.size > SIZE_MAX_NEAR)
        return false;
    for (unsigned number = is_flags; number < NUMBERS; number = is_flags ? 2 * number : number + 1) {
        size_t length = field_word_print(field, number, word);
        if (!may_be_near(length, text.size, nearest))
            continue;
        unsigned found = distance(text, tl_bytes(word, length));
        if (found >= nearest || found >= length || is_number(word, length, number))
            continue;
        nearest = found;
        is_found = true;
        memcpy(ret_word, word, length);
        ret_word[length] = '\0';
    }
    return is_found;
}
