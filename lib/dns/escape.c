/* What escape.h needs out of line. Invariant: nothing at or behind `end` is read. */
#include "escape.h"

#define SET8 -1, -1, -1, -1, -1, -1, -1, -1

const int8_t tl__dns_set_and_zero[LABEL_SIZE_MAX + CHUNK] = {
    SET8, SET8, SET8, SET8, SET8, SET8, SET8, -1, -1, -1, -1, -1, -1, -1,
};

struct chunk tl__dns_last_chunk(const uint8_t *at, const uint8_t *end)
{
    struct chunk chunk = {{0}};
    memcpy(&chunk, at, (size_t)(end - at));
    return chunk;
}
