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
    runs->left = tl_bytes(runs->memory, 0);
    runs->is_started = false;
    runs->is_over = runs->fd < 0;
    runs->fault = runs->fd < 0 ? "is missing" : NULL;
    tl_frame_decoder_init(&runs->decoder, TL_LEDGER_ENTRY_MAX);
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

/* Reads more behind what is left. */
static enum tl_status fill(struct runs *runs)
{
    ssize_t got;

    memmove(runs->memory, runs->left.data, runs->left.size);
    runs->left.data = runs->memory;
    do {
        got = read(runs->fd, runs->memory + runs->left.size, sizeof(runs->memory) - runs->left.size);
    } while (got < 0 && errno == EINTR);
    if (got < 0)
        return TL_SYSTEM;
    if (got == 0)
        return end(runs, runs->left.size || runs->decoder.skip ? "ends inside an entry" : NULL);
    runs->left.size += (size_t)got;
    return TL_OK;
}

static enum tl_status take_control(struct runs *runs, struct tl_bytes payload)
{
    struct tl_control control;

    if (tl_control_decode(payload, &control, NULL) != TL_OK)
        return end(runs, "is damaged");
    if (control.type == TL_CONTROL_STOP)
        return end(runs, NULL);
    if (control.type != TL_CONTROL_START)
        return TL_OK;
    if (control.content_type_count != 1 ||
        !tl_bytes_equal(control.content_types[0], tl_bytes_of_text(TL_LEDGER_CONTENT_TYPE)))
        return end(runs, "is none");
    runs->is_started = true;
    return TL_OK;
}

static enum tl_status take_entry(struct runs *runs, struct tl_bytes payload,
                                 struct tl_ledger_entry *ret_entry)
{
    if (!runs->is_started)
        return end(runs, "is none");
    return tl_ledger_decode(payload, ret_entry) == TL_OK ? TL_OK : end(runs, "is damaged");
}

enum tl_status runs_next(struct runs *runs, struct tl_ledger_entry *ret_entry)
{
    enum tl_status status = TL_OK;
    struct tl_frame frame;

    while (status == TL_OK && !runs->is_over) {
        status = tl_frame_next(&runs->decoder, &runs->left, &frame);
        if (status == TL_MORE)
            status = fill(runs);
        else if (status != TL_OK || frame.kind == TL_FRAME_OVERSIZED)
            return end(runs, "is damaged");
        else if (frame.kind == TL_FRAME_CONTROL)
            status = take_control(runs, frame.payload);
        else
            return take_entry(runs, frame.payload, ret_entry);
    }
    return runs->is_over ? TL_END : status;
}
