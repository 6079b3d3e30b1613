/* Faults of expressions, for people. Invariant: what is shown of an expression is what record/excerpt lets
 * through. */
#include "filter/error.h"

#include "record/excerpt.h"

#include <stdarg.h>
#include <stdio.h>

#define WINDOW 72 /* columns of the expression that are shown */
#define BEFORE 48 /* of them at most before the fault, if it is cut */
#define DOTS   "..."

bool filter_error_set(struct filter_error *error, size_t offset, size_t size, const char *format, ...)
{
    va_list arguments;

    error->offset = offset;
    error->size = size ? size : 1;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof(error->text), format, arguments);
    va_end(arguments);
    return false;
}

bool filter_error_memory(struct filter_error *error)
{
    return filter_error_set(error, 0, 1, "not enough memory");
}

static void put_many(struct tl_builder *builder, char letter, size_t count)
{
    while (count--)
        tl_builder_put_u8(builder, (uint8_t)letter);
}

/* Where the part that is shown begins: so that the fault is in it, and as much of the rest as there is room
 * for. */
static size_t window_at(size_t length, size_t offset)
{
    if (length <= WINDOW || offset <= BEFORE)
        return 0;
    return offset - BEFORE < length - WINDOW ? offset - BEFORE : length - WINDOW;
}

size_t filter_error_print(const char *expression, const struct filter_error *error, char *ret_text,
                          size_t size)
{
    struct tl_builder builder = tl_builder(ret_text, size ? size - 1 : 0);
    size_t length = strlen(expression), offset = error->offset < length ? error->offset : length;
    size_t from = window_at(length, offset);
    size_t end = length - from > WINDOW ? from + WINDOW : length;
    size_t marked = error->size;

    if (from)
        tl_builder_put_text(&builder, DOTS);
    for (size_t i = from; i < end; i++)
        tl_builder_put_u8(&builder, (uint8_t)excerpt_letter((uint8_t)expression[i]));
    if (end < length)
        tl_builder_put_text(&builder, DOTS);
    tl_builder_put_u8(&builder, '\n');
    put_many(&builder, ' ', offset - from + (from ? strlen(DOTS) : 0));
    if (offset + marked > end)
        marked = end > offset ? end - offset : 1;
    tl_builder_put_u8(&builder, '^');
    put_many(&builder, '~', marked - 1);
    tl_builder_put_u8(&builder, '\n');
    if (size)
        ret_text[tl_builder_size(&builder)] = '\0';
    return tl_builder_size(&builder);
}
