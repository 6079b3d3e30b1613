/* Lists of content types. Invariant: an item is one allocation, also an empty one. */
#include "content_types.h"

#include <stdlib.h>

bool content_types_add(struct content_types *types, struct tl_bytes type)
{
    struct tl_bytes *items = realloc(types->items, (types->count + 1) * sizeof(*items));

    if (!items)
        return false;
    types->items = items;
    uint8_t *copy = malloc(type.size ? type.size : 1);
    if (!copy)
        return false;
    if (type.size)
        memcpy(copy, type.data, type.size);
    items[types->count++] = tl_bytes(copy, type.size);
    return true;
}

fstrm_res content_types_add_option(struct content_types *types, const void *type, size_t size)
{
    if (size > FSTRM_CONTROL_FIELD_CONTENT_TYPE_LENGTH_MAX || !content_types_add(types, tl_bytes(type, size)))
        return fstrm_res_failure;
    return fstrm_res_success;
}

bool content_types_add_all(struct content_types *types, const struct content_types *from)
{
    for (size_t i = 0; i < from->count; i++)
        if (!content_types_add(types, from->items[i]))
            return false;
    return true;
}

void content_types_done(struct content_types *types)
{
    for (size_t i = 0; i < types->count; i++)
        free((void *)(uintptr_t)types->items[i].data);
    free(types->items);
    *types = (struct content_types){NULL, 0};
}

bool content_types_have(const struct content_types *types, size_t count, struct tl_bytes type)
{
    for (size_t i = 0; i < count; i++)
        if (tl_bytes_equal(types->items[i], type))
            return true;
    return false;
}
