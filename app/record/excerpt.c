/* Excerpts. Invariant: nothing that a user wrote comes out but as printable ASCII, so that an expression out
 * of a file cannot speak to the terminal. */
#include "record/excerpt.h"

#define DOTS "..."

char excerpt_letter(uint8_t byte)
{
    if (byte == '\t' || byte == '\n' || byte == '\r')
        return ' ';
    return byte >= 0x20 && byte < 0x7f ? (char)byte : '?';
}

const char *excerpt_of(struct tl_bytes text, char ret_text[EXCERPT_SIZE])
{
    bool is_cut = text.size >= EXCERPT_SIZE;
    size_t size = is_cut ? EXCERPT_SIZE - sizeof(DOTS) : text.size;

    for (size_t i = 0; i < size; i++)
        ret_text[i] = excerpt_letter(text.data[i]);
    strcpy(ret_text + size, is_cut ? DOTS : "");
    return ret_text;
}
