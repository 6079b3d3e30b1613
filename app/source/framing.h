/* source/framing: the frames of one file, and over what is damaged to the next plausible one.
 *
 * Every byte of the file is in exactly one of: a data frame that was given out, a control frame, a stretch
 * reported as skipped (or passed over when the file was refused); when following is ended by the user, there
 * may be a begun frame behind them all. */
#ifndef SOURCE_FRAMING_H
#define SOURCE_FRAMING_H

#include "source/source.h"
#include "source/window.h"

#include <tapline/frame.h>

#define FRAMING_TEXT_SIZE 512
#define FRAMING_HEAD_SIZE 64 /* of the file's first bytes, to tell what it is when it is no Frame Streams */

enum framing_mode {
    FRAMING_BORDER, /* no stream is open: START is due, or the end */
    FRAMING_DATA,   /* data frames, then STOP */
    FRAMING_OTHER,  /* the same, of another content type: passed over */
    FRAMING_SEARCH, /* the framing is lost */
    FRAMING_DONE,   /* the rest is not read */
};

enum framing_why {
    FRAMING_DAMAGED,
    FRAMING_UNSTARTED, /* something that is no frame where START is due */
    FRAMING_OVERSIZED, /* a length above the limit: a frame to be passed over, or damage */
    FRAMING_CUT,       /* the end, inside a frame */
};

enum framing_step {
    FRAMING_ITEM,
    FRAMING_AGAIN, /* nothing to say yet; not returned by framing_next */
    FRAMING_WAIT,  /* nothing whole is there now */
    FRAMING_END,   /* all was told; window->end says whether it is the true end */
};

struct framing {
    struct window *window; /* borrowed */
    struct tl_frame_decoder decoder;
    bool is_sure; /* whoever wrote the file knew where frames begin: a frame that does not decode is one */
    enum framing_mode mode;
    bool is_first;     /* no frame was found yet */
    bool is_stopped;   /* FRAMING_BORDER: behind STOP */
    uint64_t passed;   /* FRAMING_OTHER: bytes of its data frames, up to here */
    uint64_t searched; /* work that looking for frames has cost so far, in bytes */

    enum framing_why why; /* FRAMING_SEARCH */
    enum tl_status fault; /* of FRAMING_DAMAGED: of a control frame, or TL_OK if a data frame is none */
    enum framing_mode mode_before;
    uint64_t search_start; /* of the stretch that is skipped */
    uint64_t frame_end;    /* FRAMING_OVERSIZED: where the frame ends if its length is true */
    bool is_zeros;         /* the stretch holds nothing but zero bytes so far */

    uint8_t head[FRAMING_HEAD_SIZE];
    size_t head_size;
    char text[FRAMING_TEXT_SIZE];
};

/* Begins at the first byte of what the window gives. */
void framing_open(struct framing *framing, struct window *window, uint32_t frame_limit, bool is_sure);

/* The next item but for its name. Unless `is_sure`, a frame that does not look like one (plausible_payload)
 * is given out only if what follows it does: then it is merely undecodable. */
enum framing_step framing_next(struct framing *framing, struct source_item *ret_item);

/* Is STOP the last that was read? */
bool framing_is_complete(const struct framing *framing);

#endif
