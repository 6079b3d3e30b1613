/* capture/queue_path: where the write queue lies if the user does not say. */
#ifndef CAPTURE_QUEUE_PATH_H
#define CAPTURE_QUEUE_PATH_H

#include <tapline/core.h>

/* `chosen`, or a path on tmpfs made from the user, the output's absolute path and its content type (empty:
 * dnstap), so that the next start with the same output finds it; built in `buffer` (PATH_MAX). NULL if the
 * output is no file (standard output, a device): a queue without a name will do, for nothing could be
 * completed later. */
const char *queue_path_of(const char *chosen, const char *pattern, struct tl_bytes content_type,
                          char *buffer);

/* Says which other queues there are, in the default place, that nobody completes: a capture was killed and
 * not started again with the same output. */
void queue_path_log_left(const char *own);

#endif
