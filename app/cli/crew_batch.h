/* cli/crew_batch: a stretch of what a source gave out, copied, so that the source may go on while another
 * thread works on it. Its memory is used again for the next stretch. */
#ifndef CLI_CREW_BATCH_H
#define CLI_CREW_BATCH_H

#include "source/source.h"

/* Bytes of frames, and one more frame: a smaller batch is done before the others are awake, a larger one
 * leaves the nearer caches. */
#define CREW_BATCH_BYTES  ((size_t)256 << 10)
#define CREW_BATCH_FRAMES 4096
#define CREW_BATCH_TEXTS  256

struct crew_batch_frame {
    size_t at, size; /* in `bytes` */
    uint64_t offset;
    struct tl_frame_name stored;
    const char *name;
    bool is_undecodable; /* for who works on it to note */
};

struct crew_batch {
    uint8_t *bytes;
    size_t used, room;
    struct crew_batch_frame *frames;
    struct record_origin *origins; /* one for each frame; NULL: not wanted */
    size_t count;

    /* What came behind the frames, and ended the stretch; a SOURCE_FRAME: nothing, it was long enough. */
    struct source_item last;
    char last_text[SOURCE_TEXT_SIZE];

    /* Names and peers that the frames point to: a table by their hashes. */
    char *texts[CREW_BATCH_TEXTS];
    size_t text_count;
    const char *text_before; /* which the one before was */
};

/* False without memory; crew_batch_done in any case. */
bool crew_batch_init(struct crew_batch *batch, bool wants_origins);
void crew_batch_done(struct crew_batch *batch);

/* Takes what the source gives out, until it has enough of it, or something that is no frame. False without
 * memory: what was taken then is not all. */
bool crew_batch_fill(struct crew_batch *batch, struct source *source);

/* A frame as the item that it was. */
struct source_item crew_batch_item(const struct crew_batch *batch, size_t number);

#endif
