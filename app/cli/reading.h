/* cli/reading: what the two ways of reading - one record after the other (cli/read_serial), or a stretch of
 * them by each of several threads (cli/read_threads) - have in common. */
#ifndef CLI_READING_H
#define CLI_READING_H

#include "cli/read_options.h"
#include "cli/read_output.h"
#include "cli/report.h"

struct reading {
    const struct read_request *request;
    bool waits; /* for more at the end, until a signal */
    struct source *source;
    struct read_output output;
    struct report report;
};

/* Until the end, an output that takes no more, or a signal. Everything that was read is then written out, and
 * the cursor moved behind it. TL_SYSTEM with errno if it could not be written. */
enum tl_status read_serially(struct reading *reading);

/* The same to the byte, for requests of which read_request_is_parallel is true. */
enum tl_status read_in_threads(struct reading *reading);

#endif
