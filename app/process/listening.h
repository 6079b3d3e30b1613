/* process/listening: why an endpoint cannot be listened on, in words for whoever chose it. */
#ifndef PROCESS_LISTENING_H
#define PROCESS_LISTENING_H

#include <tapline/stream.h>

/* What `status` of tl_endpoint_listen means for `endpoint`, with errno as that has left it. The text lives
 * until the next call of strerror(3). */
const char *process_listening_text(enum tl_status status, const struct tl_endpoint *endpoint);

#endif
