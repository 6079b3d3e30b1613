/* Near misses, of names of fields and of their words. Invariant: only what stands for something is proposed,
 * never numbers or forms that are made from a number (TYPE65400). */
#include "record/excerpt.h"
#include "record/field.h"

#include <stdio.h>

#define NUMBERS  65536u /* no set of words goes beyond 16 bits */
#define WORD_MAX 40     /* letters; longer ones are near to none */

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* How many letters have to be inserted, removed, replaced, or exchanged with their neighbour, to make `b` of
 * `a`, without case; both at most WORD_MAX long. */
static unsigned distance(struct tl_bytes a, struct tl_bytes b)
{
    unsigned rows[3][WORD_MAX + 1]; /* of the letter before the last one, of the last one, of this one */
    unsigned *before = rows[0], *last = rows[1], *row = rows[2];

    for (unsigned j = 0; j <= b.size; j++)
        last[j] = j;
    for (unsigned i = 1; i <= a.size; i++) {
        row[0] = i;
        for (unsigned j = 1; j <= b.size; j++) {
            uint8_t c = lower(a.data[i - 1]), d = lower(b.data[j - 1]);
            row[j] = least(last[j - 1] + (c != d), least(last[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && c == lower(b.data[j - 2]) && lower(a.data[i - 2]) == d)
                row[j] = least(row[j], before[j - 2] + 1);
        }
        unsigned *free_row = before;
        before = last;
        last = row;
        row = free_row;
    }
    return last[b.size];
}

/* Whether it is the key under which the JSON has the field. */
static bool is_json_key(const struct field_description *description, struct tl_bytes name)
{
    return description->json && tl_bytes_equal(name, tl_bytes_of_text(description->json + 1));
}

enum field field_nearest(struct tl_bytes name)
{
    enum field nearest = FIELDS;
    unsigned least_distance = 1 + (unsigned)name.size / 3;

    if (name.size > WORD_MAX)
        return FIELDS;
    for (unsigned i = 0; i < FIELDS; i++) {
        const struct field_description *description = field_describe((enum field)i);
        struct tl_bytes other = tl_bytes_of_text(description->name);
        unsigned found = is_json_key(description, name) ? 0 : distance(name, other);
        if (found < least_distance) {
            least_distance = found;
            nearest = (enum field)i;
        }
    }
    return nearest;
}

void field_say_unknown(struct tl_bytes name, char ret_text[FIELD_UNKNOWN_SIZE])
{
    enum field nearest = field_nearest(name);
    char excerpt[EXCERPT_SIZE];

    excerpt_of(name, excerpt);
    if (nearest < FIELDS)
        snprintf(ret_text, FIELD_UNKNOWN_SIZE, "unknown field \"%s\"; did you mean %s?", excerpt,
                 field_describe(nearest)->name);
    else
        snprintf(ret_text, FIELD_UNKNOWN_SIZE, "unknown field \"%s\"; tapline read --list-fields shows all",
                 excerpt);
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

bool field_word_nearest(enum field field, struct tl_bytes text, char ret_word[FIELD_WORD_SIZE])
{
    bool is_flags = field_describe(field)->kind == FIELD_KIND_FLAGS;
    unsigned nearest = text.size < 3 ? 2 : text.size < 6 ? 3 : 4; /* so far off is not near any more */
    bool is_found = false;
    char word[FIELD_WORD_SIZE];

    if (text.size > WORD_MAX)
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
