/* Charts. Invariant: a value that is not 0 is seen. */
#include "cli/chart.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool chart_is_utf8(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *value = getenv(names[i]);
        if (value && *value)
            return strcasestr(value, "UTF-8") || strcasestr(value, "UTF8");
    }
    return false;
}

/* `value` of `most` in parts of `whole`, rounded, but at least one. */
static unsigned part_of(uint64_t value, uint64_t most, unsigned whole)
{
    unsigned part = most ? (unsigned)((double)value / (double)most * whole + 0.5) : 0;

    return value && !part ? 1 : part;
}

void chart_bar(uint64_t value, uint64_t most, unsigned width, bool is_utf8, char ret_text[CHART_TEXT_SIZE])
{
    static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    unsigned part = part_of(value, most, is_utf8 ? 8 * width : width);

    *ret_text = '\0';
    for (unsigned i = 0; i < (is_utf8 ? part / 8 : part); i++)
        ret_text = stpcpy(ret_text, is_utf8 ? "█" : "#");
    if (is_utf8)
        strcpy(ret_text, eighths[part % 8]);
}

void chart_columns(const uint64_t *values, size_t count, bool is_utf8, char ret_text[CHART_TEXT_SIZE])
{
    static const char *const blocks[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static const char *const letters[] = {" ", ".", ":", "-", "=", "+", "*", "#", "@"};
    uint64_t most = 0;

    for (size_t i = 0; i < count; i++)
        most = values[i] > most ? values[i] : most;
    *ret_text = '\0';
    for (size_t i = 0; i < count; i++)
        ret_text = stpcpy(ret_text, (is_utf8 ? blocks : letters)[part_of(values[i], most, 8)]);
}
