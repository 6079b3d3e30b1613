/* filter/compile: a tree to a program. */
#ifndef FILTER_COMPILE_H
#define FILTER_COMPILE_H

#include "filter/program.h"
#include "filter/tree.h"

/* Makes one term of the tree into one of the program (without its jumps); lists are read. On failure what the
 * term owns already stays in it. */
bool filter_term_compile(struct filter *filter, const struct filter_tree *tree,
                         const struct filter_node *node, struct filter_term *ret_term,
                         struct filter_error *ret_error);

/* How much asking the term takes, roughly in tens of nanoseconds. */
unsigned filter_term_cost(const struct filter_term *term);

/* `filter` is all zero but for `utc`. False: `ret_error` says why, and what the filter owns is still to be
 * freed. `tree` is used up. */
bool filter_compile(struct filter *filter, struct filter_tree *tree, struct filter_error *ret_error);

#endif
