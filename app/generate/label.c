/* Made-up text. Invariant: letters, digits and hyphens in the middle alone, so any of it is a host name. */
#include "generate/label.h"

#include "generate/random.h"

#include <string.h>

static const char onsets[][3] = {"b", "d", "f", "g", "k", "l", "m",  "n",  "p",  "r",  "s",  "t",
                                 "v", "z", "w", "h", "j", "c", "ch", "st", "tr", "br", "pl", "sk"};
static const char vowels[][3] = {"a", "e", "i", "o", "u", "a", "e", "i", "o", "ai", "ea", "io"};
static const char codas[][3] = {"", "", "", "", "", "", "n", "r", "l", "s", "x", "nd"};

#define PICK(list, bits) list[(bits) % (sizeof(list) / sizeof(list[0]))]

uint8_t *label_text(uint8_t *to, const char *text)
{
    size_t size = strlen(text);

    memcpy(to, text, size);
    return to + size;
}

uint8_t *label_word(uint8_t *to, uint64_t bits, unsigned syllables)
{
    for (unsigned i = 0; i < syllables; i++, bits >>= 8) {
        uint64_t mixed = random_mix(bits);
        to = label_text(to, PICK(onsets, mixed & 0xffff));
        to = label_text(to, PICK(vowels, mixed >> 16 & 0xffff));
        if (i + 1 == syllables)
            to = label_text(to, PICK(codas, mixed >> 32 & 0xffff));
    }
    return to;
}

/* More bits out of those; not the ones that a caller gets who mixes them himself. */
static uint64_t further(uint64_t bits)
{
    return random_mix(bits ^ 0x6c6162656c636f64u);
}

uint8_t *label_code(uint8_t *to, uint64_t bits, const char *alphabet, unsigned count)
{
    size_t letters = strlen(alphabet);
    unsigned each = letters == 16 ? 16 : 8; /* characters that are drawn from 64 bits */

    for (unsigned i = 0; i < count; i++) {
        if (i % each == 0 && (i || each == 8))
            bits = further(bits);
        if (letters == 16)
            *to++ = (uint8_t)alphabet[bits >> (i % each * 4) & 15];
        else
            *to++ = (uint8_t)alphabet[(bits >> (i % each * 8) & 0xff) * letters >> 8];
    }
    return to;
}

uint8_t *label_uuid(uint8_t *to, uint64_t bits)
{
    static const uint8_t groups[] = {8, 4, 4, 4, 12};
    uint8_t digits[32], *from = digits;

    label_code(digits, bits, LABEL_HEX, sizeof(digits));
    for (unsigned i = 0; i < sizeof(groups); i++) {
        if (i)
            *to++ = '-';
        memcpy(to, from, groups[i]);
        to += groups[i];
        from += groups[i];
    }
    return to;
}

uint8_t *label_number(uint8_t *to, uint32_t number)
{
    uint8_t digits[10];
    unsigned count = 0;

    do {
        digits[count++] = (uint8_t)('0' + number % 10);
        number /= 10;
    } while (number);
    while (count)
        *to++ = digits[--count];
    return to;
}

uint8_t *label_put_text(uint8_t *to, const char *text)
{
    return label_closed(to, label_text(to + 1, text));
}

uint8_t *label_put_code(uint8_t *to, uint64_t bits, const char *alphabet, unsigned count)
{
    return label_closed(to, label_code(to + 1, bits, alphabet, count));
}
