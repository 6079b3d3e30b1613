/* A line of the file `removed`. Invariant: the words that every line has are checked to be there and to be
 * whole values, so that what was cut off in the middle of one is no line. */
#include "removed.h"

#include "text.h"

static void put_number(struct tl_builder *to, const char *key, uint64_t number)
{
    tl_builder_put_text(to, key);
    tl_builder_put_decimal(to, number, 0);
}

static void put_time(struct tl_builder *to, const char *key, uint64_t ms)
{
    tl_builder_put_text(to, key);
    tl__put_time(to, ms);
}

void tl__removed_print(const struct tl_archive_removed *removed, struct tl_builder *to)
{
    put_number(to, "first=", removed->first);
    put_number(to, " last=", removed->last);
    put_number(to, " frames=", removed->frames);
    put_number(to, " bytes=", removed->bytes);
    if (removed->from_ms)
        put_time(to, " from=", removed->from_ms);
    if (removed->to_ms)
        put_time(to, " to=", removed->to_ms);
    put_time(to, " at=", removed->at_ms);
    tl_builder_put_text(to, " cause=");
    tl_builder_put_text(to, removed->cause);
    tl_builder_put_u8(to, '\n');
}

static bool has_key(struct tl_bytes word, const char *key, struct tl_bytes *ret_value)
{
    size_t length = strlen(key);

    if (word.size <= length || memcmp(word.data, key, length) != 0 || word.data[length] != '=')
        return false;
    *ret_value = tl_bytes(word.data + length + 1, word.size - length - 1);
    return true;
}

static bool take_cause(struct tl_bytes value, char ret_cause[32])
{
    if (value.size == 0 || value.size > 31)
        return false;
    for (size_t i = 0; i < value.size; i++) {
        if (value.data[i] <= ' ' || value.data[i] > '~')
            return false;
    }
    memset(ret_cause, 0, 32);
    memcpy(ret_cause, value.data, value.size);
    return true;
}

static bool take_word(struct tl_bytes word, struct tl_archive_removed *removed)
{
    struct tl_bytes value;

    if (has_key(word, "first", &value))
        return tl__is_number(value, &removed->first);
    if (has_key(word, "last", &value))
        return tl__is_number(value, &removed->last);
    if (has_key(word, "frames", &value))
        return tl__is_number(value, &removed->frames);
    if (has_key(word, "bytes", &value))
        return tl__is_number(value, &removed->bytes);
    if (has_key(word, "from", &value))
        return tl__is_time(value, &removed->from_ms);
    if (has_key(word, "to", &value))
        return tl__is_time(value, &removed->to_ms);
    if (has_key(word, "at", &value))
        return tl__is_time(value, &removed->at_ms);
    return !has_key(word, "cause", &value) || take_cause(value, removed->cause);
}

enum tl_status tl__removed_parse(struct tl_bytes line, struct tl_archive_removed *ret_removed)
{
    struct tl_archive_removed removed;

    memset(&removed, 0, sizeof(removed));
    while (line.size) {
        const uint8_t *space = memchr(line.data, ' ', line.size);
        size_t size = space ? (size_t)(space - line.data) : line.size;
        if (!take_word(tl_bytes(line.data, size), &removed))
            return TL_BAD_TEXT;
        size += space != NULL;
        line = tl_bytes(line.data + size, line.size - size);
    }
    if (removed.first == 0 || removed.last < removed.first || !removed.at_ms || !removed.cause[0])
        return TL_BAD_TEXT;
    *ret_removed = removed;
    return TL_OK;
}
