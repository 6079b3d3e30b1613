/* `tapline repack`: its options, its progress, and what came out. */
#include "cli/commands.h"

#include "cli/options.h"
#include "cli/options_archive.h"
#include "cli/options_source.h"
#include "cli/progress.h"
#include "pack/repack.h"
#include "process/log.h"
#include "record/units.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>

static const char help[] =
    "Usage: tapline repack [OPTION]... DIR\n"
    "Rewrite the sealed segments of an archive: compress them better, or merge small ones. The\n"
    "frames, their names and all that is known about them stay as they are. The archive may be\n"
    "written to and read meanwhile.\n"
    "\n"
    "  --level N             compress again with this level of zstd, 1 to 19 (default 6)\n"
    "  --block-size SIZE     compress again in blocks of this size, 16KiB to 8MiB (default 1MiB)\n"
    "  --merge SIZE          merge adjacent segments of a day (UTC) up to this file size; alone,\n"
    "                        without compressing anything again\n"
    "  --since TIME          only segments that were begun from then on\n"
    "  --until TIME          only segments that were begun before then\n"
    "  --utc                 TIMEs without a zone are UTC instead of local time (TZ)\n"
    "  --help                print this and exit\n"
    "\n"
    "Exit status: 0 if all is well, 1 if something was damaged or failed, 2 for wrong usage.\n";

enum option_of_repack {
    OPTION_LEVEL = 256,
    OPTION_BLOCK_SIZE,
    OPTION_MERGE,
    OPTION_SINCE,
    OPTION_UNTIL,
    OPTION_UTC,
    OPTION_HELP,
};

static const struct option options[] = {
    {"level", required_argument, NULL, OPTION_LEVEL},
    {"block-size", required_argument, NULL, OPTION_BLOCK_SIZE},
    {"merge", required_argument, NULL, OPTION_MERGE},
    {"since", required_argument, NULL, OPTION_SINCE},
    {"until", required_argument, NULL, OPTION_UNTIL},
    {"utc", no_argument, NULL, OPTION_UTC},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

/* Working ---------------------------------------------------------------------------------------------------
 */

static bool goes_on(void *user, uint64_t done, uint64_t all)
{
    if (progress_is_due(user))
        progress_show(user, "%llu of %llu MiB", (unsigned long long)(done >> 20),
                      (unsigned long long)(all >> 20));
    return !progress_is_stopped();
}

static void sum_up(const struct repack_sums *sums, bool is_done)
{
    if (!sums->files_before) {
        if (is_done)
            puts("nothing to rewrite");
        return;
    }
    printf("files: %llu before, %llu after; frames: %llu; bytes: %llu before, %llu after\n",
           (unsigned long long)sums->files_before, (unsigned long long)sums->files_after,
           (unsigned long long)sums->frames, (unsigned long long)sums->bytes_before,
           (unsigned long long)sums->bytes_after);
}

static int run(struct repack_options *request, const char *path)
{
    struct tl_archive *archive;
    struct progress progress;
    struct repack_sums sums;

    if (!cli_open_archive(path, &archive))
        return CLI_TROUBLE;
    progress_init(&progress);
    signal(SIGXFSZ, SIG_IGN); /* writing tells it */
    request->goes_on = goes_on;
    request->user = &progress;
    enum repack outcome = repack(archive, request, &sums);
    tl_archive_close(archive);
    progress_clear(&progress);
    sum_up(&sums, outcome == REPACK_DONE && !sums.left);
    if (sums.left)
        process_log("files left as they are, being damaged: %llu", (unsigned long long)sums.left);
    if (outcome == REPACK_STOPPED)
        process_log("interrupted; what was being rewritten is as it was");
    return outcome == REPACK_DONE && !sums.left ? CLI_OK : CLI_TROUBLE;
}

/* Options ---------------------------------------------------------------------------------------------------
 */

/* The words are kept until --utc is known. */
struct words {
    const char *since, *until;
    bool utc;
};

static bool parse_option(int option, const char *value, struct repack_options *request, struct words *words)
{
    switch (option) {
    case OPTION_LEVEL: request->recompresses = true; return cli_parse_level(value, &request->level);
    case OPTION_BLOCK_SIZE:
        request->recompresses = true;
        return cli_parse_block_size(value, &request->block_size);
    case OPTION_MERGE:
        return (record_parse_size(value, &request->merge) && request->merge) ||
               cli_wrong("merge", value, "give a size such as 1GiB");
    case OPTION_SINCE: words->since = value; return true;
    case OPTION_UNTIL: words->until = value; return true;
    case OPTION_UTC: words->utc = true; return true;
    default: return false;
    }
}

static bool is_sensible(const struct repack_options *request, int paths)
{
    if (paths != 1)
        process_log(paths ? "give one archive at a time" : "what to rewrite? Give an archive");
    else if (!request->recompresses && !request->merge)
        process_log("what to do? Give --level, --block-size or --merge");
    else
        return true;
    return false;
}

int cli_repack(int argc, char **argv)
{
    struct repack_options request = {0};
    struct words words = {0};
    bool is_right = true;
    int option;

    process_log_init("tapline repack");
    argv[0] = (char[]){"tapline repack"}; /* for what getopt_long says */
    while (is_right && (option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == OPTION_HELP) {
            fputs(help, stdout);
            return CLI_OK;
        }
        is_right = parse_option(option, optarg, &request, &words);
    }
    if (is_right && cli_parse_span(words.since, words.until, words.utc, &request.begun) &&
        is_sensible(&request, argc - optind))
        return run(&request, argv[optind]);
    fputs("Try \"tapline repack --help\".\n", stderr);
    return CLI_USAGE;
}
