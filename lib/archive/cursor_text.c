/* Cursors as text. Invariant: a text that was cut off is no cursor, for it would point somewhere else. */
#include "cursor.h"

#include "text.h"

void tl__cursor_print(const struct tl_archive_cursor *cursor, struct tl_builder *to)
{
    char next[TL_FRAME_NAME_SIZE];

    tl_frame_name_print(cursor->next, next);
    tl_builder_put_text(to, "tapline cursor 1\nnext ");
    tl_builder_put_text(to, next);
    tl_builder_put_text(to, cursor->hold ? "\nhold yes\nupdated " : "\nhold no\nupdated ");
    tl__put_time(to, cursor->updated_ms);
    tl_builder_put_u8(to, '\n');
}

static bool take_hold(struct tl_cursor *from)
{
    struct tl_bytes word = tl__take_until(from, '\n');
    bool holds = tl_bytes_equal(word, tl_bytes_of_text("yes"));

    if (!holds && !tl_bytes_equal(word, tl_bytes_of_text("no")))
        tl_cursor_fail(from, TL_BAD_TEXT);
    return holds;
}

enum tl_status tl__cursor_parse(struct tl_bytes text, struct tl_archive_cursor *ret_cursor)
{
    struct tl_cursor from = tl_cursor(text);
    struct tl_archive_cursor cursor;

    tl__take_text(&from, "tapline cursor 1\nnext ");
    cursor.next.segment = tl__take_number(&from);
    tl__take_text(&from, "/");
    cursor.next.number = tl__take_number(&from);
    tl__take_text(&from, "\nhold ");
    cursor.hold = take_hold(&from);
    tl__take_text(&from, "updated ");
    if (!tl__is_time(tl__take_until(&from, '\n'), &cursor.updated_ms) || from.status != TL_OK ||
        tl_cursor_left(&from))
        return TL_BAD_TEXT;
    ret_cursor->next = cursor.next;
    ret_cursor->hold = cursor.hold;
    ret_cursor->updated_ms = cursor.updated_ms;
    return TL_OK;
}
