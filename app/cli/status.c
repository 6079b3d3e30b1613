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
    "Usage: tapline status [OPTION]... DIR|FILE...\n"
    "Tell what is in an archive, what was lost or removed and why, how far its consumers are,\n"
    "and what the running capture does. A FILE is what a name server's sender writes about\n"
    "itself (libfstrm-tapline(7), \"statistics\"): tell where it sends to and what it lost.\n"
    "\n"
    "  --watch[=DURATION]    tell it again every second, or every 5s, 1m, ..., with rates\n"
    "  --format FORMAT       text (default), or json: one object a line\n"
    "  --remove-cursor NAME  remove the cursor of a consumer that is gone, and tell nothing\n"
    "  --help                print this and exit\n"
    "\n"
    "Exit status: 0 if all is well, also if no capture or sender is running; 1 if something\n"
    "cannot be read or is damaged; 2 for wrong usage.\n";

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
    char *const *paths;
    size_t count; /* of them; at least 1 */
    const char *remove_cursor;
    uint64_t watch_ms; /* 0: once */
    bool is_json;
};

/* Looking ----------------------------------------------------------------------------------------------- */

/* What is compared to know the rates. */
struct look {
    uint64_t at_ms; /* 0: there is none. Of an archive monotonic, of a sender since 1970. */
    uint64_t pid, frames, bytes, lost;
};

/* One archive, or the file of one sender. */
struct target {
    const char *path;
    bool is_told;               /* it could be opened, and be read each time until now */
    struct tl_archive *archive; /* NULL: a sender */
    struct survey survey;
    struct status_sender sender;
    struct look before;
    struct status_rates rates;
};

static struct look look_at_survey(const struct survey *survey)
{
    const struct tl_counters_view *counters = &survey->counters;

    if (!survey->has_counters || !counters->is_running)
        return (struct look){0};
    return (struct look){survey->counted_ms, counters->pid, counters->values[TL_COUNTER_FRAMES_IN],
                         counters->values[TL_COUNTER_BYTES_IN], 0};
}

static struct look look_at_sender(const struct status_sender *sender)
{
    if (sender->state != STATUS_SENDER_RUNNING && sender->state != STATUS_SENDER_UNSEEN)
        return (struct look){0};
    return (struct look){status_sender_ms(sender->file.written), sender->file.pid,
                         sender->file.statistics.submitted, 0, status_sender_lost(&sender->file)};
}

static struct status_rates rates_of(const struct look *before, const struct look *now)
{
    uint64_t ms = now->at_ms - before->at_ms;

    if (!before->at_ms || now->at_ms <= before->at_ms || before->pid != now->pid ||
        now->frames < before->frames || now->bytes < before->bytes || now->lost < before->lost)
        return (struct status_rates){0};
    return (struct status_rates){true, (now->frames - before->frames) * 1000 / ms,
                                 (now->bytes - before->bytes) * 1000 / ms,
                                 (now->lost - before->lost) * 1000 / ms};
}

/* A sender's file that was not written meanwhile tells no other rate. */
static void compare(struct target *target, struct look now)
{
    if (!target->archive && now.at_ms && now.at_ms == target->before.at_ms)
        return;
    target->rates = rates_of(&target->before, &now);
    target->before = now;
}

static bool take_sender(struct target *target)
{
    const char *why = status_sender_take(target->path, &target->sender);

    if (why)
        process_log("%s: %s", target->path, why);
    return !why;
}

static bool take(struct target *target)
{
    if (target->archive ? !survey_take(&target->survey, target->archive) : !take_sender(target))
        return false;
    compare(target, target->archive ? look_at_survey(&target->survey) : look_at_sender(&target->sender));
    return true;
}

/* Telling ----------------------------------------------------------------------------------------------- */

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

static void print_target(FILE *to, const struct target *target, bool is_json)
{
    const char *path = target->archive ? tl_archive_path(target->archive) : target->path;

    if (target->archive)
        (is_json ? status_print_json : status_print_text)(to, path, &target->survey, &target->rates);
    else
        (is_json ? status_print_sender_json : status_print_sender_text)(to, path, &target->sender,
                                                                        &target->rates);
}

static bool print(const struct request *request, const struct target *targets)
{
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);

    if (!to)
        return false;
    for (size_t i = 0, told = 0; i < request->count; i++) {
        if (!targets[i].is_told)
            continue;
        if (told++ && !request->is_json)
            putc('\n', to);
        print_target(to, &targets[i], request->is_json);
    }
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

/* One that cannot be read is no reason not to tell of the others. False if none can. */
static bool take_all(const struct request *request, struct target *targets)
{
    bool is_any_told = false;

    for (size_t i = 0; i < request->count; i++) {
        targets[i].is_told = targets[i].is_told && take(&targets[i]);
        is_any_told = is_any_told || targets[i].is_told;
    }
    return is_any_told;
}

static bool is_whole(const struct target *target)
{
    return target->is_told && !target->survey.damage_count && !target->survey.unread_count;
}

static int watch(const struct request *request, struct target *targets)
{
    bool is_first = true, is_all_whole = true;

    do {
        if (!is_first)
            pause_for(request->watch_ms);
        if (!take_all(request, targets))
            return CLI_TROUBLE;
        if (!is_first && !request->is_json && !isatty(STDOUT_FILENO))
            putchar('\n');
        if (!print(request, targets))
            return CLI_TROUBLE; /* main says why */
        is_first = false;
    } while (request->watch_ms);
    for (size_t i = 0; i < request->count; i++)
        is_all_whole = is_all_whole && is_whole(&targets[i]);
    return is_all_whole ? CLI_OK : CLI_TROUBLE;
}

/* Cursors ----------------------------------------------------------------------------------------------- */

static int remove_cursor(const struct request *request, struct tl_archive *archive)
{
    enum tl_status status = tl_archive_cursor_remove(archive, request->remove_cursor);

    if (status == TL_OK)
        return CLI_OK;
    if (status == TL_END)
        process_log("%s: there is no cursor \"%s\"", *request->paths, request->remove_cursor);
    else if (status == TL_FULL)
        process_log("%s: cursor \"%s\" is in use: end the program that reads with it first", *request->paths,
                    request->remove_cursor);
    else
        process_log("%s: cursor \"%s\" cannot be removed: %s", *request->paths, request->remove_cursor,
                    status == TL_SYSTEM ? strerror(errno) : tl_status_text(status));
    return CLI_TROUBLE;
}

static void open_target(const char *path, struct target *target)
{
    char text[TL_ARCHIVE_TEXT_SIZE];

    target->path = path;
    target->is_told = status_sender_is_file(path) || tl_archive_open(path, &target->archive, text) == TL_OK;
    if (!target->is_told)
        process_log("%s: %s", path, text);
}

static int run_on(const struct request *request, struct target *targets)
{
    for (size_t i = 0; i < request->count; i++)
        open_target(request->paths[i], &targets[i]);
    if (!request->remove_cursor)
        return watch(request, targets);
    if (targets->archive)
        return remove_cursor(request, targets->archive);
    if (targets->is_told)
        process_log("%s: it is no archive, and has no cursors", *request->paths);
    return CLI_TROUBLE;
}

static int run(const struct request *request)
{
    struct target *targets = calloc(request->count, sizeof(*targets));

    if (!targets) {
        process_log("out of memory");
        return CLI_TROUBLE;
    }
    int status = run_on(request, targets);
    for (size_t i = 0; i < request->count; i++) {
        survey_done(&targets[i].survey);
        tl_archive_close(targets[i].archive);
    }
    free(targets);
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

/* Of "--watch 5s" the duration is taken for a name. */
static const char *find_duration(const struct request *request)
{
    uint64_t ms;

    for (size_t i = 0; request->watch_ms && i < request->count; i++) {
        if (record_parse_duration(request->paths[i], &ms) && access(request->paths[i], F_OK) != 0)
            return request->paths[i];
    }
    return NULL;
}

static bool take_paths(int argc, char **argv, struct request *request)
{
    request->paths = argv + optind;
    request->count = (size_t)(argc - optind);
    const char *duration = find_duration(request);
    if (duration)
        process_log("there is no \"%s\"; a duration is given as --watch=%s", duration, duration);
    else if (optind == argc)
        process_log("of what? Give an archive's folder, or the file of a sender's statistics");
    else if (request->remove_cursor && request->count > 1)
        process_log("what is \"%s\"? Cursors are removed from one archive at a time", argv[optind + 1]);
    else
        return true;
    return false;
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
    if (is_right && take_paths(argc, argv, &request))
        return run(&request);
    fputs("Try \"tapline status --help\".\n", stderr);
    return CLI_USAGE;
}
