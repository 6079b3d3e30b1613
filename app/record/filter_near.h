/* record/filter_near: which word somebody may have meant. */
#ifndef RECORD_FILTER_NEAR_H
#define RECORD_FILTER_NEAR_H

#include "record/field.h"

/* The word of the field that is nearest to `text`, if one is near, into `ret_word`. Tries every number that
 * may have a word: for errors only. */
bool filter_near_word(enum field field, struct tl_bytes text, char ret_word[FIELD_WORD_SIZE]);

#endif
