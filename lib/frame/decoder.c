/* The two decoders of a Frame Streams byte stream: tl_frame_next, which gives slices of the caller's bytes,
 * and tl_frame_skim, which only follows the lengths. Invariant: for both, the frames depend on the bytes
 * alone and never on how they were split. All sums are 64 bits wide, so no length can wrap. */
#include <tapline/frame.h>

#define LENGTH_SIZE  4 /* of a data frame's head */
#define CONTROL_HEAD 8 /* escape and length */

void tl_frame_decoder_init(struct tl_frame_decoder *decoder, uint32_t limit)
{
    decoder->limit = limit ? limit : TL_FRAME_LIMIT_DEFAULT;
    decoder->offset = 0;
    decoder->frame_offset = 0;
    decoder->skip = 0;
    decoder->oversized = false;
    decoder->held = 0;
}

static void consume(struct tl_frame_decoder *decoder, struct tl_bytes *in, size_t size)
{
    if (size) /* `data` may be NULL when there is nothing */
        in->data += size;
    in->size -= size;
    decoder->offset += size;
}

/* Ends the current frame, whose last byte was just consumed. */
static void finish(struct tl_frame_decoder *decoder, enum tl_frame_kind kind, struct tl_bytes payload,
                   struct tl_frame *ret_frame)
{
    ret_frame->kind = kind;
    ret_frame->offset = decoder->frame_offset;
    ret_frame->size = decoder->offset - decoder->frame_offset;
    ret_frame->payload = payload;
    decoder->frame_offset = decoder->offset;
    decoder->oversized = false;
    decoder->held = 0;
}

/* Passes over what is left of a frame that is only followed. */
static enum tl_status skip_on(struct tl_frame_decoder *decoder, struct tl_bytes *in,
                              struct tl_frame *ret_frame)
{
    size_t size = in->size < decoder->skip ? in->size : (size_t)decoder->skip;

    consume(decoder, in, size);
    decoder->skip -= size;
    if (decoder->skip)
        return TL_MORE;
    finish(decoder, decoder->oversized ? TL_FRAME_OVERSIZED : TL_FRAME_DATA, tl_bytes(NULL, 0), ret_frame);
    return TL_OK;
}

static bool is_control_size(uint32_t size)
{
    return size >= 4 && size <= TL_CONTROL_SIZE_MAX;
}

static enum tl_status next_control(struct tl_frame_decoder *decoder, struct tl_bytes *in,
                                   struct tl_frame *ret_frame)
{
    if (in->size < CONTROL_HEAD)
        return TL_MORE;
    uint32_t size = tl_be32(in->data + 4);
    if (!is_control_size(size))
        return TL_BAD_CONTROL_LENGTH;
    if (in->size < CONTROL_HEAD + size)
        return TL_MORE;
    struct tl_bytes payload = tl_bytes(in->data + CONTROL_HEAD, size);
    consume(decoder, in, CONTROL_HEAD + size);
    finish(decoder, TL_FRAME_CONTROL, payload, ret_frame);
    return TL_OK;
}

enum tl_status tl_frame_next(struct tl_frame_decoder *decoder, struct tl_bytes *in,
                             struct tl_frame *ret_frame)
{
    if (decoder->skip)
        return skip_on(decoder, in, ret_frame);
    if (in->size < LENGTH_SIZE)
        return TL_MORE;
    uint32_t size = tl_be32(in->data);
    if (size == 0)
        return next_control(decoder, in, ret_frame);
    if (size > decoder->limit) {
        consume(decoder, in, LENGTH_SIZE);
        decoder->skip = size;
        decoder->oversized = true;
        return skip_on(decoder, in, ret_frame);
    }
    if (in->size - LENGTH_SIZE < size)
        return TL_MORE;
    struct tl_bytes payload = tl_bytes(in->data + LENGTH_SIZE, size);
    consume(decoder, in, (size_t)LENGTH_SIZE + size);
    finish(decoder, TL_FRAME_DATA, payload, ret_frame);
    return TL_OK;
}

/* Moves bytes of a frame's head into the decoder until `size` of them are there. */
static bool hold(struct tl_frame_decoder *decoder, struct tl_bytes *in, uint32_t size)
{
    size_t missing = decoder->held < size ? size - decoder->held : 0;
    size_t moved = in->size < missing ? in->size : missing;

    if (moved)
        memcpy(decoder->head + decoder->held, in->data, moved);
    decoder->held += (uint32_t)moved;
    consume(decoder, in, moved);
    return moved == missing;
}

static enum tl_status skim_control(struct tl_frame_decoder *decoder, struct tl_bytes *in,
                                   struct tl_frame *ret_frame)
{
    if (!hold(decoder, in, CONTROL_HEAD))
        return TL_MORE;
    uint32_t size = tl_be32(decoder->head + 4);
    if (!is_control_size(size))
        return TL_BAD_CONTROL_LENGTH;
    if (!hold(decoder, in, CONTROL_HEAD + size))
        return TL_MORE;
    finish(decoder, TL_FRAME_CONTROL, tl_bytes(decoder->head + CONTROL_HEAD, size), ret_frame);
    return TL_OK;
}

enum tl_status tl_frame_skim(struct tl_frame_decoder *decoder, struct tl_bytes *in,
                             struct tl_frame *ret_frame)
{
    if (decoder->skip)
        return skip_on(decoder, in, ret_frame);
    if (!hold(decoder, in, LENGTH_SIZE))
        return TL_MORE;
    uint32_t size = tl_be32(decoder->head);
    if (size == 0)
        return skim_control(decoder, in, ret_frame);
    decoder->held = 0;
    decoder->skip = size;
    decoder->oversized = size > decoder->limit;
    return skip_on(decoder, in, ret_frame);
}

uint64_t tl_frame_skim_data(struct tl_frame_decoder *decoder, struct tl_bytes *in)
{
    const uint8_t *at = in->data;
    size_t left = in->size;
    uint64_t count = 0;

    if (decoder->skip || decoder->held)
        return 0;
    while (left >= LENGTH_SIZE) {
        uint32_t size = tl_be32(at);
        if (size - 1 >= decoder->limit || left - LENGTH_SIZE < size) /* size 0 wraps: no data frame */
            break;
        at += (size_t)LENGTH_SIZE + size;
        left -= (size_t)LENGTH_SIZE + size;
        count++;
    }
    consume(decoder, in, in->size - left);
    decoder->frame_offset = decoder->offset;
    return count;
}
