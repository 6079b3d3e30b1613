/* cli/read_options: the command line of `tapline read`. */
#ifndef CLI_READ_OPTIONS_H
#define CLI_READ_OPTIONS_H

#include "cli/options_source.h"
#include "filter/filter.h"
#include "print/print.h"

enum read_colour { READ_COLOUR_AUTO, READ_COLOUR_ALWAYS, READ_COLOUR_NEVER };

struct read_request {
    struct source_options source; /* points into the arguments and into `endpoints` */
    struct tl_endpoint *endpoints;
    struct cli_span span;

    const char *where;     /* or NULL */
    struct filter *filter; /* which that is */
    bool pair;             /* queries and responses come together */
    bool is_count;         /* how many, and nothing else */
    uint64_t head, tail;   /* so many of the first or of the last; 0: all */

    enum print_format format;
    bool has_format;          /* it was given */
    const char *fields_text;  /* or NULL */
    const enum field *fields; /* which those are */
    size_t field_count;
    bool prints_fields; /* chosen ones, or those of CSV and TSV */
    enum print_bind_release bind;
    bool has_bind;     /* it was given */
    bool shows_origin; /* of each record */
    enum read_colour colour;
    bool has_colour; /* what that comes to */

    unsigned threads;
    bool has_threads; /* they were given */
    bool takes_turns; /* items of several names take turns: live streams or archives */
    bool is_help;
    bool is_field_list;      /* only which fields there are */
    enum field listed_field; /* or which words this one has; FIELDS: none */
};

/* Reads the arguments; what is wrong with them is said. False then. read_request_done in any case. */
bool read_request_parse(struct read_request *ret_request, int argc, char **argv);
void read_request_done(struct read_request *request);

/* Does it wait for more at the end, until a signal? */
bool read_request_waits(const struct read_request *request);

/* Is it for several threads? Not if it is followed, or if each record depends on those before. */
bool read_request_is_parallel(const struct read_request *request);

/* Has the filter lists, which HUP makes it read again? */
bool read_request_has_lists(const struct read_request *request);

extern const char read_help[];

#endif
