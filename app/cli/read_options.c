/* Options of `tapline read`. Invariant: a request that is taken makes sense as a whole; what does not go
 * together is refused before anything is opened. */
#include "cli/read_options.h"

#include "cli/options.h"
#include "process/log.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char read_help[] =
    "Usage: tapline read [OPTION]... SOURCE...\n"
    "       tapline read [OPTION]... --listen ENDPOINT...\n"
    "Print dnstap records from archives, files, folders, standard input (\"-\") or live streams.\n"
    "\n"
    "A SOURCE may be an archive of \"tapline capture --archive\"; several are read as one, in the\n"
    "order of arrival. A file may be compressed with zstd, gzip or xz. Another folder stands for\n"
    "the files in it, in name order. Without SOURCE standard input is read, unless it is a terminal.\n"
    "\n"
    "  --format FORMAT       line   one line a message, as dnstap-read prints it (default)\n"
    "                        json   one object a line, with the DNS message parsed\n"
    "                        hex    the line, and below it the DNS message in hexadecimal\n"
    "                        raw    Frame Streams, to filter and join files\n"
    "  --utc                 times in UTC instead of local time (TZ); json has always UTC\n"
    "  --since TIME          only messages of that time or later: 2026-11-23T10:00, 2026-11-23,\n"
    "                        2026-11-23T09:00:00Z, \"10m ago\", today, yesterday or now\n"
    "  --until TIME          only messages before that time\n"
    "  --sort time           in the order of their times, as far as 64 MiB of them reach\n"
    "  --origin              tell of each message where it is from and when it arrived\n"
    "  --follow              at the end wait for more, also across rotation\n"
    "  --cursor NAME         of archives: go on where the cursor NAME stands, and move it along\n"
    "  --hold                retention waits for the cursor\n"
    "  --listen ENDPOINT     receive live streams: unix:PATH or tcp:HOST:PORT; may be given\n"
    "                        several times\n"
    "  --frame-limit SIZE    longest frame that is read, 512 to 16MiB (default 1MiB)\n"
    "  --help                print this and exit\n"
    "\n"
    "Exit status: 0 if all is well, 1 if something was skipped, could not be decoded or\n"
    "failed, 2 for wrong usage.\n";

enum option_of_read {
    OPTION_FORMAT = 256,
    OPTION_SORT,
    OPTION_ORIGIN,
    OPTION_LISTEN,
    OPTION_HELP,
};

static const struct option options[] = {
    {"format", required_argument, NULL, OPTION_FORMAT},
    {"sort", required_argument, NULL, OPTION_SORT},
    {"origin", no_argument, NULL, OPTION_ORIGIN},
    {"listen", required_argument, NULL, OPTION_LISTEN},
    CLI_SOURCE_OPTIONS,
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

static bool parse_option(int option, const char *value, struct read_request *request)
{
    struct source_options *source = &request->source;

    switch (option) {
    case OPTION_FORMAT:
        return print_format_parse(value, &request->format) ||
               cli_wrong("format", value, "give line, json, hex or raw");
    case OPTION_SORT:
        source->sort = strcmp(value, "time") == 0;
        return source->sort || cli_wrong("sort", value, "give time");
    case OPTION_ORIGIN: source->origin = true; return true;
    case OPTION_LISTEN: return cli_add_endpoint(value, request->endpoints, &source->listen_count);
    case OPTION_HELP: request->is_help = true; return true;
    default: return cli_parse_source_option(option, value, source, &request->span);
    }
}

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

static bool goes_together(const struct read_request *request)
{
    const struct source_options *source = &request->source;

    if (source->listen_count && source->follow)
        return cli_refuse("--follow is for files; what is received with --listen is followed anyway");
    if (source->sort && (source->follow || source->listen_count))
        return cli_refuse("--sort time needs an end, which --follow and --listen do not have");
    if (source->span.has_until && (source->follow || source->listen_count))
        return cli_refuse("--until is for what is there already, not for --follow and --listen");
    if (source->origin && request->format == PRINT_RAW)
        return cli_refuse("--origin: frames that are written as they are have no place for it");
    if (request->format == PRINT_RAW && isatty(STDOUT_FILENO))
        return cli_refuse("--format raw: frames are not for a terminal; redirect standard output");
    return true;
}

static bool takes_turns(const struct source_options *source)
{
    size_t archives = 0;

    for (size_t i = 0; i < source->path_count; i++)
        archives += tl_archive_is(source->paths[i]);
    return source->listen_count > 0 || archives > 1;
}

bool read_request_parse(struct read_request *ret_request, int argc, char **argv)
{
    struct read_request *request = ret_request;
    int option;

    *request = (struct read_request){.source.stop_fd = -1};
    request->endpoints = calloc(CLI_LISTEN_MAX, sizeof(*request->endpoints));
    request->source.listen = request->endpoints;
    if (!request->endpoints)
        return cli_refuse("out of memory");
    while (!request->is_help && (option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (!parse_option(option, optarg, request))
            return false;
    }
    request->source.paths = (const char *const *)(argv + optind);
    request->source.path_count = (size_t)(argc - optind);
    if (request->is_help)
        return true;
    const struct cli_span *span = &request->span;
    if (!cli_parse_span(span->since, span->until, span->utc, &request->source.span) ||
        !has_sources(request) || !goes_together(request) || !cli_may_have_cursor(&request->source))
        return false;
    request->takes_turns = takes_turns(&request->source);
    return true;
}

void read_request_done(struct read_request *request)
{
    free(request->endpoints);
}
