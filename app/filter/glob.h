/* filter/glob: patterns with * and ?. */
#ifndef FILTER_GLOB_H
#define FILTER_GLOB_H

#include <tapline/core.h>

/* Does the pattern match the whole text? `*` stands for any bytes, also none, `?` for one; a backslash takes
 * their meaning from these and from itself. `folds`: letters match without case. At worst as many steps as
 * both are long, multiplied. */
bool filter_glob_matches(struct tl_bytes pattern, struct tl_bytes text, bool folds);

#endif
