/* Options about what is read. Invariant: what does not go together is refused before anything is opened. */
#include "cli/options_source.h"

#include "cli/options.h"
#include "process/log.h"
#include "record/times.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool cli_parse_source_option(int option, const char *value, struct source_options *source,
                             struct cli_span *span)
{
    switch (option) {
    case CLI_OPTION_SINCE: span->since = value; return true;
    case CLI_OPTION_UNTIL: span->until = value; return true;
    case CLI_OPTION_UTC: span->utc = true; return true;
    case CLI_OPTION_FOLLOW: source->follow = true; return true;
    case CLI_OPTION_CURSOR: source->cursor = value; return true;
    case CLI_OPTION_HOLD: source->hold = true; return true;
    case CLI_OPTION_FRAME_LIMIT: return cli_parse_frame_limit(value, &source->frame_limit);
    default: return false;
    }
}

bool cli_parse_span(const char *since, const char *until, bool utc, struct span *ret_span)
{
    struct span span = {.has_since = since != NULL, .has_until = until != NULL};

    if (since && !record_parse_time(since, utc, &span.since))
        return cli_wrong("since", since, RECORD_TIMES_HINT);
    if (until && !record_parse_time(until, utc, &span.until))
        return cli_wrong("until", until, RECORD_TIMES_HINT);
    if (since && until && !record_time_is_before(span.since, span.until))
        return cli_refuse("--since is not before --until: nothing can be between them");
    *ret_span = span;
    return true;
}

/* Is the expression a word that nothing follows, while there are arguments more? */
static bool is_first_word(const char *where, const struct source_options *source,
                          const struct filter_error *error)
{
    size_t size = strlen(where);

    return size && error->offset == size && strcspn(where, " ") == size && source->path_count;
}

bool cli_compile_filter(const char *where, bool utc, const struct source_options *source,
                        struct filter **ret_filter)
{
    struct filter_error error;
    char shown[FILTER_ERROR_PRINT_SIZE];

    if (!where)
        return true;
    struct filter *filter = filter_new(where, utc, &error);
    if (filter) {
        *ret_filter = filter;
        return true;
    }
    filter_error_print(where, &error, shown, sizeof(shown));
    process_log("--where: %s", error.text);
    fputs(shown, stderr);
    if (is_first_word(where, source, &error))
        process_log("--where: the whole expression is one argument; the shell wants it in quotes");
    return false;
}

static bool asks_about(const struct filter *filter, const enum field *fields, size_t count, enum field field)
{
    for (size_t i = 0; i < count; i++) {
        if (fields[i] == field)
            return true;
    }
    return filter && filter_asks_about(filter, field);
}

bool cli_may_ask_about_pairs(bool pair, const struct filter *filter, const enum field *fields, size_t count)
{
    return pair || !asks_about(filter, fields, count, FIELD_PAIR) ||
           cli_refuse("the field pair needs --pair, which brings queries and responses together");
}

bool cli_asks_about_origin(const struct filter *filter, const enum field *fields, size_t count)
{
    for (enum field field = 0; field < FIELDS; field++) {
        if (field_is_of_origin(field) && asks_about(filter, fields, count, field))
            return true;
    }
    return false;
}

/* Something else than a folder, for certain: standard input, or what is there and is none. */
static bool is_file(const char *path)
{
    struct stat about;

    return strcmp(path, "-") == 0 || (stat(path, &about) == 0 && !S_ISDIR(about.st_mode));
}

bool cli_may_have_cursor(const struct source_options *source)
{
    if (!source->cursor)
        return !source->hold || cli_refuse("--hold is for a cursor: give --cursor NAME as well");
    if (source->listen_count)
        return cli_refuse("--cursor is for archives; what is received with --listen comes only once");
    if (!tl_archive_is_cursor_name(source->cursor))
        return cli_wrong(
            "cursor", source->cursor,
            "give a name of 1 to 64 letters, digits, \".\", \"_\" and \"-\", not \".\" in front");
    for (size_t i = 0; i < source->path_count; i++) {
        if (is_file(source->paths[i])) {
            process_log("%s: is no archive, and only archives have cursors", source->paths[i]);
            return false;
        }
    }
    return true;
}

bool cli_has_paths(struct source_options *source, const char *question)
{
    static const char *const standard_input[] = {"-"};

    if (source->path_count)
        return true;
    if (isatty(STDIN_FILENO))
        return cli_refuse(question);
    source->paths = standard_input;
    source->path_count = 1;
    return true;
}
