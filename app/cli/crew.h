/* cli/crew: several threads that read one source, each of which does everything in turn: it fills a batch
 * from the source, which one may do at a time; works on its records, which all may; and settles what came of
 * it when its turn comes, in the order in which the batches were filled. What is said about what is read is
 * said in that order as well. */
#ifndef CLI_CREW_H
#define CLI_CREW_H

#include "cli/report.h"
#include "print/output.h"

#define CREW_THREADS_MAX 64

/* What becomes of records. A part is one thread's object of `part_size` bytes, all zero before `init`. */
struct crew_work {
    size_t part_size;
    bool wants_origins;
    const void *context; /* borrowed, for `init` */

    /* `gate` (borrowed) is passed by who writes before `settle`. False without memory; `done` in any case. */
    bool (*init)(void *part, const void *context, const struct print_gate *gate);
    void (*done)(void *part);

    /* Takes a record, which is gone afterwards. False: no more of this batch; `settle` says why. */
    bool (*put)(void *part, struct record *record);

    /* In its turn, behind all batches before. TL_OK; TL_NO_MEMORY, or TL_SYSTEM with errno, ends the reading.
     */
    enum tl_status (*settle)(void *part);
};

struct crew;

/* For at most `threads` of them, as many as there is memory for. NULL if there is none for one. All but
 * `work` itself is borrowed. */
struct crew *crew_new(const struct crew_work *work, struct source *source, struct report *report,
                      unsigned threads);
void crew_free(struct crew *crew);

/* Before crew_run: bytes that are to be dropped of what is written first, by whoever that is. */
void crew_skip(struct crew *crew, size_t size);

/* Reads to the end, or until a signal. This thread is one of the crew, and has the signals. TL_OK, or what
 * the first `settle` said that failed, with its errno. */
enum tl_status crew_run(struct crew *crew);

/* The parts, for `number` from 0 on; NULL: there are no more. */
void *crew_part(struct crew *crew, unsigned number);

/* How many threads are good by default: as many as CPUs, but more than a few wait for the source only. */
unsigned crew_default(void);

#endif
