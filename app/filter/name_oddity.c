/* Names that look like something else. Invariant: every name has a form in which nothing is odd, with
 * backslashes. */
#include "filter/name_oddity.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define DIGITS "0123456789"

/* Is the slash one between the digits of a label, with labels behind it, as RFC 2317 section 4 has it? */
static bool is_of_reverse(const char *name, const char *slash)
{
    const char *begin = slash;
    size_t behind = strspn(slash + 1, DIGITS);

    while (begin > name && begin[-1] >= '0' && begin[-1] <= '9')
        begin--;
    return begin < slash && (begin == name || begin[-1] == '.') && behind && slash[1 + behind] == '.' &&
           slash[2 + behind];
}

/* Nearly all letters of nearly all names; lists have millions of these. */
static bool is_plain(char letter)
{
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '-' && letter <= '9' && letter != '/') || letter == '_';
}

const char *filter_name_oddity(const char *name)
{
    for (const char *at = name; *at; at++) {
        if (is_plain(*at))
            continue;
        if (*at == '\\' && at[1])
            at++;
        else if (*at == '/' && is_of_reverse(name, at))
            continue;
        else if (*at <= ' ' || *at > '~' || strchr("/,|:^*?#;\"()[]@$", *at))
            return at;
    }
    return NULL;
}
