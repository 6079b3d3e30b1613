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

static bool is_blank(const char *expression)
{
    return expression[strspn(expression, " \t\r\n")] == '\0';
}

/* In which column the letter begins that the byte at `offset` belongs to. */
static size_t column_of(struct tl_bytes expression, size_t offset)
{
    struct excerpt_letter letter;
    size_t columns = 0;

    for (size_t at = 0; at < offset; at += letter.size, columns += letter.columns) {
        excerpt_letter(tl_bytes(expression.data + at, expression.size - at), &letter);
        if (at + letter.size > offset)
            break;
    }
    return columns;
}

/* Where the part that is shown begins: so that the fault is in it, and as much of the rest as there is room
 * for. In columns, as all of these. */
static size_t window_at(size_t length, size_t offset)
{
    if (length <= WINDOW || offset <= BEFORE)
        return 0;
    return offset - BEFORE < length - WINDOW ? offset - BEFORE : length - WINDOW;
}

/* Puts the letters from column `from` on, or from the next one that a letter begins at, which is returned in
 * `ret_from`, as far as the window goes. Returns the column behind them. */
static size_t put_window(struct tl_builder *builder, struct tl_bytes expression, size_t from,
                         size_t *ret_from)
{
    struct excerpt_letter letter;
    size_t column = 0;
    bool has_begun = false;

    for (size_t at = 0; at < expression.size; at += letter.size, column += letter.columns) {
        excerpt_letter(tl_bytes(expression.data + at, expression.size - at), &letter);
        if (column < from)
            continue;
        if (!has_begun)
            *ret_from = column;
        has_begun = true;
        if (column + letter.columns > *ret_from + WINDOW)
            break;
        tl_builder_put_text(builder, letter.shown);
    }
    return column;
}

size_t filter_error_print(const char *expression, const struct filter_error *error, char *ret_text,
                          size_t size)
{
    struct tl_builder builder = tl_builder(ret_text, size ? size - 1 : 0);
    struct tl_bytes text = tl_bytes_of_text(expression);
    size_t offset = error->offset < text.size ? error->offset : text.size;
    size_t behind = error->size < text.size - offset ? offset + error->size : text.size;
    size_t length = column_of(text, text.size), fault = column_of(text, offset);
    size_t from = window_at(length, fault), marked_end = column_of(text, behind), end;

    if (!is_blank(expression)) {
        if (from)
            tl_builder_put_text(&builder, DOTS);
        end = put_window(&builder, text, from, &from);
        if (end < length)
            tl_builder_put_text(&builder, DOTS);
        tl_builder_put_u8(&builder, '\n');
        put_many(&builder, ' ', fault - from + (from ? strlen(DOTS) : 0));
        if (marked_end > end)
            marked_end = end;
        tl_builder_put_u8(&builder, '^');
        put_many(&builder, '~', marked_end > fault ? marked_end - fault - 1 : 0);
        tl_builder_put_u8(&builder, '\n');
    }
    if (size)
        ret_text[tl_builder_size(&builder)] = '\0';
    return tl_builder_size(&builder);
}
