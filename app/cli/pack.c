/* `tapline pack`: its options, which segments it seals, and what came out. */
#include "cli/commands.h"

#include "capture/capture.h"
#include "cli/options.h"
#include "cli/options_archive.h"
#include "cli/progress.h"
#include "pack/clean.h"
#include "pack/pack.h"
#include "pack/retention.h"
#include "pack/segment.h"
#include "pack/told.h"
#include "pack/turn.h"
#include "process/log.h"
#include "record/units.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>

static const char help[] =
    "Usage: tapline pack [OPTION]... DIR\n"
    "Seal the hot segments of an archive: compress them, with all that is known about them. That\n"
    "is done by \"tapline capture\" itself unless it was told otherwise. While one is running,\n"
    "the segment that it is writing is left to it; what one that was killed had received is\n"
    "brought into the archive first.\n"
    "\n"
    "  --level N             compression of zstd, 1 to 19 (default 6)\n"
    "  --block-size SIZE     compress in blocks of this size, 16KiB to 8MiB (default 1MiB)\n"
    "  --keep DURATION       remove sealed segments that ended longer ago than 30d, ...\n"
    "  --keep-size SIZE      remove the oldest ones while the archive is larger than this\n"
    "  --keep-free SIZE      remove the oldest ones while less is free on its disk, as a size\n"
    "                        or as a part of it such as 10%\n"
    "  --help                print this and exit\n"
    "\n"
    "Exit status: 0 if all is well, 1 if something was damaged or failed, 2 for wrong usage.\n";

enum option_of_pack {
    OPTION_LEVEL = 256,
    OPTION_BLOCK_SIZE,
    OPTION_KEEP,
    OPTION_KEEP_SIZE,
    OPTION_KEEP_FREE,
    OPTION_HELP,
};

static const struct option options[] = {
    {"level", required_argument, NULL, OPTION_LEVEL},
    {"block-size", required_argument, NULL, OPTION_BLOCK_SIZE},
    {"keep", required_argument, NULL, OPTION_KEEP},
    {"keep-size", required_argument, NULL, OPTION_KEEP_SIZE},
    {"keep-free", required_argument, NULL, OPTION_KEEP_FREE},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

typedef unsigned long long number;

/* What was asked for, and how far it has come. */
struct work {
    struct tl_archive *archive;
    struct pack_options pack;
    struct retention_options keep;
    atomic_bool stop;
    struct turn turn;
    struct progress progress;

    struct tl_archive_list list; /* its first `count` hot ones are to be sealed */
    size_t hot, left;            /* hot ones to be sealed, and to be left */
    uint64_t bytes, done;        /* of them, to be read */

    uint64_t segments, frames, bytes_in, bytes_out;
    bool has_trouble, is_hold_told;
    bool is_being_written; /* somebody else holds the write lock */
};

static bool is_stopped(struct work *work)
{
    if (progress_is_stopped())
        atomic_store(&work->stop, true);
    return atomic_load(&work->stop);
}

static void trouble(struct work *work, const char *what, enum tl_status status)
{
    process_log("%s: %s: %s", tl_archive_path(work->archive), what,
                status == TL_SYSTEM ? strerror(errno) : tl_status_text(status));
    work->has_trouble = true;
}

/* Which ones ----------------------------------------------------------------------------------------------
 */

/* All hot segments; or all but the last, which somebody may be writing. */
static bool choose(struct work *work, bool takes_last)
{
    enum tl_status status = tl_archive_list(work->archive, &work->list);

    if (status != TL_OK) {
        trouble(work, "cannot be listed", status);
        return false;
    }
    for (size_t i = 0; i < work->list.count; i++)
        work->hot += !work->list.segments[i].is_sealed;
    work->left = work->hot && !takes_last;
    work->hot -= work->left;
    size_t seen = 0;
    for (size_t i = 0; i < work->list.count && seen < work->hot; i++) {
        uint64_t bytes = 0;
        if (work->list.segments[i].is_sealed)
            continue;
        seen++;
        segment_size(work->archive, &work->list.segments[i], &bytes);
        work->bytes += bytes;
    }
    return true;
}

/* Finishes what a capture that was killed has left, unless one is running, and chooses. All this with the
 * lock, where it can be had: who captures after that begins a new segment, which is not among those chosen.
 * False if the archive cannot be worked on. */
static bool finish_and_choose(struct work *work)
{
    uint64_t pid = 0;
    enum tl_status status = tl_archive_lock(work->archive, TL_ARCHIVE_LOCK_WRITE, &pid);

    work->is_being_written = status == TL_FULL;
    if (work->is_being_written)
        return choose(work, false);
    if (status != TL_OK) {
        trouble(work, "cannot be locked", status);
        return false;
    }
    bool is_quiet = capture_recover(work->archive) == 0;
    work->has_trouble = work->has_trouble || !is_quiet;
    bool is_chosen = choose(work, is_quiet);
    tl_archive_unlock(work->archive, TL_ARCHIVE_LOCK_WRITE);
    return is_chosen;
}

/* Sealing -------------------------------------------------------------------------------------------------
 */

static bool goes_on(void *user)
{
    return !is_stopped(user);
}

/* False if it was stopped, or that is impossible. */
static bool take_turn(struct work *work)
{
    enum tl_status status = turn_take(work->archive, goes_on, work);

    if (status != TL_OK && status != TL_END)
        trouble(work, "cannot be locked", status);
    return status == TL_OK;
}

static void show_progress(void *context, uint64_t bytes)
{
    struct work *work = context;

    is_stopped(work);
    if (progress_is_due(&work->progress))
        progress_show(&work->progress, "%llu of %llu MiB", (number)(work->done + bytes) >> 20,
                      (number)work->bytes >> 20);
}

static void note_result(struct work *work, const struct tl_archive_segment *hot, enum pack_status status,
                        const struct pack_result *result)
{
    char name[TL_ARCHIVE_NAME_SIZE];

    progress_clear(&work->progress);
    if (status == PACK_OK) {
        work->segments++;
        work->frames += result->frames;
        work->bytes_in += result->bytes_in;
        work->bytes_out += result->bytes_out;
        work->has_trouble = told_of_losses(hot, result) || work->has_trouble;
    } else if (status == PACK_FULL || status == PACK_FAILED) {
        tl_archive_name(hot, TL_ARCHIVE_ROWS, name);
        process_log("%s %s; it stays as it is%s", name, result->text,
                    status == PACK_FULL ? ", and so do those behind it: make room, and try again" : "");
        work->has_trouble = true;
    }
}

/* With the lock. */
static void retain(struct work *work)
{
    struct retention_result result;

    if (!retention_is_wanted(&work->keep))
        return;
    progress_clear(&work->progress);
    retention_run(work->archive, &work->keep, &work->stop, &result);
    work->has_trouble = work->has_trouble || result.troubles || result.is_hold_unknown;
    if (result.is_hold_unknown && !work->is_hold_told)
        process_log("a cursor cannot be read: before that is mended nothing is removed, unless the disk is "
                    "nearly full");
    work->is_hold_told = work->is_hold_told || result.is_hold_unknown;
}

/* False if there is no use in going on. */
static bool seal(struct work *work, const struct tl_archive_segment *hot)
{
    struct pack_result result;
    enum pack_status status;

    if (is_stopped(work) || !take_turn(work))
        return false;
    status = pack_segment(work->archive, hot, &work->pack, &result);
    note_result(work, hot, status, &result);
    if (status == PACK_OK)
        retain(work);
    turn_end(&work->turn, work->archive);
    work->done += result.bytes_in;
    return status != PACK_STOPPED && status != PACK_FULL;
}

static void seal_all(struct work *work)
{
    size_t seen = 0;
    bool is_wanted = take_turn(work);

    if (is_wanted) {
        clean_archive(work->archive);
        retain(work); /* makes room */
        turn_end(&work->turn, work->archive);
    }
    for (size_t i = 0; is_wanted && i < work->list.count && seen < work->hot; i++) {
        if (work->list.segments[i].is_sealed)
            continue;
        seen++;
        is_wanted = seal(work, &work->list.segments[i]);
    }
}

/* What came out -------------------------------------------------------------------------------------------
 */

static void sum_up(const struct work *work)
{
    if (!work->segments) {
        puts(work->hot || work->has_trouble ? "nothing was sealed" : "nothing to seal");
        return;
    }
    printf("%llu segment%s sealed: %llu frames, %llu bytes in, %llu out", (number)work->segments,
           work->segments == 1 ? "" : "s", (number)work->frames, (number)work->bytes_in,
           (number)work->bytes_out);
    if (work->frames)
        printf(" (%.1f : 1, %.1f bytes a frame)", (double)work->bytes_in / (double)work->bytes_out,
               (double)work->bytes_out / (double)work->frames);
    putchar('\n');
}

static void say_what_is_left(const struct work *work)
{
    size_t unsealed = work->hot - (size_t)work->segments;

    if (atomic_load(&work->stop))
        process_log("interrupted; %zu hot segment%s left as before", unsealed,
                    unsealed == 1 ? " is" : "s are");
    if (work->left)
        process_log("the last hot segment is left: %s",
                    work->is_being_written ? "a capture may be writing it"
                                           : "what is in the queue belongs into it, and comes first");
}

static int run(struct work *work, const char *path)
{
    if (!cli_open_archive(path, &work->archive))
        return CLI_TROUBLE;
    progress_init(&work->progress);
    signal(SIGXFSZ, SIG_IGN); /* writing tells it */
    work->pack.stop = &work->stop;
    work->pack.progress = show_progress;
    work->pack.context = work;
    if (finish_and_choose(work)) {
        seal_all(work);
        progress_clear(&work->progress);
        sum_up(work);
        say_what_is_left(work);
        tl_archive_list_done(&work->list);
    }
    tl_archive_close(work->archive);
    return work->has_trouble || atomic_load(&work->stop) ? CLI_TROUBLE : CLI_OK;
}

/* Options -------------------------------------------------------------------------------------------------
 */

static bool parse_option(int option, const char *value, struct work *work)
{
    switch (option) {
    case OPTION_LEVEL: return cli_parse_level(value, &work->pack.level);
    case OPTION_BLOCK_SIZE: return cli_parse_block_size(value, &work->pack.block_size);
    case OPTION_KEEP: return cli_parse_keep(value, &work->keep);
    case OPTION_KEEP_SIZE: return cli_parse_keep_size(value, &work->keep);
    case OPTION_KEEP_FREE: return cli_parse_keep_free(value, &work->keep);
    default: return false;
    }
}

int cli_pack(int argc, char **argv)
{
    struct work work = {0};
    bool is_right = true;
    int option;

    process_log_init("tapline pack");
    argv[0] = (char[]){"tapline pack"}; /* for what getopt_long says */
    while (is_right && (option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == OPTION_HELP) {
            fputs(help, stdout);
            return CLI_OK;
        }
        is_right = parse_option(option, optarg, &work);
    }
    if (is_right && argc - optind == 1)
        return run(&work, argv[optind]);
    if (is_right)
        process_log(argc - optind ? "give one archive at a time" : "what to seal? Give an archive");
    fputs("Try \"tapline pack --help\".\n", stderr);
    return CLI_USAGE;
}
