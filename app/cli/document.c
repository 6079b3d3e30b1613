/* JSON, member by member. Invariant: who puts a member puts what has to be in front of it, so nobody has to
 * know whether it is the first. */
#include "cli/document.h"

#include "print/json_text.h"

#include <inttypes.h>

static void put_comma(struct document *document)
{
    if (!document->is_open)
        putc(',', document->to);
    document->is_open = false;
}

/* One character of text that is UTF-8, or a byte of text that is not. Returns how many bytes it has. */
static size_t put_character(struct document *document, struct tl_bytes text, bool is_utf8)
{
    uint8_t c = text.data[0];
    bool steers = is_utf8 && c == 0xc2 && text.data[1] < 0xa0; /* U+0080 to U+009f do so with terminals */

    if (c == '"' || c == '\\')
        fprintf(document->to, "\\%c", c);
    else if (c < 0x20 || c == 0x7f)
        fprintf(document->to, "\\u%04x", c);
    else if (c >= 0x80 && !is_utf8)
        fputs("\\ufffd", document->to);
    else if (steers)
        fprintf(document->to, "\\u%04x", text.data[1]);
    else
        putc(c, document->to);
    return steers ? 2 : 1;
}

static void put_quoted(struct document *document, struct tl_bytes text)
{
    bool is_utf8 = json_is_utf8(text);

    putc('"', document->to);
    for (size_t at = 0; at < text.size;)
        at += put_character(document, tl_bytes(text.data + at, text.size - at), is_utf8);
    putc('"', document->to);
}

/* Behind a key of document_key nothing has to be in front. */
void document_key(struct document *document, struct tl_bytes key)
{
    put_comma(document);
    put_quoted(document, key);
    putc(':', document->to);
    document->is_open = true;
}

static void begin(struct document *document, const char *key)
{
    put_comma(document);
    if (key)
        fprintf(document->to, "\"%s\":", key);
}

void document_open(struct document *document, const char *key)
{
    begin(document, key);
    putc('{', document->to);
    document->is_open = true;
}

void document_close(struct document *document)
{
    putc('}', document->to);
    document->is_open = false;
}

void document_open_list(struct document *document, const char *key)
{
    begin(document, key);
    putc('[', document->to);
    document->is_open = true;
}

void document_close_list(struct document *document)
{
    putc(']', document->to);
    document->is_open = false;
}

void document_number(struct document *document, const char *key, uint64_t value)
{
    begin(document, key);
    fprintf(document->to, "%" PRIu64, value);
}

void document_real(struct document *document, const char *key, double value)
{
    begin(document, key);
    fprintf(document->to, "%.10g", value);
}

void document_bool(struct document *document, const char *key, bool value)
{
    begin(document, key);
    fputs(value ? "true" : "false", document->to);
}

void document_bytes(struct document *document, const char *key, struct tl_bytes text)
{
    begin(document, key);
    put_quoted(document, text);
}

void document_text(struct document *document, const char *key, const char *text)
{
    document_bytes(document, key, tl_bytes_of_text(text));
}

void document_time(struct document *document, const char *key, uint64_t ms)
{
    char text[TL_TIME_TEXT_SIZE];

    if (!ms || !tl_time_print((struct tl_time){ms / 1000, (uint32_t)(ms % 1000 * 1000000)}, text))
        return;
    begin(document, key);
    fprintf(document->to, "\"%.23sZ\"", text);
}
