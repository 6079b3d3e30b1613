/* generate/label: made-up text for the labels of names: words that can be spoken, and the codes of machines.
 * All write characters, those called put with the length byte of a label in front, and return where they
 * ended; the same bits give the same text. */
#ifndef GENERATE_LABEL_H
#define GENERATE_LABEL_H

#include <stdint.h>

#define LABEL_HEX     "0123456789abcdef"
#define LABEL_BASE32  "abcdefghijklmnopqrstuvwxyz234567"
#define LABEL_BASE36  "0123456789abcdefghijklmnopqrstuvwxyz"
#define LABEL_LETTERS "abcdefghijklmnopqrstuvwxyz"

/* `syllables` of 2 to 5 letters; at most eight of them. */
uint8_t *label_word(uint8_t *to, uint64_t bits, unsigned syllables);

/* `count` characters of `alphabet`. With LABEL_HEX the first 16 spell `bits`, so different bits have
 * different texts. */
uint8_t *label_code(uint8_t *to, uint64_t bits, const char *alphabet, unsigned count);

/* "3fa85f64-5717-4562-b3fc-2c963f66afa6": 36 characters, of which the first 16 digits are `bits`. */
uint8_t *label_uuid(uint8_t *to, uint64_t bits);

/* Decimal, without leading zeros. */
uint8_t *label_number(uint8_t *to, uint32_t number);

/* A text as it is. */
uint8_t *label_text(uint8_t *to, const char *text);

/* Ends what stands behind the length byte at `length`, and returns `end`. */
static inline uint8_t *label_closed(uint8_t *length, uint8_t *end)
{
    *length = (uint8_t)(end - length - 1);
    return end;
}

uint8_t *label_put_text(uint8_t *to, const char *text);
uint8_t *label_put_code(uint8_t *to, uint64_t bits, const char *alphabet, unsigned count);

#endif
