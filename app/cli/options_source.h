/* cli/options_source: options about what is read, which mean the same in every subcommand. What is wrong with
 * one is said on standard error. */
#ifndef CLI_OPTIONS_SOURCE_H
#define CLI_OPTIONS_SOURCE_H

#include "filter/filter.h"
#include "source/source.h"

#include <getopt.h>

/* Options about what is read that every subcommand with sources has. Its own ones have smaller numbers. */
enum cli_source_option {
    CLI_OPTION_SINCE = 1024,
    CLI_OPTION_UNTIL,
    CLI_OPTION_UTC,
    CLI_OPTION_FOLLOW,
    CLI_OPTION_CURSOR,
    CLI_OPTION_HOLD,
    CLI_OPTION_FRAME_LIMIT,
};

/* Their rows in the table of getopt_long. */
/* clang-format off */
#define CLI_SOURCE_OPTIONS                                           \
    {"since", required_argument, NULL, CLI_OPTION_SINCE},            \
    {"until", required_argument, NULL, CLI_OPTION_UNTIL},            \
    {"utc", no_argument, NULL, CLI_OPTION_UTC},                      \
    {"follow", no_argument, NULL, CLI_OPTION_FOLLOW},                \
    {"cursor", required_argument, NULL, CLI_OPTION_CURSOR},          \
    {"hold", no_argument, NULL, CLI_OPTION_HOLD},                    \
    {"frame-limit", required_argument, NULL, CLI_OPTION_FRAME_LIMIT}
/* clang-format on */

/* --since, --until and --utc as they were written: the words are kept until --utc is known. */
struct cli_span {
    const char *since, *until; /* or NULL */
    bool utc;
};

/* Takes one of these options. False if its value is wrong, or it is none of them. */
bool cli_parse_source_option(int option, const char *value, struct source_options *source,
                             struct cli_span *span);

/* --since and --until as they were written, or NULL. False if one is no time, or nothing lies between. */
bool cli_parse_span(const char *since, const char *until, bool utc, struct span *ret_span);

/* --where, or NULL: `*ret_filter` is then left alone. False if it is wrong, which is shown below it. */
bool cli_compile_filter(const char *where, bool utc, const struct source_options *source,
                        struct filter **ret_filter);

/* Do the filter (or NULL) and the chosen fields ask about pairs only if there are some? Without pairs that
 * field has no value: a filter that asks for it would pass nothing, or all. */
bool cli_may_ask_about_pairs(bool pair, const struct filter *filter, const enum field *fields, size_t count);

/* Do they ask about what depends on the record's origin? */
bool cli_asks_about_origin(const struct filter *filter, const enum field *fields, size_t count);

/* Are --cursor and --hold given only where they make sense? Cursors belong to archives; whether a folder is
 * one is seen when it is opened. */
bool cli_may_have_cursor(const struct source_options *source);

/* Without a path, standard input, unless it is a terminal: then `question` is asked, and this is false. */
bool cli_has_paths(struct source_options *source, const char *question);

#endif
