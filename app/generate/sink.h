/* generate/sink: where the messages go: a file, a receiver, or an archive. What is wrong is logged here. */
#ifndef GENERATE_SINK_H
#define GENERATE_SINK_H

#include "generate/traffic.h"

#include <tapline/stream.h>

struct sink {
    /* `time_ms`: since 1970. False after a failure. */
    bool (*put)(struct sink *sink, const struct traffic_message *message, uint64_t time_ms);
    /* What was put is to be seen by now. */
    bool (*flush)(struct sink *sink);
    /* Completes the output, and logs what became of all that was put. */
    bool (*finish)(struct sink *sink);
    void (*free)(struct sink *sink);
};

/* A file that is not there yet, a FIFO or a device, or "-". NULL after a failure. */
struct sink *sink_open_file(const char *path);

/* A receiver that speaks the bidirectional handshake: the messages count as received when it has answered
 * STOP with FINISH. */
struct sink *sink_open_receiver(const struct tl_endpoint *endpoint);

struct sink_archive_options {
    const char *path;
    uint64_t segment_size; /* a segment ends before its frames exceed this many bytes */
    const char *const *identities;
    size_t identity_count;
};

struct sink *sink_open_archive(const struct sink_archive_options *options);

#endif
