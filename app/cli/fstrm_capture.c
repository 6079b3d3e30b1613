/* `fstrm_capture`, by the incumbent's name: `tapline capture` with its options, files and words. Invariant:
 * no option means anything else than it did, and what was captured before is never written over. */
#include "cli/commands.h"

#include "capture/capture.h"
#include "cli/fstrm_options.h"
#include "cli/fstrm_peer.h"
#include "process/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HELP, DEBUG, TYPE, UNIX, TCP, PORT, BUFFER, CONNECTIONS, WRITE, SPLIT, LOCALTIME, GMTIME, OPTIONS };

#define BUFFER_DEFAULT 262144u
#define BUFFER_MIN     516u
#define BUFFER_MAX     (QUEUE_FRAME_MAX + 4)

/* What is missing or does not go together, in the incumbent's words; NULL: nothing. */
static const char *find_fault(const struct fstrm_option *options)
{
    bool is_standard_output = options[WRITE].last && strcmp(options[WRITE].last, "-") == 0;

    if (!options[TYPE].last)
        return "Frame Streams content type (--type) is not set";
    if (!options[UNIX].last && !options[TCP].last)
        return "One of --unix or --tcp must be set";
    if (!options[UNIX].last && !options[PORT].last)
        return "If --tcp is set, --port must also be set";
    if (!options[WRITE].last)
        return "File path to write Frame Streams data to (--write) is not set";
    if (is_standard_output && isatty(STDOUT_FILENO))
        return "Refusing to write binary output to a terminal";
    if (is_standard_output && options[SPLIT].last)
        return "Cannot use output splitting when writing to stdout";
    if (options[LOCALTIME].count && options[GMTIME].count)
        return "--localtime and --gmtime are mutually exclusive";
    if (options[SPLIT].last && !options[LOCALTIME].count && !options[GMTIME].count)
        return "--split requires either --localtime or --gmtime";
    if (!*options[TYPE].last || strlen(options[TYPE].last) > TL_CONTENT_TYPE_SIZE_MAX)
        return "A content type (--type) has 1 to 256 bytes";
    return NULL;
}

/* A number that was not given stays as it is. */
static bool take_number(const struct fstrm_option *option, unsigned long least, unsigned long most,
                        unsigned long *number)
{
    return !option->last || fstrm_parse_number(option->last, least, most, number);
}

static const char *take_numbers(const struct fstrm_option *options, struct capture_options *capture)
{
    unsigned long buffer = BUFFER_DEFAULT, connections = 0, seconds = 0;

    if (!take_number(&options[BUFFER], BUFFER_MIN, BUFFER_MAX, &buffer))
        return "--buffersize is a number of bytes from 516 to 16777220";
    if (!take_number(&options[CONNECTIONS], 0, UINT32_MAX, &connections))
        return "--maxconns is a number of connections";
    if (!take_number(&options[SPLIT], 0, INT32_MAX, &seconds))
        return "--split is a number of seconds";
    capture->frame_limit = (uint32_t)buffer - 4;
    if ((size_t)capture->frame_limit * 4 > CAPTURE_QUEUE_SIZE_DEFAULT)
        capture->queue_size = (size_t)capture->frame_limit * 4;
    capture->connections_max = (uint32_t)connections;
    capture->output.rotate_period = seconds;
    return NULL;
}

/* Without --gmtime and --localtime the path is meant as it is. NULL without memory; the caller frees it. */
static char *make_pattern(const char *path, bool has_time)
{
    char *pattern = malloc(2 * strlen(path) + 1), *to = pattern;

    for (; pattern && *path; path++) {
        *to++ = *path;
        if (*path == '%' && !has_time)
            *to++ = '%';
    }
    if (pattern)
        *to = '\0';
    return pattern;
}

static const char *set_up(const struct fstrm_option *options, struct capture_options *capture,
                          struct tl_endpoint *ret_endpoint)
{
    const char *fault = find_fault(options);

    if (!fault && options[UNIX].last && options[PORT].last)
        fputs("Warning: Ignoring --port with --unix\n", stderr);
    if (!fault)
        fault = fstrm_endpoint(options[UNIX].last, options[TCP].last, options[PORT].last, ret_endpoint);
    if (!fault)
        fault = take_numbers(options, capture);
    return fault;
}

static int run(const struct fstrm_option *options, struct capture_options *capture)
{
    bool has_time = options[LOCALTIME].count || options[GMTIME].count;
    char *pattern = make_pattern(options[WRITE].last, has_time);

    if (!pattern) {
        process_log("out of memory");
        return CLI_TROUBLE;
    }
    if (options[UNIX].last)
        process_log("opening Unix socket path %s", options[UNIX].last);
    else
        process_log("opening TCP socket [%s]:%s", options[TCP].last, options[PORT].last);
    capture->output.pattern = pattern;
    capture->output.utc = options[GMTIME].count > 0;
    capture->output.content_type = tl_bytes_of_text(options[TYPE].last);
    int status = capture_run(capture);
    free(pattern);
    return status;
}

int cli_fstrm_capture(int argc, char **argv)
{
    struct fstrm_option options[OPTIONS] = {
        [HELP] = {'h', "help", NULL, "display this help text and exit"},
        [DEBUG] = {'d', "debug", NULL, "increment debugging level"},
        [TYPE] = {'t', "type", "STRING", "Frame Streams content type"},
        [UNIX] = {'u', "unix", "FILENAME", "Unix socket path to read from"},
        [TCP] = {'a', "tcp", "ADDRESS", "TCP socket address to read from"},
        [PORT] = {'p', "port", "PORT", "TCP socket port to read from"},
        [BUFFER] = {'b', "buffersize", "SIZE", "read buffer size, in bytes (default 262144)"},
        [CONNECTIONS] = {'c', "maxconns", "COUNT", "maximum concurrent connections allowed"},
        [WRITE] = {'w', "write", "FILENAME", "file path to write Frame Streams data to"},
        [SPLIT] = {'s', "split", "SECONDS", "seconds before rotating output file"},
        [LOCALTIME] = {0, "localtime", NULL, "filter -w path with strftime (local time)"},
        [GMTIME] = {0, "gmtime", NULL, "filter -w path with strftime (UTC)"},
    };
    struct tl_endpoint endpoint;
    struct capture_options capture = {
        .listen = &endpoint,
        .listen_count = 1,
        .access = {-1, -1, -1},
        .archive_group = -1,
        .output = {.in_place = true, .voice = VOICE_FSTRM},
        .writer = {.sync = WRITER_SYNC_PERIOD, .sync_period_ms = 1000},
        .drain_ms = 2000,
    };
    const char *program = fstrm_program(argv[0]);

    process_log_init("fstrm_capture");
    switch (fstrm_options_parse(options, OPTIONS, FSTRM_VERSION, argc, argv)) {
    case FSTRM_SHOWN: return CLI_OK;
    case FSTRM_WRONG: return CLI_TROUBLE;
    case FSTRM_PARSED: break;
    }
    const char *fault = set_up(options, &capture, &endpoint);
    if (!fault)
        return run(options, &capture);
    fprintf(stderr, "%s: Usage error: %s\n", program, fault);
    fstrm_options_usage(options, OPTIONS, program);
    return CLI_TROUBLE;
}
