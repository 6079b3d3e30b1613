/* A ring of bytes in which each text lies behind its length, at the end and at the beginning where it wraps.
 * Invariant: from `start` on there are `count` whole texts in `used` bytes, the newest last. */
#include "cli/read_tail.h"

#include <stdlib.h>
#include <string.h>

#define LENGTH_SIZE sizeof(uint32_t)

struct read_tail {
    uint64_t most, count;
    uint64_t put; /* in all */
    size_t start, used;
    char ring[READ_TAIL_SIZE]; /* costs nothing where it was not written yet */
};

struct read_tail *read_tail_new(uint64_t most)
{
    struct read_tail *tail = malloc(sizeof(*tail));

    if (tail) {
        tail->most = most;
        tail->count = tail->put = tail->start = tail->used = 0;
    }
    return tail;
}

void read_tail_free(struct read_tail *tail)
{
    free(tail);
}

static void store(struct read_tail *tail, const void *data, size_t size)
{
    size_t at = (tail->start + tail->used) % READ_TAIL_SIZE;
    size_t first = size < READ_TAIL_SIZE - at ? size : READ_TAIL_SIZE - at;

    memcpy(tail->ring + at, data, first);
    memcpy(tail->ring, (const char *)data + first, size - first);
    tail->used += size;
}

static uint32_t length_at(const struct read_tail *tail, size_t at)
{
    uint32_t length = 0;

    for (size_t i = 0; i < LENGTH_SIZE; i++)
        length |= (uint32_t)(uint8_t)tail->ring[(at + i) % READ_TAIL_SIZE] << 8 * i;
    return length;
}

static void store_length(struct read_tail *tail, uint32_t length)
{
    uint8_t bytes[LENGTH_SIZE];

    for (size_t i = 0; i < LENGTH_SIZE; i++)
        bytes[i] = (uint8_t)(length >> 8 * i);
    store(tail, bytes, sizeof(bytes));
}

static void drop_oldest(struct read_tail *tail)
{
    size_t size = LENGTH_SIZE + length_at(tail, tail->start);

    tail->start = (tail->start + size) % READ_TAIL_SIZE;
    tail->used -= size;
    tail->count--;
}

void read_tail_put(struct read_tail *tail, struct tl_bytes text)
{
    bool fits = text.size <= READ_TAIL_SIZE - LENGTH_SIZE;

    tail->put++;
    while (tail->count &&
           (tail->count == tail->most || !fits || READ_TAIL_SIZE - tail->used < LENGTH_SIZE + text.size))
        drop_oldest(tail);
    if (!fits)
        return;
    store_length(tail, (uint32_t)text.size);
    store(tail, text.data, text.size);
    tail->count++;
}

enum tl_status read_tail_print(struct read_tail *tail, struct print *print)
{
    enum tl_status status = TL_OK;
    size_t at = tail->start;

    for (uint64_t i = 0; i < tail->count && status == TL_OK; i++) {
        size_t size = length_at(tail, at);
        at = (at + LENGTH_SIZE) % READ_TAIL_SIZE;
        size_t first = size < READ_TAIL_SIZE - at ? size : READ_TAIL_SIZE - at;
        status = print_put_part(print, tl_bytes(tail->ring + at, first));
        if (status == TL_OK)
            status = print_put_part(print, tl_bytes(tail->ring, size - first));
        at = (at + size) % READ_TAIL_SIZE;
    }
    return status;
}

uint64_t read_tail_count(const struct read_tail *tail)
{
    return tail->count;
}

bool read_tail_is_cut(const struct read_tail *tail)
{
    return tail->count < (tail->put < tail->most ? tail->put : tail->most);
}
