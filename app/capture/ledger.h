/* capture/ledger: the ledger beside the hot segment that is open - which connection brought which frames,
 * when, and what was lost. Used by one thread at a time, the one that writes the rows.
 *
 * Pieces of the write queue are entered before their bytes are written, in their order, with one write(2)
 * that ends with a mark: the number of pieces that are entered. What stands behind the last whole mark is not
 * sure after a crash; it is cut off and entered again. */
#ifndef CAPTURE_LEDGER_H
#define CAPTURE_LEDGER_H

#include "capture/queue.h"

#include <tapline/archive.h>

#define LEDGER_PIECES_MAX 1024u /* pieces that are entered with one write */
#define LEDGER_RUN_MS     10u   /* adjacent pieces of a connection that came so close together are one run */

struct ledger {
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
struct ledger *ledger_new(void);
void ledger_free(struct ledger *ledger);

/* Takes over `fd`, an empty file, for the segment of `file`, and writes its beginning. 0; or -1 with errno,
 * and the descriptor is closed. */
int ledger_begin(struct ledger *ledger, int fd, const struct queue_file *file, uint64_t run_ms);

/* Takes over `fd`, the ledger that another run left, and goes on behind its last mark. One that is not sound
 * up to a mark is begun anew. 0; or -1 with errno, and the descriptor is closed. */
int ledger_resume(struct ledger *ledger, int fd, const struct queue_file *file, const struct queue *queue);

/* Enters the pieces from `noted` up to `through`, at most LEDGER_PIECES_MAX. 0; or -1 with errno, and nothing
 * is entered. */
int ledger_enter(struct ledger *ledger, const struct queue *queue, uint64_t through);

/* For what is in no piece: names the peer if the file has not yet, adds an entry, and writes what was added
 * with the mark `through`: 0, or -1 with errno, and nothing is entered. */
void ledger_put_peer(struct ledger *ledger, const struct queue *queue, const struct queue_peer *peer);
void ledger_put(struct ledger *ledger, const struct tl_ledger_entry *entry);
void ledger_put_run(struct ledger *ledger, const struct tl_ledger_run *run);
int ledger_write(struct ledger *ledger, uint64_t through);

/* Ends the file with STOP; it stays open. May be repeated. 0, or -1 with errno. */
int ledger_stop(struct ledger *ledger);

void ledger_close(struct ledger *ledger);

#endif
