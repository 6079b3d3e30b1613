/* One hot segment to a sealed one. Invariant: until the commit the hot files are untouched, and after it the
 * sealed segment has every frame that a reader of the hot file would have been given, under the same number.
 */
#include "pack/pack.h"

#include "pack/ledger.h"
#include "pack/segment.h"
#include "record/record.h"
#include "source/source.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#define PROGRESS_BYTES (1u << 20)

struct packing {
    struct tl_archive *archive;
    const struct tl_archive_segment *hot;
    const struct pack_options *options;
    struct pack_result *result;
    char name[TL_ARCHIVE_NAME_SIZE]; /* of the rows */
    char path[PATH_MAX];
    const char *paths[1];
    struct source *source;
    struct tl_sealer *sealer;
    struct ledger ledger;
    uint64_t told;    /* bytes that progress was told of */
    uint64_t read_to; /* a file that holds something else was read up to here */
    bool is_refused;  /* and no further */
    bool is_set_aside;
};

/* Failure --------------------------------------------------------------------------------------------- */

static enum pack_status fail(struct packing *packing, const char *what, int error)
{
    snprintf(packing->result->text, sizeof(packing->result->text), "%s: %s", what, strerror(error));
    return error == ENOSPC || error == EDQUOT ? PACK_FULL : PACK_FAILED;
}

/* What `status` of the library means; TL_OK is PACK_OK. */
static enum pack_status judge(struct packing *packing, enum tl_status status)
{
    if (status == TL_OK)
        return PACK_OK;
    if (status == TL_SYSTEM)
        return fail(packing, "cannot be sealed", errno);
    snprintf(packing->result->text, sizeof(packing->result->text), "cannot be sealed: %s",
             tl_status_text(status));
    return PACK_FAILED;
}

/* The hot file --------------------------------------------------------------------------------------------
 */

static enum pack_status measure(struct packing *packing, uint64_t *ret_size)
{
    if (segment_size(packing->archive, packing->hot, ret_size) == 0)
        return PACK_OK;
    return errno == ENOENT ? PACK_GONE : fail(packing, "cannot be read", errno);
}

/* Nobody has written to it meanwhile. */
static enum pack_status check_unchanged(struct packing *packing)
{
    uint64_t size = 0;
    enum pack_status status = measure(packing, &size);

    if (status != PACK_OK || size == packing->result->bytes_in)
        return status;
    snprintf(packing->result->text, sizeof(packing->result->text),
             "is still being written: it had %llu bytes, and now it has %llu",
             (unsigned long long)packing->result->bytes_in, (unsigned long long)size);
    return PACK_FAILED;
}

static enum pack_status open_rows(struct packing *packing)
{
    struct source_options options = {.paths = packing->paths,
                                     .path_count = 1,
                                     .stop_fd = -1,
                                     .frame_limit = TL_ARCHIVE_FRAME_MAX,
                                     .is_sure = true};
    char text[SOURCE_TEXT_SIZE];
    int length = snprintf(packing->path, sizeof(packing->path), "%s/%s", tl_archive_path(packing->archive),
                          packing->name);

    if (length >= (int)sizeof(packing->path))
        return fail(packing, "cannot be read", ENAMETOOLONG);
    enum pack_status status = measure(packing, &packing->result->bytes_in);
    if (status != PACK_OK)
        return status;
    packing->paths[0] = packing->path;
    packing->source = source_new(&options, text);
    return packing->source ? PACK_OK : fail(packing, "cannot be read", ENOMEM);
}

static enum pack_status open_all(struct packing *packing)
{
    struct tl_sealer_options options = {packing->options->level, packing->options->block_size};
    enum pack_status status;

    tl_archive_name(packing->hot, TL_ARCHIVE_ROWS, packing->name);
    status = open_rows(packing);
    if (status == PACK_OK)
        status = judge(packing, tl_sealer_new(packing->archive, packing->hot->first, packing->hot->stamp,
                                              &options, &packing->sealer));
    if (status == PACK_OK)
        status =
            judge(packing, ledger_init(&packing->ledger, packing->archive, packing->hot, packing->sealer));
    return status;
}

/* Its frames ----------------------------------------------------------------------------------------------
 */

static enum pack_status put_frame(struct packing *packing, const struct source_item *item)
{
    const struct pack_options *options = packing->options;
    struct record record;
    uint64_t arrival_ms = 0;
    enum tl_status status = ledger_frame(&packing->ledger, &arrival_ms);

    record_open(&record, item->frame, 0);
    if (status == TL_OK)
        status = tl_sealer_put(packing->sealer, item->frame, record_stored_ms(&record, arrival_ms));
    if (status != TL_OK)
        return judge(packing, status);
    packing->result->frames++;
    if (options->progress && item->offset - packing->told >= PROGRESS_BYTES) {
        packing->told = item->offset;
        options->progress(options->context, item->offset);
    }
    return PACK_OK;
}

static enum pack_status skip(struct packing *packing, uint64_t bytes, bool is_tail)
{
    tl_sealer_skip(packing->sealer, bytes);
    if (is_tail) {
        packing->result->cut_off += bytes;
        return PACK_OK;
    }
    packing->result->damaged += bytes;
    return judge(packing, ledger_break(&packing->ledger));
}

static enum pack_status meet_failure(struct packing *packing, const struct source_item *item)
{
    if (item->error == ENOENT)
        return PACK_GONE;
    if (item->error) {
        snprintf(packing->result->text, sizeof(packing->result->text), "%s", item->text);
        return PACK_FAILED;
    }
    packing->is_refused = true;
    packing->read_to = item->offset + item->skipped;
    return skip(packing, item->skipped, item->is_tail);
}

/* The source has ended: what it did not want to read is damaged as well. */
static enum pack_status meet_end(struct packing *packing)
{
    if (!packing->is_refused || packing->read_to >= packing->result->bytes_in)
        return PACK_OK;
    return skip(packing, packing->result->bytes_in - packing->read_to, false);
}

static bool is_stopped(const struct packing *packing)
{
    const atomic_bool *stop = packing->options->stop;

    return stop && atomic_load_explicit(stop, memory_order_relaxed);
}

static enum pack_status walk(struct packing *packing)
{
    enum pack_status status = PACK_OK;
    struct source_item item;

    while (status == PACK_OK && !is_stopped(packing)) {
        source_next(packing->source, &item);
        if (item.kind == SOURCE_END)
            return meet_end(packing);
        if (item.kind == SOURCE_FRAME)
            status = put_frame(packing, &item);
        else if (item.kind == SOURCE_SKIPPED)
            status = skip(packing, item.skipped, item.is_tail);
        else if (item.kind == SOURCE_FAILED)
            status = meet_failure(packing, &item);
        if (item.kind != SOURCE_FAILED && packing->is_refused)
            packing->is_refused = false; /* it was read on */
    }
    return status == PACK_OK ? PACK_STOPPED : status;
}

/* The end -------------------------------------------------------------------------------------------------
 */

static enum tl_status enter_loss(struct packing *packing, const char *cause, uint64_t bytes, uint64_t frames)
{
    struct tl_ledger_entry loss = {.kind = TL_LEDGER_LOSS,
                                   .at_ms = packing->ledger.run.arrival_ms,
                                   .text = tl_bytes_of_text(cause),
                                   .bytes = bytes,
                                   .frames = frames,
                                   .is_at_most = bytes && !frames};

    return bytes || frames ? tl_sealer_enter(packing->sealer, &loss) : TL_OK;
}

/* The frames that the ledger knows of are lost where something was damaged, or at the end; if it is not known
 * how many they are, then at most as many bytes. */
static enum pack_status end_ledger(struct packing *packing)
{
    struct pack_result *result = packing->result;
    struct ledger *ledger = &packing->ledger;
    enum tl_status status = ledger_end(ledger);
    uint64_t lost = ledger->frames_lost;

    if (status == TL_OK)
        status = enter_loss(packing, "damaged", result->damaged, result->damaged ? lost : 0);
    if (status == TL_OK)
        status = enter_loss(packing, "cut off", result->cut_off, result->damaged ? 0 : lost);
    result->frames_lost = lost;
    result->frames_of_none = ledger->frames_of_none;
    /* Empty rows are what is left of a segment whose ledger could not be made: nothing is missing. */
    if (result->frames || result->damaged || result->cut_off || ledger->runs.fd >= 0)
        result->ledger_fault = ledger->runs.fault;
    return judge(packing, status);
}

static enum pack_status set_aside(struct packing *packing)
{
    if (!packing->result->damaged)
        return PACK_OK;
    if (segment_keep(packing->archive, packing->hot) != 0)
        return fail(packing, "is damaged, and cannot be kept in " SEGMENT_DAMAGED "/", errno);
    packing->is_set_aside = true;
    return PACK_OK;
}

static enum pack_status commit(struct packing *packing)
{
    struct pack_result *result = packing->result;
    enum pack_status status =
        judge(packing, tl_sealer_commit(packing->sealer, &result->sealed, &result->bytes_out));

    if (status == PACK_OK) {
        result->is_set_aside = packing->is_set_aside;
        if (segment_remove(packing->archive, packing->hot) != 0)
            fail(packing, "is sealed, but cannot be removed", errno);
    } else if (packing->is_set_aside) {
        segment_forget(packing->archive, packing->hot);
    }
    return status;
}

enum pack_status pack_segment(struct tl_archive *archive, const struct tl_archive_segment *hot,
                              const struct pack_options *options, struct pack_result *ret_result)
{
    struct packing *packing = calloc(1, sizeof(*packing));
    enum pack_status status;

    memset(ret_result, 0, sizeof(*ret_result));
    if (!packing) {
        snprintf(ret_result->text, sizeof(ret_result->text), "cannot be sealed: out of memory");
        return PACK_FAILED;
    }
    packing->archive = archive;
    packing->hot = hot;
    packing->options = options;
    packing->result = ret_result;
    packing->ledger.runs.fd = -1;

    status = open_all(packing);
    if (status == PACK_OK)
        status = walk(packing);
    if (status == PACK_OK)
        status = end_ledger(packing);
    if (status == PACK_OK)
        status = check_unchanged(packing);
    if (status == PACK_OK)
        status = set_aside(packing);
    if (status == PACK_OK)
        status = commit(packing);

    ledger_done(&packing->ledger);
    tl_sealer_free(packing->sealer);
    source_free(packing->source);
    free(packing);
    return status;
}
