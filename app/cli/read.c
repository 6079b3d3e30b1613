/* `tapline read`: its options, its signals, and the loop from source to print. */
#include "cli/commands.h"

#include "cli/options.h"
#include "cli/report.h"
#include "print/print.h"
#include "process/log.h"
#include "source/source.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

static const char help[] =
    "Usage: tapline read [OPTION]... SOURCE...\n"
    "       tapline read [OPTION]... --listen ENDPOINT...\n"
    "Print dnstap records from files, folders, standard input (\"-\") or live streams.\n"
    "\n"
    "A SOURCE may be compressed with zstd, gzip or xz. A folder stands for the files in it,\n"
    "in name order. Without SOURCE standard input is read, unless it is a terminal.\n"
    "\n"
    "  --format FORMAT       line   one line a message, as dnstap-read prints it (default)\n"
    "                        json   one object a line, with the DNS message parsed\n"
    "                        hex    the line, and below it the DNS message in hexadecimal\n"
    "                        raw    Frame Streams, to filter and join files\n"
    "  --utc                 times in UTC instead of local time (TZ); json has always UTC\n"
    "  --follow              at the end wait for more, also across rotation\n"
    "  --listen ENDPOINT     receive live streams: unix:PATH or tcp:HOST:PORT; may be given\n"
    "                        several times\n"
    "  --frame-limit SIZE    longest frame that is read, 512 to 16MiB (default 1MiB)\n"
    "  --help                print this and exit\n"
    "\n"
    "Exit status: 0 if all is well, 1 if something was skipped, could not be decoded or\n"
    "failed, 2 for wrong usage.\n";

enum option_of_read {
    OPTION_FORMAT = 256,
    OPTION_UTC,
    OPTION_FOLLOW,
    OPTION_LISTEN,
    OPTION_FRAME_LIMIT,
    OPTION_HELP,
};

static const struct option options[] = {
    {"format", required_argument, NULL, OPTION_FORMAT},
    {"utc", no_argument, NULL, OPTION_UTC},
    {"follow", no_argument, NULL, OPTION_FOLLOW},
    {"listen", required_argument, NULL, OPTION_LISTEN},
    {"frame-limit", required_argument, NULL, OPTION_FRAME_LIMIT},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

struct request {
    struct source_options source;
    enum print_format format;
    bool utc;
};

/* Signals ------------------------------------------------------------------------------------------------ */

static volatile sig_atomic_t is_stopped;
static int stop_fd = -1;

static void stop(int signal)
{
    int error = errno;
    uint64_t one = 1;

    (void)signal;
    is_stopped = 1;
    if (write(stop_fd, &one, sizeof(one)) < 0)
        is_stopped = 1; /* the flag alone must do */
    errno = error;
}

/* From now on the first INT or TERM ends reading in good order, and `stop_fd` tells of it; a second one ends
 * the process. False without descriptors. */
static bool catch_signals(void)
{
    struct sigaction action = {.sa_handler = stop, .sa_flags = (int)SA_RESETHAND};

    stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return stop_fd >= 0 && sigaction(SIGINT, &action, NULL) == 0 && sigaction(SIGTERM, &action, NULL) == 0;
}

/* A descriptor that becomes readable when waiting for more has become pointless: after a signal, or when
 * nobody reads standard output any more. -1 with errno. */
static int open_end(void)
{
    struct epoll_event signalled = {.events = EPOLLIN}, unread = {.events = 0}; /* EPOLLERR is always told */
    int fd = epoll_create1(EPOLL_CLOEXEC);

    if (fd >= 0 && epoll_ctl(fd, EPOLL_CTL_ADD, stop_fd, &signalled) != 0)
        return -1;
    epoll_ctl(fd, EPOLL_CTL_ADD, STDOUT_FILENO, &unread); /* a file cannot be added, and has no reader */
    return fd;
}

/* Reading ------------------------------------------------------------------------------------------------ */

static enum tl_status put_frame(struct source *source, const struct source_item *item, struct print *print,
                                struct report *report)
{
    struct record record;

    record_open(&record, item->frame, item->offset);
    if (__builtin_expect(record.status != TL_OK, 0)) {
        if (source_suspect(source))
            return TL_OK; /* the source says what it was instead */
        report_undecodable(report, item->name, &record);
    }
    if (report_progress_is_due(report))
        report_progress(report, item->name);
    return print_put(print, &record);
}

/* Until the end, or an output that takes no more. A source that `waits` comes to its end itself after a
 * signal, with what has arrived by then; any other is left where it is. */
static enum tl_status copy(struct source *source, bool waits, struct print *print, struct report *report)
{
    struct source_item item;
    enum tl_status status = TL_OK;

    while (status == TL_OK && (waits || !is_stopped)) {
        source_next(source, &item);
        switch (item.kind) {
        case SOURCE_FRAME: status = put_frame(source, &item, print, report); break;
        case SOURCE_NOTICE:
        case SOURCE_SKIPPED:
        case SOURCE_FAILED: report_item(report, &item); break;
        case SOURCE_IDLE: status = print_flush(print); break;
        case SOURCE_END: return print_finish(print);
        }
    }
    return status == TL_OK ? print_finish(print) : status;
}

static int read_records(const struct request *request, struct source *source, struct print *print)
{
    bool is_live = request->source.listen_count > 0, waits = is_live || request->source.follow;
    struct report report;

    report_init(&report, is_live, !waits && isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO));
    enum tl_status status = copy(source, waits, print, &report);
    int error = errno;
    report_done(&report);
    if (status != TL_OK && error != EPIPE) { /* a reader that has seen enough is no trouble */
        process_log("standard output cannot be written: %s", strerror(error));
        return CLI_TROUBLE;
    }
    if (is_stopped && !waits) {
        process_log("interrupted: the output is not complete");
        return CLI_TROUBLE;
    }
    return report.has_trouble ? CLI_TROUBLE : CLI_OK;
}

static int run(struct request *request)
{
    char text[SOURCE_TEXT_SIZE];

    signal(SIGPIPE, SIG_IGN);
    bool waits = request->source.follow || request->source.listen_count;
    if (waits || request->format == PRINT_RAW) {
        request->source.stop_fd = catch_signals() && waits ? open_end() : stop_fd;
        if (request->source.stop_fd < 0) {
            process_log("signals cannot be caught: %s", strerror(errno));
            return CLI_TROUBLE;
        }
    }
    struct source *source = source_new(&request->source, text);
    if (!source) {
        process_log("%s", text);
        return CLI_TROUBLE;
    }
    int status = CLI_TROUBLE;
    struct print *print = print_new(STDOUT_FILENO, request->format, request->utc);
    if (print)
        status = read_records(request, source, print);
    else
        process_log("out of memory");
    print_free(print);
    source_free(source);
    return status;
}

/* Options ------------------------------------------------------------------------------------------------ */

static bool parse_option(int option, const char *value, struct request *request,
                         struct tl_endpoint *endpoints)
{
    switch (option) {
    case OPTION_FORMAT:
        return print_format_parse(value, &request->format) ||
               cli_wrong("format", value, "give line, json, hex or raw");
    case OPTION_UTC: request->utc = true; return true;
    case OPTION_FOLLOW: request->source.follow = true; return true;
    case OPTION_LISTEN: return cli_add_endpoint(value, endpoints, &request->source.listen_count);
    case OPTION_FRAME_LIMIT: return cli_parse_frame_limit(value, &request->source.frame_limit);
    default: return false;
    }
}

static bool is_sensible(struct request *request)
{
    static const char *const standard_input[] = {"-"};
    struct source_options *source = &request->source;

    if (source->listen_count && source->path_count) {
        process_log("%s: give files or --listen, not both", source->paths[0]);
        return false;
    }
    if (source->listen_count && source->follow) {
        process_log("--follow is for files; what is received with --listen is followed anyway");
        return false;
    }
    if (!source->listen_count && !source->path_count) {
        if (isatty(STDIN_FILENO)) {
            process_log("what to read? Give a file, a folder, \"-\", or --listen ENDPOINT");
            return false;
        }
        source->paths = standard_input;
        source->path_count = 1;
    }
    if (request->format == PRINT_RAW && isatty(STDOUT_FILENO)) {
        process_log("--format raw: frames are not for a terminal; redirect standard output");
        return false;
    }
    return true;
}

int cli_read(int argc, char **argv)
{
    struct tl_endpoint *endpoints = calloc(CLI_LISTEN_MAX, sizeof(*endpoints));
    struct request request = {.source = {.listen = endpoints, .stop_fd = -1}};
    int status = CLI_USAGE, option;
    bool is_right = endpoints != NULL;

    process_log_init("tapline read");
    argv[0] = (char[]){"tapline read"}; /* for what getopt_long says */
    while (is_right && (option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == OPTION_HELP) {
            fputs(help, stdout);
            free(endpoints);
            return CLI_OK;
        }
        is_right = parse_option(option, optarg, &request, endpoints);
    }
    request.source.paths = (const char *const *)(argv + optind);
    request.source.path_count = (size_t)(argc - optind);
    if (is_right && is_sensible(&request))
        status = run(&request);
    else
        fputs("Try \"tapline read --help\".\n", stderr);
    free(endpoints);
    return status;
}
