/* capture/output: the files that the frames go to - named, started, rotated, stopped, and never any file that
 * was there before. Used by one thread at a time.
 *
 * A plain file is called NAME.part until it is complete, unless it is `in_place`. A hot segment of an archive
 * has its name from the beginning, and a ledger beside it (see hot_ledger.h). A file's state is entered in
 * the queue's head before each step, so that the next start can finish it whatever instruction was the last
 * (see queue_file in queue.h).
 */
#ifndef CAPTURE_OUTPUT_H
#define CAPTURE_OUTPUT_H

#include "capture/hot_ledger.h"
#include "capture/queue.h"
#include "capture/voice.h"

#include <time.h>

struct output_options {
    struct tl_archive *archive; /* locked for writing; NULL: plain files */
    const char *pattern;        /* path, with the conversions of strftime(3); "-" is standard output */
    bool utc;                   /* the pattern's time and the rotation's hours are UTC, not local */
    uint64_t rotate_period; /* seconds, of the clock; of a segment since its first entry; 0: never by time */
    uint64_t rotate_size;   /* bytes; 0: never by size */
    struct tl_bytes content_type; /* of plain files; empty: dnstap. Borrowed */
    bool in_place; /* a plain file has its name from the beginning: what was there before under that name is
                      moved aside, to the next free number. Periods begin when a file is opened, and after a
                      rotation the next one is opened at once */
    enum voice voice;
    bool is_synced; /* the names of new segments are brought to the disk */
};

struct output {
    struct output_options options;
    struct queue_head *head;   /* where the state is entered */
    struct hot_ledger *ledger; /* NULL: plain files */
    uint64_t next_segment;     /* its number; 0: the archive is asked */
    uint64_t unremoved;        /* a segment without content that could not be removed, 0: none */
    uint64_t unremoved_ms;     /* when that was begun */
    int fd;                    /* -1: no file is open */
    bool is_special;           /* a pipe, a device: written as it is, without suffix, rotation or recovery */
    bool is_closing;       /* output_close was begun and failed: nothing may be written before it succeeds */
    uint64_t size;         /* of the file */
    uint64_t frames;       /* in the file, of those written by this run */
    uint64_t frames_start; /* its size when it held no frame */
    time_t period_end;     /* when it is due by time; 0: never */
};

/* 0, or -1 with ENOMEM. */
int output_init(struct output *output, const struct output_options *options, struct queue_head *head);

/* Closes what is open, as it is. */
void output_done(struct output *output);

/* What the file is called when it is complete; "" if it has no name any more. */
const char *output_name(const struct queue_file *file);

/* Opens the next file for the piece bytes from `start_out` on, of a segment for the pieces that its ledger
 * has not noted. 0, or -1 with errno, and then `*ret_path` (a buffer of PATH_MAX) names what could not be
 * opened. */
int output_open(struct output *output, uint64_t start_out, char *ret_path);

/* What errno means here, where strerror(3) says too little. Static memory, or strerror's. */
const char *output_trouble_text(int error);

/* What output_resume came to. */
enum output_resumed {
    OUTPUT_GOES_ON, /* the file is open, and `*out` is the piece byte to go on with */
    OUTPUT_NONE,    /* it is complete or gone: output_open is next, and `*out` its first piece byte */
    OUTPUT_TROUBLE, /* it could not be completed: errno; to be tried again */
};

/* Takes up the file that another run left, at the place that its size gives; a segment's ledger, at its last
 * mark. `*out`: the piece byte behind what is known to be written; moved on where the file has more. A file
 * that was being completed is completed. */
enum output_resumed output_resume(struct output *output, const struct queue *queue, uint64_t *out);

/* True if a hot segment is open. */
bool output_is_segment(const struct output *output);

/* Pieces from this number on must not be taken yet: what is entered in a ledger is written before more is. */
uint64_t output_through(const struct output *output, const struct queue *queue);

/* True if another file may follow: what is written ends at a frame's border, and so does what is entered. */
bool output_is_between(const struct output *output, const struct queue *queue);

/* Enters the pieces up to `through` in the ledger, before they are written; of plain files, does nothing. 0;
 * or -1 with errno, and nothing is entered: to be tried again. */
int output_enter(struct output *output, const struct queue *queue, uint64_t through);

/* Writes once, waiting until the output takes something: bytes written, or -1 with errno. */
ssize_t output_write(struct output *output, const struct iovec *stretches, int count);

/* How many bytes may be written before the file has its size. */
uint64_t output_room(const struct output *output);

/* True if the file should give way to the next one before `more` bytes are written to it at time `now`. */
bool output_is_due(const struct output *output, size_t more, time_t now);

/* True if the file has frames; frames or entries in its ledger. */
bool output_has_frames(const struct output *output);
bool output_has_content(const struct output *output);

/* Completes the file: STOP, fsync if `sync`, a plain file's suffix goes. `end_out`: behind the last piece
 * byte written, `end_piece`: behind the last piece. 0, or -1 with errno: call again later. Its final name is
 * then in the head's valid queue_file, or no name if somebody moved or removed the file while it was written.
 */
int output_close(struct output *output, uint64_t end_out, uint64_t end_piece, bool sync);

/* Closes and removes the file, which has no content. */
void output_discard(struct output *output);

/* fdatasync(2), of the ledger as well, where that means something. */
int output_sync(struct output *output);

#endif
