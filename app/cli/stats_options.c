/* Options of `tapline stats`. Invariant: what does not go together is refused before anything is opened. */
#include "cli/stats_options.h"

#include "analysis/breakdown.h"
#include "cli/crew.h"
#include "cli/options.h"
#include "process/log.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TOP_DEFAULT 10

const char stats_help[] =
    "Usage: tapline stats [OPTION]... SOURCE...\n"
    "Count what is in archives, files, folders or standard input (\"-\"): rates, types,\n"
    "rcodes, sizes, latencies, and the names, domains and clients of most messages.\n"
    "\n"
    "Which messages:\n"
    "  --since TIME        only messages of that time or later: 2026-11-23T10:00,\n"
    "                      2026-11-23, 2026-11-23T09:00:00Z, \"10m ago\", today, now\n"
    "  --until TIME        only messages before that time\n"
    "  --where EXPRESSION  only messages of which it is true, such as\n"
    "                      'rcode == NXDOMAIN'; see tapline-read(1), FILTERS\n"
    "  --pair              count exchanges: each query together with its response\n"
    "\n"
    "What is told of them:\n"
    "  --by FIELD          a table of the field's values, and nothing else but how many\n"
    "                      messages there are; may be given several times. See\n"
    "                      \"tapline read --list-fields\"\n"
    "  --top N             the first N of a list (default 10, at most 1000)\n"
    "  --format FORMAT     text (default), or json: one object with everything\n"
    "  --utc               times in UTC instead of local time (TZ); in json always\n"
    "\n"
    "  --threads N         how many work (default: as many as CPUs, up to 8)\n"
    "  --frame-limit SIZE  longest frame that is read, 512 to 16MiB (default 1MiB)\n"
    "  --help              print this and exit\n"
    "\n"
    "Exit status: 0 if all is well, 1 if something was skipped, could not be decoded\n"
    "or failed, 2 for wrong usage.\n";

enum option_of_stats {
    OPTION_WHERE = 256,
    OPTION_PAIR,
    OPTION_BY,
    OPTION_TOP,
    OPTION_FORMAT,
    OPTION_THREADS,
    OPTION_HELP,
};

static const struct option options[] = {
    {"where", required_argument, NULL, OPTION_WHERE},
    {"pair", no_argument, NULL, OPTION_PAIR},
    {"by", required_argument, NULL, OPTION_BY},
    {"top", required_argument, NULL, OPTION_TOP},
    {"format", required_argument, NULL, OPTION_FORMAT},
    {"threads", required_argument, NULL, OPTION_THREADS},
    {"since", required_argument, NULL, CLI_OPTION_SINCE},
    {"until", required_argument, NULL, CLI_OPTION_UNTIL},
    {"utc", no_argument, NULL, CLI_OPTION_UTC},
    {"frame-limit", required_argument, NULL, CLI_OPTION_FRAME_LIMIT},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

/* Values ----------------------------------------------------------------------------------------------- */

static bool parse_by(const char *value, struct stats_request *request)
{
    struct tl_bytes name = tl_bytes_of_text(value);
    char why[FIELD_UNKNOWN_SIZE];
    enum field field;

    if (request->by_count == STATS_BY_MAX)
        return cli_wrong("by", value, "there are 8 of them already, and more cannot be given");
    if (!field_parse(name, &field)) {
        field_say_unknown(name, why);
        process_log("--by: %s", why);
        return false;
    }
    if (!breakdown_is_possible(field))
        return cli_wrong("by", value, "each message has a value of its own; give a field that many share");
    request->by[request->by_count++] = field;
    return true;
}

static bool parse_format(const char *value, struct stats_request *request)
{
    request->is_json = strcmp(value, "json") == 0;
    return request->is_json || strcmp(value, "text") == 0 || cli_wrong("format", value, "give text or json");
}

/* A number that fits an unsigned. */
static bool parse_count(const char *option, const char *value, uint64_t most, const char *expected,
                        unsigned *ret_count)
{
    uint64_t count;

    if (!cli_parse_number(option, value, 1, most, expected, &count))
        return false;
    *ret_count = (unsigned)count;
    return true;
}

static bool parse_option(int option, const char *value, struct stats_request *request)
{
    switch (option) {
    case OPTION_WHERE: request->where = value; return true;
    case OPTION_PAIR: request->pair = true; return true;
    case OPTION_BY: return parse_by(value, request);
    case OPTION_TOP:
        return parse_count("top", value, STATS_TOP_MAX, "give a number from 1 to 1000", &request->top);
    case OPTION_FORMAT: return parse_format(value, request);
    case OPTION_THREADS:
        request->has_threads = true;
        return parse_count("threads", value, CREW_THREADS_MAX, "give a number from 1 to 64",
                           &request->threads);
    case OPTION_HELP: request->is_help = true; return true;
    default: return cli_parse_source_option(option, value, &request->source, &request->span);
    }
}

/* What follows from it --------------------------------------------------------------------------------- */

/* The time of a message without one is that of its arrival, where that is known. */
static bool needs_origin(const struct stats_request *request)
{
    for (size_t i = 0; i < request->source.path_count; i++) {
        if (tl_archive_is(request->source.paths[i]))
            return true;
    }
    return cli_asks_about_origin(request->filter, request->by, request->by_count);
}

static bool complete(struct stats_request *request)
{
    if (!cli_may_ask_about_pairs(request->pair, request->filter, request->by, request->by_count))
        return false;
    if (request->pair && request->has_threads && request->threads > 1)
        return cli_refuse("--threads: with --pair there is one");
    if (!request->has_threads)
        request->threads = request->pair ? 1 : crew_default();
    request->source.origin = needs_origin(request);
    return true;
}

bool stats_request_parse(struct stats_request *ret_request, int argc, char **argv)
{
    struct stats_request *request = ret_request;
    int option;

    *request = (struct stats_request){.source.stop_fd = -1, .top = TOP_DEFAULT};
    while (!request->is_help && (option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (!parse_option(option, optarg, request))
            return false;
    }
    request->source.paths = (const char *const *)(argv + optind);
    request->source.path_count = (size_t)(argc - optind);
    if (request->is_help)
        return true;
    return cli_parse_span(request->span.since, request->span.until, request->span.utc,
                          &request->source.span) &&
           cli_has_paths(&request->source, "what to count? Give an archive, a file, a folder, or \"-\"") &&
           cli_compile_filter(request->where, request->span.utc, &request->source, &request->filter) &&
           complete(request);
}

void stats_request_done(struct stats_request *request)
{
    filter_free(request->filter);
}
