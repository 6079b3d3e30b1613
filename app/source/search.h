/* source/search: the part of framing that finds frames where there may be none. Only framing.c calls it. */
#ifndef SOURCE_SEARCH_H
#define SOURCE_SEARCH_H

#include "source/framing.h"
#include "source/plausible.h"

/* The window's front is the place `offset` in the file, and no frame is begun there yet. */
void search_place(struct framing *framing, uint64_t offset);

/* What stands at the window's front is no frame, or shall not be one. `frame_size`: of the oversized one. The
 * caller sets framing->fault before, if it knows one. */
void search_start(struct framing *framing, enum framing_why why, uint64_t frame_size);

enum framing_step search_next(struct framing *framing, struct source_item *ret_item);

/* Is there a frame at the window's front? PLAUSIBLE_MORE: what would tell is not there now. */
enum plausible search_judge(struct framing *framing);

/* May so much more work be done for the search, measured by how far the file was read? */
bool search_spend(struct framing *framing, uint64_t work);

#endif
