/* Property: an entry that decodes has only the fields of its kind, and encodes and decodes again to the same
 * (but for texts, which are cut); the runs of any bytes, put again, are the same runs. */
#include <tapline/archive.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TEXT_MAX 1000

static void demand(bool condition)
{
    if (!condition)
        abort();
}

static struct tl_bytes cut(struct tl_bytes text)
{
    text.size = text.size < TEXT_MAX ? text.size : TEXT_MAX;
    return text;
}

static void demand_equal(const struct tl_ledger_entry *a, const struct tl_ledger_entry *b)
{
    demand(a->kind == b->kind && a->segment == b->segment && a->at_ms == b->at_ms && a->run_ms == b->run_ms);
    demand(a->connection == b->connection && a->frames == b->frames && a->bytes == b->bytes);
    demand(a->skipped == b->skipped && a->is_at_most == b->is_at_most && a->through == b->through);
    demand(tl_bytes_equal(cut(a->text), b->text) && tl_bytes_equal(cut(a->listener), b->listener));
    demand(tl_bytes_equal(a->packed, b->packed) && a->sender == b->sender && a->total == b->total);
}

static void check_entry(const struct tl_ledger_entry *entry)
{
    static uint8_t wire[TL_LEDGER_ENTRY_MAX + 4];
    struct tl_ledger_entry again;
    size_t size = 0;
    enum tl_status status = tl_ledger_encode(entry, wire, sizeof(wire), &size);

    if (entry->kind == TL_LEDGER_UNKNOWN) {
        struct tl_ledger_entry empty = {.kind = TL_LEDGER_UNKNOWN};
        demand_equal(entry, &empty);
        demand(status == TL_BAD_ARGUMENT);
        return;
    }
    demand(status == TL_OK || (status == TL_FULL && entry->packed.size > TL_LEDGER_ENTRY_MAX - 32));
    if (status != TL_OK)
        return;
    demand(size >= 4 && size - 4 == tl_be32(wire));
    demand(tl_ledger_decode(tl_bytes(wire + 4, size - 4), &again) == TL_OK);
    demand_equal(entry, &again);
}

static void check_runs(struct tl_bytes packed)
{
    static uint8_t memory[8 * TL_LEDGER_ENTRY_MAX];
    struct tl_builder to = tl_builder(memory, sizeof(memory));
    uint64_t last_ms = 0, again_ms = 0;
    struct tl_ledger_run run, again;
    struct tl_bytes rest = packed;

    if (packed.size > TL_LEDGER_ENTRY_MAX)
        return;
    while (tl_ledger_next_run(&rest, &last_ms, &run) == TL_OK)
        tl_ledger_put_run(&to, &run, &again_ms);
    demand(to.status == TL_OK);
    struct tl_bytes built = tl_builder_bytes(&to);
    last_ms = again_ms = 0;
    while (tl_ledger_next_run(&packed, &last_ms, &run) == TL_OK) {
        demand(tl_ledger_next_run(&built, &again_ms, &again) == TL_OK);
        demand(run.connection == again.connection && run.frames == again.frames);
        demand(run.arrival_ms == again.arrival_ms && last_ms == run.arrival_ms);
    }
    demand(built.size == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tl_ledger_entry entry;

    if (tl_ledger_decode(tl_bytes(data, size), &entry) == TL_OK) {
        check_entry(&entry);
        check_runs(entry.packed);
    }
    check_runs(tl_bytes(data, size));
    return 0;
}
