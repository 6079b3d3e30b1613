/* capture: receives dnstap from any number of peers and writes it to files. See ARCHITECTURE.md, "Live
 * capture". */
#ifndef CAPTURE_CAPTURE_H
#define CAPTURE_CAPTURE_H

#include "capture/output.h"
#include "capture/writer.h"

#include <tapline/stream.h>

struct capture_options {
    const struct tl_endpoint *listen;
    size_t listen_count;
    struct tl_listen_options access; /* of unix sockets */
    struct output_options output;
    struct writer_options writer;
    const char *queue_path; /* NULL: chosen from the user and the output's path */
    size_t queue_size;      /* bytes; 0: default */
    uint32_t frame_limit;   /* bytes; 0: default */
    uint64_t drain_ms;      /* how long a TCP peer is read on at the end */
};

#define CAPTURE_QUEUE_SIZE_DEFAULT (32u << 20)

/* Runs until SIGTERM or SIGINT. 0: stopped with everything written; 1: trouble, which was logged. */
int capture_run(const struct capture_options *options);

#endif
