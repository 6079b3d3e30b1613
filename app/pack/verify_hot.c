/* A hot segment: its rows by the same strict walk that gives its frames their names, then its ledger.
 * Invariant: the rows are read before the ledger; whoever writes them enters frames there first, so that none
 * can be seen of which the ledger does not know. */
#include "pack/verify_hot.h"

#include "pack/finding.h"
#include "pack/verify_ledger.h"
#include "source/source.h"

#include <tapline/stream.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct hot_check {
    struct verify *verify;
    const char *place;
    const struct verify_hot_options *options;
    uint64_t frames, bytes;
    bool is_gone;
};

static void say_tail(struct hot_check *check, const struct source_item *item)
{
    if (check->options->may_grow) /* what is on its way, or is completed at the next start */
        return;
    finding_say(
        check->verify, VERIFY_NOTICE, check->place,
        "offset %llu: %s (%llu bytes, which were no whole frame; packing leaves them out, and counts them)",
        (unsigned long long)item->offset, item->text, (unsigned long long)item->skipped);
}

static void take_item(struct hot_check *check, const struct source_item *item)
{
    switch (item->kind) {
    case SOURCE_FRAME:
        check->frames++;
        check->bytes += 4 + item->frame.size;
        break;
    case SOURCE_NOTICE:
        if (!(check->options->may_grow && !check->frames && !item->offset)) /* nothing is in it yet */
            finding_say(check->verify, VERIFY_DAMAGE, check->place, "offset %llu: %s",
                        (unsigned long long)item->offset, item->text);
        break;
    case SOURCE_SKIPPED:
        if (item->is_tail)
            say_tail(check, item);
        else
            finding_say(check->verify, VERIFY_DAMAGE, check->place,
                        "offset %llu: %s (%llu bytes skipped, behind frame number %llu)",
                        (unsigned long long)item->offset, item->text, (unsigned long long)item->skipped,
                        (unsigned long long)check->frames);
        break;
    case SOURCE_FAILED:
        check->is_gone = item->error == ENOENT;
        if (!check->is_gone)
            finding_say(check->verify, VERIFY_DAMAGE, check->place, "%s", item->text);
        break;
    case SOURCE_IDLE:
    case SOURCE_END: break;
    }
}

/* False if verify was stopped. */
static bool walk(struct hot_check *check, struct source *source)
{
    struct verify *verify = check->verify;
    struct source_item item;

    for (uint64_t count = 0;; count++) {
        source_next(source, &item);
        if (item.kind == SOURCE_END)
            return true;
        take_item(check, &item);
        if (count % 4096 == 0 && !verify->goes_on(verify->user, check->place, &verify->sums))
            return false;
    }
}

static enum verify_hot check_rows(struct hot_check *check)
{
    struct source_options options = {.paths = &check->options->rows,
                                     .path_count = 1,
                                     .stop_fd = -1,
                                     .frame_limit = TL_ARCHIVE_FRAME_MAX,
                                     .is_sure = true};
    char text[SOURCE_TEXT_SIZE];
    struct source *source = source_new(&options, text);

    if (!source) {
        finding_say(check->verify, VERIFY_DAMAGE, check->place, "could not be checked: %s", text);
        return VERIFY_HOT_DONE;
    }
    bool is_done = walk(check, source);
    source_free(source);
    return check->is_gone ? VERIFY_HOT_GONE : is_done ? VERIFY_HOT_DONE : VERIFY_HOT_STOPPED;
}

/* The whole file; NULL with errno. free(3) it. */
static uint8_t *read_all(int fd, size_t *ret_size)
{
    struct stat found;
    size_t size = 0, more = 1;

    if (fstat(fd, &found) != 0)
        return NULL;
    uint8_t *bytes = malloc((size_t)found.st_size + 1);
    while (bytes && more && size < (size_t)found.st_size) {
        enum tl_status status = tl_read(fd, bytes + size, (size_t)found.st_size - size, &more);
        if (status == TL_END)
            break;
        if (status != TL_OK) {
            free(bytes);
            return NULL;
        }
        size += more;
    }
    *ret_size = size;
    return bytes;
}

static enum verify_hot check_runs(struct hot_check *check)
{
    const struct verify_hot_options *options = check->options;
    int fd = open(options->runs, O_RDONLY | O_CLOEXEC);
    bool is_missing = fd < 0 && errno == ENOENT;
    size_t size = 0;

    if (is_missing && options->may_grow && !check->frames)
        return VERIFY_HOT_DONE; /* it is just being begun */
    if (is_missing && options->needs_runs)
        return VERIFY_HOT_GONE;
    uint8_t *bytes = fd < 0 ? NULL : read_all(fd, &size);
    if (bytes)
        verify_ledger_hot(check->verify, check->place, tl_bytes(bytes, size), options->origin, check->frames,
                          options->may_grow);
    else
        finding_say(check->verify, VERIFY_DAMAGE, check->place,
                    "its ledger cannot be read: %s: who brought the frames is not known", strerror(errno));
    free(bytes);
    if (fd >= 0)
        close(fd);
    return VERIFY_HOT_DONE;
}

enum verify_hot verify_hot(struct verify *verify, const char *place, const struct verify_hot_options *options)
{
    struct hot_check check = {.verify = verify, .place = place, .options = options};
    enum verify_hot outcome = check_rows(&check);

    if (outcome == VERIFY_HOT_DONE)
        outcome = check_runs(&check);
    if (outcome == VERIFY_HOT_GONE)
        return outcome;
    if (options->frames)
        options->frames(options->user, options->origin, check.frames);
    verify->sums.hot++;
    verify->sums.frames += check.frames;
    verify->sums.bytes += check.bytes;
    verify->sums.file_bytes += check.bytes;
    return outcome;
}
