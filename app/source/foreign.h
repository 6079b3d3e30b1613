/* source/foreign: what a stream is that is no Frame Streams. */
#ifndef SOURCE_FOREIGN_H
#define SOURCE_FOREIGN_H

#include <tapline/core.h>

/* What the first bytes of a connection look like ("it looks like HTTP"), or NULL if like nothing known.
 * Static memory. */
const char *source_foreign_name(struct tl_bytes first_bytes);

/* The same for the first bytes of a file (64 are plenty). */
const char *source_foreign_file_name(struct tl_bytes first_bytes);

#endif
