/* Options of `tapline send`. Invariant: as for `tapline read`: a request that is taken makes sense as a
 * whole. */
#include "cli/send_options.h"

#include "cli/options.h"
#include "process/log.h"
#include "record/units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RATE_MAX       10000000
#define SPEED_MAX      1000000.0
#define BATCH_SIZE_MIN (UINT64_C(64) << 10)
#define BATCH_SIZE_MAX (UINT64_C(1) << 30)

const char send_help[] =
    "Usage: tapline send --to ENDPOINT... [OPTION]... [SOURCE]...\n"
    "Send dnstap frames from archives, files, folders or standard input (\"-\") to a collector,\n"
    "until it has confirmed them.\n"
    "\n"
    "  --to ENDPOINT         a collector at unix:PATH or tcp:HOST:PORT; may be given several\n"
    "                        times: each gets everything\n"
    "  --connections N       to each of them, 1 to 64 (default 1); frames go round robin\n"
    "  --unidirectional      collectors that do not answer: nothing can be confirmed\n"
    "\n"
    "  --rate N              frames a second, evenly, 1 to 10000000 (default: full speed)\n"
    "  --speed FACTOR        as recorded (1), twice as fast (2), half as fast (0.5)\n"
    "\n"
    "  --since TIME          only messages of that time or later, as for \"tapline read\"\n"
    "  --until TIME          only messages before that time\n"
    "  --utc                 these times are UTC instead of local time (TZ)\n"
    "  --follow              at the end wait for more, also across rotation\n"
    "  --cursor NAME         of archives: go on where the cursor NAME stands, and move it behind\n"
    "                        what was confirmed\n"
    "  --hold                retention waits for the cursor\n"
    "  --frame-limit SIZE    longest frame that is read, 512 to 16MiB (default 1MiB)\n"
    "\n"
    "  --batch SIZE          frames that are confirmed together, and kept in memory until then,\n"
    "                        64KiB to 1GiB (default 16MiB)\n"
    "  --timeout DURATION    a collector that does nothing for so long has failed (default 60s)\n"
    "  --once                give up when a connection fails, instead of trying again\n"
    "  --help                print this and exit\n"
    "\n"
    "Signals: TERM and INT end sending, and what was confirmed by then is told.\n"
    "\n"
    "Exit status: 0 if all was sent and confirmed, 1 if not, or if something was skipped or\n"
    "could not be decoded, 2 for wrong usage.\n";

enum option_of_send {
    OPTION_TO = 256,
    OPTION_CONNECTIONS,
    OPTION_UNIDIRECTIONAL,
    OPTION_RATE,
    OPTION_SPEED,
    OPTION_BATCH,
    OPTION_TIMEOUT,
    OPTION_ONCE,
    OPTION_HELP,
};

static const struct option options[] = {
    {"to", required_argument, NULL, OPTION_TO},
    {"connections", required_argument, NULL, OPTION_CONNECTIONS},
    {"unidirectional", no_argument, NULL, OPTION_UNIDIRECTIONAL},
    {"rate", required_argument, NULL, OPTION_RATE},
    {"speed", required_argument, NULL, OPTION_SPEED},
    {"batch", required_argument, NULL, OPTION_BATCH},
    {"timeout", required_argument, NULL, OPTION_TIMEOUT},
    {"once", no_argument, NULL, OPTION_ONCE},
    CLI_SOURCE_OPTIONS,
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

/* Values ------------------------------------------------------------------------------------------------- */

static bool add_destination(const char *text, struct send_request *request)
{
    struct send_options *send = &request->send;

    if (send->to_count == SEND_DESTINATIONS_MAX)
        return cli_wrong("to", text, "there are 8 collectors already, and more cannot be given");
    if (!cli_parse_endpoint("to", text, &request->endpoints[send->to_count]))
        return false;
    send->to_count++;
    return true;
}

static bool parse_connections(const char *text, size_t *ret_connections)
{
    uint64_t number;

    if (!cli_parse_number("connections", text, 1, SEND_CONNECTIONS_MAX, "give a number from 1 to 64",
                          &number))
        return false;
    *ret_connections = (size_t)number;
    return true;
}

static bool parse_rate(const char *text, double *ret_rate)
{
    uint64_t number;

    if (!cli_parse_number("rate", text, 1, RATE_MAX, "give a number from 1 to 10000000", &number))
        return false;
    *ret_rate = (double)number;
    return true;
}

static bool parse_speed(const char *text, double *ret_speed)
{
    char *end;
    double factor = strtod(text, &end);

    if (*text < '0' || *text > '9' || *end || !(factor >= 1 / SPEED_MAX && factor <= SPEED_MAX))
        return cli_wrong("speed", text, "give a factor such as 1, 10 or 0.5");
    *ret_speed = factor;
    return true;
}

static bool parse_batch(const char *text, size_t *ret_size)
{
    uint64_t size;

    if (!record_parse_size(text, &size) || size < BATCH_SIZE_MIN || size > BATCH_SIZE_MAX)
        return cli_wrong("batch", text, "give a size from 64KiB to 1GiB, such as 16MiB");
    *ret_size = (size_t)size;
    return true;
}

static bool parse_timeout(const char *text, uint64_t *ret_ms)
{
    if (record_parse_duration(text, ret_ms) && *ret_ms && *ret_ms <= UINT64_C(86400000))
        return true;
    return cli_wrong("timeout", text, "give a duration up to a day, such as 10s or 5m");
}

static bool parse_option(int option, const char *value, struct send_request *request)
{
    struct source_options *source = &request->source;
    struct send_options *send = &request->send;

    switch (option) {
    case OPTION_TO: return add_destination(value, request);
    case OPTION_CONNECTIONS: return parse_connections(value, &send->connections);
    case OPTION_UNIDIRECTIONAL: send->unidirectional = true; return true;
    case OPTION_RATE: return parse_rate(value, &request->rate);
    case OPTION_SPEED: return parse_speed(value, &request->speed);
    case OPTION_BATCH: return parse_batch(value, &send->batch_size);
    case OPTION_TIMEOUT: return parse_timeout(value, &send->timeout_ms);
    case OPTION_ONCE: send->once = true; return true;
    case OPTION_HELP: request->is_help = true; return true;
    default: return cli_parse_source_option(option, value, source, &request->span);
    }
}

/* The whole ---------------------------------------------------------------------------------------------- */

static bool goes_together(const struct send_request *request)
{
    const struct source_options *source = &request->source;

    if (!request->send.to_count)
        return cli_refuse("where to? Give --to unix:PATH or --to tcp:HOST:PORT");
    if (request->rate > 0 && request->speed > 0)
        return cli_refuse("give --rate or --speed, not both");
    if (source->span.has_until && source->follow)
        return cli_refuse("--until is for what is there already, not for --follow");
    if (source->cursor && request->send.unidirectional)
        return cli_refuse("--cursor moves behind what was confirmed, and with --unidirectional nothing is");
    return cli_may_have_cursor(source);
}

bool send_request_parse(struct send_request *ret_request, int argc, char **argv)
{
    struct send_request *request = ret_request;
    int option;

    *request = (struct send_request){
        .source.stop_fd = -1,
        .send = {.connections = 1, .batch_size = SEND_BATCH_DEFAULT, .timeout_ms = SEND_TIMEOUT_DEFAULT}};
    request->endpoints = calloc(SEND_DESTINATIONS_MAX, sizeof(*request->endpoints));
    request->send.to = request->endpoints;
    if (!request->endpoints)
        return cli_refuse("out of memory");
    while (!request->is_help && (option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (!parse_option(option, optarg, request))
            return false;
    }
    request->source.paths = (const char *const *)(argv + optind);
    request->source.path_count = (size_t)(argc - optind);
    request->source.origin = request->speed > 0; /* arrival times */
    const struct cli_span *span = &request->span;
    return request->is_help ||
           (cli_parse_span(span->since, span->until, span->utc, &request->source.span) &&
            cli_has_paths(&request->source, "what to send? Give an archive, a file, a folder, or \"-\"") &&
            goes_together(request));
}

void send_request_done(struct send_request *request)
{
    free(request->endpoints);
}
