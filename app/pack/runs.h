/* pack/runs: the ledger beside a hot segment, entry by entry, as far as it can be read. */
#ifndef PACK_RUNS_H
#define PACK_RUNS_H

#include "pack/entries.h"

#define RUNS_ROOM (TL_LEDGER_ENTRY_MAX + 4)

struct runs {
    int fd;                 /* -1: there is no such file */
    struct entries entries; /* of what is in `memory` */
    bool is_over;
    const char *fault; /* is_over: why not all of it was read, "is damaged"; static memory, or NULL */
    bool is_damaged;   /* is_over: as nothing leaves it; a file that is missing or cut off is not */
    uint8_t memory[RUNS_ROOM];
};

/* TL_SYSTEM with errno if the file is there and cannot be opened. */
enum tl_status runs_open(struct runs *runs, const struct tl_archive *archive,
                         const struct tl_archive_segment *hot);
void runs_close(struct runs *runs);

/* The next entry, whose slices live until the next call. TL_END: no more can be read, and runs->fault says
 * why if there is more. TL_SYSTEM with errno. */
enum tl_status runs_next(struct runs *runs, struct tl_ledger_entry *ret_entry);

/* What was in the last entry is damaged: no more can be read. */
void runs_refuse(struct runs *runs);

#endif
