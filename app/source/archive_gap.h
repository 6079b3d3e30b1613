/* source/archive_gap: segments that should be there. */
#ifndef SOURCE_ARCHIVE_GAP_H
#define SOURCE_ARCHIVE_GAP_H

#include "source/source.h"

#include <tapline/archive.h>

/* Origins `from.segment` to `to` are not in the archive, and what is missed of them begins with the frame
 * `from`. Makes one sentence about them. `is_beginning`: nobody has waited for them. False if none of their
 * frames is missed. */
bool archive_gap_tell(const struct tl_archive *archive, struct tl_frame_name from, uint64_t to,
                      bool is_beginning, char ret_text[SOURCE_TEXT_SIZE]);

#endif
