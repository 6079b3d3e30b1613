/* source: where records come from - files (plain or compressed with zstd, gzip or xz, recognised by content),
 * folders of rotated files in name order, standard input, live sockets - as one sequence of data frames. No
 * other room knows which.
 *
 * A source reads on where it can: past STOP into a following stream, and over damage to the next plausible
 * frame. Each such thing is an item of its own, so that nothing is skipped in silence. Memory is bounded
 * whatever the input. */
#ifndef SOURCE_SOURCE_H
#define SOURCE_SOURCE_H

#include <tapline/core.h>
#include <tapline/stream.h>

struct source;

struct source_options {
    const char *const *paths; /* files, folders, "-"; borrowed until source_free */
    size_t path_count;
    const struct tl_endpoint *listen; /* or: receive live streams here */
    size_t listen_count;
    bool follow; /* at the end of the last file wait for more, also across rotation, until `stop_fd` is
                    readable */
    int stop_fd; /* ends following and listening when it becomes readable; -1: never */
    uint32_t frame_limit; /* 0: TL_FRAME_LIMIT_DEFAULT */
};

enum source_kind {
    SOURCE_FRAME,   /* a data frame */
    SOURCE_NOTICE,  /* something the user should know; nothing was skipped */
    SOURCE_SKIPPED, /* as above, and `skipped` bytes of input are not among the frames */
    SOURCE_FAILED,  /* a file could not be opened or read; the source goes on with the next one */
    SOURCE_IDLE, /* following or listening, and nothing is there now: flush what you have; the next call waits
                  */
    SOURCE_END,
};

/* One item; everything it points to lives until the next call. */
struct source_item {
    enum source_kind kind;
    const char *name;      /* of the file, "standard input", or the peer of a live stream */
    uint64_t offset;       /* in the uncompressed bytes of `name` */
    struct tl_bytes frame; /* SOURCE_FRAME: payload of the data frame */
    uint64_t skipped;      /* SOURCE_SKIPPED: bytes */
    const char *text;      /* other kinds: one sentence, without name, offset or full stop */
};

/* NULL with errno on no memory, or if an endpoint cannot listen (then `*ret_text` says which and why, static
 * or owned by nobody: print it at once). */
struct source *source_new(const struct source_options *options, const char **ret_text);
void source_free(struct source *source);

/* The next item. */
void source_next(struct source *source, struct source_item *ret_item);

/* The caller could not decode the frame it was given last. If what follows that frame is no plausible frame
 * either, the framing was lost before it: the source then takes the frame back and goes on at the next
 * plausible one, saying so by an item, and this returns true (do not print the frame). Otherwise the frame
 * stands and is merely undecodable: false. */
bool source_suspect(struct source *source);

#endif
