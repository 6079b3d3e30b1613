/* cli/send_options: the command line of `tapline send`. */
#ifndef CLI_SEND_OPTIONS_H
#define CLI_SEND_OPTIONS_H

#include "cli/options_source.h"
#include "send/pace.h"
#include "send/send.h"

struct send_request {
    struct source_options source; /* points into the arguments */
    struct send_options send;     /* points into `endpoints` */
    struct tl_endpoint *endpoints;
    double rate, speed; /* 0: not given */
    bool is_help;
    struct cli_span span;
};

/* Reads the arguments; what is wrong with them is said. False then. send_request_done in any case. */
bool send_request_parse(struct send_request *ret_request, int argc, char **argv);
void send_request_done(struct send_request *request);

extern const char send_help[];

#endif
