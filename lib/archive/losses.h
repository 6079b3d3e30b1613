/* Losses summed by cause, those with a bound apart from those that are exact. Zero is an empty sum. */
#ifndef TL_ARCHIVE_LOSSES_H
#define TL_ARCHIVE_LOSSES_H

#include "growing.h"

#include <tapline/archive.h>

#define LOSSES_MAX       256  /* causes; what more there are goes under "other" */
#define LOSSES_CAUSE_MAX 1000 /* bytes of a cause, as a ledger has them */

struct losses {
    struct growing entries; /* struct tl_ledger_entry of kind LOSS, without connection; texts of their own */
};

/* Adds a LOSS entry. TL_NO_MEMORY. */
enum tl_status tl__losses_add(struct losses *losses, const struct tl_ledger_entry *entry);
void tl__losses_done(struct losses *losses);

static inline const struct tl_ledger_entry *losses_entries(const struct losses *losses)
{
    return (const struct tl_ledger_entry *)(const void *)losses->entries.data;
}

static inline size_t losses_count(const struct losses *losses)
{
    return losses->entries.size / sizeof(struct tl_ledger_entry);
}

#endif
