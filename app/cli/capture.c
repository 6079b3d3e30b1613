/* `tapline capture`: its options, and nothing else. */
#include "cli/commands.h"

#include "capture/capture.h"
#include "cli/options.h"
#include "cli/options_archive.h"
#include "process/log.h"
#include "record/units.h"

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
    "Usage: tapline capture --listen ENDPOINT... (--archive DIR | --write PATH) [OPTION]...\n"
    "Receive dnstap from name servers and keep it in an archive or in files.\n"
    "\n"
    "  --listen ENDPOINT     unix:PATH or tcp:HOST:PORT; may be given several times\n"
    "  --socket-owner USER   owner of the unix sockets\n"
    "  --socket-group GROUP  group of the unix sockets\n"
    "  --socket-mode MODE    permissions of the unix sockets, octal (default: by umask)\n"
    "\n"
    "  --archive DIR         the archive to append to; made if it is not there\n"
    "  --group GROUP         group of all that is made in the archive (default: as it is)\n"
    "  --segment-size SIZE   begin a new segment before this one exceeds it, 64KiB to 16GiB\n"
    "                        (default 128MiB)\n"
    "  --segment-age DURATION  begin a new segment so long after the first entry of this\n"
    "                        one, in whole seconds (default 1h); 0: only by size\n"
    "  --no-pack             leave finished segments as they are, for \"tapline pack\"\n"
    "  --level NUMBER        compression of packed segments, 1 to 19 (default 6)\n"
    "  --keep DURATION       remove packed segments that ended longer ago than 30d, ...\n"
    "  --keep-size SIZE      remove the oldest ones while the archive is larger than this\n"
    "  --keep-free SIZE      remove the oldest ones while less is free on its disk, as a\n"
    "                        size or as 10%\n"
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
    "  --frame-limit SIZE    longest frame that is kept, up to 16MiB (in an archive 1MiB)\n"
    "                        and a quarter of the queue (default 1MiB)\n"
    "  --drain DURATION      how long TCP peers are read on at the end (default 2s)\n"
    "  --help                print this and exit\n"
    "\n"
    "Signals: TERM and INT stop without losing what has arrived; HUP begins a new file or\n"
    "segment; USR1 logs the books.\n"
    "\n"
    "Exit status: 0 if all that came was written, 1 on trouble, 2 for wrong usage.\n";

enum option_of_capture {
    OPTION_LISTEN = 256,
    OPTION_OWNER,
    OPTION_GROUP,
    OPTION_MODE,
    OPTION_ARCHIVE,
    OPTION_ARCHIVE_GROUP,
    OPTION_SEGMENT_SIZE,
    OPTION_SEGMENT_AGE,
    OPTION_NO_PACK,
    OPTION_LEVEL,
    OPTION_KEEP,
    OPTION_KEEP_SIZE,
    OPTION_KEEP_FREE,
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
    {"archive", required_argument, NULL, OPTION_ARCHIVE},
    {"group", required_argument, NULL, OPTION_ARCHIVE_GROUP},
    {"segment-size", required_argument, NULL, OPTION_SEGMENT_SIZE},
    {"segment-age", required_argument, NULL, OPTION_SEGMENT_AGE},
    {"no-pack", no_argument, NULL, OPTION_NO_PACK},
    {"level", required_argument, NULL, OPTION_LEVEL},
    {"keep", required_argument, NULL, OPTION_KEEP},
    {"keep-size", required_argument, NULL, OPTION_KEEP_SIZE},
    {"keep-free", required_argument, NULL, OPTION_KEEP_FREE},
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

#define NOT_GIVEN            UINT64_MAX
#define SEGMENT_SIZE_DEFAULT (128u << 20)
#define SEGMENT_AGE_DEFAULT  3600u /* seconds */

/* What was given, beside the values. */
struct given {
    const char *plain;   /* an option that goes with --write alone; NULL: none */
    const char *archive; /* one that goes with --archive alone */
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
    if (!record_parse_size(text, ret_size) || *ret_size < least || *ret_size > most)
        return cli_wrong(option, text, expected);
    return true;
}

static bool parse_seconds(const char *option, const char *text, uint64_t least, const char *expected,
                          uint64_t *ret_seconds)
{
    uint64_t duration;

    if (!record_parse_duration(text, &duration) || duration / 1000 < least || duration % 1000)
        return cli_wrong(option, text, expected);
    *ret_seconds = duration / 1000;
    return true;
}

static bool parse_drain(const char *text, uint64_t *ret_ms)
{
    return record_parse_duration(text, ret_ms) ||
           cli_wrong("drain", text, "give a duration such as 500ms, 2s or 1m");
}

static bool parse_sync(const char *text, struct writer_options *writer)
{
    writer->sync = WRITER_SYNC_PERIOD;
    if (strcmp(text, "never") == 0)
        writer->sync = WRITER_SYNC_NEVER;
    else if (strcmp(text, "always") == 0)
        writer->sync = WRITER_SYNC_ALWAYS;
    else if (!record_parse_duration(text, &writer->sync_period_ms) || !writer->sync_period_ms)
        return cli_wrong("sync", text, "give a duration such as 1s, or never, or always");
    return true;
}

/* Options that go with an archive alone. */
static bool parse_archive_option(int option, const char *value, struct capture_options *capture)
{
    struct retention_options *keep = &capture->packer.keep;

    switch (option) {
    case OPTION_ARCHIVE_GROUP: return parse_id("group", value, group_id, &capture->archive_group);
    case OPTION_SEGMENT_SIZE:
        return parse_size("segment-size", value, 65536, (uint64_t)16 << 30,
                          "give a size from 64KiB to 16GiB, such as 256MiB", &capture->output.rotate_size);
    case OPTION_SEGMENT_AGE:
        return parse_seconds("segment-age", value, 0,
                             "give a duration of whole seconds, such as 10m or 1h, or 0",
                             &capture->output.rotate_period);
    case OPTION_NO_PACK: capture->packer.packs = false; return true;
    case OPTION_LEVEL: return cli_parse_level(value, &capture->packer.level);
    case OPTION_KEEP: return cli_parse_keep(value, keep);
    case OPTION_KEEP_SIZE: return cli_parse_keep_size(value, keep);
    case OPTION_KEEP_FREE: return cli_parse_keep_free(value, keep);
    default: return false;
    }
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
    case OPTION_ARCHIVE: capture->archive_path = value; break;
    case OPTION_WRITE: capture->output.pattern = value; break;
    case OPTION_ROTATE:
        return parse_seconds("rotate", value, 1, "give a duration of whole seconds, such as 10m or 1h",
                             &capture->output.rotate_period);
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
    default: return parse_archive_option(option, value, capture);
    }
    return is_right;
}

/* Notes what goes with one kind of output alone. */
static void note_given(int option, struct given *given)
{
    const char *name = NULL;

    for (size_t i = 0; options[i].name; i++) {
        if (options[i].val == option)
            name = options[i].name;
    }
    if (option == OPTION_ROTATE || option == OPTION_ROTATE_SIZE || option == OPTION_UTC)
        given->plain = name;
    if (option >= OPTION_ARCHIVE_GROUP && option <= OPTION_KEEP_FREE)
        given->archive = name;
}

/* Exactly one kind of output, and what belongs to it. */
static bool has_output(struct capture_options *capture, const struct given *given)
{
    const char *pattern = capture->output.pattern, *archive = capture->archive_path;

    if (archive && pattern) {
        process_log("--archive or --write? One capture has one output: give one of them");
        return false;
    }
    if ((!archive || !*archive) && (!pattern || !*pattern)) {
        process_log("where to write? Give --archive DIR or --write PATH");
        return false;
    }
    if (archive && given->plain) {
        const char *instead = strcmp(given->plain, "rotate") == 0 ? "an archive has --segment-age"
                              : strcmp(given->plain, "rotate-size") == 0
                                  ? "an archive has --segment-size"
                                  : "an archive's names are always UTC";
        process_log("--%s goes with --write; %s", given->plain, instead);
        return false;
    }
    if (pattern && given->archive) {
        process_log("--%s goes with --archive, and means nothing for --write", given->archive);
        return false;
    }
    if (archive && capture->frame_limit > TL_ARCHIVE_FRAME_MAX) {
        process_log("--frame-limit: the longest frame that an archive takes is 1MiB");
        return false;
    }
    return true;
}

/* An archive has its own limits if none were given. */
static void set_segments(struct capture_options *capture)
{
    if (capture->output.rotate_size == NOT_GIVEN)
        capture->output.rotate_size = capture->archive_path ? SEGMENT_SIZE_DEFAULT : 0;
    if (capture->output.rotate_period == NOT_GIVEN)
        capture->output.rotate_period = capture->archive_path ? SEGMENT_AGE_DEFAULT : 0;
}

static bool is_complete(struct capture_options *capture, const struct given *given)
{
    if (!capture->listen_count) {
        process_log("where to listen? Give --listen unix:PATH or --listen tcp:HOST:PORT");
        return false;
    }
    if (!has_output(capture, given))
        return false;
    set_segments(capture);
    if (!capture->archive_path && strcmp(capture->output.pattern, "-") == 0 && isatty(STDOUT_FILENO)) {
        process_log("--write -: frames are not for a terminal; redirect standard output, or pipe it into "
                    "\"tapline read\"");
        return false;
    }
    size_t size = capture->queue_size ? capture->queue_size : CAPTURE_QUEUE_SIZE_DEFAULT;
    uint32_t limit = capture->frame_limit ? capture->frame_limit : TL_FRAME_LIMIT_DEFAULT;
    if (limit > size / 4) {
        process_log(
            "frames of up to %u bytes need a queue of %u bytes: give a larger --queue-size, or a smaller "
            "--frame-limit",
            limit, limit * 4);
        return false;
    }
    return true;
}

static bool is_left_over(const char *word)
{
    process_log("what is \"%s\"? Endpoints are given with --listen, and the output with --archive or --write",
                word);
    return false;
}

int cli_capture(int argc, char **argv)
{
    struct tl_endpoint *endpoints = calloc(CLI_LISTEN_MAX, sizeof(*endpoints));
    struct capture_options capture = {
        .listen = endpoints,
        .access = {-1, -1, -1},
        .archive_group = -1,
        .packer = {.packs = true},
        .output = {.rotate_size = NOT_GIVEN, .rotate_period = NOT_GIVEN},
        .writer = {.sync = WRITER_SYNC_PERIOD, .sync_period_ms = 1000},
        .drain_ms = 2000,
    };
    struct given given = {NULL, NULL};
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
        note_given(option, &given);
        is_right = parse_option(option, optarg, &capture, endpoints);
    }
    if (is_right && optind < argc)
        is_right = is_left_over(argv[optind]);
    if (is_right && is_complete(&capture, &given))
        status = capture_run(&capture);
    else
        fputs("Try \"tapline capture --help\".\n", stderr);
    free(endpoints);
    return status;
}
