/* `tapline verify`: its options, its findings on standard output, and what they come to. */
#include "cli/commands.h"

#include "cli/progress.h"
#include "pack/verify.h"
#include "process/log.h"

#include <getopt.h>
#include <stdio.h>
#include <sys/stat.h>

static const char help[] =
    "Usage: tapline verify DIR|SEGMENT...\n"
    "Check that everything in an archive is as it was stored: each block and checksum, each\n"
    "frame, the counts and times, the ledgers of what was lost, and that no segment is missing.\n"
    "\n"
    "DIR is an archive, which may be written to meanwhile; SEGMENT is a file of one. Nothing is\n"
    "changed. Each damaged place is a line on standard output; the last line sums up.\n"
    "\n"
    "  --help                print this and exit\n"
    "\n"
    "Exit status: 0 if all is sound, 1 if something is damaged or could not be checked, 2 for\n"
    "wrong usage.\n";

enum option_of_verify { OPTION_HELP = 256 };

static const struct option options[] = {
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

static void say(void *user, enum verify_weight weight, const char *place, const char *text)
{
    progress_clear(user);
    printf("%s: %s%s\n", place, weight == VERIFY_NOTICE ? "note: " : "", text);
    fflush(stdout); /* in order with the progress, and before the process may be ended */
}

static bool goes_on(void *user, const char *place, const struct verify_sums *sums)
{
    if (progress_is_due(user))
        progress_show(user, "%llu frames, %llu MiB, %s", (unsigned long long)sums->frames,
                      (unsigned long long)(sums->bytes >> 20), place);
    return !progress_is_stopped();
}

static void sum_up(const struct verify_sums *sums, bool is_whole)
{
    printf("segments: %llu sealed, %llu hot; frames: %llu, %llu bytes; ", (unsigned long long)sums->sealed,
           (unsigned long long)sums->hot, (unsigned long long)sums->frames, (unsigned long long)sums->bytes);
    if (sums->damages)
        printf("damaged places: %llu, frames lost in them: %llu%s", (unsigned long long)sums->damages,
               (unsigned long long)sums->lost_frames, is_whole ? "" : "; ");
    else if (is_whole)
        fputs("sound", stdout);
    puts(is_whole ? "" : "not all was checked");
}

static bool is_folder(const char *path)
{
    struct stat found;

    return stat(path, &found) == 0 && S_ISDIR(found.st_mode);
}

static int run(char **paths)
{
    struct progress progress;
    struct verify verify = {.say = say, .goes_on = goes_on, .user = &progress};
    bool is_whole = true;

    progress_init(&progress);
    for (; *paths && !progress_is_stopped(); paths++) {
        bool is_done = is_folder(*paths) ? verify_archive(&verify, *paths) : verify_file(&verify, *paths);
        is_whole = is_whole && is_done;
    }
    progress_clear(&progress);
    if (progress_is_stopped())
        process_log("interrupted");
    sum_up(&verify.sums, is_whole);
    return is_whole && !verify.sums.damages ? CLI_OK : CLI_TROUBLE;
}

int cli_verify(int argc, char **argv)
{
    int option;

    process_log_init("tapline verify");
    argv[0] = (char[]){"tapline verify"}; /* for what getopt_long says */
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == OPTION_HELP) {
            fputs(help, stdout);
            return CLI_OK;
        }
        fputs("Try \"tapline verify --help\".\n", stderr);
        return CLI_USAGE;
    }
    if (optind == argc) {
        process_log("what to check? Give an archive, or a file of one");
        fputs("Try \"tapline verify --help\".\n", stderr);
        return CLI_USAGE;
    }
    return run(argv + optind);
}
