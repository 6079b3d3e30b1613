/* Sets out of files. Invariant: a list is taken whole or not at all, so that a typing error in one line is
 * said instead of being a filter that lets something through. */
#include "filter/set.h"
#include "record/excerpt.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#define LINE_MAX_SIZE 4096 /* with its end and a NUL */

struct reading {
    struct filter_set *set;
    enum field field;
    bool utc;
    const char *path;
    unsigned long line;
    char *why;
};

static bool refuse(const struct reading *reading, const char *why)
{
    char path[EXCERPT_SIZE];

    excerpt_of(tl_bytes_of_text(reading->path), path);
    if (reading->line)
        snprintf(reading->why, 256, "%s, line %lu: %s", path, reading->line, why);
    else
        snprintf(reading->why, 256, "%s: %s", path, why);
    return false;
}

static bool is_blank(char letter)
{
    return letter == ' ' || letter == '\t' || letter == '\r' || letter == '\n';
}

/* Some editors begin a file with a mark that it is UTF-8. */
static size_t mark_size(const char *line, size_t size)
{
    static const char mark[] = "\xef\xbb\xbf";
    size_t mark_size = sizeof(mark) - 1;

    return size >= mark_size && memcmp(line, mark, mark_size) == 0 ? mark_size : 0;
}

/* Cuts off the comment, and blanks at both ends. */
static struct tl_bytes trim(char *line, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (line[i] == '#' && (i == 0 || is_blank(line[i - 1])))
            size = i;
    }
    while (size && is_blank(line[size - 1]))
        size--;
    while (size && is_blank(*line))
        line++, size--;
    line[size] = '\0';
    return tl_bytes(line, size);
}

static bool take(const struct reading *reading, struct tl_bytes text)
{
    struct filter_value value;
    char why[FILTER_WHY_SIZE];

    if (!text.size)
        return true;
    if (!filter_value_parse(reading->field, reading->utc, text, &value, why))
        return refuse(reading, why);
    return filter_set_add(reading->set, field_describe(reading->field)->kind, &value) ||
           refuse(reading, "not enough memory");
}

/* One line with its end, that may be missing from the last. Like fgets(3), but tells the size. */
static size_t next_line(FILE *file, char line[LINE_MAX_SIZE])
{
    size_t size = 0;
    int letter = 0;

    while (size < LINE_MAX_SIZE - 1 && letter != '\n' && (letter = getc_unlocked(file)) != EOF)
        line[size++] = (char)letter;
    line[size] = '\0';
    return size;
}

static bool read_lines(struct reading *reading, FILE *file)
{
    char line[LINE_MAX_SIZE];
    size_t size;

    while ((size = next_line(file, line))) {
        reading->line++;
        if (size == LINE_MAX_SIZE - 1 && line[size - 1] != '\n')
            return refuse(reading, "too long for a line of a list");
        size_t skipped = reading->line == 1 ? mark_size(line, size) : 0;
        if (!take(reading, trim(line + skipped, size - skipped)))
            return false;
    }
    reading->line = 0;
    return !ferror(file) || refuse(reading, strerror(errno));
}

bool filter_list_read(struct filter_set *set, enum field field, bool utc, const char *path, char ret_why[256])
{
    struct reading reading = {.set = set, .field = field, .utc = utc, .path = path, .why = ret_why};
    FILE *file = fopen(path, "re");

    if (!file)
        return refuse(&reading, strerror(errno));
    bool is_read = read_lines(&reading, file);
    fclose(file);
    if (is_read)
        filter_set_settle(set);
    else
        filter_set_done(set);
    return is_read;
}

bool filter_list_read_again(struct filter_set *set, enum field field, bool utc, const char *path,
                            char ret_why[256])
{
    const struct reading reading = {.path = path, .why = ret_why};
    struct stat status;

    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
        return refuse(&reading, "no file, and so read only once");
    return filter_list_read(set, field, utc, path, ret_why);
}
