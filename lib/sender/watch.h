/* watch: the appearance of unix sockets that are awaited (inotify). */
#ifndef SENDER_WATCH_H
#define SENDER_WATCH_H

#include "state.h"

/* The route is down: the folders of its unix sockets are watched, where that can be done. */
void watch_begin(struct route *route);

void watch_end(struct route *route);

/* Something was noted: routes whose socket has appeared connect at once. */
void watch_read(struct tl_sender *sender, uint64_t now);

#endif
