/* record/excerpt: what a user wrote, fit to be shown in a sentence about it. */
#ifndef RECORD_EXCERPT_H
#define RECORD_EXCERPT_H

#include <tapline/core.h>

#define EXCERPT_SIZE 48

/* The beginning of `text`: printable ASCII, line ends and tabs as spaces, other bytes as question marks.
 * Returns `ret_text`. */
const char *excerpt_of(struct tl_bytes text, char ret_text[EXCERPT_SIZE]);

/* How one byte is shown. */
char excerpt_letter(uint8_t byte);

#endif
