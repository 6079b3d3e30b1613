/* Walks over the runs beside the frames. Invariant: what is handed on covers no frame that did not go by, and
 * says of none more than is known. */
#include "pack/ledger.h"

#define RUN_MAX 30 /* three varints */

/* Hands on the runs that were made. */
static enum tl_status put_runs(struct ledger *ledger)
{
    struct tl_ledger_entry entry = {.kind = TL_LEDGER_RUNS, .packed = tl_builder_bytes(&ledger->made)};

    if (!entry.packed.size)
        return TL_OK;
    ledger->made = tl_builder(ledger->made_memory, sizeof(ledger->made_memory));
    ledger->made_ms = 0;
    return tl_sealer_enter(ledger->sealer, &entry);
}

/* What went by of the current run is put down. */
static enum tl_status end_run(struct ledger *ledger)
{
    struct tl_ledger_run run = {ledger->run.connection, ledger->taken, ledger->run.arrival_ms};
    enum tl_status status = TL_OK;

    if (!run.frames)
        return TL_OK;
    ledger->taken = 0;
    ledger->run.frames -= run.frames;
    if (!ledger->is_known || ledger->is_broken || !run.connection) {
        ledger->frames_of_none += run.frames;
        run.connection = 0;
    }
    if ((size_t)(ledger->made.end - ledger->made.at) < RUN_MAX)
        status = put_runs(ledger);
    tl_ledger_put_run(&ledger->made, &run, &ledger->made_ms);
    return status;
}

/* Does what `entry` says, as far as it is not about frames. */
static enum tl_status take_entry(struct ledger *ledger, const struct tl_ledger_entry *entry)
{
    enum tl_status status;

    switch (entry->kind) {
    case TL_LEDGER_RUNS:
        ledger->packed = entry->packed;
        ledger->packed_ms = 0;
        return TL_OK;
    case TL_LEDGER_CONNECTION:
    case TL_LEDGER_LOSS:
    case TL_LEDGER_CLOSED: /* the sealed one shall have them where they were, between the runs */
        status = put_runs(ledger);
        return status == TL_OK ? tl_sealer_enter(ledger->sealer, entry) : status;
    case TL_LEDGER_UNKNOWN:
    case TL_LEDGER_SEGMENT:
    case TL_LEDGER_MARK:
    case TL_LEDGER_END:
    case TL_LEDGER_BLOCKS: break;
    }
    return TL_OK;
}

/* The next run of the entry that was read. TL_END if there is none. */
static enum tl_status unpack_run(struct ledger *ledger, struct tl_ledger_run *ret_run)
{
    enum tl_status status;

    do {
        status = tl_ledger_next_run(&ledger->packed, &ledger->packed_ms, ret_run);
    } while (status == TL_OK && !ret_run->frames);
    if (status == TL_OK || status == TL_END)
        return status;
    ledger->packed = tl_bytes(NULL, 0);
    runs_refuse(&ledger->runs);
    return TL_END;
}

/* The next run, with all entries before it taken. TL_END: there is none any more. */
static enum tl_status find_run(struct ledger *ledger, struct tl_ledger_run *ret_run)
{
    struct tl_ledger_entry entry;
    enum tl_status status = unpack_run(ledger, ret_run);

    while (status == TL_END) {
        status = runs_next(&ledger->runs, &entry);
        if (status == TL_OK)
            status = take_entry(ledger, &entry);
        if (status != TL_OK)
            return status;
        status = unpack_run(ledger, ret_run);
    }
    return status;
}

enum tl_status ledger_next_run(struct ledger *ledger)
{
    struct tl_ledger_run run;
    enum tl_status status = end_run(ledger);

    if (status == TL_OK)
        status = find_run(ledger, &run);
    if (status == TL_END) {
        ledger->is_known = false;
        ledger->run.frames = UINT64_MAX; /* as many as may come, and as of when the last ones did */
        return TL_OK;
    }
    if (status == TL_OK)
        ledger->run = run;
    return status;
}

/* The first entry, if it is the one that says where the origin comes from. */
static enum tl_status begin_origin(struct ledger *ledger, const struct tl_archive_segment *hot)
{
    struct tl_ledger_entry entry;
    uint64_t opened_ms = hot->stamp * 1000;
    enum tl_status status = runs_next(&ledger->runs, &entry), begun;
    bool is_origin = status == TL_OK && entry.kind == TL_LEDGER_SEGMENT;

    if (status != TL_OK && status != TL_END)
        return status;
    ledger->run.arrival_ms = is_origin ? entry.at_ms : opened_ms;
    if (is_origin)
        return tl_sealer_begin(ledger->sealer, hot->first, entry.at_ms, entry.run_ms, entry.text);
    begun = tl_sealer_begin(ledger->sealer, hot->first, opened_ms, 0, tl_bytes(NULL, 0));
    return begun == TL_OK && status == TL_OK ? take_entry(ledger, &entry) : begun;
}

enum tl_status ledger_init(struct ledger *ledger, const struct tl_archive *archive,
                           const struct tl_archive_segment *hot, struct tl_sealer *sealer)
{
    ledger->sealer = sealer;
    ledger->packed = tl_bytes(NULL, 0);
    ledger->packed_ms = ledger->made_ms = 0;
    ledger->run = (struct tl_ledger_run){0, 0, 0};
    ledger->taken = ledger->frames_of_none = ledger->frames_lost = 0;
    ledger->is_known = true;
    ledger->is_broken = false;
    ledger->made = tl_builder(ledger->made_memory, sizeof(ledger->made_memory));

    enum tl_status status = runs_open(&ledger->runs, archive, hot);
    return status == TL_OK ? begin_origin(ledger, hot) : status;
}

enum tl_status ledger_break(struct ledger *ledger)
{
    enum tl_status status = end_run(ledger);

    ledger->is_broken = true;
    return status;
}

static void lose(struct ledger *ledger, uint64_t frames)
{
    if (__builtin_add_overflow(ledger->frames_lost, frames, &ledger->frames_lost))
        ledger->frames_lost = UINT64_MAX;
}

enum tl_status ledger_end(struct ledger *ledger)
{
    enum tl_status status = end_run(ledger);

    if (ledger->is_known)
        lose(ledger, ledger->run.frames);
    while (status == TL_OK) {
        struct tl_ledger_run run;
        status = find_run(ledger, &run);
        if (status == TL_OK)
            lose(ledger, run.frames);
    }
    return status == TL_END ? put_runs(ledger) : status;
}

void ledger_done(struct ledger *ledger)
{
    runs_close(&ledger->runs);
}
