/* The text of the file `version`. Invariant: what newer formats add does not keep this program from reading
 * who may use the archive. */
#include "version.h"

#include "text.h"

#define FIRST_LINE "tapline archive\n"

static void put_line(struct tl_builder *to, const char *words, uint64_t number)
{
    tl_builder_put_text(to, words);
    tl_builder_put_decimal(to, number, 0);
    tl_builder_put_u8(to, '\n');
}

void tl__version_print(const struct tl__version *version, struct tl_builder *to)
{
    tl_builder_put_text(to, FIRST_LINE);
    put_line(to, "format ", version->format);
    put_line(to, "readable by ", version->readable_by);
    put_line(to, "writable by ", version->writable_by);
}

static uint64_t take_line(struct tl_cursor *from, const char *words)
{
    tl__take_text(from, words);
    uint64_t number = tl__take_number(from);
    tl__take_text(from, "\n");
    return number;
}

enum tl_status tl__version_parse(struct tl_bytes text, struct tl__version *ret_version)
{
    struct tl_cursor from = tl_cursor(text);
    struct tl__version version;

    tl__take_text(&from, FIRST_LINE);
    version.format = take_line(&from, "format ");
    version.readable_by = take_line(&from, "readable by ");
    version.writable_by = take_line(&from, "writable by ");
    if (from.status != TL_OK || version.readable_by < 1 || version.writable_by < 1 ||
        version.readable_by > version.format || version.writable_by > version.format)
        return TL_BAD_TEXT;
    *ret_version = version;
    return TL_OK;
}

bool tl__version_begins(struct tl_bytes text)
{
    struct tl_cursor from = tl_cursor(text);

    tl__take_text(&from, FIRST_LINE);
    return from.status == TL_OK;
}
