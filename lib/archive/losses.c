/* Sums of losses. Invariant: what was added is in exactly one of the sums. */
#include "losses.h"

static struct tl_ledger_entry *sums(const struct losses *losses)
{
    return (struct tl_ledger_entry *)(void *)losses->entries.data;
}

static struct tl_ledger_entry *find(const struct losses *losses, struct tl_bytes cause, bool is_at_most)
{
    struct tl_ledger_entry *sum = sums(losses);

    for (size_t i = 0; i < losses_count(losses); i++, sum++) {
        if (sum->is_at_most == is_at_most && tl_bytes_equal(sum->text, cause))
            return sum;
    }
    return NULL;
}

static struct tl_ledger_entry *add_cause(struct losses *losses, struct tl_bytes cause, bool is_at_most)
{
    struct tl_ledger_entry sum = {.kind = TL_LEDGER_LOSS, .is_at_most = is_at_most};
    uint8_t *text = malloc(cause.size + 1);

    if (text && cause.size)
        memcpy(text, cause.data, cause.size);
    sum.text = tl_bytes(text, cause.size);
    if (!text || !growing_put(&losses->entries, &sum, sizeof(sum))) {
        free(text);
        return NULL;
    }
    return sums(losses) + losses_count(losses) - 1;
}

enum tl_status tl__losses_add(struct losses *losses, const struct tl_ledger_entry *entry)
{
    struct tl_bytes cause = entry->text;

    cause.size = cause.size < LOSSES_CAUSE_MAX ? cause.size : LOSSES_CAUSE_MAX;
    struct tl_ledger_entry *sum = find(losses, cause, entry->is_at_most);
    if (!sum && losses_count(losses) >= LOSSES_MAX) {
        cause = tl_bytes_of_text("other");
        sum = find(losses, cause, entry->is_at_most);
    }
    if (!sum)
        sum = add_cause(losses, cause, entry->is_at_most);
    if (!sum)
        return TL_NO_MEMORY;
    sum->frames += entry->frames;
    sum->bytes += entry->bytes;
    return TL_OK;
}

void tl__losses_done(struct losses *losses)
{
    struct tl_ledger_entry *sum = sums(losses);

    for (size_t i = 0; i < losses_count(losses); i++)
        free((void *)(uintptr_t)sum[i].text.data);
    growing_free(&losses->entries);
}
