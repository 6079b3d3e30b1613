/* generate: a run, from the options to the books: traffic is made up and put into a sink, as fast as that
 * takes it or in real time. */
#ifndef GENERATE_GENERATE_H
#define GENERATE_GENERATE_H

#include "generate/sink.h"
#include "generate/traffic.h"

#include <signal.h>

struct generate_options {
    struct traffic_options traffic; /* `expected` is computed here */
    const char *names_path;         /* NULL: made up */
    const char *truth_path;         /* NULL: none */
    uint64_t count;                 /* messages; 0: as many as the duration brings */
    uint64_t duration_ms;           /* of virtual time; 0: as long as it takes */
    bool is_paced;                  /* virtual time passes like real time */

    /* One of them. */
    const char *write_path;
    const struct tl_endpoint *send_to;
    const char *archive_path;
    uint64_t segment_size;

    const volatile sig_atomic_t *stop; /* not 0: end in good order */
};

/* 0, or -1 after what was logged. */
int generate_run(const struct generate_options *options);

#endif
