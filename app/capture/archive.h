/* capture/archive: what a capture needs of its archive besides the writing: to have it for itself, to finish
 * what the capture before left behind, and to leave word where its own queue is. Everything that fails is
 * logged. */
#ifndef CAPTURE_ARCHIVE_H
#define CAPTURE_ARCHIVE_H

#include <tapline/archive.h>

/* Opens the archive, which is made if it is not there, and takes it for writing. NULL if that failed. */
struct tl_archive *archive_take(const char *path, long group);

/* Makes the archive's link `queue` point to `queue_path`; NULL: to nothing, for there is nothing to be
 * finished. 0 or -1. */
int archive_link_queue(const struct tl_archive *archive, const char *queue_path);

#endif
