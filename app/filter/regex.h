/* filter/regex: regular expressions of PCRE2, with an end to what one match may take. */
#ifndef FILTER_REGEX_H
#define FILTER_REGEX_H

#include <tapline/core.h>

struct filter_regex; /* compiled: never changes */

/* `folds`: letters match without case. Patterns and texts are bytes, not UTF-8. NULL: `ret_why` says why, and
 * `ret_offset` where in the pattern. */
struct filter_regex *filter_regex_new(struct tl_bytes pattern, bool folds, size_t *ret_offset,
                                      char ret_why[128]);
void filter_regex_free(struct filter_regex *regex);

/* What one thread needs to match, any expression. NULL without memory. */
struct filter_matcher *filter_matcher_new(void);
void filter_matcher_free(struct filter_matcher *matcher);

/* Is there a match anywhere in the text? One that takes more than the limits is none, and counted. Without
 * JIT the matcher may take up to 1 MiB of memory at its first ones, and keeps it. */
bool filter_regex_matches(const struct filter_regex *regex, struct filter_matcher *matcher,
                          struct tl_bytes text);
uint64_t filter_matcher_given_up(const struct filter_matcher *matcher);

#endif
