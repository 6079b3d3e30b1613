/* Repacking, group by group. Invariant: between two groups, and whenever it is killed, every frame is in a
 * segment of the archive; the pack lock is held for one group at a time, so that packing and retention get
 * their turn. */
#include "pack/repack.h"

#include "pack/clean.h"
#include "pack/merge.h"
#include "pack/rewrite.h"
#include "pack/turn.h"
#include "process/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define RESERVE_MAX (64u << 20) /* what a running capture shall still have */

struct plan {
    struct tl_archive *archive;
    const struct repack_options *options;
    struct repack_sums *sums;
    struct merge_segment *segments;
    size_t count;
    uint64_t done, all; /* bytes of files */
    struct turn turn;
};

static void segment_name(const struct tl_archive_segment *segment, char *ret_name)
{
    tl_archive_name(segment, TL_ARCHIVE_ROWS, ret_name);
}

/* Plan
 * ------------------------------------------------------------------------------------------------------- */

static void leave(struct plan *plan, struct merge_segment *candidate, const char *why)
{
    char name[TL_ARCHIVE_NAME_SIZE];

    candidate->is_taken = false;
    plan->sums->left++;
    segment_name(&candidate->segment, name);
    process_log("%s: is left as it is: %s; \"tapline verify\" says more", name, why);
}

/* A ledger that cannot be read is as bad as a block. */
static void look_at_ledger(struct plan *plan, struct merge_segment *candidate, struct tl_sealed *sealed)
{
    struct tl_bytes stream;
    enum tl_status status = tl_sealed_ledger(sealed, &stream);

    if (status == TL_OK)
        candidate->ledger_size = stream.size;
    else
        leave(plan, candidate, status == TL_SYSTEM ? strerror(errno) : tl_status_text(status));
}

/* Whether it is to be rewritten, by what its contents say. */
static void judge(struct plan *plan, struct merge_segment *candidate, int fd)
{
    struct tl_sealed *sealed = NULL;
    enum tl_status status = tl_sealed_open(fd, &candidate->segment, &sealed);

    if (status != TL_OK) {
        leave(plan, candidate, status == TL_SYSTEM ? strerror(errno) : tl_status_text(status));
        return;
    }
    const struct tl_sealed_info *info = tl_sealed_info(sealed);
    candidate->is_taken = span_holds(&plan->options->begun, (struct tl_time){candidate->segment.stamp, 0});
    candidate->size = info->file_size;
    if (candidate->is_taken && info->is_rebuilt)
        leave(plan, candidate, info->damage);
    else if (candidate->is_taken && plan->options->merge)
        look_at_ledger(plan, candidate, sealed);
    tl_sealed_free(sealed);
}

static void add(struct plan *plan, const struct tl_archive_segment *segment)
{
    struct merge_segment *candidate = &plan->segments[plan->count];
    char name[TL_ARCHIVE_NAME_SIZE];

    segment_name(segment, name);
    int fd = openat(tl_archive_folder(plan->archive), name, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return; /* retention was faster */
    *candidate = (struct merge_segment){.segment = *segment};
    if (fd < 0)
        leave(plan, candidate, strerror(errno));
    else
        judge(plan, candidate, fd);
    plan->count++;
    if (fd >= 0)
        close(fd);
}

/* False (logged) if it cannot be made. */
static bool make_plan(struct plan *plan)
{
    struct tl_archive_list list;
    enum tl_status status = tl_archive_list(plan->archive, &list);

    if (status != TL_OK) {
        process_log("%s: cannot be listed: %s", tl_archive_path(plan->archive),
                    status == TL_SYSTEM ? strerror(errno) : tl_status_text(status));
        return false;
    }
    plan->segments = calloc(list.count + 1, sizeof(*plan->segments));
    for (size_t i = 0; plan->segments && i < list.count; i++) {
        if (list.segments[i].is_sealed)
            add(plan, &list.segments[i]);
    }
    tl_archive_list_done(&list);
    if (!plan->segments)
        process_log("out of memory");
    return plan->segments != NULL;
}

/* How many segments from this one on are rewritten together; 0: this one is left as it is. */
static size_t group_at(const struct plan *plan, size_t index)
{
    size_t count = 1;

    if (!plan->segments[index].is_taken)
        return 0;
    if (plan->options->merge)
        count = merge_group(plan->segments + index, plan->count - index, plan->options->merge);
    return count > 1 || plan->options->recompresses ? count : 0;
}

static uint64_t size_of(const struct plan *plan, size_t index, size_t count)
{
    uint64_t size = 0;

    for (size_t i = 0; i < count; i++)
        size += plan->segments[index + i].size;
    return size;
}

static void measure(struct plan *plan)
{
    for (size_t i = 0, count; i < plan->count; i += count ? count : 1) {
        count = group_at(plan, i);
        plan->all += size_of(plan, i, count);
    }
}

/* One group
 * ---------------------------------------------------------------------------------------------------- */

static bool goes_on(void *user, uint64_t bytes)
{
    struct plan *plan = user;

    plan->done += bytes;
    return !plan->options->goes_on || plan->options->goes_on(plan->options->user, plan->done, plan->all);
}

static bool is_wanted(void *user)
{
    return goes_on(user, 0);
}

static enum repack take_turn(struct plan *plan)
{
    enum tl_status status = turn_take(plan->archive, is_wanted, plan);

    if (status == TL_OK)
        return REPACK_DONE;
    if (status == TL_END)
        return REPACK_STOPPED;
    process_log("%s: cannot be locked: %s", tl_archive_path(plan->archive),
                status == TL_SYSTEM ? strerror(errno) : tl_status_text(status));
    return REPACK_FAILED;
}

/* Old and new files are there side by side for a while; and who captures meanwhile needs some room as well.
 */
static bool has_room(struct plan *plan, uint64_t size)
{
    struct statvfs disk;

    if (fstatvfs(tl_archive_folder(plan->archive), &disk) != 0)
        return true; /* then writing will show it */
    uint64_t available = (uint64_t)disk.f_bavail * disk.f_frsize;
    uint64_t reserve = (uint64_t)disk.f_blocks * disk.f_frsize / 100;
    reserve = reserve < RESERVE_MAX ? reserve : RESERVE_MAX;
    if (available >= size + reserve)
        return true;
    process_log(
        "%s: the disk is too full: the next files need %llu bytes beside the old ones, and %llu are free; "
        "nothing is lost, and what was rewritten before stands",
        tl_archive_path(plan->archive), (unsigned long long)size, (unsigned long long)available);
    return false;
}

static void count_done(struct plan *plan, size_t count, uint64_t size, const struct rewrite_result *result)
{
    plan->sums->files_before += count;
    plan->sums->files_after++;
    plan->sums->bytes_before += size;
    plan->sums->bytes_after += result->size;
    plan->sums->frames += result->frames;
    if (result->text[0])
        process_log("%s; the next packing removes it", result->text);
}

static void say_failed(const struct plan *plan, size_t index, enum rewrite outcome,
                       const struct rewrite_result *result)
{
    char name[TL_ARCHIVE_NAME_SIZE];

    segment_name(&plan->segments[index].segment, name);
    if (outcome == REWRITE_FULL)
        process_log("%s: cannot be rewritten: the disk is full; it is as it was, and what was rewritten "
                    "before stands: make "
                    "room and run this again",
                    name);
    else
        process_log("%s: cannot be rewritten: %s; it is as it was, and what was rewritten before stands",
                    name, result->text);
}

/* Rewrites a group, or finds a segment that is not to be touched. The pack lock is held. */
static enum repack rewrite_group(struct plan *plan, size_t index, size_t count)
{
    const struct repack_options *options = plan->options;
    struct rewrite_options how = {.sealer = {options->level, options->block_size},
                                  .copies_blocks = !options->recompresses,
                                  .goes_on = goes_on,
                                  .user = plan};
    struct tl_archive_segment *inputs = calloc(count, sizeof(*inputs));
    struct rewrite_result result;
    uint64_t done = plan->done, size = size_of(plan, index, count);

    if (!inputs) {
        process_log("out of memory");
        return REPACK_FAILED;
    }
    for (size_t i = 0; i < count; i++)
        inputs[i] = plan->segments[index + i].segment;
    enum rewrite outcome = rewrite(plan->archive, inputs, count, &how, &result);
    free(inputs);
    plan->done = outcome == REWRITE_DONE ? done + size : done;
    switch (outcome) {
    case REWRITE_DONE:
        count_done(plan, count, size, &result);
        for (size_t i = 0; i < count; i++)
            plan->segments[index + i].is_taken = false;
        return REPACK_DONE;
    case REWRITE_DAMAGED:
        leave(plan, &plan->segments[index + result.damaged], result.text);
        return REPACK_DONE;
    case REWRITE_GONE: plan->segments[index + result.damaged].is_taken = false; return REPACK_DONE;
    case REWRITE_STOPPED: return REPACK_STOPPED;
    case REWRITE_FULL:
    case REWRITE_FAILED: break;
    }
    say_failed(plan, index, outcome, &result);
    return REPACK_FAILED;
}

static enum repack do_group(struct plan *plan, size_t index, size_t count)
{
    enum repack outcome = take_turn(plan);

    if (outcome != REPACK_DONE)
        return outcome;
    outcome = has_room(plan, size_of(plan, index, count)) ? rewrite_group(plan, index, count) : REPACK_FAILED;
    turn_end(&plan->turn, plan->archive);
    return outcome;
}

/* What a repacking that was killed has left. */
static enum repack clean(struct plan *plan)
{
    enum repack outcome = take_turn(plan);

    if (outcome != REPACK_DONE)
        return outcome;
    clean_archive(plan->archive);
    turn_end(&plan->turn, plan->archive);
    return REPACK_DONE;
}

static enum repack do_all(struct plan *plan)
{
    enum repack outcome = REPACK_DONE;

    measure(plan);
    for (size_t i = 0; i < plan->count && outcome == REPACK_DONE;) {
        size_t count = group_at(plan, i);
        if (count)
            outcome = do_group(plan, i, count); /* what was done, or is damaged, is not taken the next time */
        else
            i++;
    }
    return outcome;
}

enum repack repack(struct tl_archive *archive, const struct repack_options *options,
                   struct repack_sums *ret_sums)
{
    struct plan plan = {.archive = archive, .options = options, .sums = ret_sums};

    *ret_sums = (struct repack_sums){0};
    enum repack outcome = clean(&plan);
    if (outcome == REPACK_DONE)
        outcome = make_plan(&plan) ? do_all(&plan) : REPACK_FAILED;
    free(plan.segments);
    return outcome;
}
