/* Words for numbers, as the rest of the room needs them. Invariant: a word holds no more than WORD_MAX bytes,
 * so that it is copied as one block of fixed size. */
#ifndef TL_DNS_WORDS_H
#define TL_DNS_WORDS_H

#include <tapline/dns.h>

#define WORD_MAX 15

/* `size` 0: there is no word. */
struct word {
    char text[WORD_MAX + 1]; /* with at least one NUL */
    uint8_t size;
};

#define WORD(string)                                                                                         \
    {                                                                                                        \
        string, sizeof(string) - 1                                                                           \
    }

/* A word that is not found by its number's place in a table. */
struct numbered_word {
    uint16_t number;
    struct word word;
};

/* Writes the word for `number`, or `prefix` and the number if there is none. */
size_t tl__dns_numbered_word_print(const struct numbered_word *words, size_t count, unsigned number,
                                   const char *prefix, char ret_text[TL_DNS_WORD_SIZE]);

/* `prefix` and the number in decimal. */
size_t tl__dns_number_print(const char *prefix, unsigned number, char ret_text[TL_DNS_WORD_SIZE]);

static inline size_t word_print(const struct word *word, char ret_text[TL_DNS_WORD_SIZE])
{
    memcpy(ret_text, word->text, sizeof(word->text));
    return word->size;
}

/* Of ASCII, in any locale. */
static inline uint8_t upper(uint8_t c)
{
    return c >= 'a' && c <= 'z' ? (uint8_t)(c - 'a' + 'A') : c;
}

#endif
