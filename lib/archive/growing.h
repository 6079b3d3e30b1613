/* Bytes in memory that grows. Zero is an empty one; free(3) `data` in the end. */
#ifndef TL_ARCHIVE_GROWING_H
#define TL_ARCHIVE_GROWING_H

#include <tapline/core.h>

#include <stdlib.h>

struct growing {
    uint8_t *data;
    size_t size, capacity;
};

/* Room for `size` more bytes behind what is there, or NULL. The caller fills it and adds to `size`. */
static inline void *growing_room(struct growing *growing, size_t size)
{
    size_t capacity = growing->capacity ? growing->capacity : 4096;

    while (capacity - growing->size < size)
        capacity *= 2;
    if (capacity > growing->capacity) {
        uint8_t *data = (uint8_t *)realloc(growing->data, capacity);
        if (!data)
            return NULL;
        growing->data = data;
        growing->capacity = capacity;
    }
    return growing->data + growing->size;
}

/* False if there is no memory for it. */
static inline bool growing_put(struct growing *growing, const void *item, size_t size)
{
    void *room = growing_room(growing, size);

    if (room) {
        memcpy(room, item, size);
        growing->size += size;
    }
    return room != NULL;
}

static inline void growing_free(struct growing *growing)
{
    free(growing->data);
    *growing = (struct growing){NULL, 0, 0};
}

#endif
