/* generate/truth: what was planted, as JSON lines, for who wants to know whether it was found. */
#ifndef GENERATE_TRUTH_H
#define GENERATE_TRUTH_H

#include "generate/plant.h"

#include <stdio.h>

/* One line for each pattern of which something went out; `start`: of the traffic, in nanoseconds since 1970.
 * False with errno. */
bool truth_write(FILE *file, const struct plant *plants, size_t count, uint64_t start);

#endif
