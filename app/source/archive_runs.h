/* source/archive_runs: which connection brought the frames of an archive, and when: the ledger, walked along
 * beside the rows. */
#ifndef SOURCE_ARCHIVE_RUNS_H
#define SOURCE_ARCHIVE_RUNS_H

#include "record/record.h"

#include <tapline/archive.h>
#include <tapline/frame.h>

#include <sys/stat.h>

struct archive_runs_connection {
    uint64_t number;
    char *peer;
};

struct archive_runs {
    int fd;             /* of a hot segment's .runs; -1: `sure` is all there is */
    uint64_t taken;     /* bytes read from it */
    uint8_t *memory;    /* of it: what was read and not taken */
    size_t room, size;  /* bytes of `memory`, and of what is in there */
    size_t at, scanned; /* taken of them, and looked through for marks */
    size_t marked;      /* up to here it is sure */
    struct tl_frame_decoder scanner;
    struct stat seen; /* of the file, when it was read last */

    struct tl_bytes sure; /* entries to come */
    struct tl_frame_decoder decoder;
    uint64_t segment; /* origin that the entries are about */
    uint64_t run_ms;
    struct tl_bytes packed; /* of an entry RUNS: runs to come */
    uint64_t last_ms;
    uint64_t first; /* frame that `run` begins with */
    struct tl_ledger_run run;
    const char *peer; /* of the run's connection */
    struct archive_runs_connection *connections;
    size_t count, connection_room;
    uint64_t moves; /* that it took to keep them sorted */
};

void archive_runs_init(struct archive_runs *runs);
void archive_runs_done(struct archive_runs *runs);

/* Begins with the ledger of a sealed segment; `stream` is borrowed until another begin or archive_runs_done.
 */
void archive_runs_begin(struct archive_runs *runs, struct tl_bytes stream);

/* Begins with the growing ledger of the hot segment `segment`; takes over `fd`. -1: nothing is known. */
void archive_runs_begin_hot(struct archive_runs *runs, int fd, uint64_t segment);

/* Fills the peer, connection, run and arrival of the frame `name`, which is never before the one asked for
 * last; zero where they are not known. The peer lives until the next call of any function. */
void archive_runs_find(struct archive_runs *runs, struct tl_frame_name name,
                       struct record_origin *ret_origin);

#endif
