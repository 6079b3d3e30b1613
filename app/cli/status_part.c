/* The layout of what a person reads. Invariant: a title is printed once, and nothing of it if its part has no
 * line. */
#include "cli/status_part.h"

#include "cli/quantities.h"

#include <stdarg.h>
#include <string.h>

#define LINE_SIZE 512
#define WIDTH     70 /* beside the titles */

void status_path(FILE *to, const char *path)
{
    for (const char *c = path; *c; c++)
        putc((unsigned char)*c < 0x20 || *c == 0x7f ? '?' : *c, to);
}

void status_head(FILE *to, const char *path, uint64_t now_ms)
{
    status_path(to, path);
    fprintf(to, ", %s\n", quantity_time(now_ms));
}

static void print(struct status_part *part, const char *text, size_t length)
{
    while (length && text[length - 1] == ' ')
        length--;
    fprintf(part->to, "%s%-10s%.*s\n", part->title ? "\n" : "", part->title ? part->title : "", (int)length,
            text);
    part->title = NULL;
}

void status_line(struct status_part *part, const char *format, ...)
{
    char text[LINE_SIZE];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    print(part, text, strlen(text));
}

/* How much of a text stands in one line: whole words, or a word that is too long. */
static size_t line_of(const char *text)
{
    size_t length = strlen(text), cut = WIDTH;

    if (length <= WIDTH)
        return length;
    while (cut && text[cut] != ' ')
        cut--;
    return cut ? cut : strcspn(text, " ");
}

void status_sentence(struct status_part *part, const char *format, ...)
{
    char text[LINE_SIZE];
    const char *at = text;
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    do {
        size_t length = line_of(at);
        print(part, at, length);
        at += length;
        at += strspn(at, " ");
    } while (*at);
}

const char *status_plural(uint64_t count, const char *one, const char *more)
{
    return count == 1 ? one : more;
}
