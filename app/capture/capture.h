/* capture: receives dnstap, or another content type, from any number of peers and writes it to files or into
 * an archive. See ARCHITECTURE.md, "Live capture". */
#ifndef CAPTURE_CAPTURE_H
#define CAPTURE_CAPTURE_H

#include "capture/output.h"
#include "capture/writer.h"

#include "pack/packer.h"

#include <tapline/stream.h>

struct capture_options {
    const struct tl_endpoint *listen;
    size_t listen_count;
    struct tl_listen_options access; /* of unix sockets */
    const char *archive_path;        /* NULL: plain files */
    long archive_group;              /* of what is made in the archive; -1: as it is */
    struct packer_options packer;
    struct output_options output; /* its `archive` and `is_synced` are set here */
    struct writer_options writer;
    const char *queue_path;   /* NULL: chosen from the user and the output's path */
    size_t queue_size;        /* bytes; 0: default */
    uint32_t frame_limit;     /* bytes; 0: default */
    uint32_t connections_max; /* at a time; 0: as many as there is room for */
    uint64_t drain_ms;        /* how long a TCP peer is read on at the end */
};

#define CAPTURE_QUEUE_SIZE_DEFAULT (32u << 20)

/* Runs until SIGTERM or SIGINT. 0: stopped with everything written; 1: trouble, which was logged. */
int capture_run(const struct capture_options *options);

/* Brings what the queue of a capture that was killed holds into the archive, which the caller has locked for
 * writing; the archive's link `queue` says where that is. 0, also if there is nothing; or -1, which was
 * logged, and it may be tried again. */
int capture_recover(struct tl_archive *archive);

#endif
