/* cli/chart: small charts of characters: bars, and a line of columns. With UTF-8 in eighths of a character,
 * else in ASCII. */
#ifndef CLI_CHART_H
#define CLI_CHART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Does the environment ask for UTF-8 (LC_ALL, LC_CTYPE, LANG; the first that is set)? */
bool chart_is_utf8(void);

#define CHART_WIDTH     60
#define CHART_TEXT_SIZE (3 * CHART_WIDTH + 1)

/* `value` of `most` as a bar of up to `width` columns, at most CHART_WIDTH. What is not 0 is not empty. */
void chart_bar(uint64_t value, uint64_t most, unsigned width, bool is_utf8, char ret_text[CHART_TEXT_SIZE]);

/* A column of up to eight steps for each of `count` values, at most CHART_WIDTH; a space for 0. */
void chart_columns(const uint64_t *values, size_t count, bool is_utf8, char ret_text[CHART_TEXT_SIZE]);

#endif
