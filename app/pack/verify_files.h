/* pack/verify_files: files of an archive that nobody reads, and that a person will miss or can remove. */
#ifndef PACK_VERIFY_FILES_H
#define PACK_VERIFY_FILES_H

#include "pack/verify.h"

/* The sealed segments in the folders of the days, as they are now. */
struct verify_files {
    struct tl_archive_segment *segments;
    size_t count, room;
};

/* Says what lies in a wrong folder, and what killed programs and damaged segments have left. False without
 * memory. verify_files_done is due in any case. */
bool verify_files_begin(struct verify_files *files, struct verify *verify, const struct tl_archive *archive);

/* Says which of the files are not in `list`, which was made later, and still there. */
void verify_files_end(const struct verify_files *files, struct verify *verify,
                      const struct tl_archive *archive, const struct tl_archive_list *list);
void verify_files_done(struct verify_files *files);

#endif
