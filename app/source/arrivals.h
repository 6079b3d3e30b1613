/* source/arrivals: which connection brought the frames of an archive, and when: the ledger, walked along
 * beside the rows. */
#ifndef SOURCE_ARRIVALS_H
#define SOURCE_ARRIVALS_H

#include "record/record.h"

#include <tapline/archive.h>
#include <tapline/frame.h>

struct arrivals_connection {
    uint64_t number;
    char *peer;
};

struct arrivals {
    int fd;             /* of a hot segment's .runs; -1: `sure` is all there is */
    uint64_t taken;     /* bytes read from it */
    uint8_t *memory;    /* of it: what was read and not taken */
    size_t room, size;  /* bytes of `memory`, and of what is in there */
    size_t at, scanned; /* taken of them, and looked through for marks */
    size_t marked;      /* up to here it is sure */
    struct tl_frame_decoder scanner;

    struct tl_bytes sure; /* entries to come */
    struct tl_frame_decoder decoder;
    uint64_t segment; /* origin that the entries are about */
    uint64_t run_ms;
    struct tl_bytes runs; /* of an entry RUNS, to come */
    uint64_t last_ms;
    uint64_t first; /* frame that `run` begins with */
    struct tl_ledger_run run;
    const char *peer; /* of the run's connection */
    struct arrivals_connection *connections;
    size_t count, connection_room;
};

void arrivals_init(struct arrivals *arrivals);
void arrivals_done(struct arrivals *arrivals);

/* Begins with the ledger of a sealed segment; `stream` is borrowed until another begin or arrivals_done. */
void arrivals_begin(struct arrivals *arrivals, struct tl_bytes stream);

/* Begins with the growing ledger of the hot segment `segment`; takes over `fd`. -1: nothing is known. */
void arrivals_begin_hot(struct arrivals *arrivals, int fd, uint64_t segment);

/* Fills the peer, connection, run and arrival of the frame `name`, which is never before the one asked for
 * last; zero where they are not known. The peer lives until the next call of any function. */
void arrivals_find(struct arrivals *arrivals, struct tl_frame_name name, struct record_origin *ret_origin);

#endif
