/* cli/options_source: options about what is read, which mean the same in every subcommand. What is wrong with
 * one is said on standard error. */
#ifndef CLI_OPTIONS_SOURCE_H
#define CLI_OPTIONS_SOURCE_H

#include "source/source.h"

/* Says that. False. */
bool cli_refuse(const char *sentence);

/* --since and --until as they were written, or NULL. False if one is no time, or nothing lies between. */
bool cli_parse_span(const char *since, const char *until, bool utc, struct span *ret_span);

/* Are --cursor and --hold given only where they make sense? Cursors belong to archives; whether a folder is
 * one is seen when it is opened. */
bool cli_may_have_cursor(const struct source_options *source);

/* Without a path, standard input, unless it is a terminal: then `question` is asked, and this is false. */
bool cli_has_paths(struct source_options *source, const char *question);

#endif
