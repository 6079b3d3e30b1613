/* Reads a ledger stream. Invariant: what is behind the first fault is not looked at, as nothing would tell to
 * which frames it belongs. */
#include "pack/runs.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum tl_status runs_open(struct runs *runs, const struct tl_archive *archive,
                         const struct tl_archive_segment *hot)
{
    char name[TL_ARCHIVE_NAME_SIZE];

    tl_archive_name(hot, TL_ARCHIVE_RUNS, name);
    runs->fd = openat(tl_archive_folder(archive), name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (runs->fd < 0 && errno != ENOENT)
        return TL_SYSTEM;
    entries_init(&runs->entries, tl_bytes(runs->memory, 0));
    runs->is_over = runs->fd < 0;
    runs->fault = runs->fd < 0 ? "is missing" : NULL;
    runs->is_damaged = false;
    return TL_OK;
}

void runs_close(struct runs *runs)
{
    if (runs->fd >= 0)
        close(runs->fd);
    runs->fd = -1;
}

static enum tl_status end(struct runs *runs, const char *fault)
{
    runs->is_over = true;
    runs->fault = fault;
    return TL_END;
}

static enum tl_status end_damaged(struct runs *runs, const char *fault)
{
    runs->is_damaged = true;
    return end(runs, fault);
}

void runs_refuse(struct runs *runs)
{
    end_damaged(runs, "is damaged");
}

/* Reads more behind what is left. */
static enum tl_status fill(struct runs *runs)
{
    struct tl_bytes *left = &runs->entries.left;
    ssize_t got;

    memmove(runs->memory, left->data, left->size);
    left->data = runs->memory;
    do {
        got = read(runs->fd, runs->memory + left->size, sizeof(runs->memory) - left->size);
    } while (got < 0 && errno == EINTR);
    if (got < 0)
        return TL_SYSTEM;
    if (got == 0)
        return end(runs, runs->entries.is_cut ? "ends inside an entry" : NULL);
    left->size += (size_t)got;
    return TL_OK;
}

enum tl_status runs_next(struct runs *runs, struct tl_ledger_entry *ret_entry)
{
    enum tl_status status = TL_OK;

    while (status == TL_OK && !runs->is_over) {
        status = entries_next(&runs->entries, ret_entry);
        if (status == TL_OK)
            return TL_OK;
        if (runs->entries.is_stopped)
            return end(runs, NULL);
        if (status == TL_BAD_CONTENT_TYPE || status == TL_UNEXPECTED_DATA)
            return end_damaged(runs, "is none");
        if (status != TL_END && !runs->entries.is_cut)
            return end_damaged(runs, "is damaged");
        status = fill(runs);
    }
    return runs->is_over ? TL_END : status;
}
