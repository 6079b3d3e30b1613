/* A text that an options object holds a copy of. */
#ifndef COMPAT_TEXT_H
#define COMPAT_TEXT_H

#include <stdlib.h>
#include <string.h>

/* Replaces `*text` by a copy of `value`, or by NULL if that is NULL or memory is short. */
static inline void text_set(char **text, const char *value)
{
    char *copy = value ? strdup(value) : NULL;

    free(*text);
    *text = copy;
}

#endif
