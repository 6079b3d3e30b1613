/* record/excerpt: what a user wrote, fit to be shown in a sentence about it. */
#ifndef RECORD_EXCERPT_H
#define RECORD_EXCERPT_H

#include <tapline/core.h>

#define EXCERPT_SIZE        48
#define EXCERPT_LETTER_SIZE 8 /* of the longest text of one letter, with a NUL */

/* The beginning of `text`, letter by letter as excerpt_letter has it; cut off between two letters, with three
 * dots. Returns `ret_text`. */
const char *excerpt_of(struct tl_bytes text, char ret_text[EXCERPT_SIZE]);

struct excerpt_letter {
    size_t size;                     /* bytes of the text that it takes, at least 1 */
    size_t columns;                  /* that it has on a terminal, at least 1 */
    char shown[EXCERPT_LETTER_SIZE]; /* with a NUL */
};

/* The first letter of `text`, which is not empty: printable ASCII as it is, tabs and line ends as a space; a
 * letter of UTF-8 as it is, if the environment's locale (LC_ALL, LC_CTYPE, LANG) is one of UTF-8 and the
 * letter has a column of its own there; of any other a byte as \xHH. So nothing that is shown moves the
 * cursor or has a terminal do anything. */
void excerpt_letter(struct tl_bytes text, struct excerpt_letter *ret_letter);

#endif
