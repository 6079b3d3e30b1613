/* capture/recover: what a run left in its queue when it died is brought into its files. */
#ifndef CAPTURE_RECOVER_H
#define CAPTURE_RECOVER_H

#include "capture/output.h"

/* Completes the files of the run whose queue lies in `fd`, and logs the books of it. May be killed and called
 * again. 0; or -1 if it could not be done, which was then logged, and the queue still holds everything.
 * `options`: for what no longer fits into the file that was open. */
int recover_queue(int fd, const char *queue_path, const struct output_options *options);

/* Opens the queue at `path` (NULL: one in memory), locked, with nothing in it that is not in files: a
 * descriptor, or -1, which was logged. */
int recover_open_queue(const char *path, const struct output_options *options);

#endif
