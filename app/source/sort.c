/* A heap of copies. Invariant: the first of the heap is the earliest of all copies, and of equal ones the one
 * that was put first. */
#include "source/sort.h"

#include "record/times.h"
#include "source/span.h"

#include <stdlib.h>

#define HEAD_SIZE 48 /* what malloc(3) and the heap need beside each copy */

/* A text that many copies share. */
struct text {
    size_t uses;
    char text[];
};

struct copy {
    size_t size;
    struct text *name, *place, *peer;
    struct source_item item;
    struct record_origin origin;
    uint8_t frame[];
};

/* A place in the heap: with what decides, so that comparing looks at nothing else. */
struct slot {
    struct tl_time time;
    uint64_t turn; /* in which they were put */
    struct copy *copy;
};

struct sort {
    size_t size, used;
    struct slot *heap;
    size_t count, room;
    uint64_t turns, late;
    struct tl_time last; /* of the one taken out last */
    struct copy *given;
    struct text *name, *place, *peer; /* of the one put last: the next one often has the same */
};

static void drop(struct text *text)
{
    if (text && --text->uses == 0)
        free(text);
}

/* The text as a shared one; `*last` if it is the same. NULL without memory, or of NULL. */
static struct text *share(struct text **last, const char *text)
{
    if (!text)
        return NULL;
    if (!*last || strcmp((*last)->text, text) != 0) {
        size_t size = strlen(text) + 1;
        struct text *made = malloc(sizeof(*made) + size);
        if (!made)
            return NULL;
        made->uses = 1;
        memcpy(made->text, text, size);
        drop(*last);
        *last = made;
    }
    (*last)->uses++;
    return *last;
}

static void free_copy(struct copy *copy)
{
    if (!copy)
        return;
    drop(copy->name);
    drop(copy->place);
    drop(copy->peer);
    free(copy);
}

struct sort *sort_new(size_t size)
{
    struct sort *sort = calloc(1, sizeof(*sort));

    if (sort)
        sort->size = size ? size : SORT_SIZE;
    return sort;
}

void sort_free(struct sort *sort)
{
    if (!sort)
        return;
    for (size_t i = 0; i < sort->count; i++)
        free_copy(sort->heap[i].copy);
    free_copy(sort->given);
    drop(sort->name);
    drop(sort->place);
    drop(sort->peer);
    free(sort->heap);
    free(sort);
}

/* What it points to is copied too. */
static struct copy *make_copy(struct sort *sort, const struct source_item *item)
{
    static const struct record_origin nowhere;
    const struct record_origin *origin = item->origin ? item->origin : &nowhere;
    struct copy *copy = malloc(sizeof(*copy) + item->frame.size);

    if (!copy)
        return NULL;
    copy->name = share(&sort->name, item->name);
    copy->place = share(&sort->place, origin->place);
    copy->peer = share(&sort->peer, origin->peer);
    if (!copy->name || (origin->place && !copy->place) || (origin->peer && !copy->peer)) {
        free_copy(copy);
        return NULL;
    }
    if (item->frame.size)
        memcpy(copy->frame, item->frame.data, item->frame.size);
    copy->size = sizeof(*copy) + item->frame.size + HEAD_SIZE;
    copy->origin = *origin;
    copy->origin.place = copy->place ? copy->place->text : NULL;
    copy->origin.peer = copy->peer ? copy->peer->text : NULL;
    copy->item = *item;
    copy->item.name = copy->name->text;
    copy->item.frame = tl_bytes(copy->frame, item->frame.size);
    copy->item.origin = item->origin ? &copy->origin : NULL;
    return copy;
}

static bool is_before(const struct slot *a, const struct slot *b)
{
    if (a->time.seconds != b->time.seconds)
        return a->time.seconds < b->time.seconds;
    if (a->time.nanoseconds != b->time.nanoseconds)
        return a->time.nanoseconds < b->time.nanoseconds;
    return a->turn < b->turn;
}

static void rise(struct slot *heap, size_t at, struct slot slot)
{
    for (; at > 0 && is_before(&slot, &heap[(at - 1) / 2]); at = (at - 1) / 2)
        heap[at] = heap[(at - 1) / 2];
    heap[at] = slot;
}

/* Fills the first place with `slot`, which was the last one: so it most likely belongs far down. The gap goes
 * all the way, and it rises from there. */
static void sink(struct slot *heap, size_t count, struct slot slot)
{
    size_t at = 0, child;

    while ((child = 2 * at + 1) < count) {
        child += child + 1 < count && is_before(&heap[child + 1], &heap[child]);
        heap[at] = heap[child];
        at = child;
    }
    rise(heap, at, slot);
}

bool sort_put(struct sort *sort, const struct source_item *item, struct tl_time time)
{
    if (sort->count == sort->room) {
        size_t room = sort->room ? 2 * sort->room : 1024;
        struct slot *heap = realloc(sort->heap, room * sizeof(*heap));
        if (!heap)
            return false;
        sort->heap = heap;
        sort->room = room;
    }
    struct copy *copy = make_copy(sort, item);
    if (!copy)
        return false;
    sort->late += record_time_is_before(time, sort->last);
    sort->used += copy->size;
    rise(sort->heap, sort->count++, (struct slot){time, sort->turns++, copy});
    return true;
}

bool sort_is_full(const struct sort *sort)
{
    return sort->used > sort->size;
}

bool sort_take(struct sort *sort, struct source_item *ret_item)
{
    free_copy(sort->given);
    sort->given = NULL;
    if (!sort->count)
        return false;
    struct slot first = sort->heap[0];
    if (--sort->count)
        sink(sort->heap, sort->count, sort->heap[sort->count]);
    sort->given = first.copy;
    sort->used -= first.copy->size;
    if (record_time_is_before(sort->last, first.time))
        sort->last = first.time;
    *ret_item = sort->given->item;
    return true;
}

uint64_t sort_late(const struct sort *sort)
{
    return sort->late;
}
