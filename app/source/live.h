/* source/live: records received from live streams: any number of listening sockets and connections, one event
 * loop that turns only while the caller asks for items. */
#ifndef SOURCE_LIVE_H
#define SOURCE_LIVE_H

#include "source/source.h"

struct live;

/* Listens on the endpoints. NULL with `ret_text` filled. */
struct live *live_new(const struct source_options *options, char ret_text[SOURCE_TEXT_SIZE]);
void live_free(struct live *live);

/* As source_next. */
void live_next(struct live *live, struct source_item *ret_item);

#endif
