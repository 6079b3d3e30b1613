/* generate/events: what happens next in virtual time: a heap of moments, each with the number of what is due
 * then. */
#ifndef GENERATE_EVENTS_H
#define GENERATE_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event {
    uint64_t at; /* nanoseconds */
    uint32_t what;
};

struct events {
    struct event *heap; /* the parent of i is (i - 1) / 4 */
    size_t count, room;
};

/* The earliest; there must be one. Of several at one moment: any, but always the same one. */
static inline struct event events_first(const struct events *events)
{
    return events->heap[0];
}

/* False without memory. */
bool events_add(struct events *events, struct event event);

/* The first one is over. */
void events_drop(struct events *events);

/* The first one happens again at `at`: quicker than dropping and adding. */
void events_move(struct events *events, uint64_t at);

void events_done(struct events *events);

#endif
