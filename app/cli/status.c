/* `tapline status`: its options, and looking once or again and again. */
#include "cli/commands.h"

#include "cli/options.h"
#include "cli/status_print.h"
#include "process/log.h"
#include "record/units.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define WATCH_MS_DEFAULT 1000
#define WATCH_MS_MIN     100

static const char help[] =
    "Usage: tapline status [OPTION]... DIR\n"
    "Tell what is in an archive, what was lost or removed and why, how far its consumers are,\n"
    "and what the running capture does.\n"
    "\n"
    "  --watch[=DURATION]    tell it again every second, or every 5s, 1m, ..., with rates\n"
    "  --format FORMAT       text (default), or json: one object a line\n"
    "  --remove-cursor NAME  remove the cursor of a consumer that is gone, and tell nothing\n"
    "  --help                print this and exit\n"
    "\n"
    "Exit status: 0 if all is well, also if no capture is running; 1 if the archive cannot be\n"
    "read or parts of it are damaged; 2 for wrong usage.\n";

enum option_of_status {
    OPTION_WATCH = 256,
    OPTION_FORMAT,
    OPTION_REMOVE_CURSOR,
    OPTION_HELP,
};

static const struct option options[] = {
    {"watch", optional_argument, NULL, OPTION_WATCH},
    {"format", required_argument, NULL, OPTION_FORMAT},
    {"remove-cursor", required_argument, NULL, OPTION_REMOVE_CURSOR},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

struct request {
    const char *path;
    const char *remove_cursor;
    uint64_t watch_ms; /* 0: once */
    bool is_json;
};

/* Looking ----------------------------------------------------------------------------------------------- */

/* What is compared to know the rates. */
struct look {
    uint64_t at_ms; /* monotonic; 0: there is none */
    uint64_t pid, frames, bytes;
};

static struct look look_at(const struct survey *survey)
{
    const struct tl_counters_view *counters = &survey->counters;

    if (!survey->has_counters || !counters->is_running)
        return (struct look){0};
    return (struct look){survey->counted_ms, counters->pid, counters->values[TL_COUNTER_FRAMES_IN],
                         counters->values[TL_COUNTER_BYTES_IN]};
}

static struct status_rates rates_of(const struct look *before, const struct look *now)
{
    uint64_t ms = now->at_ms - before->at_ms;

    if (!before->at_ms || !now->at_ms || before->pid != now->pid || !ms || now->frames < before->frames ||
        now->bytes < before->bytes)
        return (struct status_rates){0};
    return (struct status_rates){true, (now->frames - before->frames) * 1000 / ms,
                                 (now->bytes - before->bytes) * 1000 / ms};
}

/* Redraws in place: no line is longer than the screen is wide, none is below its end. */
static void print_on_screen(const char *text)
{
    struct winsize size = {.ws_row = 24, .ws_col = 80};

    ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
    fputs("\033[H", stdout);
    for (unsigned row = 1; *text && (row < size.ws_row || !size.ws_row); row++) {
        int length = (int)strcspn(text, "\n");
        int shown = size.ws_col && length > size.ws_col ? size.ws_col : length;
        printf("%.*s\033[K\n", shown, text);
        text += length + (text[length] == '\n');
    }
    fputs("\033[J", stdout);
}

static bool print(const struct request *request, const char *path, const struct survey *survey,
                  const struct status_rates *rates)
{
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);

    if (!to)
        return false;
    if (request->is_json)
        status_print_json(to, path, survey, rates);
    else
        status_print_text(to, path, survey, rates);
    bool is_printed = fclose(to) == 0;
    if (is_printed && request->watch_ms && !request->is_json && isatty(STDOUT_FILENO))
        print_on_screen(text);
    else if (is_printed)
        fputs(text, stdout);
    free(text);
    return is_printed && fflush(stdout) == 0;
}

static void pause_for(uint64_t ms)
{
    struct timespec time = {(time_t)(ms / 1000), (long)(ms % 1000) * 1000000};

    nanosleep(&time, NULL);
}

static int watch(const struct request *request, struct tl_archive *archive, struct survey *survey)
{
    struct look before = {0};
    bool is_first = true;

    do {
        if (!is_first)
            pause_for(request->watch_ms);
        if (!survey_take(survey, archive))
            return CLI_TROUBLE;
        struct look now = look_at(survey);
        struct status_rates rates = rates_of(&before, &now);
        before = now;
        if (!is_first && !request->is_json && !isatty(STDOUT_FILENO))
            putchar('\n');
        if (!print(request, tl_archive_path(archive), survey, &rates))
            return CLI_TROUBLE; /* main says why */
        is_first = false;
    } while (request->watch_ms);
    return survey->damage_count ? CLI_TROUBLE : CLI_OK;
}

/* Cursors ----------------------------------------------------------------------------------------------- */

static int remove_cursor(const struct request *request, struct tl_archive *archive)
{
    enum tl_status status = tl_archive_cursor_remove(archive, request->remove_cursor);

    if (status == TL_OK)
        return CLI_OK;
    if (status == TL_END)
        process_log("%s: there is no cursor \"%s\"", request->path, request->remove_cursor);
    else if (status == TL_FULL)
        process_log("%s: cursor \"%s\" is in use: end the program that reads with it first", request->path,
                    request->remove_cursor);
    else
        process_log("%s: cursor \"%s\" cannot be removed: %s", request->path, request->remove_cursor,
                    status == TL_SYSTEM ? strerror(errno) : tl_status_text(status));
    return CLI_TROUBLE;
}

static int run(const struct request *request)
{
    struct tl_archive *archive;
    char text[TL_ARCHIVE_TEXT_SIZE];
    struct survey survey = {0};

    if (tl_archive_open(request->path, &archive, text) != TL_OK) {
        process_log("%s: %s", request->path, text);
        return CLI_TROUBLE;
    }
    int status = request->remove_cursor ? remove_cursor(request, archive) : watch(request, archive, &survey);
    survey_done(&survey);
    tl_archive_close(archive);
    return status;
}

/* Options ----------------------------------------------------------------------------------------------- */

static bool parse_watch(const char *text, uint64_t *ret_ms)
{
    *ret_ms = WATCH_MS_DEFAULT;
    if (!text || (record_parse_duration(text, ret_ms) && *ret_ms >= WATCH_MS_MIN))
        return true;
    return cli_wrong("watch", text, "give a duration of at least 100ms, such as 1s or 1m");
}

static bool parse_format(const char *text, bool *ret_is_json)
{
    *ret_is_json = strcmp(text, "json") == 0;
    return *ret_is_json || strcmp(text, "text") == 0 || cli_wrong("format", text, "give text or json");
}

static bool parse_option(int option, const char *value, struct request *request)
{
    switch (option) {
    case OPTION_WATCH: return parse_watch(value, &request->watch_ms);
    case OPTION_FORMAT: return parse_format(value, &request->is_json);
    case OPTION_REMOVE_CURSOR: request->remove_cursor = value; return true;
    default: return false;
    }
}

static bool take_path(int argc, char **argv, struct request *request)
{
    if (optind == argc)
        process_log("of which archive? Give its folder");
    else if (optind + 1 < argc)
        process_log("what is \"%s\"? One archive at a time", argv[optind + 1]);
    request->path = argv[optind];
    return optind + 1 == argc;
}

int cli_status(int argc, char **argv)
{
    struct request request = {0};
    bool is_right = true;
    int option;

    process_log_init("tapline status");
    argv[0] = (char[]){"tapline status"}; /* for what getopt_long says */
    while (is_right && (option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == OPTION_HELP) {
            fputs(help, stdout);
            return CLI_OK;
        }
        is_right = parse_option(option, optarg, &request);
    }
    if (is_right && take_path(argc, argv, &request))
        return run(&request);
    fputs("Try \"tapline status --help\".\n", stderr);
    return CLI_USAGE;
}
