/* cli/read_options: the command line of `tapline read`. */
#ifndef CLI_READ_OPTIONS_H
#define CLI_READ_OPTIONS_H

#include "cli/options_source.h"
#include "print/print.h"

struct read_request {
    struct source_options source; /* points into the arguments and into `endpoints` */
    struct tl_endpoint *endpoints;
    enum print_format format;
    bool takes_turns; /* items of several names take turns: live streams or archives */
    bool is_help;
    struct cli_span span;
};

/* Reads the arguments; what is wrong with them is said. False then. read_request_done in any case. */
bool read_request_parse(struct read_request *ret_request, int argc, char **argv);
void read_request_done(struct read_request *request);

extern const char read_help[];

#endif
