/* cli/stats_options: the command line of `tapline stats`. */
#ifndef CLI_STATS_OPTIONS_H
#define CLI_STATS_OPTIONS_H

#include "cli/options_source.h"
#include "filter/filter.h"

#define STATS_BY_MAX  8
#define STATS_TOP_MAX 1000

struct stats_request {
    struct source_options source; /* points into the arguments */
    struct cli_span span;
    const char *where;     /* or NULL */
    struct filter *filter; /* which that is */
    bool pair;             /* queries and responses come together */
    enum field by[STATS_BY_MAX];
    unsigned by_count;
    unsigned top; /* rows of what may have many */
    bool is_json;
    unsigned threads;
    bool has_threads; /* they were given */
    bool is_help;
};

/* Reads the arguments; what is wrong with them is said. False then. stats_request_done in any case. */
bool stats_request_parse(struct stats_request *ret_request, int argc, char **argv);
void stats_request_done(struct stats_request *request);

extern const char stats_help[];

#endif
