/* Numbers and times in small text files. Invariant: each value has one text only, so that a file that parses
 * prints as it was. */
#include "text.h"

#define TIME_SIZE 24 /* "2026-11-23T21:59:00.000Z" */

void tl__take_text(struct tl_cursor *from, const char *text)
{
    struct tl_bytes wanted = tl_bytes_of_text(text);

    if (tl_cursor_left(from) < wanted.size || !tl_bytes_equal(tl_cursor_take(from, wanted.size), wanted))
        tl_cursor_fail(from, TL_BAD_TEXT);
}

static bool is_digit(const struct tl_cursor *from)
{
    return from->status == TL_OK && tl_cursor_left(from) && *from->at >= '0' && *from->at <= '9';
}

uint64_t tl__take_number(struct tl_cursor *from)
{
    const uint8_t *start = from->at;
    uint64_t value = 0;

    while (is_digit(from)) {
        unsigned digit = *from->at - '0';
        if (value > (UINT64_MAX - digit) / 10)
            break;
        value = value * 10 + digit;
        from->at++;
    }
    if (is_digit(from) || from->at == start || (*start == '0' && from->at - start > 1))
        tl_cursor_fail(from, TL_BAD_TEXT);
    return from->status == TL_OK ? value : 0;
}

uint32_t tl__take_digits(struct tl_cursor *from, unsigned count)
{
    uint32_t value = 0;

    for (; count; count--) {
        if (!is_digit(from)) {
            tl_cursor_fail(from, TL_BAD_TEXT);
            return 0;
        }
        value = value * 10 + (uint32_t)(*from->at++ - '0');
    }
    return value;
}

struct tl_bytes tl__take_until(struct tl_cursor *from, char end)
{
    size_t left = from->status == TL_OK ? tl_cursor_left(from) : 0;
    const uint8_t *at = left ? memchr(from->at, end, left) : NULL;

    if (!at) {
        tl_cursor_fail(from, TL_BAD_TEXT);
        return tl_bytes(NULL, 0);
    }
    struct tl_bytes taken = tl_cursor_take(from, (size_t)(at - from->at));
    tl_cursor_take(from, 1);
    return taken;
}

bool tl__is_number(struct tl_bytes text, uint64_t *ret_number)
{
    struct tl_cursor from = tl_cursor(text);
    uint64_t number = tl__take_number(&from);

    if (from.status != TL_OK || tl_cursor_left(&from))
        return false;
    *ret_number = number;
    return true;
}

void tl__put_time(struct tl_builder *to, uint64_t ms)
{
    char text[TL_TIME_TEXT_SIZE];

    if (!tl_time_print((struct tl_time){ms / 1000, (uint32_t)(ms % 1000 * 1000000)}, text)) {
        to->status = TL_FULL;
        return;
    }
    tl_builder_put(to, tl_bytes(text, TIME_SIZE - 1));
    tl_builder_put_u8(to, 'Z');
}

bool tl__is_time(struct tl_bytes text, uint64_t *ret_ms)
{
    struct tl_time time;
    char again[TIME_SIZE];
    struct tl_builder to = tl_builder(again, sizeof(again));

    if (tl_time_parse(text, &time) != TL_OK)
        return false;
    uint64_t ms = time.seconds * 1000 + time.nanoseconds / 1000000;
    tl__put_time(&to, ms);
    if (to.status != TL_OK || !tl_bytes_equal(tl_builder_bytes(&to), text))
        return false;
    *ret_ms = ms;
    return true;
}
