/* `tapline capture`: its options, and nothing else. */
#include "cli/commands.h"

#include "capture/capture.h"
#include "cli/options.h"
#include "cli/units.h"
#include "process/log.h"

#include <tapline/frame.h>

#include <getopt.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

_Static_assert(CLI_FRAME_LIMIT_MAX == QUEUE_FRAME_MAX, "what may be asked for can be queued");

static const char help[] =
    "Usage: tapline capture --listen ENDPOINT... --write PATH [OPTION]...\n"
    "Receive dnstap from name servers and write it to files.\n"
    "\n"
    "  --listen ENDPOINT     unix:PATH or tcp:HOST:PORT; may be given several times\n"
    "  --socket-owner USER   owner of the unix sockets\n"
    "  --socket-group GROUP  group of the unix sockets\n"
    "  --socket-mode MODE    permissions of the unix sockets, octal (default: by umask)\n"
    "\n"
    "  --write PATH          output file; may hold strftime conversions (%Y%m%dT%H%M%S);\n"
    "                        \"-\" is standard output. A file that exists is never touched:\n"
    "                        the next free name PATH.000001, PATH.000002, ... is taken.\n"
    "                        Until it is complete a file is called PATH.part.\n"
    "  --rotate DURATION     begin a new file every 10m, 1h, 1d, ... of the clock\n"
    "  --rotate-size SIZE    begin a new file before this one exceeds 100MiB, 1GiB, ...;\n"
    "                        only what is received at once (up to 512KiB and a frame) is\n"
    "                        never divided\n"
    "  --utc                 times in file names, and the hours of --rotate, are UTC\n"
    "  --sync POLICY         when written frames are forced to the disk: a duration\n"
    "                        (default 1s), never, or always (before FINISH answers STOP)\n"
    "\n"
    "  --queue PATH          file of the write queue, on tmpfs (default: in /dev/shm)\n"
    "  --queue-size SIZE     its size, 1MiB to 1GiB (default 32MiB)\n"
    "  --frame-limit SIZE    longest frame that is kept, up to 16MiB and a quarter of the\n"
    "                        queue (default 1MiB)\n"
    "  --drain DURATION      how long TCP peers are read on at the end (default 2s)\n"
    "  --help                print this and exit\n"
    "\n"
    "Signals: TERM and INT stop without losing what has arrived; HUP begins a new file;\n"
    "USR1 logs the books.\n"
    "\n"
    "Exit status: 0 if all that came was written, 1 on trouble, 2 for wrong usage.\n";

enum option_of_capture {
    OPTION_LISTEN = 256,
    OPTION_OWNER,
    OPTION_GROUP,
    OPTION_MODE,
    OPTION_WRITE,
    OPTION_ROTATE,
    OPTION_ROTATE_SIZE,
    OPTION_UTC,
    OPTION_SYNC,
    OPTION_QUEUE,
    OPTION_QUEUE_SIZE,
    OPTION_FRAME_LIMIT,
    OPTION_DRAIN,
    OPTION_HELP,
};

static const struct option options[] = {
    {"listen", required_argument, NULL, OPTION_LISTEN},
    {"socket-owner", required_argument, NULL, OPTION_OWNER},
    {"socket-group", required_argument, NULL, OPTION_GROUP},
    {"socket-mode", required_argument, NULL, OPTION_MODE},
    {"write", required_argument, NULL, OPTION_WRITE},
    {"rotate", required_argument, NULL, OPTION_ROTATE},
    {"rotate-size", required_argument, NULL, OPTION_ROTATE_SIZE},
    {"utc", no_argument, NULL, OPTION_UTC},
    {"sync", required_argument, NULL, OPTION_SYNC},
    {"queue", required_argument, NULL, OPTION_QUEUE},
    {"queue-size", required_argument, NULL, OPTION_QUEUE_SIZE},
    {"frame-limit", required_argument, NULL, OPTION_FRAME_LIMIT},
    {"drain", required_argument, NULL, OPTION_DRAIN},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

/* A number, or what `look_up` makes of a name. */
static bool parse_id(const char *option, const char *text, long (*look_up)(const char *), long *ret_id)
{
    char *end;
    long id = strtol(text, &end, 10);

    if (!*text || *end || id < 0)
        id = look_up(text);
    if (id < 0 || id >= UINT32_MAX)
        return cli_wrong(option, text, "there is no such user or group on this machine");
    *ret_id = id;
    return true;
}

static long user_id(const char *name)
{
    const struct passwd *entry = getpwnam(name);

    return entry ? (long)entry->pw_uid : -1;
}

static long group_id(const char *name)
{
    const struct group *entry = getgrnam(name);

    return entry ? (long)entry->gr_gid : -1;
}

static bool parse_mode(const char *text, long *ret_mode)
{
    char *end;
    long mode = strtol(text, &end, 8);

    if (!*text || *end || mode < 0 || mode > 0777)
        return cli_wrong("socket-mode", text, "give octal permissions such as 0660");
    *ret_mode = mode;
    return true;
}

static bool parse_size(const char *option, const char *text, uint64_t least, uint64_t most,
                       const char *expected, uint64_t *ret_size)
{
    if (!cli_parse_size(text, ret_size) || *ret_size < least || *ret_size > most)
        return cli_wrong(option, text, expected);
    return true;
}

static bool parse_rotation(const char *text, uint64_t *ret_seconds)
{
    uint64_t duration;

    if (!cli_parse_duration(text, &duration) || !duration || duration % 1000)
        return cli_wrong("rotate", text, "give a duration of whole seconds, such as 10m or 1h");
    *ret_seconds = duration / 1000;
    return true;
}

static bool parse_drain(const char *text, uint64_t *ret_ms)
{
    return cli_parse_duration(text, ret_ms) ||
           cli_wrong("drain", text, "give a duration such as 500ms, 2s or 1m");
}

static bool parse_sync(const char *text, struct writer_options *writer)
{
    writer->sync = WRITER_SYNC_PERIOD;
    if (strcmp(text, "never") == 0)
        writer->sync = WRITER_SYNC_NEVER;
    else if (strcmp(text, "always") == 0)
        writer->sync = WRITER_SYNC_ALWAYS;
    else if (!cli_parse_duration(text, &writer->sync_period_ms) || !writer->sync_period_ms)
        return cli_wrong("sync", text, "give a duration such as 1s, or never, or always");
    return true;
}

static bool parse_option(int option, const char *value, struct capture_options *capture,
                         struct tl_endpoint *endpoints)
{
    uint64_t number = 0;
    bool is_right = true;

    switch (option) {
    case OPTION_LISTEN: return cli_add_endpoint(value, endpoints, &capture->listen_count);
    case OPTION_OWNER: return parse_id("socket-owner", value, user_id, &capture->access.owner);
    case OPTION_GROUP: return parse_id("socket-group", value, group_id, &capture->access.group);
    case OPTION_MODE: return parse_mode(value, &capture->access.mode);
    case OPTION_WRITE: capture->output.pattern = value; break;
    case OPTION_ROTATE: return parse_rotation(value, &capture->output.rotate_period);
    case OPTION_ROTATE_SIZE:
        is_right = parse_size("rotate-size", value, 4096, UINT64_MAX >> 1,
                              "give a size of at least 4KiB, such as 1GiB", &capture->output.rotate_size);
        break;
    case OPTION_UTC: capture->output.utc = true; break;
    case OPTION_SYNC: return parse_sync(value, &capture->writer);
    case OPTION_QUEUE: capture->queue_path = value; break;
    case OPTION_QUEUE_SIZE:
        is_right = parse_size("queue-size", value, QUEUE_SIZE_MIN, QUEUE_SIZE_MAX,
                              "give a size from 1MiB to 1GiB", &number);
        capture->queue_size = (size_t)number;
        break;
    case OPTION_FRAME_LIMIT: return cli_parse_frame_limit(value, &capture->frame_limit);
    case OPTION_DRAIN: return parse_drain(value, &capture->drain_ms);
    default: return false;
    }
    return is_right;
}

static bool is_complete(const struct capture_options *capture)
{
    if (!capture->listen_count) {
        process_log("where to listen? Give --listen unix:PATH or --listen tcp:HOST:PORT");
        return false;
    }
    if (!capture->output.pattern || !*capture->output.pattern) {
        process_log("where to write? Give --write PATH");
        return false;
    }
    if (strcmp(capture->output.pattern, "-") == 0 && isatty(STDOUT_FILENO)) {
        process_log("--write -: frames are not for a terminal; redirect standard output, or pipe it into "
                    "\"tapline read\"");
        return false;
    }
    size_t size = capture->queue_size ? capture->queue_size : CAPTURE_QUEUE_SIZE_DEFAULT;
    uint32_t limit = capture->frame_limit ? capture->frame_limit : TL_FRAME_LIMIT_DEFAULT;
    if (limit > size / 4) {
        process_log("frames of up to %u bytes need a queue of %u: give a larger --queue-size, or a smaller "
                    "--frame-limit",
                    limit, limit * 4);
        return false;
    }
    return true;
}

static bool is_left_over(const char *word)
{
    process_log("what is \"%s\"? Endpoints are given with --listen, and the output with --write", word);
    return false;
}

int cli_capture(int argc, char **argv)
{
    struct tl_endpoint *endpoints = calloc(CLI_LISTEN_MAX, sizeof(*endpoints));
    struct capture_options capture = {
        .listen = endpoints,
        .access = {-1, -1, -1},
        .writer = {.sync = WRITER_SYNC_PERIOD, .sync_period_ms = 1000},
        .drain_ms = 2000,
    };
    int status = CLI_USAGE, option;
    bool is_right = endpoints != NULL;

    process_log_init("tapline capture");
    argv[0] = (char[]){"tapline capture"}; /* for what getopt_long says */
    while (is_right && (option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == OPTION_HELP) {
            fputs(help, stdout);
            free(endpoints);
            return CLI_OK;
        }
        is_right = parse_option(option, optarg, &capture, endpoints);
    }
    if (is_right && optind < argc)
        is_right = is_left_over(argv[optind]);
    if (is_right && is_complete(&capture))
        status = capture_run(&capture);
    else
        fputs("Try \"tapline capture --help\".\n", stderr);
    free(endpoints);
    return status;
}
