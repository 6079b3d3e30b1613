/* A heap of four branches: flatter than one of two, and the four lie together in memory. Invariant: no event
 * is earlier than its parent. */
#include "generate/events.h"

#include <stdlib.h>

#define BRANCHES 4

static bool grow(struct events *events)
{
    size_t room = events->room ? events->room * 2 : 1024;
    struct event *heap = realloc(events->heap, room * sizeof(*heap));

    if (!heap)
        return false;
    events->heap = heap;
    events->room = room;
    return true;
}

bool events_add(struct events *events, struct event event)
{
    if (events->count == events->room && !grow(events))
        return false;
    size_t at = events->count++;
    while (at && events->heap[(at - 1) / BRANCHES].at > event.at) {
        events->heap[at] = events->heap[(at - 1) / BRANCHES];
        at = (at - 1) / BRANCHES;
    }
    events->heap[at] = event;
    return true;
}

/* Puts `event` into the root and lets it sink. */
static void sink(struct events *events, struct event event)
{
    struct event *heap = events->heap;
    size_t at = 0;

    for (;;) {
        size_t first = at * BRANCHES + 1, end = first + BRANCHES, least = first;
        if (first >= events->count)
            break;
        if (end > events->count)
            end = events->count;
        for (size_t i = first + 1; i < end; i++) {
            if (heap[i].at < heap[least].at)
                least = i;
        }
        if (heap[least].at >= event.at)
            break;
        heap[at] = heap[least];
        at = least;
    }
    heap[at] = event;
}

void events_drop(struct events *events)
{
    struct event last = events->heap[--events->count];

    if (events->count)
        sink(events, last);
}

void events_move(struct events *events, uint64_t at)
{
    sink(events, (struct event){at, events->heap[0].what});
}

void events_done(struct events *events)
{
    free(events->heap);
    *events = (struct events){0};
}
