/* Options of `tapline read`. Invariant: a request that is taken makes sense as a whole; what does not go
 * together is refused before anything is opened. */
#include "cli/read_options.h"

#include "cli/crew.h"
#include "cli/options.h"
#include "process/log.h"
#include "record/field_list.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum option_of_read {
    OPTION_WHERE = 256,
    OPTION_PAIR,
    OPTION_FIELDS,
    OPTION_LIST_FIELDS,
    OPTION_FORMAT,
    OPTION_BIND,
    OPTION_COLOUR,
    OPTION_SORT,
    OPTION_ORIGIN,
    OPTION_COUNT,
    OPTION_HEAD,
    OPTION_TAIL,
    OPTION_THREADS,
    OPTION_LISTEN,
    OPTION_HELP,
};

static const struct option options[] = {
    {"where", required_argument, NULL, OPTION_WHERE},
    {"pair", no_argument, NULL, OPTION_PAIR},
    {"fields", required_argument, NULL, OPTION_FIELDS},
    {"list-fields", optional_argument, NULL, OPTION_LIST_FIELDS},
    {"format", required_argument, NULL, OPTION_FORMAT},
    {"bind", required_argument, NULL, OPTION_BIND},
    {"colour", required_argument, NULL, OPTION_COLOUR},
    {"color", required_argument, NULL, OPTION_COLOUR},
    {"sort", required_argument, NULL, OPTION_SORT},
    {"origin", no_argument, NULL, OPTION_ORIGIN},
    {"count", no_argument, NULL, OPTION_COUNT},
    {"head", required_argument, NULL, OPTION_HEAD},
    {"tail", required_argument, NULL, OPTION_TAIL},
    {"threads", required_argument, NULL, OPTION_THREADS},
    {"listen", required_argument, NULL, OPTION_LISTEN},
    CLI_SOURCE_OPTIONS,
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

/* Values ----------------------------------------------------------------------------------------------- */

static bool parse_format(const char *value, struct read_request *request)
{
    char words[256] = "give";

    request->has_format = true;
    if (print_format_parse(value, &request->format))
        return true;
    for (enum print_format i = 0; i < PRINT_FORMATS; i++) {
        const char *comma = i == 0 ? " " : i == PRINT_FORMATS - 1 ? " or " : ", ";
        strcat(strcat(words, comma), print_format_word(i));
    }
    return cli_wrong("format", value, words);
}

static bool parse_bind(const char *value, struct read_request *request)
{
    request->has_bind = true;
    request->bind = strcmp(value, "9.18") == 0 ? PRINT_BIND_9_18 : PRINT_BIND_9_20;
    return request->bind == PRINT_BIND_9_18 || strcmp(value, "9.20") == 0 ||
           cli_wrong("bind", value, "give 9.18 or 9.20");
}

static bool parse_colour(const char *value, struct read_request *request)
{
    static const char *const words[] = {
        [READ_COLOUR_AUTO] = "auto", [READ_COLOUR_ALWAYS] = "always", [READ_COLOUR_NEVER] = "never"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(value, words[i]) == 0) {
            request->colour = (enum read_colour)i;
            return true;
        }
    }
    return cli_wrong("colour", value, "give auto, always or never");
}

static bool parse_threads(const char *value, struct read_request *request)
{
    uint64_t threads = 0;

    if (!cli_parse_number("threads", value, 1, CREW_THREADS_MAX, "give a number from 1 to 64", &threads))
        return false;
    request->threads = (unsigned)threads;
    request->has_threads = true;
    return true;
}

/* Of all fields, or of the words of one. */
static bool parse_field_list(const char *value, struct read_request *request)
{
    char why[FIELD_UNKNOWN_SIZE];

    request->is_field_list = true;
    request->listed_field = FIELDS;
    if (!value)
        return true;
    if (!field_parse(tl_bytes_of_text(value), &request->listed_field)) {
        field_say_unknown(tl_bytes_of_text(value), why);
        process_log("--list-fields: %s", why);
        return false;
    }
    enum field_kind kind = field_describe(request->listed_field)->kind;
    return kind == FIELD_KIND_WORD || kind == FIELD_KIND_FLAGS ||
           cli_wrong("list-fields", value, "only fields of kind word or flags have words");
}

static bool parse_option(int option, const char *value, struct read_request *request)
{
    static const char number[] = "give a number of messages, 1 or more";
    struct source_options *source = &request->source;

    switch (option) {
    case OPTION_WHERE: request->where = value; return true;
    case OPTION_PAIR: request->pair = true; return true;
    case OPTION_FIELDS: request->fields_text = value; return true;
    case OPTION_LIST_FIELDS: return parse_field_list(value, request);
    case OPTION_FORMAT: return parse_format(value, request);
    case OPTION_BIND: return parse_bind(value, request);
    case OPTION_COLOUR: return parse_colour(value, request);
    case OPTION_SORT:
        source->sort = strcmp(value, "time") == 0;
        return source->sort || cli_wrong("sort", value, "give time");
    case OPTION_ORIGIN: request->shows_origin = true; return true;
    case OPTION_COUNT: request->is_count = true; return true;
    case OPTION_HEAD: return cli_parse_number("head", value, 1, UINT64_MAX, number, &request->head);
    case OPTION_TAIL: return cli_parse_number("tail", value, 1, UINT64_MAX, number, &request->tail);
    case OPTION_THREADS: return parse_threads(value, request);
    case OPTION_LISTEN: return cli_add_endpoint(value, request->endpoints, &source->listen_count);
    case OPTION_HELP: request->is_help = true; return true;
    default: return cli_parse_source_option(option, value, source, &request->span);
    }
}

/* What goes together ----------------------------------------------------------------------------------- */

static bool has_sources(struct read_request *request)
{
    struct source_options *source = &request->source;

    if (source->listen_count && source->path_count) {
        process_log("%s: give files or --listen, not both", source->paths[0]);
        return false;
    }
    return source->listen_count ||
           cli_has_paths(source,
                         "what to read? Give an archive, a file, a folder, \"-\", or --listen ENDPOINT");
}

bool read_request_waits(const struct read_request *request)
{
    return request->source.follow || request->source.listen_count;
}

/* Of what waits for more, in which order it comes and where it ends. */
static bool waits_well(const struct read_request *request)
{
    const struct source_options *source = &request->source;

    if (source->listen_count && source->follow)
        return cli_refuse("--follow is for files; what is received with --listen is followed anyway");
    if (!read_request_waits(request))
        return true;
    if (source->sort)
        return cli_refuse("--sort time needs an end, which --follow and --listen do not have");
    if (source->span.has_until)
        return cli_refuse("--until is for what is there already, not for --follow and --listen");
    if (request->tail)
        return cli_refuse("--tail needs an end, which --follow and --listen do not have");
    return true;
}

/* How many of the records are printed. */
static bool limits_well(const struct read_request *request)
{
    if (request->head && request->tail)
        return cli_refuse("give --head or --tail, not both");
    if (request->head && request->source.sort && request->source.cursor)
        return cli_refuse("--head: with --sort the cursor is moved only at the end, which would not be read");
    if (request->is_count && (request->head || request->tail))
        return cli_refuse("--count counts all; not with --head and --tail");
    if (request->is_count && (request->has_format || request->fields_text || request->shows_origin ||
                              request->colour == READ_COLOUR_ALWAYS))
        return cli_refuse(
            "--count prints a number and nothing else; not with --format, --fields, --origin and "
            "--colour");
    return true;
}

static bool can_be_coloured(enum print_format format)
{
    return format == PRINT_LINE || format == PRINT_HEX || format == PRINT_DIG;
}

/* What it prints is made for one frame. */
static bool is_of_frames(enum print_format format)
{
    return format == PRINT_RAW || format == PRINT_HEX || format == PRINT_YAML_OF_BIND;
}

static bool prints_well(const struct read_request *request)
{
    bool has_columns = request->format == PRINT_CSV || request->format == PRINT_TSV;

    if (request->fields_text && !has_columns && request->format != PRINT_JSON)
        return cli_refuse("--fields is for --format csv, tsv and json");
    if (request->has_bind && request->format != PRINT_YAML_OF_BIND)
        return cli_refuse("--bind is for --format bind-yaml");
    if (request->pair && is_of_frames(request->format))
        return cli_refuse("--pair: an exchange is no frame, so raw, hex and bind-yaml cannot print it");
    if (request->shows_origin && (has_columns || request->fields_text))
        return cli_refuse("--origin: choose its fields instead, --fields peer,connection,arrived");
    if (request->shows_origin && request->format == PRINT_YAML_OF_BIND)
        return cli_refuse("--origin: what BIND prints has no place for it");
    if (request->shows_origin && request->format == PRINT_RAW)
        return cli_refuse("--origin: frames that are written as they are have no place for it");
    if (request->format == PRINT_RAW && isatty(STDOUT_FILENO))
        return cli_refuse("--format raw: frames are not for a terminal; redirect standard output");
    if (request->colour == READ_COLOUR_ALWAYS && !can_be_coloured(request->format))
        return cli_refuse("--colour always: only line, dig and hex have colours");
    return true;
}

/* One after the other: each may be the last, is to be followed by a cursor, or depends on those before. */
static bool is_serial(const struct read_request *request)
{
    return read_request_waits(request) || request->source.cursor || request->head || request->tail ||
           request->pair;
}

bool read_request_is_parallel(const struct read_request *request)
{
    return request->threads > 1 && !is_serial(request);
}

static bool goes_together(const struct read_request *request)
{
    if (!waits_well(request) || !limits_well(request) || !prints_well(request))
        return false;
    if (request->has_threads && request->threads > 1 && is_serial(request))
        return cli_refuse(
            "--threads: with --follow, --listen, --cursor, --head, --tail and --pair there is one");
    return true;
}

/* What follows from it --------------------------------------------------------------------------------- */

static bool takes_turns(const struct source_options *source)
{
    size_t archives = 0;

    for (size_t i = 0; i < source->path_count; i++)
        archives += tl_archive_is(source->paths[i]);
    return source->listen_count > 0 || archives > 1;
}

/* Of a terminal, unless somebody does not want it: https://no-color.org. */
static bool has_colour(const struct read_request *request)
{
    const char *unwanted = getenv("NO_COLOR"), *terminal = getenv("TERM");

    if (request->colour != READ_COLOUR_AUTO)
        return request->colour == READ_COLOUR_ALWAYS;
    return can_be_coloured(request->format) && !(unwanted && *unwanted) && isatty(STDOUT_FILENO) &&
           terminal && strcmp(terminal, "dumb") != 0;
}

static bool find_fields(struct read_request *request)
{
    char why[FIELD_LIST_ERROR_SIZE];

    if (!request->fields_text ||
        field_list_parse(request->fields_text, &request->fields, &request->field_count, why))
        return true;
    process_log("--fields: %s", why);
    return false;
}

static bool needs_origin(const struct read_request *request)
{
    return request->shows_origin ||
           cli_asks_about_origin(request->filter, request->fields, request->field_count) ||
           (request->prints_fields && !request->fields); /* the time is among them */
}

bool read_request_has_lists(const struct read_request *request)
{
    return request->filter && filter_has_lists(request->filter);
}

static void complete(struct read_request *request)
{
    request->takes_turns = takes_turns(&request->source);
    request->has_colour = has_colour(request);
    if (!request->has_threads)
        request->threads = crew_default();
    request->prints_fields = request->fields || request->format == PRINT_CSV || request->format == PRINT_TSV;
    request->source.origin = needs_origin(request);
}

bool read_request_parse(struct read_request *ret_request, int argc, char **argv)
{
    struct read_request *request = ret_request;
    int option;

    *request = (struct read_request){.source.stop_fd = -1, .bind = PRINT_BIND_9_18};
    request->endpoints = calloc(CLI_LISTEN_MAX, sizeof(*request->endpoints));
    request->source.listen = request->endpoints;
    if (!request->endpoints)
        return cli_refuse("out of memory");
    while (!request->is_help && !request->is_field_list &&
           (option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (!parse_option(option, optarg, request))
            return false;
    }
    if (request->is_field_list && argc > 2)
        return cli_refuse(
            "--list-fields stands alone; the words of a field are printed by --list-fields=FIELD");
    request->source.paths = (const char *const *)(argv + optind);
    request->source.path_count = (size_t)(argc - optind);
    if (request->is_help || request->is_field_list)
        return true;
    const struct cli_span *span = &request->span;
    if (!cli_parse_span(span->since, span->until, span->utc, &request->source.span) ||
        !has_sources(request) || !goes_together(request) || !cli_may_have_cursor(&request->source) ||
        !cli_compile_filter(request->where, request->span.utc, &request->source, &request->filter) ||
        !find_fields(request) ||
        !cli_may_ask_about_pairs(request->pair, request->filter, request->fields, request->field_count))
        return false;
    complete(request);
    return true;
}

void read_request_done(struct read_request *request)
{
    filter_free(request->filter);
    free((void *)(uintptr_t)request->fields);
    free(request->endpoints);
}
