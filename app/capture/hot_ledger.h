/* capture/hot_ledger: the ledger beside the hot segment that is open - which connection brought which frames,
 * when, and what was lost. Used by one thread at a time, the one that writes the rows.
 *
 * Pieces of the write queue are entered before their bytes are written, in their order, with one write(2)
 * that ends with a mark: the number of pieces that are entered. What stands behind the last whole mark is not
 * sure after a crash; it is cut off and entered again. */
#ifndef CAPTURE_HOT_LEDGER_H
#define CAPTURE_HOT_LEDGER_H

#include "capture/queue.h"

#include <tapline/archive.h>

#define LEDGER_PIECES_MAX 1024u                 /* pieces that are entered with one write */
#define LEDGER_SIZE_DUE   ((uint64_t)512 << 20) /* the segment should end: sealed ones are read up to 1 GiB */
#define LEDGER_RUN_MS     10u /* adjacent pieces of a connection that came so close together are one run */

struct hot_ledger {
    int fd;                      /* -1: none is open */
    uint64_t size;               /* of the file, as far as it is sound */
    uint64_t noted;              /* pieces ever entered */
    bool has_entries;            /* something is in it besides its beginning */
    uint64_t known[QUEUE_PEERS]; /* by entry of the peers' table: the connection that the file has named */
    uint32_t fresh[LEDGER_PIECES_MAX]; /* entries that were named since the last write that succeeded */
    size_t fresh_count;
    struct tl_builder entries; /* what the next write appends */
    uint8_t *memory;
};

/* NULL without memory. */
struct hot_ledger *hot_ledger_new(void);
void hot_ledger_free(struct hot_ledger *ledger);

/* Takes over `fd`, an empty file, for the segment of `file`, and writes its beginning. 0; or -1 with errno,
 * and the descriptor is closed. */
int hot_ledger_begin(struct hot_ledger *ledger, int fd, const struct queue_file *file, uint64_t run_ms);

/* Takes over `fd`, the ledger that another run left, and goes on behind its last mark. One that is not sound
 * up to a mark is begun anew. 0; or -1 with errno, and the descriptor is closed. */
int hot_ledger_resume(struct hot_ledger *ledger, int fd, const struct queue_file *file,
                      const struct queue *queue);

/* Enters the pieces from `noted` up to `through`, at most LEDGER_PIECES_MAX. 0; or -1 with errno, and nothing
 * is entered. */
int hot_ledger_enter(struct hot_ledger *ledger, const struct queue *queue, uint64_t through);

/* For what is in no piece: names the peer if the file has not yet, adds an entry, and writes what was added
 * with the mark `through`: 0, or -1 with errno, and nothing is entered. */
void hot_ledger_put_peer(struct hot_ledger *ledger, const struct queue *queue, const struct queue_peer *peer);
void hot_ledger_put(struct hot_ledger *ledger, const struct tl_ledger_entry *entry);
void hot_ledger_put_run(struct hot_ledger *ledger, const struct tl_ledger_run *run);
int hot_ledger_write(struct hot_ledger *ledger, uint64_t through);

/* Ends the file with STOP; it stays open. May be repeated. 0, or -1 with errno. */
int hot_ledger_stop(struct hot_ledger *ledger);

void hot_ledger_close(struct hot_ledger *ledger);

#endif
