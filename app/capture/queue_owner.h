/* capture/queue_owner: whose a queue is. A copied archive has a copied link, which leads to the queue of the
 * capture of the original; that is neither finished nor removed for the copy's sake. */
#ifndef CAPTURE_QUEUE_OWNER_H
#define CAPTURE_QUEUE_OWNER_H

#include <tapline/archive.h>

#include <limits.h>

#define QUEUE_LINK "queue" /* in the archive */

/* True if an archive is at `path` that is not this one. Of one that was moved the old path is not. */
bool queue_owner_is_other(const struct tl_archive *archive, const char *path);

/* True if the archive's link `queue` leads to a queue that holds frames of another archive, whose path is put
 * into `ret_owner` then. The queue is neither locked nor changed, so that no capture is disturbed. False as
 * well if it cannot be told: who opens the queue says why. */
bool queue_owner_read(const struct tl_archive *archive, char ret_owner[PATH_MAX]);

#endif
