/* A ledger against what it is about. Invariant: one pass over the entries; memory is bounded by the
 * connections of one origin and the causes of loss. */
#include "pack/verify_ledger.h"

#include "pack/entries.h"
#include "pack/finding.h"
#include "pack/numbers.h"

#define CAUSES_MAX 64 /* kinds of loss told apart; a handful exist */

struct loss_sum {
    struct tl_bytes cause; /* in the ledger's stream */
    uint64_t frames, bytes;
};

struct ledger_check {
    struct verify *verify;
    const char *place;
    const struct tl_sealed_info *info; /* NULL: of a hot segment */

    uint64_t number; /* of the entry, from 1 on */
    uint64_t origin; /* 0: before the first */
    size_t origins;  /* begun so far */
    bool is_ended;   /* the END of `origin` was met */
    uint64_t frames; /* of its runs */
    uint64_t ended;  /* frames of all origins before, as their ends say */
    uint64_t marked; /* hot: of the runs up to the last MARK */
    bool has_marks;
    struct numbers connections; /* declared in it */
    bool is_out_of_memory;

    struct loss_sum losses[CAUSES_MAX];
    size_t loss_count;
    bool has_more_losses; /* than CAUSES_MAX kinds */
};

/* Says what is wrong with the entry at hand. */
#define WRONG(check, format, ...)                                                                            \
    finding_say((check)->verify, VERIFY_DAMAGE, (check)->place, "ledger, entry %llu, origin %llu: " format,  \
                (unsigned long long)(check)->number, (unsigned long long)(check)->origin, __VA_ARGS__)

/* What the contents say about the origin at hand; NULL if nothing. */
static const struct tl_sealed_origin *said_origin(const struct ledger_check *check)
{
    for (size_t i = 0; check->info && !check->info->is_rebuilt && i < check->info->origin_count; i++) {
        if (check->info->origins[i].number == check->origin)
            return &check->info->origins[i];
    }
    return NULL;
}

/* Entries ---------------------------------------------------------------------------------------------------
 */

static void end_origin(struct ledger_check *check)
{
    if (check->info && check->origin && !check->is_ended)
        WRONG(check, "it has no end%s", "");
    numbers_done(&check->connections);
}

static void take_segment(struct ledger_check *check, const struct tl_ledger_entry *entry)
{
    end_origin(check);
    if (entry->segment <= check->origin)
        WRONG(check, "origin %llu comes behind it", (unsigned long long)entry->segment);
    check->origin = entry->segment;
    check->origins++;
    check->is_ended = false;
    check->frames = 0;
    const struct tl_sealed_origin *said = said_origin(check);
    if (check->info && !check->info->is_rebuilt && !said)
        WRONG(check, "the contents do not have it%s", "");
    if (said && said->opened_ms != entry->at_ms)
        WRONG(check, "it was begun at %llu ms, the contents say %llu", (unsigned long long)entry->at_ms,
              (unsigned long long)said->opened_ms);
}

/* The entry may name connection 0, or one that was declared. */
static void take_mention(struct ledger_check *check, const char *what, uint64_t connection)
{
    if (connection && !numbers_has(&check->connections, connection) && !check->is_out_of_memory)
        WRONG(check, "%s of connection %llu, which is not declared", what, (unsigned long long)connection);
}

static void take_runs(struct ledger_check *check, struct tl_bytes packed)
{
    struct tl_ledger_run run;
    uint64_t last_ms = 0;
    enum tl_status status;

    while ((status = tl_ledger_next_run(&packed, &last_ms, &run)) == TL_OK) {
        take_mention(check, "a run", run.connection);
        if (__builtin_add_overflow(check->frames, run.frames, &check->frames))
            WRONG(check, "a run of %llu frames", (unsigned long long)run.frames);
    }
    if (status != TL_END)
        WRONG(check, "its runs cannot be read: %s", tl_status_text(status));
}

static struct loss_sum *sum_of(struct ledger_check *check, struct tl_bytes cause)
{
    for (size_t i = 0; i < check->loss_count; i++) {
        if (tl_bytes_equal(check->losses[i].cause, cause))
            return &check->losses[i];
    }
    return NULL;
}

static void take_loss(struct ledger_check *check, const struct tl_ledger_entry *entry)
{
    struct loss_sum *sum = sum_of(check, entry->text);

    take_mention(check, "a loss", entry->connection);
    if (sum) {
        sum->frames += entry->frames;
        sum->bytes += entry->bytes;
        return;
    }
    check->has_more_losses = check->loss_count == CAUSES_MAX;
    if (!check->has_more_losses)
        check->losses[check->loss_count++] = (struct loss_sum){entry->text, entry->frames, entry->bytes};
}

static void take_end(struct ledger_check *check, const struct tl_ledger_entry *entry)
{
    const struct tl_sealed_origin *said = said_origin(check);

    if (entry->segment != check->origin)
        WRONG(check, "origin %llu ends in it", (unsigned long long)entry->segment);
    if (check->frames != entry->frames)
        WRONG(check, "its runs have %llu frames, its end says %llu", (unsigned long long)check->frames,
              (unsigned long long)entry->frames);
    if (said &&
        (said->frames != entry->frames || said->bytes != entry->bytes || said->skipped != entry->skipped))
        WRONG(check,
              "its end says %llu frames, %llu bytes, %llu bytes that were no frames; the contents %llu, "
              "%llu, %llu",
              (unsigned long long)entry->frames, (unsigned long long)entry->bytes,
              (unsigned long long)entry->skipped, (unsigned long long)said->frames,
              (unsigned long long)said->bytes, (unsigned long long)said->skipped);
    check->is_ended = true;
    check->ended += entry->frames;
}

static void take(struct ledger_check *check, const struct tl_ledger_entry *entry)
{
    if (!check->origin && entry->kind != TL_LEDGER_SEGMENT && entry->kind != TL_LEDGER_UNKNOWN)
        WRONG(check, "an entry of kind %d comes before the first origin", (int)entry->kind);
    switch (entry->kind) {
    case TL_LEDGER_SEGMENT: take_segment(check, entry); break;
    case TL_LEDGER_CONNECTION:
        if (!entry->connection)
            WRONG(check, "a connection without a number is declared%s", "");
        else if (!numbers_add(&check->connections, entry->connection))
            check->is_out_of_memory = true;
        break;
    case TL_LEDGER_RUNS: take_runs(check, entry->packed); break;
    case TL_LEDGER_LOSS: take_loss(check, entry); break;
    case TL_LEDGER_CLOSED: take_mention(check, "the end", entry->connection); break;
    case TL_LEDGER_MARK:
        check->has_marks = true;
        check->marked = check->frames;
        break;
    case TL_LEDGER_END: take_end(check, entry); break;
    case TL_LEDGER_UNKNOWN:
    case TL_LEDGER_BLOCKS: break;
    }
}

/* How the stream ends: TL_END, or why it could not be read on. `entries` is where. */
static enum tl_status take_all(struct ledger_check *check, struct tl_bytes stream, struct entries *entries)
{
    struct tl_ledger_entry entry;
    enum tl_status status;

    entries_init(entries, stream);
    for (check->number = 1; (status = entries_next(entries, &entry)) == TL_OK; check->number++)
        take(check, &entry);
    end_origin(check);
    if (check->is_out_of_memory)
        finding_say(check->verify, VERIFY_DAMAGE, check->place,
                    "its ledger could not be checked: out of memory");
    return status;
}

/* Sealed ----------------------------------------------------------------------------------------------------
 */

static void say_loss(struct ledger_check *check, struct tl_bytes cause, const struct loss_sum *found,
                     const struct loss_sum *said)
{
    finding_say(check->verify, VERIFY_DAMAGE, check->place,
                "losses of cause \"%.*s\": %llu frames, %llu bytes in the ledger, %llu frames, %llu bytes in "
                "the contents",
                (int)cause.size, (const char *)cause.data, (unsigned long long)found->frames,
                (unsigned long long)found->bytes, (unsigned long long)said->frames,
                (unsigned long long)said->bytes);
}

/* The contents may have several sums of a cause (what was lost, and what was lost at most). */
static void check_losses(struct ledger_check *check)
{
    static const struct loss_sum none;
    const struct tl_sealed_info *info = check->info;

    for (size_t i = 0; i < check->loss_count; i++) {
        struct loss_sum said = {0};
        for (size_t k = 0; k < info->loss_count; k++) {
            if (tl_bytes_equal(info->losses[k].text, check->losses[i].cause)) {
                said.frames += info->losses[k].frames;
                said.bytes += info->losses[k].bytes;
            }
        }
        if (said.frames != check->losses[i].frames || said.bytes != check->losses[i].bytes)
            say_loss(check, check->losses[i].cause, &check->losses[i], &said);
    }
    for (size_t k = 0; k < info->loss_count; k++) {
        struct loss_sum said = {info->losses[k].text, info->losses[k].frames, info->losses[k].bytes};
        if (!sum_of(check, said.cause))
            say_loss(check, said.cause, &none, &said);
    }
}

void verify_ledger_sealed(struct verify *verify, const char *place, struct tl_bytes stream,
                          const struct tl_sealed_info *info)
{
    struct ledger_check check = {.verify = verify, .place = place, .info = info};
    struct entries entries;
    enum tl_status status = take_all(&check, stream, &entries);

    if (status != TL_END)
        WRONG(&check, "it cannot be read on: %s", tl_status_text(status));
    else if (!entries.is_stopped)
        WRONG(&check, "it ends without STOP%s", "");
    if (!info->is_rebuilt && check.origins != info->origin_count)
        finding_say(verify, VERIFY_DAMAGE, place, "its ledger has %zu origins, its contents %zu",
                    check.origins, info->origin_count);
    if (info->is_rebuilt && check.ended > info->frames) {
        verify->sums.lost_frames += check.ended - info->frames;
        finding_say(verify, VERIFY_DAMAGE, place, "of the %llu frames in its ledger only %llu were found",
                    (unsigned long long)check.ended, (unsigned long long)info->frames);
    }
    if (!info->is_rebuilt && !check.has_more_losses)
        check_losses(&check);
}

/* Hot -------------------------------------------------------------------------------------------------------
 */

static void check_cover(struct ledger_check *check, uint64_t frames, bool may_grow)
{
    uint64_t sure = check->has_marks ? check->marked : check->frames;

    if (sure < frames)
        finding_say(check->verify, VERIFY_DAMAGE, check->place,
                    "its ledger covers %llu of its %llu frames: who brought the others is not known",
                    (unsigned long long)sure, (unsigned long long)frames);
    else if (sure > frames && !may_grow)
        finding_say(check->verify, VERIFY_DAMAGE, check->place,
                    "%llu frames that its ledger knows of are not there: frames %llu/%llu and after, as a "
                    "power cut can "
                    "lose them",
                    (unsigned long long)(sure - frames), (unsigned long long)check->origin,
                    (unsigned long long)frames);
}

void verify_ledger_hot(struct verify *verify, const char *place, struct tl_bytes stream, uint64_t origin,
                       uint64_t frames, bool may_grow)
{
    struct ledger_check check = {.verify = verify, .place = place};
    struct entries entries;
    enum tl_status status = take_all(&check, stream, &entries);

    if (status != TL_END && !entries.is_cut) /* an entry that is being written, or was when it ended */
        WRONG(&check, "it cannot be read on: %s", tl_status_text(status));
    if (check.origins > 1 || (check.origin && origin && check.origin != origin))
        finding_say(verify, VERIFY_DAMAGE, place, "its ledger is one of origin %llu",
                    (unsigned long long)check.origin);
    check_cover(&check, frames, may_grow);
}
