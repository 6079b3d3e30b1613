/* Excerpts. Invariant: nothing that a user wrote comes out but as letters that are printable and take up
 * columns, so that an expression out of a file cannot speak to the terminal. */
#include "record/excerpt.h"

#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <wchar.h>
#include <wctype.h>

#define DOTS "..."

/* The letter of UTF-8 at the beginning, if there is one that can be shown. */
static bool wide_letter(struct tl_bytes text, struct excerpt_letter *letter)
{
    mbstate_t state = {0};
    wchar_t wide;
    size_t size = mbrtowc(&wide, (const char *)text.data, text.size, &state);
    int columns = size - 1 < EXCERPT_LETTER_SIZE - 1 && iswprint((wint_t)wide) ? wcwidth(wide) : 0;

    if (columns < 1)
        return false;
    letter->size = size;
    letter->columns = (size_t)columns;
    memcpy(letter->shown, text.data, size);
    letter->shown[size] = '\0';
    return true;
}

/* The same in the environment's locale, which is this thread's for that long only: nothing else here goes by
 * a locale. */
static bool wide_letter_of_locale(struct tl_bytes text, struct excerpt_letter *letter)
{
    locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
    bool is_shown = false;

    if (!locale)
        return false;
    if (strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") == 0) {
        locale_t before = uselocale(locale);
        is_shown = wide_letter(text, letter);
        uselocale(before);
    }
    freelocale(locale);
    return is_shown;
}

void excerpt_letter(struct tl_bytes text, struct excerpt_letter *ret_letter)
{
    uint8_t byte = text.data[0];
    bool is_blank = byte == '\t' || byte == '\n' || byte == '\r';

    if (byte >= 0x80 && wide_letter_of_locale(text, ret_letter))
        return;
    ret_letter->size = 1;
    if (is_blank || (byte >= 0x20 && byte < 0x7f))
        snprintf(ret_letter->shown, EXCERPT_LETTER_SIZE, "%c", is_blank ? ' ' : byte);
    else
        snprintf(ret_letter->shown, EXCERPT_LETTER_SIZE, "\\x%02x", byte);
    ret_letter->columns = strlen(ret_letter->shown);
}

const char *excerpt_of(struct tl_bytes text, char ret_text[EXCERPT_SIZE])
{
    size_t size = 0, cut = 0; /* `cut`: where the dots still fit */
    struct excerpt_letter letter;

    for (size_t at = 0; at < text.size; at += letter.size) {
        excerpt_letter(tl_bytes(text.data + at, text.size - at), &letter);
        size_t length = strlen(letter.shown);
        if (size + length >= EXCERPT_SIZE) {
            strcpy(ret_text + cut, DOTS);
            return ret_text;
        }
        memcpy(ret_text + size, letter.shown, length);
        size += length;
        if (size + sizeof(DOTS) <= EXCERPT_SIZE)
            cut = size;
    }
    ret_text[size] = '\0';
    return ret_text;
}
