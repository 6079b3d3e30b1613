/* source: where records come from - archives, files (plain or compressed with zstd, gzip or xz, recognised by
 * content), folders of rotated files in name order, standard input, live sockets - as one sequence of data
 * frames. No other room knows which.
 *
 * A source reads on where it can: past STOP into a following stream, and over damage to the next plausible
 * frame. Each such thing is an item of its own, so that nothing is skipped in silence. Memory is bounded
 * whatever the input.
 *
 * Of a folder every regular file is read whose name does not begin with a dot, in the order of the names,
 * without folders inside and without the ledgers of hot segments. ".part" at the end of a name (the file is
 * still being written) counts only after everything else: x.part comes behind x and before x.000001.
 *
 * Following is for the last path; those before it are read to their ends. A followed folder is followed as a
 * whole. A followed file P (or P.part) stands for its family: P, and P.000001, P.000002, ... as `tapline
 * capture` names the files it goes on with, each with or without ".part". In both cases each file is read
 * once, whatever it is renamed to: when the one being read has no more, and another one is there that was not
 * read, the rest of the first is read and then the other. So a file that is moved away (log rotation) is read
 * to its end, and the new one under its name from the beginning.
 *
 * A folder that is an archive is read as one: its frames in the order of their arrival, each once, whatever
 * is rotated, sealed, merged or removed meanwhile. Several archives are read as one, by arrival; other paths
 * are read before them. Followed are all archives, or if there is none the last path. The frame limit of an
 * archive is its own. */
#ifndef SOURCE_SOURCE_H
#define SOURCE_SOURCE_H

#include "record/record.h"
#include "source/span.h"

#include <tapline/core.h>
#include <tapline/stream.h>

struct source;

struct source_options {
    const char *const *paths; /* files, folders, "-"; borrowed until source_free */
    size_t path_count;
    const struct tl_endpoint *listen; /* or: receive live streams here */
    size_t listen_count;
    bool follow; /* at the end of the last path wait for more, also across rotation, until `stop_fd` is
                    readable */
    int stop_fd; /* ends following and listening when it becomes readable; -1: never */
    uint32_t frame_limit; /* 0: TL_FRAME_LIMIT_DEFAULT */
    bool is_sure;     /* of files: whoever wrote them knew where frames begin, as of an archive's segments: a
                         frame that does not decode is one */
    struct span span; /* give out only the frames of that time: record_any_time, or the arrival */
    bool sort;        /* give them out by that time, within a window of SORT_SIZE bytes */
    bool origin;      /* tell of each frame where it is from */
    const char *cursor; /* of this name in each of the paths, all of which are archives: goes on where it
                           stands, and source_delivered moves it. NULL: none. Borrowed until source_free */
    bool hold;          /* retention waits for the cursor */
};

enum source_kind {
    SOURCE_FRAME,   /* a data frame */
    SOURCE_NOTICE,  /* something the user should know; nothing was skipped */
    SOURCE_SKIPPED, /* as above, and `skipped` bytes of input are not among the frames */
    SOURCE_FAILED,  /* a file could not be opened or read, or holds something else; the source goes on with
                       what is behind it */
    SOURCE_IDLE,    /* following, listening or reading a pipe, and nothing is there now: flush what you have;
                       the next call waits, and says the same again if nothing has come for about a second
                       (but not when listening). Or for long nothing was of the span: look whether to go on */
    SOURCE_END,
};

/* One item; everything it points to lives until the next call. Only the fields that its kind has are set. */
struct source_item {
    enum source_kind kind;
    const char *name;      /* of the file, "standard input", or the peer of a live stream */
    uint64_t offset;       /* in the uncompressed bytes of `name`; of a frame: of its length; of a notice
                              about all of `name`: 0 */
    struct tl_bytes frame; /* SOURCE_FRAME: payload of the data frame */
    struct tl_frame_name stored;        /* SOURCE_FRAME: its name in the archive; segment 0: it is of none */
    const struct record_origin *origin; /* SOURCE_FRAME: if it was asked for */
    uint64_t skipped; /* SOURCE_SKIPPED, and SOURCE_FAILED for what was already read: bytes */
    bool is_tail;     /* SOURCE_SKIPPED: `name` ends in a begun frame, or in zero bytes;
                         SOURCE_FAILED: it holds nothing but those */
    int error;        /* SOURCE_FAILED: errno of what the system refused; 0: it is what `name` holds */
    const char *text; /* other kinds: one sentence, without name, offset or full stop */
};

#define SOURCE_TEXT_SIZE 512

/* NULL without memory, if an endpoint cannot listen, an archive not be opened, or a cursor not be taken;
 * `ret_text` then says what is wrong. Nothing of `options` but the paths and the cursor's name is needed
 * afterwards. */
struct source *source_new(const struct source_options *options, char ret_text[SOURCE_TEXT_SIZE]);
void source_free(struct source *source);

/* The next item. A frame may be one that does not decode. But if, in a file, its fields do not fill it, and
 * what follows is no plausible frame either, the framing was lost before it: then the source goes on at the
 * next plausible one, and says so by an item. To tell it may have to wait for what follows. */
void source_next(struct source *source, struct source_item *ret_item);

/* Everything that was given out so far has reached its reader: moves the cursors behind it, but not more
 * often than every SOURCE_STORE_MS unless `at_once`. With `sort`, only at the end. 0, or -1 if one cannot be
 * stored, and `ret_text` says why; it is tried again with a later call. */
#define SOURCE_STORE_MS 1000
int source_delivered(struct source *source, bool at_once, char ret_text[SOURCE_TEXT_SIZE]);

#endif
